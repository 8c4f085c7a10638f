"""`fanlight up` as a process of its own, and its commands as processes beside it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from fanlight.bus import read_decisions, read_records
from fanlight.command_line import main
from fanlight.county import Delivery
from fanlight.deployment import Deployment, find_deployment
from fanlight.ports import free_port, listening
from fanlight.publishing import publish_files
from fanlight.settling import wait_until_settled
from fanlight.state import StackState, born, read_state
from schemas import topics
from schemas.codec import decode, encode
from schemas.keys import read_key
from tests.memory_bus import MemoryBus

T = TypeVar("T")
FANLIGHT = (sys.executable, "-m", "fanlight")
PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}


@contextmanager
def plain_terminal() -> Iterator[None]:
    """What a command prints must not depend on the terminal that runs the tests."""
    before = dict(os.environ)
    os.environ.update(PLAIN)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def until(fact: Callable[[], T | None], what: str, seconds_max: float = 90.0) -> T:
    """Poll until it is true."""
    deadline = time.monotonic() + seconds_max
    while not (value := fact()):
        assert time.monotonic() < deadline, f"not in {seconds_max:.0f} s: {what}"
        time.sleep(0.05)
    return value


class Said(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def fanlight(*arguments: str | Path) -> Said:
    """One command in a process of its own, as somebody would type it."""
    done = subprocess.run(
        [*FANLIGHT, *map(str, arguments)], capture_output=True, text=True, timeout=150, env={**os.environ, **PLAIN}
    )
    return Said(done.returncode, done.stdout, done.stderr)


class Stack:
    """One `fanlight up` on a data folder. What it prints is kept in files beside that folder."""

    def __init__(self, data_dir: Path, *, broker: str = "kafka", opa: str = "embedded", key_file: Path | None = None):
        self.data_dir = data_dir
        self.port = free_port()
        self.key_file = key_file or data_dir / "deployment.key"
        self.options = ["--broker", broker, "--opa", opa, *(["--key-file", str(key_file)] if key_file else [])]
        self.out, self.err = data_dir.with_suffix(".out"), data_dir.with_suffix(".err")
        self.said: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path | None = None) -> "Stack":
        """Start it, and return when its `ready` line has come. Packages in `folder` take the place of the installed."""
        arguments = [*FANLIGHT, "up", "--data-dir", str(self.data_dir), "--port", str(self.port), *self.options]
        with self.out.open("wb") as out, self.err.open("ab") as err:
            self._process = subprocess.Popen(arguments, stdout=out, stderr=err, cwd=folder, start_new_session=True)
        until(self._ready, f"the stack on {self.data_dir.name} is ready", 150)
        return self

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.err.read_text()
        return self.out.read_text().startswith("ready ")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def state(self) -> StackState:
        state = read_state(self.data_dir)
        assert state is not None, "the stack is not up"
        return state

    @property
    def deployment(self) -> Deployment:
        return find_deployment(self.data_dir)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, and its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(90)

    def kill(self) -> None:
        """SIGKILL to all of it at once."""
        assert self._process is not None
        state = read_state(self.data_dir)
        parts = dict(state.pids) if state else {}
        self._process.kill()
        self._process.wait()
        for name in self.leftovers(parts):
            with suppress(ProcessLookupError):  # the kernel is at it, too
                os.kill(parts[name][0], signal.SIGKILL)
        until(lambda: not self.leftovers(parts), "everything has ended", 60)

    def ended(self, seconds_max: float) -> int:
        """Wait until it has ended by itself; its exit code."""
        assert self._process is not None
        return self._process.wait(seconds_max)

    def kill_part(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a part of the stack a signal; after SIGKILL, return when its successor has been started.

        A broker's successor must listen too: on a busy machine it takes longer than a client's patience.
        """
        pid = until(lambda: self.state.pids.get(name), f"{name} runs")[0]
        os.kill(pid, number)
        if number == signal.SIGKILL:
            until(lambda: self.state.pids.get(name, (pid, 0))[0] != pid, f"{name} is started again")
        if name == self.state.broker_engine:
            port = int(self.state.bootstrap.rpartition(":")[2])
            until(lambda: listening(port), f"{name} listens again", 150)

    def leftovers(self, pids: dict[str, tuple[int, int]]) -> list[str]:
        """Of the parts that ran, those that still do."""
        return [name for name, (pid, since) in pids.items() if born(pid) == since]

    # Commands.

    def run(self, *arguments: str | Path) -> Said:
        """A command on this stack, without a process of its own; what it said is kept for those who look for leaks."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), plain_terminal():
            try:
                main([*map(str, arguments), "--data-dir", str(self.data_dir)])
                code = 0
            except SystemExit as ended:
                code = int(ended.code or 0)
        self.said += [out.getvalue(), err.getvalue()]
        return Said(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """The JSON that a command prints."""
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def timeline(self, subject: str, audience: str, purpose: str) -> str:
        """What `fanlight timeline --json` prints."""
        done = self.run("timeline", "--subject", subject, "--audience", audience, "--purpose", purpose, "--json")
        assert done.returncode == 0, done.stderr
        return done.stdout

    # The same without a process for each.

    def publish(self, delivery: Delivery) -> dict[str, Any]:
        """Publish one delivery."""
        return publish_files(
            self.deployment,
            delivery.format,
            list(delivery.paths),
            agency=delivery.agency,
            feed=delivery.feed,
            mapping=delivery.mapping,
        )

    def settle(self) -> None:
        """Wait for all timelines."""
        assert wait_until_settled(self.deployment, patience=120) == []

    def records(self, topic: str) -> list[dict[str, Any]]:
        """Every committed record of a topic."""
        return list(read_records(self.deployment.broker, topic))

    def decisions(self) -> list[dict[str, Any]]:
        """Every committed decision."""
        return list(read_decisions(self.deployment.broker))

    def timelines(self, audience: str) -> dict[str, bytes]:
        """The last timeline of each pseudonym, of those with something on them."""
        last = {record["person"]: record for record in self.records(topics.timelines(audience))}
        return {person: encode("fanlight.bus.Timeline", record) for person, record in last.items() if record["entries"]}

    def get(self, url: str) -> tuple[int, str]:
        """A page and its status."""
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""


def undisturbed(stack: Stack, deliveries: Sequence[Delivery]) -> MemoryBus:
    """The same files under the same key, without processes that anything could happen to.

    One delivery after another, as there: who was called what in between is part of what is compared.
    """
    bus = MemoryBus(key=read_key(stack.key_file), now=datetime.now(UTC))
    for delivery in deliveries:
        bus.publish(delivery.format, *delivery.paths, mapping=delivery.mapping, feed=delivery.feed)
        bus.settle()
    return bus


def shown(timelines: Mapping[str, bytes]) -> dict[str, bytes]:
    """Timelines with something on them."""
    return {person: value for person, value in timelines.items() if decode(value)["entries"]}


@contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """Start it; whatever happens, nothing is left running."""
    try:
        yield stack.start()
    finally:
        stack.kill()  # its data goes with the folder, so nothing is gained by stopping it tidily
