"""Real engines for the system tests, each on a free port of the loopback interface with fresh data."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from fanlight.county import LEAST_PEOPLE, Manifest, write_county
from fanlight.engines import EmbeddedBroker, KafkaBroker, OpaServer, default_tools_dir, embedded, kafka, opa
from fanlight.engines.server import Server
from fanlight.ports import free_port

E = TypeVar("E", bound=Server)
Demand = Callable[[str | None], None]

ENGINES = {"kafka_broker": "kafka", "shared_kafka": "kafka", "secured_kafka": "kafka", "opa_server": "opa"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for an engine carries its marker, so that `-m kafka` finds it without being told."""
    for item in items:
        if isinstance(item, pytest.Function):
            parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
            asked = {*item.fixturenames, *(value for value in parameters if isinstance(value, str))}
            for marker in {ENGINES[name] for name in asked & ENGINES.keys()}:
                item.add_marker(marker)


@pytest.fixture(scope="session")
def tools_dir() -> Path:
    """Where jars and binaries are kept between runs: the folder that `fanlight up` uses too."""
    return default_tools_dir(os.environ)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A small county's partner files."""
    return write_county(tmp_path_factory.mktemp("county"), people=LEAST_PEOPLE, today=datetime.now(UTC).date())


def _running(engine: E) -> Iterator[E]:
    engine.start()
    try:
        yield engine
    finally:
        engine.kill()  # its data goes with the folder, so nothing is gained by stopping it tidily


@pytest.fixture
def kafka_broker(tmp_path: Path, tools_dir: Path, demand: Demand) -> Iterator[KafkaBroker]:
    """Kafka that asks for no password: `.address`, `.broker`, `.pid`, `.kill()`, `.start()`, `.stop()`."""
    demand(kafka.why_not(tools_dir))
    yield from _running(KafkaBroker(tmp_path / "plain", tools_dir, free_port(), secured=False))


@pytest.fixture(scope="session")
def shared_kafka(tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Demand) -> Iterator[KafkaBroker]:
    """One open Kafka for every test that only needs topics of its own: never kill or stop this one."""
    demand(kafka.why_not(tools_dir))
    data_dir = tmp_path_factory.mktemp("shared")
    yield from _running(KafkaBroker(data_dir, tools_dir, free_port(), secured=False))


@pytest.fixture(scope="module")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Demand) -> Iterator[KafkaBroker]:
    """Apache Kafka as `fanlight up` runs it: `.broker` is the bus, `.broker_for("views")` the pages."""
    demand(kafka.why_not(tools_dir))
    yield from _running(KafkaBroker(tmp_path_factory.mktemp("secured"), tools_dir, free_port()))


@pytest.fixture
def embedded_broker(tmp_path: Path, demand: Demand) -> Iterator[EmbeddedBroker]:
    """The broker from the wheel."""
    demand(embedded.why_not())
    yield from _running(EmbeddedBroker(tmp_path / "embedded-stack", free_port()))


@pytest.fixture
def opa_server(tmp_path: Path, tools_dir: Path, demand: Demand) -> Iterator[Callable[[Path], OpaServer]]:
    """`opa_server(bundle_dir)` starts a real OPA server on the policies in a folder."""
    demand(opa.why_not(tools_dir))
    servers: list[OpaServer] = []

    def start(bundle_dir: Path) -> OpaServer:
        server = OpaServer(bundle_dir, free_port(), tools_dir, log_dir=tmp_path / f"opa-{len(servers)}")
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()
