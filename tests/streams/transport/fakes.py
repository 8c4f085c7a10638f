"""A producer that keeps its transactions, and the records and messages that go with it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from faust.types import TP

from streams.transport.producer import Outgoing
from streams.transport.records import Records
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


@dataclass
class FakeMessage:
    """What Faust hands to an agent: a run of records of one partition in one generation of the group."""

    tp: TP
    value: Records
    generation_id: int = 1


@dataclass
class FakeTransaction:
    """Values and timestamps by topic and partition, and the offsets, of one transaction."""

    records: dict[tuple[str, int], list[Key]] = field(default_factory=dict)
    offsets: dict[TP, int] = field(default_factory=dict)
    timestamps: dict[tuple[str, int], list[int]] = field(default_factory=dict)


class FakeProducer:
    """Commits into a list; `broken` fails the commit, `gate` holds it up."""

    def __init__(self, *, broken: Exception | None = None) -> None:
        self.committed: list[FakeTransaction] = []
        self.under_way = False
        self.stopped = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._broken = broken

    async def commit(self, records: Sequence[Outgoing], offsets: Mapping[TP, int]) -> None:
        assert not self.under_way, "one transaction at a time"
        self.under_way = True
        await self.gate.wait()
        if self._broken is not None:
            raise self._broken
        values: dict[tuple[str, int], list[Key]] = defaultdict(list)
        timestamps: dict[tuple[str, int], list[int]] = defaultdict(list)
        for topic, partition, _, value, timestamp in records:
            values[topic, partition].append(value)
            timestamps[topic, partition].append(timestamp)
        self.committed.append(FakeTransaction(dict(values), dict(offsets), dict(timestamps)))
        self.under_way = False

    async def close(self) -> None:
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
