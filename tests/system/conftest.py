"""Real engines for the system tests, each on a free port of the loopback interface with fresh data."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fanlight.engines import kafka
from fanlight.engines.kafka import KafkaBroker
from fanlight.parts import free_port

Demand = Callable[[str | None], None]


@pytest.fixture(scope="session")
def tools_dir() -> Path:
    """Where jars and binaries are kept between runs: the folder that `fanlight up` uses too."""
    named = os.environ.get("FANLIGHT_TOOLS_DIR")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(cache) / "fanlight"


def _running(broker: KafkaBroker) -> Iterator[KafkaBroker]:
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()  # its data goes with the folder, so nothing is gained by stopping it tidily


@pytest.fixture
def kafka_broker(tmp_path: Path, tools_dir: Path, demand: Demand) -> Iterator[KafkaBroker]:
    """Kafka that asks for no password: `.bootstrap`, `.broker`, `.pid`, `.kill()`, `.start()`, `.stop()`."""
    demand(kafka.why_not(tools_dir))
    yield from _running(KafkaBroker(tmp_path / "plain", tools_dir, free_port(), secured=False))


@pytest.fixture(scope="session")
def shared_kafka(
    tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Demand
) -> Iterator[KafkaBroker]:
    """One open Kafka for every test that only needs topics of its own: never kill or stop this one."""
    demand(kafka.why_not(tools_dir))
    data_dir = tmp_path_factory.mktemp("shared")
    yield from _running(KafkaBroker(data_dir, tools_dir, free_port(), secured=False))


@pytest.fixture(scope="module")
def secured_kafka(
    tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Demand
) -> Iterator[KafkaBroker]:
    """Apache Kafka as `fanlight up` runs it: `.broker` is the bus, `.broker_for("views")` the pages."""
    demand(kafka.why_not(tools_dir))
    yield from _running(KafkaBroker(tmp_path_factory.mktemp("secured"), tools_dir, free_port()))
