"""A transaction on librdkafka: what is asked of it in which order, and what becomes of one that does not end."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from faust.types import TP

from streams.transport.errors import TransactionFailed
from streams.transport.producer import Producer

SOURCE = TP("source", 3)
RECORDS = [("sink", 0, b"k", b"v", 0), ("sink", 1, None, None, 7)]


class Client:
    """Notes what it is asked, and by which thread; `fault` fails the commit, and `silent` leaves it unanswered."""

    def __init__(self, fault: Exception | None = None, silent: bool = False) -> None:
        self.asked: list[Any] = []
        self.committed_by = ""
        self.answers = threading.Event()
        self._fault, self._silent = fault, silent

    def begin_transaction(self) -> None:
        self.asked.append("begin")

    def produce(self, *record: Any, timestamp: int) -> None:
        self.asked.append((*record, timestamp))

    def send_offsets_to_transaction(self, offsets: list[Any], group: Any, seconds: float) -> None:
        self.asked.append(([(o.topic, o.partition, o.offset) for o in offsets], group))

    def commit_transaction(self, seconds: float) -> None:
        self.committed_by = threading.current_thread().name
        if self._silent:
            self.answers.wait()
        if self._fault is not None:
            raise self._fault
        self.asked.append("commit")

    def purge(self) -> None:
        self.asked.append("purge")


@pytest.fixture
def silent() -> Iterator[Client]:
    client = Client(silent=True)
    yield client
    client.answers.set()


async def test_records_offsets_and_commit_are_one_transaction_that_ends_beside_the_event_loop() -> None:
    client = Client()
    producer = Producer(client, "group", 5.0)
    await producer.commit(RECORDS, {SOURCE: 8})
    first, second = ("sink", b"v", b"k", 0, 0), ("sink", None, None, 1, 7)
    assert client.asked == ["begin", first, second, ([("source", 3, 8)], "group"), "commit"]
    assert client.committed_by != threading.current_thread().name
    await producer.close()
    assert client.asked[-1] == "purge"


async def test_a_transaction_that_fails_says_why() -> None:
    producer = Producer(Client(KafkaException(KafkaError(KafkaError._FENCED))), "group", 5.0)
    with pytest.raises(TransactionFailed, match="_FENCED"):
        await producer.commit(RECORDS, {SOURCE: 8})


async def test_a_record_that_cannot_be_buffered_fails_the_transaction() -> None:
    client = Client()
    client.produce = lambda *_, **__: (_ for _ in ()).throw(BufferError("Local: Queue full"))
    with pytest.raises(TransactionFailed, match="Queue full"):
        await Producer(client, "group", 5.0).commit(RECORDS, {SOURCE: 8})
    assert client.asked == ["begin"]


async def test_a_client_that_keeps_no_timeout_is_not_waited_for_for_ever(silent: Client) -> None:
    with pytest.raises(TransactionFailed, match="no answer"):
        await Producer(silent, "group", 0.01).commit(RECORDS, {SOURCE: 8})
