"""One table: every topic, what it carries, how it is keyed, and who may write and read it."""

import zlib
from dataclasses import dataclass
from enum import StrEnum

from schemas.vocabulary import Agency


class Spread(StrEnum):
    """How a topic is cut into partitions."""

    REGION = "region"  # one partition: identity needs to see every record of a region in one order
    PERSON = "person"  # by person: everything about one young person in one partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic: the `records` it carries, by Avro name; its key; and whether only the last of a key stays."""

    name: str
    records: str
    key: str
    spread: Spread
    compacted: bool = False
    written_by: str
    read_by: str


def events(agency: str) -> str:
    """Where an agency's events are published."""
    return f"events.{agency}"


def disclosures(audience: str) -> str:
    """What was released to an audience, and what was recalled."""
    return f"disclosures.{audience}"


def timelines(audience: str) -> str:
    """An audience's timelines: the last record of a key is the timeline now."""
    return f"timelines.{audience}"


REJECTED = "events.rejected"
ASSIGNMENTS = "identity.assignments"
SOURCE_RECORDS = "identity.records"
IDENTITY_DECISIONS = "identity.decisions"
PERSONS = "persons.events"
DECISIONS = "decisions"
FEEDS = "feeds"
LOOKS = "looks"


def table(audiences: tuple[str, ...]) -> tuple[Topic, ...]:
    """Every topic of a deployment with these audiences."""
    published = tuple(
        Topic(
            name=events(agency),
            records="the agency's event records",
            key="subject_key",
            spread=Spread.REGION,
            written_by="connectors",
            read_by="identify",
        )
        for agency in Agency
    )
    per_audience = tuple(
        topic
        for audience in audiences
        for topic in (
            Topic(
                name=disclosures(audience),
                records="fanlight.bus.Disclosure",
                key="the audience's pseudonym for the person",
                spread=Spread.PERSON,
                written_by="share",
                read_by="audit",
            ),
            Topic(
                name=timelines(audience),
                records="fanlight.bus.Timeline",
                key="the audience's pseudonym for the person",
                spread=Spread.PERSON,
                compacted=True,
                written_by="share",
                read_by="views",
            ),
        )
    )
    return (
        *published,
        Topic(
            name=REJECTED,
            records="fanlight.bus.Rejection",
            key="rejection_id",
            spread=Spread.REGION,
            written_by="connectors, identify, share",
            read_by="partners' own operators",
        ),
        Topic(
            name=SOURCE_RECORDS,
            records="fanlight.bus.SourceRecord",
            key="subject_key",
            spread=Spread.REGION,
            compacted=True,
            written_by="identify",
            read_by="identify",
        ),
        Topic(
            name=ASSIGNMENTS,
            records="fanlight.bus.Assignment",
            key="subject_key",
            spread=Spread.REGION,
            compacted=True,
            written_by="identify",
            read_by="identify, the command line",
        ),
        Topic(
            name=IDENTITY_DECISIONS,
            records="fanlight.bus.IdentityDecision",
            key="subject_key",
            spread=Spread.REGION,
            written_by="identify",
            read_by="audit",
        ),
        Topic(
            name=PERSONS,
            records="fanlight.bus.Identified, fanlight.bus.Moved",
            key="person_id",
            spread=Spread.PERSON,
            written_by="identify, share",
            read_by="share",
        ),
        Topic(
            name=DECISIONS,
            records="fanlight.bus.Decision",
            key="event_id",
            spread=Spread.PERSON,
            written_by="share",
            read_by="views, audit",
        ),
        Topic(
            name=FEEDS,
            records="fanlight.bus.FeedStatus",
            key="delivery",
            spread=Spread.REGION,
            compacted=True,
            written_by="identify",
            read_by="identify, views",
        ),
        Topic(
            name=LOOKS,
            records="fanlight.bus.Look",
            key="look_id",
            spread=Spread.REGION,
            written_by="views, the command line",
            read_by="views, audit",
        ),
        *per_audience,
    )


def partition_of(person_id: str, partitions: int) -> int:
    """The partition of everything about a person."""
    return zlib.crc32(person_id.encode()) % partitions
