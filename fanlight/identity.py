"""What the identify worker knows, read back from the topics that it reads it back from itself."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from fanlight.bus import read_topic, standing
from schemas import topics
from schemas.broker import Broker
from schemas.codec import decode
from schemas.keys import DeploymentKey
from streams.identifying import Identify
from streams.identity.model import Model
from streams.identity.shadow import Report, shadow


def identity_of(broker: Broker, key: DeploymentKey) -> Identify:
    """A stage that knows every record, every decision and the model in force, and writes nothing."""
    stage = Identify(key, 1)
    stage.restore_models(_values(broker, topics.MODELS))
    stage.restore(_values(broker, topics.SOURCE_RECORDS))
    stage.restore_judgements(_values(broker, topics.JUDGEMENTS))
    deque(stage.restored(), maxlen=0)
    return stage


def shadow_of(broker: Broker, key: DeploymentKey, model: Model) -> Report:
    """What would change on this bus if `model` were activated now."""
    registry = identity_of(broker, key).registry
    reviews = {
        (each["left"]["subject_key"], each["right"]["subject_key"]): each["why"] for each in open_reviews(broker)
    }
    report = shadow(model, registry.standing(), registry.judgements(), reviews, lambda each: key.derive("person", each))
    return {**report, "instead_of": registry.model.version}


def open_reviews(broker: Broker) -> list[dict[str, Any]]:
    """The pairs of records that wait for somebody, as fanlight.bus.Review, the longest first."""
    return sorted(map(decode, standing(broker, topics.REVIEWS)), key=lambda each: (each["since"], each["review_id"]))


def _values(broker: Broker, topic: str) -> Iterator[bytes | None]:
    return (record.value for record in read_topic(broker, topic))
