"""The processes of the local stack: what one is (`Part`), and one that runs (`Process`).

Not `multiprocessing`: the parts are other programs (a JVM, a Go binary, Faust workers), and a worker must be
a process that can be killed without taking anything else with it.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fanlight.errors import StackError

LOG_BYTES_MAX = 10_000_000  # a log longer than this is put aside
LAST_WORDS_LINES = 20
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, kw_only=True)
class Part:
    """One program of the stack, as data: how to start it, and how to know that it is ready."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)  # may carry credentials
    port: int | None = None  # the loopback port that it listens on, if it does
    ready: Callable[[], bool] = lambda: True
    on_ready: Callable[[], None] = lambda: None  # runs whenever the part has become ready: must be repeatable
    ready_seconds_max: float = 60.0
    stop_seconds_max: float = 10.0
    # What the kernel sends when the supervisor is gone. A broker is told to stop tidily; a worker just ends.
    orphan_signal: signal.Signals = signal.SIGKILL
    caution: str = ""  # what whoever reads of its death should know and do, unless it ended by itself in good order


class Process:
    """A started part: a process in a group of its own, whose output goes to a log file."""

    def __init__(self, part: Part, log_path: Path) -> None:
        self.part = part
        self.log_path = log_path
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen is not None else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs or was never started; minus the signal's number if a signal ended it."""
        return self._popen.poll() if self._popen is not None else None

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Must be called from the main thread: the kernel ties a child to the thread that made it."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self.shorten_log()
        with self.log_path.open("ab") as log:
            try:
                self._popen = subprocess.Popen(
                    list(self.part.argv),
                    env={**os.environ, **self.part.env},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    process_group=0,  # Ctrl-C must reach the supervisor alone, which stops in order
                    preexec_fn=_end_with_parent(self.part.orphan_signal),
                )
            except OSError as error:
                raise StackError(f"{self.part.name} cannot be started: {error}") from error

    def shorten_log(self) -> None:
        """Put aside a log that has grown long: while a broker is away its clients say so dozens of times a second."""
        with contextlib.suppress(OSError):  # not there yet, or no room for another
            if self.log_path.stat().st_size > LOG_BYTES_MAX:
                shutil.copyfile(self.log_path, self.log_path.with_suffix(".log.1"))
                os.truncate(self.log_path, 0)  # whoever appends to it goes on at its new end

    def wait_ready(self) -> None:
        """Wait until the part is ready; dying or taking too long is a StackError with its last words."""
        deadline = time.monotonic() + self.part.ready_seconds_max
        while not self.part.ready():
            if not self.alive:
                raise StackError(f"{self.part.name} {self.ending()} before it was ready{self.last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                seconds = self.part.ready_seconds_max
                raise StackError(f"{self.part.name} was not ready after {seconds:.0f} s{self.last_words()}")
            time.sleep(0.05)
        self.part.on_ready()

    def terminate(self) -> None:
        """Ask it to stop, and return at once."""
        if self.alive and self._popen is not None:
            self._popen.terminate()

    def stop(self) -> None:
        """Ask it to stop; after its time is up, kill it."""
        self.terminate()
        if self._popen is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(self.part.stop_seconds_max)
        self.kill()

    def kill(self) -> None:
        """SIGKILL, to it and to whatever it started itself."""
        if self._popen is None:
            return
        if self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def ending(self) -> str:
        """How it ended, in words."""
        code = self.exit_code
        if code is None:
            return "runs"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"exited with code {code}"

    def caution(self) -> str:
        """What to say besides how it ended."""
        return f". {self.part.caution}" if self.part.caution and self.exit_code != 0 else ""

    def last_words(self) -> str:
        """The end of its log, set off as a block; empty if it said nothing."""
        return as_block(tail(self.log_path, LAST_WORDS_LINES))


def tail(path: Path, lines_max: int) -> list[str]:
    """The last lines of a file, without reading all of it."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 400 * lines_max))
        return file.read().decode("utf-8", "replace").splitlines()[-lines_max:]


def as_block(lines: Sequence[str]) -> str:
    """The last of the lines, set off below the sentence that they explain."""
    return "".join(f"\n    {line}" for line in lines[-LAST_WORDS_LINES:])


def run_briefly(argv: Sequence[str], doing: str, *, seconds_max: float, env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return what it printed; a StackError says what failed. It never outlives us."""
    try:
        done = subprocess.run(
            list(argv),
            capture_output=True,
            text=True,
            timeout=seconds_max,
            env=env,
            preexec_fn=_end_with_parent(signal.SIGKILL),
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{doing} was not done after {seconds_max:.0f} s") from error
    except OSError as error:
        raise StackError(f"{doing} could not begin: {error}") from error
    if done.returncode != 0:
        words = as_block((done.stdout + done.stderr).strip().splitlines())
        raise StackError(f"{doing} failed with code {done.returncode}{words}")
    return done.stdout


def demand_folder(path: Path) -> None:
    """Make the folder if need be, for its owner alone: what brokers keep in theirs is what the topics hold. Raise if
    nothing can be written in it."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = path / f".probe-{os.getpid()}"
        try:
            probe.write_bytes(b"-")  # a full disk takes the name, and nothing more
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise StackError(f"nothing can be written in {path} ({error.strerror}): name another --data-dir") from error


# Loaded before any fork: in the child, between fork and exec, nothing may be imported or locked.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _end_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    if _prctl is None:
        return None
    prctl, number, parent = _prctl, int(orphan_signal), os.getpid()

    def end_with_parent() -> None:
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before the request was made, so the kernel will not tell us
            os._exit(1)

    return end_with_parent
