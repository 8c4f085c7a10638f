"""A worker is killed within a transaction, and its successor is heard: by who had read on, and by who comes later."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Producer as Librdkafka
from faust.types import TP

from fanlight.bus import create_topics, read_topic
from fanlight.engines import EmbeddedBroker, KafkaBroker
from fanlight.settling import behind
from schemas import topics
from schemas.broker import Broker, on_either_broker
from schemas.sizes import RECORD_BYTES_MAX
from streams.transport.producer import Producer

pytestmark = pytest.mark.system

PERSONS = TP(topics.PERSONS, 0)
SECONDS_MAX = 30


@asynccontextmanager
async def following(broker: Broker) -> AsyncIterator[AIOKafkaConsumer]:
    options = broker.client_options()
    consumer = on_either_broker(
        AIOKafkaConsumer(**options, isolation_level="read_committed", auto_offset_reset="earliest")
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(*PERSONS)])
        yield consumer
    finally:
        await consumer.stop()


def left_open(broker: Broker, value: bytes) -> Librdkafka:
    """A worker that has written within a transaction, and gets no further."""
    worker = Librdkafka({**broker.librdkafka_options(), "transactional.id": "worker"})
    worker.init_transactions(SECONDS_MAX)
    worker.begin_transaction()
    for _ in range(3):  # one batch each
        worker.produce(topics.PERSONS, value, b"key", 0)
        assert worker.flush(SECONDS_MAX) == 0
    return worker


async def demand_heard(broker: Broker) -> None:
    create_topics(broker, topics.table(("leads",)), 1)
    async with following(broker) as consumer, asyncio.timeout(SECONDS_MAX):
        dead = await asyncio.to_thread(left_open, broker, b"of no account")
        successor = await Producer.open(
            broker.librdkafka_options(),
            transactional_id="worker",
            consumer_group="fanlight-share",
            record_bytes_max=RECORD_BYTES_MAX,
            timeout_seconds=SECONDS_MAX,
        )
        [end] = (await consumer.end_offsets([TopicPartition(*PERSONS)])).values()
        while await consumer.position(TopicPartition(*PERSONS)) < end:
            assert not await consumer.getmany(timeout_ms=100), "an aborted record was read"
        # The share stage has come as far as its reader.
        await successor.commit([(*PERSONS, b"key", b"heard", 0)], {PERSONS: end})
        assert (await consumer.getone()).value == b"heard"
    assert [record.value for record in read_topic(broker, topics.PERSONS)] == [b"heard"]
    [left] = behind(broker)
    assert re.fullmatch(rf"share is \d+ offsets behind on {topics.PERSONS}/0", left)
    await successor.close()
    dead.purge()


async def test_readers_on_kafka_pass_over_what_was_aborted(kafka_broker: KafkaBroker) -> None:
    await demand_heard(kafka_broker.broker)


async def test_readers_on_the_embedded_broker_pass_over_what_was_aborted(embedded_broker: EmbeddedBroker) -> None:
    await demand_heard(embedded_broker.broker)
