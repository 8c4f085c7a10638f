import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest

from schemas.aborts import Aborted
from schemas.broker import EMPTY_FETCH_SECONDS, Broker, on_either_broker
from schemas.errors import InvalidSetting
from tests.schemas.test_aborts import COMMIT, DATA, Batch

FETCH = FetchRequest(100, 1, 1024, 1, [("events.police", [(0, 5, 1024)])])


@pytest.mark.parametrize(("username", "password"), [("views", None), (None, "secret")], ids=["name", "password"])
def test_half_of_a_credential_is_refused_with_the_way_out(username: str | None, password: str | None) -> None:
    with pytest.raises(InvalidSetting, match=r"set FANLIGHT_BROKER_USERNAME and FANLIGHT_BROKER_PASSWORD, or neither$"):
        Broker("127.0.0.1:9092", username, password)


def test_credentials_stand_in_the_options_and_not_in_the_repr() -> None:
    broker = Broker("127.0.0.1:9092", "views", "secret")
    assert broker.client_options()["sasl_plain_password"] == "secret"
    assert "secret" not in f"{broker} {broker!r}"
    assert Broker("127.0.0.1:9092").client_options() == {"bootstrap_servers": "127.0.0.1:9092"}


class Hasty:
    """A client whose broker answers at once, with these bytes and aborted transactions for its only partition."""

    def __init__(self, records: bytes, aborted: list[Aborted] | None = None) -> None:
        self.records, self.aborted = records, aborted

    async def send(self, node: int, request: Any, **options: Any) -> Any:
        return SimpleNamespace(topics=[("events.police", [(0, 0, 8, 8, 0, self.aborted, -1, self.records)])])


async def close() -> None:
    pass


async def seconds(records: bytes, request: Any = FETCH) -> float:
    consumer = on_either_broker(SimpleNamespace(_client=Hasty(records), stop=close))
    began_at = time.monotonic()
    answer = await consumer._client.send(1, request)
    assert answer.topics[0][1][0][-1] == records
    return time.monotonic() - began_at


async def test_a_consumer_rests_after_a_fetch_that_brought_nothing() -> None:
    assert await seconds(b"") >= EMPTY_FETCH_SECONDS * 0.9


async def test_records_and_other_requests_are_passed_on_at_once() -> None:
    assert min([await seconds(b"record") for _ in range(5)]) < EMPTY_FETCH_SECONDS / 2
    assert min([await seconds(b"", request="metadata") for _ in range(5)]) < EMPTY_FETCH_SECONDS / 2


async def test_a_transaction_that_was_over_before_the_fetch_is_not_passed_on() -> None:
    records = Batch(5, 2, 1, DATA).bytes + Batch(7, 1, 1, COMMIT).bytes
    consumer = on_either_broker(SimpleNamespace(_client=Hasty(records, [(1, 0)]), stop=close))
    answer = await consumer._client.send(1, FETCH)
    assert answer.topics == [("events.police", [(0, 0, 8, 8, 0, [], -1, records)])]


async def test_whoever_stops_a_consumer_goes_on_though_it_gives_up_a_fetch() -> None:
    closed: list[bool] = []

    async def close() -> None:
        closed.append(True)

    async def stop() -> None:
        """What aiokafka does while a fetch waits to be asked again of a broker that is away."""
        raise asyncio.CancelledError

    consumer = on_either_broker(SimpleNamespace(_client=SimpleNamespace(send=close, close=close), stop=stop))
    await consumer.stop()
    assert closed


async def test_whoever_is_cancelled_while_they_stop_a_consumer_is() -> None:
    consumer = on_either_broker(SimpleNamespace(_client=Hasty(b""), stop=lambda: asyncio.sleep(60)))
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
