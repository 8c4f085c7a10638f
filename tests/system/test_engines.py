"""The real engines: started, used, stopped and killed as the stack does it."""

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAuthorizationFailedError

from fanlight.engines.kafka import KafkaBroker
from schemas.broker import Broker

pytestmark = [pytest.mark.system, pytest.mark.kafka]


def make_topics(broker: Broker, *names: str) -> None:
    admin = KafkaAdminClient(**broker.client_options())
    try:
        admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1) for name in names])
    finally:
        admin.close()


def publish(broker: Broker, topic: str, *values: bytes) -> None:
    producer = KafkaProducer(**broker.client_options(), acks="all")
    try:
        for sent in [producer.send(topic, value=value, partition=0) for value in values]:
            sent.get(timeout=20)
    finally:
        producer.close()


def read(broker: Broker, topic: str, count: int) -> list[bytes]:
    """What the topic holds, once it holds `count` values; what came within the deadline otherwise."""
    consumer = KafkaConsumer(
        **broker.client_options(),
        auto_offset_reset="earliest",
        consumer_timeout_ms=20_000,
        isolation_level="read_committed",
    )
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return [message.value for message, _ in zip(consumer, range(count), strict=False)]
    finally:
        consumer.close()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_kafka_keeps_what_it_acknowledged(kafka_broker: KafkaBroker, ending: str) -> None:
    make_topics(kafka_broker.broker, "events")
    publish(kafka_broker.broker, "events", b"first", b"second")
    getattr(kafka_broker, ending)()
    assert kafka_broker.pid is None
    kafka_broker.start()
    assert read(kafka_broker.broker, "events", 2) == [b"first", b"second"]


def test_the_views_read_timelines_and_are_refused_events(secured_kafka: KafkaBroker) -> None:
    views = secured_kafka.broker_for("views")
    make_topics(secured_kafka.broker, "events.police", "timelines.x")
    publish(secured_kafka.broker, "events.police", b"all of it")
    publish(secured_kafka.broker, "timelines.x", b"what was disclosed")
    assert read(views, "timelines.x", 1) == [b"what was disclosed"]
    with pytest.raises(TopicAuthorizationFailedError):
        read(views, "events.police", 1)
