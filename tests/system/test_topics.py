"""Persons stay in the partitions they were first cut into, and a topic takes records as long as timelines may be."""

import random
from collections.abc import Sequence

import pytest
from faust.types import TP

from fanlight.bus import create_topics, read_topic
from fanlight.engines import EmbeddedBroker, KafkaBroker
from schemas import topics
from schemas.broker import Broker
from schemas.sizes import RECORD_BYTES_MAX
from streams.app import person_partitions
from streams.transport.errors import TopicsUnfit
from streams.transport.preflight import topic_partitions
from streams.transport.producer import Producer
from streams.transport.records import Record
from streams.transport.replay import replay
from tests.system.stack import until


async def demand_kept(broker: Broker) -> None:
    with pytest.raises(TopicsUnfit, match="fanlight topics"):
        person_partitions(broker)
    create_topics(broker, topics.table(("leads",)), 3)
    assert person_partitions(broker) == 3
    create_topics(broker, topics.table(("leads", "boards")), 2)
    assert person_partitions(broker) == 3
    wanted = {topics.timelines("leads"): 3, topics.timelines("boards"): 3, topics.LOOKS: 1}
    assert await topic_partitions(broker.client_options(), wanted) == wanted


async def demand_taken(broker: Broker, length: int) -> None:
    """A record of this length is committed by the worker's producer, and read by the worker's, the pages' and the
    commands' own clients."""
    topic = topics.timelines("leads")
    create_topics(broker, topics.table(("leads",)), 1)
    producer = await Producer.open(
        broker.librdkafka_options(),
        transactional_id="long",
        consumer_group="long",
        record_bytes_max=RECORD_BYTES_MAX,
        timeout_seconds=30,
    )
    value = random.Random(length).randbytes(length)
    await producer.commit([(topic, 0, b"long", value, 0)], {TP(topics.PERSONS, 0): 1})
    await producer.close()
    # A transaction is committed some moments before readers are told.
    assert until(lambda: [record.value for record in read_topic(broker, topic)], "the record") == [value]
    found: list[bytes | None] = []

    def apply(_: TP, records: Sequence[Record]) -> None:
        found.extend(record.value for record in records)

    await replay(broker.client_options(), {TP(topic, 0): None}, apply)
    assert found == [value]


async def test_kafka_keeps_partitions_and_takes_a_long_record(kafka_broker: KafkaBroker) -> None:
    await demand_kept(kafka_broker.broker)
    await demand_taken(kafka_broker.broker, 8 << 20)


async def test_the_embedded_broker_keeps_partitions_and_takes_a_long_record(embedded_broker: EmbeddedBroker) -> None:
    await demand_kept(embedded_broker.broker)
    await demand_taken(embedded_broker.broker, 8 << 20)
