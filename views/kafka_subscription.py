"""Our topics read from Kafka: every partition assigned, no group, only what was committed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.broker import Broker, on_either_broker
from views.ingest import Batch, Message, SubscriptionHealth

POLL_MS = 200
#: No page is served while a batch is applied, which takes a tenth of a second for so many timelines.
MESSAGES_MAX = 100
CHECK_SECONDS = 2.0
SILENT_SECONDS_MAX = 10.0


def topics_read(audiences: tuple[str, ...], *, stewarded: bool) -> tuple[str, ...]:
    """All that the pages show; pairs of records and what was decided of them only where somebody may see any."""
    of_stewards = (topics.REVIEWS, topics.JUDGEMENTS) if stewarded else ()
    timelines = (topics.timelines(audience) for audience in audiences)
    return (*timelines, topics.DECISIONS, topics.FEEDS, topics.LOOKS, *of_stewards)


class KafkaSubscription:
    """A consumer without a group: every process that shows pages reads everything for itself."""

    def __init__(self, broker: Broker, audiences: tuple[str, ...], *, stewarded: bool) -> None:
        self._options = broker.client_options()
        self._topics = topics_read(audiences, stewarded=stewarded)
        self._answered_at = float("-inf")
        self._behind: int | None = None
        self._why = "the broker has not answered yet"

    def health(self) -> SubscriptionHealth:
        """As of the last check."""
        reachable = time.monotonic() - self._answered_at < SILENT_SECONDS_MAX
        why = self._why or ("" if reachable else "the broker has stopped answering")
        return SubscriptionHealth(reachable=reachable, behind=self._behind, why=why)

    async def batches(
        self, offsets: Mapping[tuple[str, int], int], made_anew: Callable[[str], None]
    ) -> AsyncIterator[Batch]:
        """Every batch from these offsets on."""
        consumer = on_either_broker(
            AIOKafkaConsumer(
                **self._options,
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
            )
        )
        try:
            await consumer.start()
            partitions = await self._assigned(consumer)
            await self._seek(consumer, partitions, offsets, made_anew)
            checking = asyncio.create_task(self._check(consumer, partitions))
            try:
                while True:
                    yield await self._next(consumer)
                    if checking.done():
                        checking.result()
            finally:
                checking.cancel()
                with suppress(asyncio.CancelledError, KafkaError):
                    await checking
        except KafkaError as fault:
            self._why = f"the broker does not answer ({type(fault).__name__})"
            self._behind = None
            raise
        finally:
            await consumer.stop()

    async def _assigned(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """Every partition of our topics. A consumer without a group that subscribes is given all of them.

        Not `partitions_for_topic` and `assign`: aiokafka knows partitions only of topics it already reads, and says
        of others that they have none, which looks exactly like having read everything.
        """
        await self._until_made(consumer)
        consumer.subscribe(list(self._topics))
        while {partition.topic for partition in consumer.assignment()} != set(self._topics):
            await asyncio.sleep(POLL_MS / 1000)
        return sorted(consumer.assignment())

    async def _until_made(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            known = await consumer.topics()
            missing = [topic for topic in self._topics if topic not in known]
            if not missing:
                return
            self._answered_at = time.monotonic()
            self._why = f"topics not made yet, or not ours to read: {', '.join(missing)}"
            await asyncio.sleep(CHECK_SECONDS)

    async def _seek(
        self,
        consumer: AIOKafkaConsumer,
        partitions: list[TopicPartition],
        offsets: Mapping[tuple[str, int], int],
        made_anew: Callable[[str], None],
    ) -> None:
        # Not seek_to_beginning(): it races with the reset that an assignment starts, and may silently read nothing.
        starts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        shortened = {p.topic for p in partitions if offsets.get((p.topic, p.partition), 0) > ends[p]}
        for topic in sorted(shortened):
            made_anew(topic)
        for partition in partitions:
            stored = offsets.get((partition.topic, partition.partition))
            consumer.seek(partition, starts[partition] if stored is None or partition.topic in shortened else stored)

    async def _next(self, consumer: AIOKafkaConsumer) -> Batch:
        fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=MESSAGES_MAX)
        messages = [
            Message(record.topic, record.partition, record.offset, record.key, record.value)
            for records in fetched.values()
            for record in records
        ]
        return Batch(messages, {(p.topic, p.partition): await consumer.position(p) for p in fetched})

    async def _check(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        while True:
            try:
                async with asyncio.timeout(SILENT_SECONDS_MAX / 2):
                    ends = await consumer.end_offsets(partitions)
                    self._behind = sum([max(0, ends[p] - await consumer.position(p)) for p in partitions])
                self._answered_at, self._why = time.monotonic(), ""
            except (KafkaError, TimeoutError):
                self._why = "the broker has stopped answering"
            await asyncio.sleep(CHECK_SECONDS)
