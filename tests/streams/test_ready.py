"""When a worker says that it is ready."""

from types import SimpleNamespace

import pytest
from aiohttp import ClientSession

from fanlight.ports import free_port
from streams.app import _serve
from streams.health import Health
from streams.transport import App


@pytest.fixture
def app() -> App:
    return App("ready", broker="127.0.0.1:1")


@pytest.mark.parametrize(
    ("partitions", "is_assigned", "ready"),
    [
        pytest.param({0}, True, True, id="it has partitions"),
        pytest.param(set(), False, False, id="it has not been told which"),
        pytest.param(set(), True, True, id="more workers than partitions"),
    ],
)
def test_a_worker_is_ready_when_it_has_been_told_its_partitions_if_only_that_there_are_none(
    app: App, partitions: set[int], is_assigned: bool, ready: bool
) -> None:
    health = Health("identify")
    app._consumer = SimpleNamespace(assignment=lambda: partitions)
    app.unassigned = is_assigned and not partitions
    _serve(app, health, 0)
    assert not health.started(), "its state is not back"
    app.tables.recovery.completed.set()
    app.states.are_whole = True
    assert health.started() == ready
    app.states.forget()
    assert not health.started(), "a rebalance has begun"


async def test_a_worker_answers_before_it_has_read_anything_back(app: App) -> None:
    port = free_port()
    _serve(app, Health("share"), port)
    [pages] = app._children
    async with pages, ClientSession(f"http://127.0.0.1:{port}") as client:
        found = {path: (await client.get(path)).status for path in ("/livez", "/startupz", "/readyz")}
        assert found == {"/livez": 200, "/startupz": 503, "/readyz": 503}
        assert "their state read back" in await (await client.get("/readyz")).text()
