"""What the identify worker knows, read back from the topics that it reads it back from itself."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from fanlight.bus import latest, read_topic, standing
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


def records_named(broker: Broker, key: DeploymentKey, agency: str, source_id: str) -> list[dict[str, Any]]:
    """Whom an agency may mean by its own key: subject_key, source_id and person_id of each record, none if unheard of.

    The record of exactly this key; else those of this number at whichever organisation: they number alike.
    """
    subject_key = key.subject_key(agency, source_id)
    if (assignment := latest(broker, topics.ASSIGNMENTS, subject_key)) is not None:
        return [{**assignment, "source_id": source_id}]
    number = f"{source_id}@"
    likely = (value for value in standing(broker, topics.SOURCE_RECORDS) if number.encode() in value)
    found = (each for each in map(decode, likely) if each.get("agency") == agency)
    return [each for each in found if each["source_id"].startswith(number)]


def _values(broker: Broker, topic: str) -> Iterator[bytes | None]:
    return (record.value for record in read_topic(broker, topic))
