"""Persons stay in the partitions they were first cut into, whatever this release would choose."""

import pytest

from fanlight.bus import create_topics
from fanlight.engines import EmbeddedBroker, KafkaBroker
from schemas import topics
from schemas.broker import Broker
from streams.app import person_partitions
from streams.transport.errors import TopicsUnfit
from streams.transport.preflight import topic_partitions


async def demand_kept(broker: Broker) -> None:
    with pytest.raises(TopicsUnfit, match="fanlight topics"):
        person_partitions(broker)
    create_topics(broker, topics.table(("leads",)), 3)
    assert person_partitions(broker) == 3
    create_topics(broker, topics.table(("leads", "boards")), 2)
    assert person_partitions(broker) == 3
    wanted = {topics.timelines("leads"): 3, topics.timelines("boards"): 3, topics.LOOKS: 1}
    assert await topic_partitions(broker.client_options(), wanted) == wanted


async def test_on_kafka(kafka_broker: KafkaBroker) -> None:
    await demand_kept(kafka_broker.broker)


async def test_on_the_embedded_broker(embedded_broker: EmbeddedBroker) -> None:
    await demand_kept(embedded_broker.broker)
