"""The real engines: started, used, stopped and killed as the stack does it."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer
from kafka.admin import ACLOperation, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAuthorizationFailedError, for_code

from fanlight.engines import grants
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
    """The first `count` values of the topic, as a reader of committed records sees them."""

    async def values() -> list[bytes]:
        options = broker.client_options()
        consumer = AIOKafkaConsumer(**options, auto_offset_reset="earliest", isolation_level="read_committed")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic, 0)])
            async with asyncio.timeout(20):
                return [(await consumer.getone()).value for _ in range(count)]
        finally:
            await consumer.stop()

    return asyncio.run(values())


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_kafka_keeps_what_it_acknowledged(kafka_broker: KafkaBroker, ending: str) -> None:
    make_topics(kafka_broker.broker, "events")
    publish(kafka_broker.broker, "events", b"first", b"second")
    getattr(kafka_broker, ending)()
    assert kafka_broker.pid is None
    kafka_broker.start()
    assert read(kafka_broker.broker, "events", 2) == [b"first", b"second"]


def refusal(broker: Broker, topic: str) -> str | None:
    """What the broker answers when asked about a topic; clients that merely fetch would wait for ever."""
    admin = KafkaAdminClient(**broker.client_options())
    try:
        code = admin.describe_topics([topic])[0]["error_code"]
    finally:
        admin.close()
    return for_code(code).__name__ if code else None


def test_the_views_read_timelines_and_are_refused_events(secured_kafka: KafkaBroker) -> None:
    views = secured_kafka.broker_for("views")
    make_topics(secured_kafka.broker, "events.police", "timelines.x")
    publish(secured_kafka.broker, "events.police", b"all of it")
    publish(secured_kafka.broker, "timelines.x", b"what was disclosed")
    assert read(views, "timelines.x", 1) == [b"what was disclosed"]
    assert refusal(views, "timelines.x") is None
    assert refusal(views, "events.police") == "TopicAuthorizationFailedError"


def test_the_views_write_looks_and_nothing_else(secured_kafka: KafkaBroker) -> None:
    views = secured_kafka.broker_for("views")
    make_topics(secured_kafka.broker, "looks", "decisions")
    publish(views, "looks", b"who looked")
    with pytest.raises(TopicAuthorizationFailedError):
        publish(views, "decisions", b"a decision nobody made")


def test_nobody_connects_to_the_secured_kafka_without_a_password(secured_kafka: KafkaBroker) -> None:
    for stranger in (Broker(secured_kafka.bootstrap), Broker(secured_kafka.bootstrap, "bus", "guessed")):
        with pytest.raises(KafkaError):
            KafkaAdminClient(**stranger.client_options(), bootstrap_timeout_ms=3000).close()


def test_settling_the_grants_again_changes_nothing_and_takes_back_what_was_added(
    secured_kafka: KafkaBroker,
) -> None:
    before = grants.found(secured_kafka.broker, "views")
    added = grants.Grant("views", ACLOperation.READ, "persons.events")
    grants.settle(secured_kafka.broker, (*grants.VIEWS_GRANTS, added))
    assert len(grants.found(secured_kafka.broker, "views")) == len(before) + 1
    grants.settle(secured_kafka.broker)
    assert grants.found(secured_kafka.broker, "views") == before
