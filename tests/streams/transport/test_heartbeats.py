import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest

from streams.transport.heartbeats import give_up_heartbeats, hears_broker

HEARTBEAT = HeartbeatRequest("group", 1, "member")


class Hanging:
    """A client whose broker answers after these seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def send(self, node: int, request: Any, **options: Any) -> str:
        await asyncio.sleep(self._seconds)
        return "answered"


async def test_a_heartbeat_that_is_not_answered_within_a_session_is_given_up() -> None:
    client = Hanging(60)
    give_up_heartbeats(client, 0.01)
    with pytest.raises(RequestTimedOutError):
        await client.send(1, HEARTBEAT)


async def test_other_requests_take_as_long_as_they_take() -> None:
    client = Hanging(0.05)
    give_up_heartbeats(client, 0.01)
    assert await client.send(1, FetchRequest(100, 1, 1024, 1, [])) == "answered"


def group(member_id: str, coordinator_id: int | None) -> object:
    return SimpleNamespace(_coordinator=SimpleNamespace(member_id=member_id, coordinator_id=coordinator_id))


@pytest.mark.parametrize(
    ("reader", "hears"),
    [
        pytest.param(None, True, id="it has not begun"),
        pytest.param(SimpleNamespace(_coordinator=None), True, id="it has not connected"),
        pytest.param(group("", None), True, id="it has not joined"),
        pytest.param(group("member", 1), True, id="it is answered"),
        pytest.param(group("member", None), False, id="it is answered no more"),
    ],
)
def test_a_broker_is_silent_once_a_member_of_the_group_knows_no_coordinator(reader: object, hears: bool) -> None:
    assert hears_broker(SimpleNamespace(_thread=SimpleNamespace(_consumer=reader))) is hears
