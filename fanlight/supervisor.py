"""Runs the parts of the stack in the foreground: in order, watched, restarted, and stopped in reverse order.

One rule covers the first start and every restart: a part is started only while every part before it is ready.
So workers wait for a broker that is coming back, and do not use up their own deaths meanwhile.
"""

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

from fanlight.errors import StackError
from fanlight.output import ERR
from fanlight.parts import Part, Process
from fanlight.ports import demand_port
from fanlight.state import Claim, StackState, born
from schemas.errors import InvalidAgreement

DEATHS_MAX = 5
DEATHS_WINDOW_SECONDS = 60.0
LATE_SECONDS = 60.0  # whoever looks on should then know that it is still waited for
_PAUSE_SECONDS_MAX = 4.0
_TICK_SECONDS = 0.1
_JOB_SECONDS_MAX = 5.0  # what `when_up` does sees within this that the stack is stopping
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def on_stop(do: Callable[[int, FrameType | None], None]) -> dict[signal.Signals, Any]:
    """Have `do` called by every signal that asks for an end; what was called before. Main thread only."""
    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # the stack is to outlive the terminal
    asking = [number for number in _STOPPING_SIGNALS if not (nohup and number == signal.SIGHUP)]
    return {number: signal.signal(number, do) for number in asking}


@dataclass(eq=False)
class _Watch:
    """One part under supervision; changed by the supervisor's loop alone."""

    part: Part
    process: Process
    started: bool = False
    ready: bool = False
    late: bool = False
    began_at: float = 0.0
    not_before: float = 0.0
    deaths: deque[float] = field(default_factory=deque)


class Supervisor:
    """Runs parts until it is told to stop. Everything but `stop` belongs to the main thread."""

    def __init__(
        self,
        claim: Claim,
        state: StackState,
        parts: Sequence[Part],
        *,
        say: Callable[[str], None] = ERR.print,
        deaths_max: int = DEATHS_MAX,
        deaths_window_seconds: float = DEATHS_WINDOW_SECONDS,
    ) -> None:
        self._claim = claim
        self._state = state
        logs = claim.data_dir / "logs"
        self._watches = [_Watch(part, Process(part, logs / f"{part.name.replace(' ', '-')}.log")) for part in parts]
        self._say = say
        self._deaths_max = deaths_max
        self._deaths_window_seconds = deaths_window_seconds
        # No Event: a signal that comes while the main thread waits for one would wait for that thread's own lock.
        self._stopping = False
        self._hurried = False
        self._job: threading.Thread | None = None
        self._job_error: BaseException | None = None

    def run(self, when_up: Callable[[], None] = lambda: None) -> None:
        """Run the parts until a signal or `stop`; `when_up` is called once, on a thread of its own, when all
        are ready, and looks at `stopping`. A part that keeps dying, or an error of `when_up`, stops the stack and is
        raised."""
        before = on_stop(self._on_signal)
        announced = False
        try:
            for watch in self._watches:
                if watch.part.port is not None:
                    demand_port(watch.part.port, watch.part.name)
            while not self._stopping:
                self._tick(time.monotonic())
                if not announced and all(watch.ready for watch in self._watches):
                    announced = True
                    self._publish(ready=True)
                    self._job = threading.Thread(target=self._do, args=(when_up,), daemon=True)
                    self._job.start()
                time.sleep(_TICK_SECONDS)
        finally:
            self._await_job()
            self._stop_all()
            self._claim.withdraw()
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._job_error is not None:
            raise self._job_error

    def stop(self) -> None:
        """Ask for an orderly end; may be called from any thread."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Whether an end was asked for; may be read from any thread."""
        return self._stopping

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._hurried = self._stopping  # the second one means: now
        self._stopping = True

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # carried to the main thread, which raises it
            self._job_error = error
            self._stopping = True

    def _await_job(self) -> None:
        """Before its parts are taken away: a producer whose broker has gone would complain when the process ends."""
        self._stopping = True
        deadline = time.monotonic() + _JOB_SECONDS_MAX
        while self._job is not None and self._job.is_alive() and time.monotonic() < deadline and not self._hurried:
            self._job.join(0.02)

    def _tick(self, now: float) -> None:
        for watch in self._watches:
            watch.process.shorten_log()
        for watch in self._watches:
            if watch.started and not watch.process.alive:
                self._bury(watch, now, watch.process.ending())
            if not watch.started and now >= watch.not_before:
                self._begin(watch, now)
            if watch.started and not watch.ready:
                self._see_whether_ready(watch, now)
            if not watch.ready:
                # Those behind it are looked after, but not started: they need it.
                self._bury_the_dead_behind(watch, now)
                return

    def _bury_the_dead_behind(self, front: _Watch, now: float) -> None:
        for watch in self._watches[self._watches.index(front) + 1 :]:
            if watch.started and not watch.process.alive:
                self._bury(watch, now, watch.process.ending())

    def _begin(self, watch: _Watch, now: float) -> None:
        if watch.part.port is not None:
            # Asked anew: who takes it meanwhile, such as another stack, would answer in the place of the part.
            demand_port(watch.part.port, watch.part.name)
        watch.process.start()
        watch.started, watch.late, watch.began_at = True, False, now
        self._publish()

    def _see_whether_ready(self, watch: _Watch, now: float) -> None:
        if watch.part.ready():
            try:
                watch.part.on_ready()
            except InvalidAgreement:  # it would be refused as often as it is started
                raise
            except Exception as error:  # a foreign call: what went wrong is told, and counts as the part's death
                watch.process.kill()
                self._bury(watch, now, f"could not be made ready ({error})")
                return
            watch.ready = True
        elif now - watch.began_at > watch.part.ready_seconds_max:
            watch.process.kill()
            self._bury(watch, now, f"was not ready after {watch.part.ready_seconds_max:.1f} s")
        elif not watch.late and now - watch.began_at > LATE_SECONDS:
            watch.late = True
            seconds = watch.part.ready_seconds_max
            self._say(f"{watch.part.name} is not ready after {LATE_SECONDS:.0f} s, and is given {seconds:.0f} s")

    def _bury(self, watch: _Watch, now: float, ending: str) -> None:
        """Note a death: the part will be started again, or has died too often."""
        was_ready, watch.started, watch.ready = watch.ready, False, False
        watch.deaths.append(now)
        # Until it has been ready again none is forgotten: one that is given up after a minute would die for ever.
        while was_ready and watch.deaths[0] < now - self._deaths_window_seconds:
            watch.deaths.popleft()
        window = max(self._deaths_window_seconds, now - watch.deaths[0])
        count, name = len(watch.deaths), watch.part.name
        if count >= self._deaths_max:
            words = watch.process.last_words()
            raise StackError(f"{name} {ending}; it died {count} times in {window:.0f} s{words}")
        # The first restart is immediate; one that fails at once is given a little longer each time.
        watch.not_before = now + min(_PAUSE_SECONDS_MAX, 0.25 * 2 ** (count - 1) if count > 1 else 0.0)
        self._publish()
        again = f"it is started again ({count} of {self._deaths_max} in {window:.0f} s)"
        self._say(f"{name} {ending}; {again}{watch.process.caution()}")

    def _publish(self, *, ready: bool | None = None) -> None:
        if ready is not None:
            self._state = replace(self._state, ready=ready)
        pids = {
            watch.part.name: (watch.process.pid, born(watch.process.pid) or 0)
            for watch in self._watches
            if watch.started and watch.process.pid is not None
        }
        self._claim.publish(replace(self._state, pids=pids))

    def _stop_all(self) -> None:
        for watch in reversed(self._watches):
            watch.process.terminate()
            deadline = time.monotonic() + watch.part.stop_seconds_max
            while watch.process.alive and time.monotonic() < deadline and not self._hurried:
                time.sleep(0.02)
            if watch.process.alive and (watch.part.caution or not self._hurried):
                how = "" if self._hurried else f"did not stop in {watch.part.stop_seconds_max:.1f} s and "
                self._say(f"{watch.part.name} {how}was killed{watch.process.caution()}")
            watch.process.kill()
