"""A producer that keeps its transactions, and the records and messages that go with it."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch
from faust.types import TP

from streams.transport.records import Header, Records
from streams.transport.transactions import Transactions

Key = bytes | None


@dataclass
class FakeRecord:
    topic: str = "source"
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    timestamp_type: int = 0
    key: Key = b"k"
    value: Key = b"v"
    headers: tuple[Header, ...] = ()


@dataclass
class FakeMessage:
    """What Faust hands to an agent: a run of records of one partition in one generation of the group."""

    tp: TP
    value: Records
    generation_id: int = 1


@dataclass
class FakeTransaction:
    """Values by topic and partition, and the offsets, of one transaction."""

    records: dict[tuple[str, int], list[Key]] = field(default_factory=dict)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)


class FakeProducer:
    """Commits into a list; `broken` fails the commit, `gate` holds it up."""

    def __init__(self, *, batch_bytes: int = 10_000, broken: Exception | None = None) -> None:
        self.committed: list[FakeTransaction] = []
        self.stopped = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._batch_bytes = batch_bytes
        self._broken = broken
        self._open: FakeTransaction | None = None

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(self._batch_bytes, 0, is_transactional=1)

    async def begin_transaction(self) -> None:
        assert self._open is None, "one transaction at a time"
        self._open = FakeTransaction()

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> Awaitable[Any]:
        assert self._open is not None
        values = [record.value for record in DefaultRecordBatch(bytes(batch._build()))]
        self._open.records.setdefault((topic, partition), []).extend(values)
        sent = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def send_offsets_to_transaction(self, offsets: Mapping[TopicPartition, int], group_id: str) -> None:
        assert self._open is not None
        self._open.offsets.update(offsets)

    async def commit_transaction(self) -> None:
        await self.gate.wait()
        if self._broken is not None:
            raise self._broken
        assert self._open is not None
        self.committed.append(self._open)
        self._open = None

    async def stop(self) -> None:
        self.stopped = True


class FakeCluster:
    """Opens fake producers and notes their transactional ids and the exit code."""

    def __init__(self) -> None:
        self.producers: dict[str, FakeProducer] = {}
        self.exit_codes: list[int] = []

    async def open(self, transactional_id: str) -> FakeProducer:
        self.producers[transactional_id] = FakeProducer()
        return self.producers[transactional_id]


def run_of(*offsets: int, after: int | None = None, tp: TP | None = None) -> FakeMessage:
    """A message with records at these offsets."""
    tp = tp or TP("source", 0)
    records = [FakeRecord(topic=tp.topic, partition=tp.partition, offset=offset) for offset in offsets]
    return FakeMessage(tp, Records(records, after=offsets[0] if after is None else after))


async def owned(transactions: Transactions, *sources: TP) -> None:
    """Assign these partitions in generation 1, with one sink of four partitions."""
    transactions.sinks = {"sink": 4, "changelog": 4}
    await transactions.assign(sources, 1, lambda tp: "4")
