"""What goes in and what comes out: a batch producer, and a reader of timelines as they are committed."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as KafkaPartition

from benchmarks.measure import due
from connectors.sending import TopicMessage
from schemas.broker import Broker, on_either_broker
from schemas.decisions import decisions_in
from schemas.topics import DECISIONS

_BATCH_BYTES = 256 * 1024
_FETCH_BYTES = 8 << 20
_TICK_SECONDS = 0.01
_ACKNOWLEDGED_SECONDS_MAX = 120.0
_POLL_SECONDS = 0.2
_AT_ONCE = 10_000
_NOT_YET = (
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
_MS = 1000


class Publisher:
    """Sends encoded messages through librdkafka: the load must cost next to nothing of what is measured."""

    def __init__(self, broker: Broker) -> None:
        self._producer = Producer(
            {
                **broker.librdkafka_options(),
                "enable.idempotence": True,
                "linger.ms": 5,
                "batch.size": _BATCH_BYTES,
                "queue.buffering.max.messages": 0,  # no limit
            }
        )
        #: By how much the sending itself was ever behind its schedule.
        self.late_seconds_max = 0.0

    async def flat_out(self, messages: Sequence[TopicMessage]) -> None:
        """Everything as fast as the broker takes it; returns when all of it is acknowledged."""
        for start in range(0, len(messages), 2000):
            now_ms = int(time.time() * _MS)
            self._send((message, now_ms) for message in messages[start : start + 2000])
            await asyncio.sleep(0)
        await asyncio.to_thread(self._acknowledged)

    async def steadily(self, messages: Sequence[TopicMessage], rate: float) -> float:
        """So many a second; returns when it began. Each carries the instant it was due: a late sender hides nothing."""
        began_at, sent = time.time(), 0
        while sent < len(messages):
            elapsed = time.time() - began_at
            until = due(elapsed, rate, len(messages))
            if until > sent:
                self.late_seconds_max = max(self.late_seconds_max, elapsed - sent / rate)
            self._send((messages[i], int((began_at + i / rate) * _MS)) for i in range(sent, until))
            sent = until
            await asyncio.sleep(_TICK_SECONDS)
        await asyncio.to_thread(self._acknowledged)
        return began_at

    def _send(self, stamped: Iterable[tuple[TopicMessage, int]]) -> None:
        for message, at_ms in stamped:
            self._producer.produce(
                message.topic, message.value, message.key, 0, timestamp=at_ms, headers=list(message.headers)
            )

    def _acknowledged(self) -> None:
        if left := self._producer.flush(_ACKNOWLEDGED_SECONDS_MAX):
            raise RuntimeError(f"{left} messages were not acknowledged within {_ACKNOWLEDGED_SECONDS_MAX:.0f} s")


class Reader:
    """Follows topics as a view would: committed records only, each as soon as it can be read.

    `topics` are names with their numbers of partitions; what they hold already is passed over.
    """

    def __init__(self, broker: Broker, topics: Mapping[str, int]) -> None:
        self._consumer = Consumer(
            {
                **broker.librdkafka_options(),
                "group.id": "benchmark",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.message.max.bytes": _FETCH_BYTES,
            }
        )
        self._partitions = [KafkaPartition(topic, n) for topic, count in topics.items() for n in range(count)]
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="reader")
        self._failed: Exception | None = None
        self.count = 0
        self.last_at = time.time()
        #: Of every record read: its timestamp and how long after that it arrived, both in milliseconds.
        self.arrivals: list[tuple[int, float]] = []

    async def __aenter__(self) -> Self:
        for partition in self._partitions:
            partition.offset = await self._end(partition)
        self._consumer.assign(self._partitions)
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leaving.set()
        await asyncio.to_thread(self._thread.join)
        self._consumer.close()

    async def _end(self, partition: KafkaPartition) -> int:
        """Where a partition ends. That it has no leader yet, right after it was made, is asked again."""
        deadline = time.monotonic() + _ACKNOWLEDGED_SECONDS_MAX
        while True:
            try:
                return int(self._consumer.get_watermark_offsets(partition, timeout=_ACKNOWLEDGED_SECONDS_MAX)[1])
            except KafkaException as refused:
                if refused.args[0].code() not in _NOT_YET or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_TICK_SECONDS)

    def _follow(self) -> None:
        try:
            while not self._leaving.is_set():
                first = self._consumer.poll(_POLL_SECONDS)
                if first is not None:
                    self._note([first, *self._consumer.consume(_AT_ONCE, 0)])
        except Exception as failed:
            self._failed = failed

    def _note(self, records: Sequence[Any]) -> None:
        self.last_at = now = time.time()
        for record in records:
            if record.error() is not None:
                raise RuntimeError(f"a reader was told {record.error()}")
            stamp = record.timestamp()[1]
            self.arrivals.append((stamp, now * _MS - stamp))
        self.count += len(records)

    async def quiet(self, seconds: float) -> None:
        """Return when nothing has come for so long, from now on."""
        began_at = time.time()
        while (left := max(self.last_at, began_at) + seconds - time.time()) > 0:
            if self._failed is not None:
                raise self._failed
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
    consumer = on_either_broker(
        AIOKafkaConsumer(
            **broker.client_options(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            max_partition_fetch_bytes=_FETCH_BYTES,
        )
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for topic, held in topics.items() for number in range(held)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in ends:
            consumer.seek(partition, 0)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                count[partition.topic] += sum(size(record.value) for record in records)
        return count
    finally:
        await consumer.stop()
