"""What goes in and what comes out: a batch producer, and a reader of timelines as they are committed."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.measure import due
from connectors.publish import Message
from schemas.broker import Broker
from schemas.decisions import decisions_in
from schemas.topics import DECISIONS

_BATCH_BYTES = 256 * 1024
_FETCH_BYTES = 8 << 20
_TICK_SECONDS = 0.01
_MS = 1000


class Publisher:
    """Sends encoded messages in batches it builds itself: the load must cost next to nothing of what is measured."""

    def __init__(self, broker: Broker) -> None:
        self._producer = AIOKafkaProducer(
            **broker.client_options(), acks="all", enable_idempotence=True, max_batch_size=_BATCH_BYTES
        )
        self._sent: list[asyncio.Future[Any]] = []
        #: By how much the sending itself was ever behind its schedule.
        self.late_seconds_max = 0.0

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        await self._producer.stop()

    async def flat_out(self, messages: Sequence[Message]) -> None:
        """Everything as fast as the broker takes it; returns when all of it is acknowledged."""
        for start in range(0, len(messages), 2000):
            now_ms = int(time.time() * _MS)
            await self._send((message, now_ms) for message in messages[start : start + 2000])
        await self._acknowledged()

    async def steadily(self, messages: Sequence[Message], rate: float) -> float:
        """So many a second; returns when it began. Each carries the instant it was due: a late sender hides nothing."""
        began_at, sent = time.time(), 0
        while sent < len(messages):
            elapsed = time.time() - began_at
            until = due(elapsed, rate, len(messages))
            if until > sent:
                self.late_seconds_max = max(self.late_seconds_max, elapsed - sent / rate)
            await self._send((messages[i], int((began_at + i / rate) * _MS)) for i in range(sent, until))
            sent = until
            await asyncio.sleep(_TICK_SECONDS)
        await self._acknowledged()
        return began_at

    async def _send(self, stamped: Iterable[tuple[Message, int]]) -> None:
        by_topic: dict[str, list[tuple[Message, int]]] = defaultdict(list)
        for message, at_ms in stamped:
            by_topic[message.topic].append((message, at_ms))
        for topic, waiting in by_topic.items():
            await self._send_to(topic, waiting)

    async def _send_to(self, topic: str, waiting: Sequence[tuple[Message, int]]) -> None:
        batch = self._producer.create_batch()
        for message, at_ms in waiting:
            content = {"key": message.key, "value": message.value, "timestamp": at_ms, "headers": list(message.headers)}
            if batch.append(**content) is None:
                self._sent.append(await self._producer.send_batch(batch, topic, partition=0))
                batch = self._producer.create_batch()
                batch.append(**content)
        self._sent.append(await self._producer.send_batch(batch, topic, partition=0))

    async def _acknowledged(self) -> None:
        await asyncio.gather(*self._sent)
        self._sent.clear()


def _consumer(broker: Broker) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **broker.client_options(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )


def _partitions(topics: Mapping[str, int]) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]


class Reader:
    """Follows topics as a view would: committed records only, each as soon as it can be read.

    `topics` are names with their numbers of partitions; what they hold already is passed over.
    """

    def __init__(self, broker: Broker, topics: Mapping[str, int]) -> None:
        self._consumer = _consumer(broker)
        self._partitions = _partitions(topics)
        self._following: asyncio.Task[None] | None = None
        self.count = 0
        self.last_at = time.time()
        #: Of every record read: its timestamp and how long after that it arrived, both in milliseconds.
        self.arrivals: list[tuple[int, float]] = []

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign(self._partitions)
        for partition, end in (await self._consumer.end_offsets(self._partitions)).items():
            self._consumer.seek(partition, end)
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._consumer.stop()

    async def _follow(self) -> None:
        while True:
            found = await self._consumer.getmany(timeout_ms=1000)
            now = time.time()
            for records in found.values():
                self.last_at = now
                self.count += len(records)
                self.arrivals += [(record.timestamp, now * _MS - record.timestamp) for record in records]

    async def quiet(self, seconds: float) -> None:
        """Return when nothing has come for so long, from now on."""
        began_at = time.time()
        while (left := max(self.last_at, began_at) + seconds - time.time()) > 0:
            if self._following is not None and self._following.done():
                self._following.result()
            await asyncio.sleep(left)


async def count_records(broker: Broker, topics: Mapping[str, int]) -> dict[str, int]:
    """How many committed records each topic holds: offsets count the markers of transactions too."""
    return await _count(broker, topics, lambda _: 1)


async def count_decisions(broker: Broker, partitions: int) -> int:
    """How many committed decisions there are: one record holds many."""
    counted = await _count(broker, {DECISIONS: partitions}, lambda value: sum(1 for _ in decisions_in(value)))
    return counted[DECISIONS]


async def _count(broker: Broker, topics: Mapping[str, int], size: Callable[[bytes], int]) -> dict[str, int]:
    count = dict.fromkeys(topics, 0)
    consumer = _consumer(broker)
    await consumer.start()
    try:
        consumer.assign(_partitions(topics))
        ends = await consumer.end_offsets(_partitions(topics))
        for partition in ends:
            consumer.seek(partition, 0)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                count[partition.topic] += sum(size(record.value) for record in records)
        return count
    finally:
        await consumer.stop()
