"""Real brokers under the supervisor, in a process of its own, killed the way machines kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

from fanlight.engines import embedded, kafka
from fanlight.state import StackState, born, read_state
from schemas.broker import Broker

pytestmark = pytest.mark.system

STACK = """
import sys
from pathlib import Path
from fanlight.engines import EmbeddedBroker, KafkaBroker
from fanlight.ports import free_port
from fanlight.state import StackState, claim
from fanlight.supervisor import Supervisor

data_dir, tools_dir = Path(sys.argv[2]), Path(sys.argv[3])
with claim(data_dir) as held:
    if sys.argv[1] == "kafka":
        broker = KafkaBroker(data_dir, tools_dir, free_port(), secured=False)
    else:
        broker = EmbeddedBroker(data_dir, free_port())
    broker.prepare()
    state = StackState(broker_engine=sys.argv[1], bootstrap=broker.address, opa="embedded")
    Supervisor(held, state, [broker.part()]).run()
"""

T = TypeVar("T")
WHY_NOT: dict[str, Callable[[Path], str | None]] = {"kafka": kafka.why_not, "embedded": lambda _: embedded.why_not()}


def until(fact: Callable[[], T | None], seconds_max: float = 60.0) -> T:
    deadline = time.monotonic() + seconds_max
    while not (value := fact()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
    return value


def up(data_dir: Path, engine: str) -> tuple[StackState, int] | None:
    """The stack and its broker's pid, once everything is ready."""
    state = read_state(data_dir)
    return (state, state.pids[engine][0]) if state is not None and state.ready and engine in state.pids else None


def pid_other_than(former: int, data_dir: Path, engine: str) -> int | None:
    now = up(data_dir, engine)
    return now[1] if now is not None and now[1] != former else None


def topics(broker: Broker) -> set[str]:
    try:
        admin = KafkaAdminClient(**broker.client_options(), bootstrap_timeout_ms=2000)
    except KafkaError:
        return set()
    try:
        return set(admin.list_topics())
    except KafkaError:
        return set()
    finally:
        admin.close()


@pytest.mark.parametrize("engine", ["kafka", "embedded"])
def test_a_broker_comes_back_with_its_data_and_dies_with_its_supervisor(
    engine: str, tmp_path: Path, tools_dir: Path, demand: Callable[[str | None], None]
) -> None:
    demand(WHY_NOT[engine](tools_dir))
    arguments = [sys.executable, "-c", STACK, engine, str(tmp_path), str(tools_dir)]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as stack:
        try:
            state, first = until(lambda: up(tmp_path, engine))
            broker = Broker(state.bootstrap)
            admin = KafkaAdminClient(**broker.client_options())
            admin.create_topics([NewTopic("events", num_partitions=1, replication_factor=1)])
            admin.close()
            saved = tmp_path / "embedded" / "kafka.json"
            until(lambda: engine == "kafka" or (saved.exists() and "events" in saved.read_text()))

            os.kill(first, signal.SIGKILL)
            second = until(lambda: pid_other_than(first, tmp_path, engine))
            until(lambda: "events" in topics(broker))

            since = born(second)
            stack.kill()
            until(lambda: born(second) != since, seconds_max=30)
        finally:
            stack.kill()
            told = stack.stderr.read() if stack.stderr is not None else ""
    lost = {"embedded": ". What was published in the seconds before may be lost: publish it again, nothing is doubled"}
    assert told == f"{engine} was ended by SIGKILL; it is started again (1 of 5 in 60 s){lost.get(engine, '')}\n"
