"""The supervisor, with small Python programs in place of the stack's parts."""

import errno
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fanlight.errors import StackError
from fanlight.parts import Part
from fanlight.ports import demand_port, free_port, listening
from fanlight.state import StackState, born, claim, holder, read_state
from fanlight.supervisor import Supervisor
from schemas.errors import InvalidAgreement

STATE = StackState(broker_engine="embedded", bootstrap="127.0.0.1:9", opa="embedded")
SERVE = "import time, signal\nwhile True: time.sleep(60)"


def python(name: str, program: str, *arguments: str, **more: object) -> Part:
    return Part(name=name, argv=[sys.executable, "-c", program, *arguments], **more)  # type: ignore[arg-type]


def until(fact: Callable[[], object], seconds_max: float = 20.0) -> None:
    deadline = time.monotonic() + seconds_max
    while not fact():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@contextmanager
def full_disk() -> Iterator[None]:
    """Files can be made, and nothing written in them."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def run(data_dir: Path, parts: list[Part], when_up: Callable[[Supervisor], None], **limits: float) -> list[str]:
    """Run the parts until `when_up` returns; what the supervisor said."""
    said: list[str] = []
    with claim(data_dir) as held:
        supervisor = Supervisor(held, STATE, parts, say=said.append, **limits)  # type: ignore[arg-type]

        def job() -> None:
            when_up(supervisor)
            supervisor.stop()

        supervisor.run(job)
    return said


def pids(data_dir: Path) -> dict[str, int]:
    state = read_state(data_dir)
    assert state is not None
    return {name: pid for name, (pid, _) in state.pids.items()}


def test_parts_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    record = tmp_path / "record"
    program = (
        "import signal, sys, time\n"
        "def note(what): open(sys.argv[2], 'a').write(f'{what} {sys.argv[1]}\\n')\n"
        "signal.signal(signal.SIGTERM, lambda *_: (note('stop'), sys.exit()))\n"
        "note('start')\n"
        "while True: time.sleep(60)"
    )

    def started(name: str) -> Callable[[], bool]:
        return lambda: record.exists() and f"start {name}\n" in record.read_text()

    names = ["broker", "worker", "views"]
    run(
        tmp_path / "data",
        [python(name, program, name, str(record), ready=started(name)) for name in names],
        lambda _: None,
    )
    assert record.read_text().splitlines() == [
        *(f"start {name}" for name in names),
        *(f"stop {name}" for name in reversed(names)),
    ]


def test_a_log_that_grows_long_is_put_aside_while_its_part_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanlight.parts.LOG_BYTES_MAX", 2_000)
    log, aside = tmp_path / "logs" / "worker.log", tmp_path / "logs" / "worker.log.1"
    talk = "import itertools, time\nfor n in itertools.count(): print('line', n, flush=True); time.sleep(0.001)"

    def watch(_: Supervisor) -> None:
        until(aside.exists)
        until(lambda: log.stat().st_size and log.read_text().startswith("line "))

    run(tmp_path, [python("worker", talk)], watch)
    assert aside.read_text().startswith("line ")
    assert not log.read_text().startswith("line 0\n")


def test_what_runs_beside_the_parts_may_end_before_they_are_taken_away(tmp_path: Path) -> None:
    record = tmp_path / "record"
    record.touch()
    broker = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (open(sys.argv[1], 'a').write('stop\\n'), sys.exit()))\n"
        "print('up', flush=True)\n"
        "while True: time.sleep(60)"
    )
    log = tmp_path / "data" / "logs" / "broker.log"
    part = python("broker", broker, str(record), ready=lambda: log.exists() and "up" in log.read_text())

    def publish(supervisor: Supervisor) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        until(lambda: supervisor.stopping)
        with record.open("a") as file:
            file.write("acknowledged\n")

    run(tmp_path / "data", [part], publish)
    assert record.read_text().split() == ["acknowledged", "stop"]


def test_other_commands_find_a_running_stack_and_no_stopped_one(tmp_path: Path) -> None:
    seen: list[StackState | None] = []
    assert read_state(tmp_path) is None
    run(tmp_path, [python("broker", SERVE)], lambda _: seen.append(read_state(tmp_path)))
    assert seen[0] is not None
    assert (seen[0].bootstrap, seen[0].pid, seen[0].ready) == (STATE.bootstrap, os.getpid(), True)
    assert read_state(tmp_path) is None


def test_a_part_that_dies_is_started_again_and_said_so_in_one_line(tmp_path: Path) -> None:
    def kill_the_worker(_: Supervisor) -> None:
        first = pids(tmp_path)["worker"]
        os.kill(first, signal.SIGKILL)
        until(lambda: pids(tmp_path).get("worker", first) != first)

    said = run(tmp_path, [python("broker", SERVE), python("worker", SERVE)], kill_the_worker)
    assert said == ["worker was ended by SIGKILL; it is started again (1 of 5 in 60 s)"]


def test_what_a_death_may_have_cost_is_said_with_it_unless_it_ended_in_good_order(tmp_path: Path) -> None:
    once = (
        "import sys, time, pathlib\n"
        "ended, back = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])\n"
        "if not ended.exists(): ended.touch(); sys.exit(int(ended.name))\n"
        "back.touch(); time.sleep(60)"
    )
    back = {code: tmp_path / f"{code}-is-back" for code in ("0", "3")}
    parts = [
        python(code, once, str(tmp_path / code), str(path), caution="Publish it again") for code, path in back.items()
    ]
    said = run(tmp_path / "data", parts, lambda _: until(lambda: all(path.exists() for path in back.values())))
    assert sorted(said) == [
        "0 exited with code 0; it is started again (1 of 5 in 60 s)",
        "3 exited with code 3; it is started again (1 of 5 in 60 s). Publish it again",
    ]


def test_a_part_is_not_started_while_one_before_it_is_down(tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    mended.touch()

    def take_the_broker_away(_: Supervisor) -> None:
        mended.unlink()
        before = pids(tmp_path)
        os.kill(before["broker"], signal.SIGKILL)
        until(lambda: pids(tmp_path).get("broker", before["broker"]) != before["broker"])
        # Not at once: a broker that was looked at just before its death would count as up when the worker's is noticed.
        os.kill(before["worker"], signal.SIGKILL)
        until(lambda: "worker" not in pids(tmp_path))
        mended.touch()
        until(lambda: "worker" in pids(tmp_path))

    run(
        tmp_path,
        [python("broker", SERVE, ready=mended.exists), python("worker", SERVE)],
        take_the_broker_away,
    )


def test_a_part_that_keeps_dying_stops_the_stack_with_its_last_words(tmp_path: Path) -> None:
    broken = python("worker", "raise SystemExit('the schema is not there')", ready=lambda: False)
    began = time.monotonic()
    with pytest.raises(StackError) as caught:
        run(tmp_path, [python("broker", SERVE), broken], lambda _: None, deaths_max=3)
    assert str(caught.value).splitlines() == [
        "worker exited with code 1; it died 3 times in 60 s",
        *["    the schema is not there"] * 3,
    ]
    assert time.monotonic() - began < 15
    assert read_state(tmp_path) is None


def test_whoever_looks_on_is_told_once_of_a_part_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanlight.supervisor.LATE_SECONDS", 0.2)
    ready_at = time.monotonic() + 1
    said = run(tmp_path, [python("worker", SERVE, ready=lambda: time.monotonic() > ready_at)], lambda _: None)
    assert said == ["worker is not ready after 0 s, and is given 60 s"]


def test_a_part_that_never_becomes_ready_counts_as_dead(tmp_path: Path) -> None:
    part = python("worker", SERVE, ready=lambda: False, ready_seconds_max=0.2)
    with pytest.raises(StackError, match=r"^worker was not ready after 0\.2 s; it died 2 times in 60 s$"):
        run(tmp_path, [part], lambda _: None, deaths_max=2)


def test_a_part_that_is_never_ready_stops_the_stack_though_each_try_takes_longer_than_deaths_are_counted(
    tmp_path: Path,
) -> None:
    began = time.monotonic()
    part = python("worker", SERVE, ready=lambda: time.monotonic() > began + 10, ready_seconds_max=0.3)
    with pytest.raises(StackError, match=r"^worker was not ready after 0\.3 s; it died 3 times in \d s$"):
        run(tmp_path, [part], lambda _: None, deaths_max=3, deaths_window_seconds=0.1)


def test_a_step_that_fails_after_a_start_counts_as_a_death_and_is_told(tmp_path: Path) -> None:
    tries: list[int] = []

    def declare_topics() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise StackError("no topic could be made")

    said = run(tmp_path, [python("broker", SERVE, on_ready=declare_topics)], lambda _: None)
    assert said == ["broker could not be made ready (no topic could be made); it is started again (1 of 5 in 60 s)"]


def test_policies_that_cannot_hold_here_stop_the_stack_at_once(tmp_path: Path) -> None:
    def refuse() -> None:
        raise InvalidAgreement("leads is still shown timelines")

    with pytest.raises(InvalidAgreement, match=r"^leads is still shown timelines$"):
        run(tmp_path, [python("broker", SERVE, on_ready=refuse)], lambda _: None)


def test_an_error_of_the_work_done_when_up_stops_the_stack_and_is_raised(tmp_path: Path) -> None:
    def fail(_: Supervisor) -> None:
        raise ValueError("the county has no children")

    with pytest.raises(ValueError, match="the county has no children"):
        run(tmp_path, [python("broker", SERVE)], fail)


def test_a_part_that_ignores_sigterm_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    deaf = f"import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('deaf', flush=True)\n{SERVE}"
    log = tmp_path / "logs" / "worker.log"
    found: list[int] = []
    part = python("worker", deaf, ready=lambda: log.exists() and "deaf" in log.read_text(), stop_seconds_max=0.3)
    said = run(tmp_path, [part], lambda _: found.append(pids(tmp_path)["worker"]))
    assert said == ["worker did not stop in 0.3 s and was killed"]
    assert not is_running(found[0])


@pytest.mark.parametrize(("hurried", "how"), [(False, "did not stop in 0.3 s and was killed"), (True, "was killed")])
def test_what_a_kill_at_the_end_may_have_cost_is_said_with_it(tmp_path: Path, hurried: bool, how: str) -> None:
    deaf = f"import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('deaf', flush=True)\n{SERVE}"
    log = tmp_path / "logs" / "broker.log"
    part = python(
        "broker",
        deaf,
        ready=lambda: log.exists() and "deaf" in log.read_text(),
        stop_seconds_max=20.0 if hurried else 0.3,
        caution="Publish it again",
    )

    def end(supervisor: Supervisor) -> None:
        for _ in range(2 if hurried else 0):
            os.kill(os.getpid(), signal.SIGTERM)
            until(lambda: supervisor.stopping)  # two signals that wait together are one

    assert run(tmp_path, [part], end) == [f"broker {how}. Publish it again"]


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = rf"^port {port}, which views needs, is taken by another program: name another with --port$"
        with pytest.raises(StackError, match=said):
            run(tmp_path, [python("broker", SERVE), python("views", SERVE, port=port)], lambda _: None)
        with pytest.raises(StackError, match=r"another program: start the stack again, which takes another$"):
            run(tmp_path, [python("identify", SERVE, port=port)], lambda _: None)
    assert not (tmp_path / "logs").exists()
    demand_port(port, "views")
    assert not listening(free_port())


def test_a_port_that_is_taken_while_the_stack_starts_is_said_before_its_part_is(tmp_path: Path) -> None:
    with socket.socket() as another:
        port = free_port()

        def take() -> None:
            another.bind(("127.0.0.1", port))
            another.listen()

        parts = [python("broker", SERVE, on_ready=take), python("views", SERVE, port=port)]
        with pytest.raises(StackError, match=rf"^port {port}, which views needs, is taken by another program: name"):
            run(tmp_path, parts, lambda _: None)
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["broker.log"]


def test_a_port_that_this_account_may_not_use_is_not_said_to_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    said = r"^port 80, which views needs, cannot be listened on \(Permission denied\): name another with --port$"
    with pytest.raises(StackError, match=said):
        demand_port(80, "views")


def test_a_second_stack_on_the_same_data_is_refused_in_one_sentence(tmp_path: Path) -> None:
    way_out = "stop it first, or name another --data-dir"
    refusal = rf"^the stack on {re.escape(str(tmp_path))} is already up \(pid {os.getpid()}\): {way_out}$"
    with claim(tmp_path), pytest.raises(StackError, match=refusal), claim(tmp_path):
        pass
    with claim(tmp_path):
        pass


def test_a_stack_that_waits_for_a_folder_to_be_emptied_holds_the_lock_that_others_look_at(tmp_path: Path) -> None:
    folder, held = tmp_path / "data", threading.Event()

    def start() -> None:
        with claim(folder):
            held.set()
            done.wait(10)

    done, waiting = threading.Event(), threading.Thread(target=start)
    with claim(folder):
        waiting.start()
        time.sleep(0.2)
        shutil.rmtree(folder)
    assert held.wait(10)
    try:
        assert holder(folder) == str(os.getpid())
    finally:
        done.set()
        waiting.join()


def test_a_folder_that_this_account_may_not_look_into_is_not_said_to_have_no_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError):
        read_state(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refusal = r"^nothing can be written in \S+ \(File exists\): name another --data-dir$"
    with pytest.raises(StackError, match=refusal), claim(tmp_path / "file"):
        pass


def test_a_folder_on_a_full_disk_is_said_in_one_sentence_and_left_as_it_was(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(StackError, match=r"^nothing can be written in \S+ \(File too"), claim(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_while_the_stack_runs_is_said_in_one_sentence(tmp_path: Path) -> None:
    refusal = r"^nothing more can be written in \S+ \(File too large\): make room and start the stack anew$"
    with claim(tmp_path) as held, full_disk(), pytest.raises(StackError, match=refusal):
        held.publish(STATE)


def test_a_data_folder_opens_to_its_owner_alone(tmp_path: Path) -> None:
    with claim(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


STACK = """
import sys
from pathlib import Path
from fanlight.parts import Part
from fanlight.state import StackState, claim
from fanlight.supervisor import Supervisor

parts = [Part(name=name, argv=[sys.executable, "-c", "import time\\nwhile True: time.sleep(60)"])
         for name in ("broker", "worker")]
with claim(Path(sys.argv[1])) as held:
    state = StackState(broker_engine="embedded", bootstrap="127.0.0.1:9", opa="embedded")
    Supervisor(held, state, parts).run()
print("stopped cleanly")
"""


INTERRUPTED = """
import signal, threading
wait = threading.Condition.wait
def interrupted(self, timeout=None):
    if timeout is not None:
        signal.raise_signal(signal.SIGTERM)
    return wait(self, timeout)
threading.Condition.wait = interrupted
"""


def start_stack(data_dir: Path, first: str = "") -> subprocess.Popen[str]:
    stack = subprocess.Popen([sys.executable, "-c", first + STACK, str(data_dir)], text=True, stdout=subprocess.PIPE)
    until(lambda: (state := read_state(data_dir)) is not None and state.ready)
    return stack


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    stack = start_stack(tmp_path)
    parts = pids(tmp_path).values()
    stack.send_signal(number)
    told, _ = stack.communicate(timeout=20)
    assert (stack.returncode, told) == (0, "stopped cleanly\n")
    assert not any(is_running(pid) for pid in parts)
    assert not (tmp_path / "state.json").exists()


def test_a_terminal_that_closes_ends_a_stack_unless_it_was_started_to_outlive_it(tmp_path: Path) -> None:
    on_a_terminal = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # whoever runs the tests may not be
    stack = start_stack(tmp_path, on_a_terminal)
    stack.send_signal(signal.SIGHUP)
    assert stack.communicate(timeout=20)[0] == "stopped cleanly\n"
    as_nohup_does = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    outliving = start_stack(tmp_path, as_nohup_does)
    outliving.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        outliving.wait(1)
    outliving.terminate()
    assert outliving.communicate(timeout=20)[0] == "stopped cleanly\n"


def test_a_signal_stops_everything_though_it_comes_while_a_lock_is_held(tmp_path: Path) -> None:
    stack = start_stack(tmp_path, INTERRUPTED)
    try:
        first = pids(tmp_path)["worker"]
        os.kill(first, signal.SIGKILL)  # that its death is noticed tells that the supervisor has waited meanwhile
        until(lambda: pids(tmp_path).get("worker", first) != first)
        stack.terminate()
        assert stack.communicate(timeout=10)[0] == "stopped cleanly\n"
    finally:
        stack.kill()


def test_no_part_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    stack = start_stack(tmp_path)
    parts = pids(tmp_path).values()
    stack.kill()
    stack.communicate(timeout=20)
    until(lambda: not any(is_running(pid) for pid in parts))
    assert (tmp_path / "state.json").exists()
    assert read_state(tmp_path) is None, "the file of a crashed stack is not a stack"
    again = start_stack(tmp_path)
    again.terminate()
    again.communicate(timeout=20)


def test_what_a_crashed_stack_left_running_is_ended_by_the_next(tmp_path: Path) -> None:
    left = subprocess.Popen([sys.executable, "-c", SERVE])
    stranger = subprocess.Popen([sys.executable, "-c", SERVE])
    try:
        known = {"worker": [left.pid, born(left.pid)], "views": [stranger.pid, 1]}
        state = {"broker_engine": "kafka", "bootstrap": "x", "opa": "embedded", "pid": 1, "pids": known}
        (tmp_path / "state.json").write_text(json.dumps(state | {"folder": tmp_path.stat().st_ino}))
        threading.Timer(0.2, left.kill).start()
        with claim(tmp_path):
            assert not is_running(left.pid)
            assert is_running(stranger.pid), "its pid was used again by somebody else"
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


def test_the_parts_of_a_running_stack_are_left_alone_by_one_on_a_copy_of_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanlight.state.ORPHAN_SECONDS_MAX", 0.2)

    def copy_and_claim(_: Supervisor) -> None:
        shutil.copytree(tmp_path / "data", tmp_path / "copy")
        with claim(tmp_path / "copy"):
            time.sleep(0.3)  # a death is noticed sooner

    assert run(tmp_path / "data", [python("worker", SERVE)], copy_and_claim) == []
