"""One table: every topic, what it carries, how it is keyed, and who writes and reads it.

What the pages may do on a broker that holds its programs to it follows from this table (`fanlight/engines/rights.py`).
"""

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.vocabulary import Agency

#: What is written to a topic: its key and its value.
Message = tuple[bytes, bytes]


class Spread(StrEnum):
    """How a topic is cut into partitions."""

    REGION = "region"  # one partition: identity needs to see every record of a region in one order
    PERSON = "person"  # by person: everything about one young person in one partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic: the `records` it carries, by Avro name; its key; whether only the last of a key stays; and the programs
    that write and read it. `audit` among them is a reader that is no program of this repository."""

    name: str
    records: str
    key: str
    spread: Spread
    compacted: bool = False
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]


def events(agency: str) -> str:
    """Where an agency's events are published."""
    return f"events.{agency}"


def disclosures(audience: str) -> str:
    """What was released to an audience, and what was recalled."""
    return f"disclosures.{audience}"


def timelines(audience: str) -> str:
    """An audience's timelines: the last record of a key is the timeline now."""
    return f"timelines.{audience}"


REJECTED: Final = "events.rejected"
ASSIGNMENTS: Final = "identity.assignments"
SOURCE_RECORDS: Final = "identity.records"
IDENTITY_DECISIONS: Final = "identity.decisions"
JUDGEMENTS: Final = "identity.judgements"
REVIEWS: Final = "identity.reviews"
MODELS: Final = "identity.models"
PERSONS: Final = "persons.events"
DECISIONS: Final = "decisions"
POLICIES: Final = "policies.applied"
FEEDS: Final = "feeds"
LOOKS: Final = "looks"

#: What each stage of the workers reads record by record, as a consumer group: all of it must be behind that group
#: before everything published has been dealt with. What a stage reads back when it starts is not among them.
SOURCES = {"identify": (*map(events, Agency), JUDGEMENTS, MODELS), "share": (PERSONS,)}


_REGION, _PERSON = Spread.REGION, Spread.PERSON
_PSEUDONYM: Final = "the audience's pseudonym for the person"
_SOURCE_RECORDS: Final = "fanlight.bus.SourceRecord, fanlight.bus.Saying"
#: An undo has the key of what it takes back.
_LESSER: Final = "the lesser subject_key of the two"
_POLICIES: Final = "fanlight.bus.PoliciesApplied, fanlight.bus.PolicyText"
_ACTIVATIONS: Final = "fanlight.bus.ModelActivation, fanlight.bus.ModelApplied"
#: The name of a program that reads or writes, for those that are held to it.
VIEWS: Final = "views"
#: Where people look and decide.
_PEOPLE: Final = "views, command line"


def _topic(
    name: str, records: str, key: str, spread: Spread, writers: str, readers: str, *, last: bool = False
) -> Topic:
    programs = {"written_by": tuple(writers.split(", ")), "read_by": tuple(readers.split(", "))}
    return Topic(name=name, records=records, key=key, spread=spread, compacted=last, **programs)


_OF_THE_BUS: Final = (
    _topic(REJECTED, "fanlight.bus.Rejection", "rejection_id", _REGION, "connectors, identify, share", "command line"),
    _topic(SOURCE_RECORDS, _SOURCE_RECORDS, "subject_key", _REGION, "identify", "identify, command line", last=True),
    _topic(ASSIGNMENTS, "fanlight.bus.Assignment", "subject_key", _REGION, "identify", "command line", last=True),
    _topic(IDENTITY_DECISIONS, "fanlight.bus.IdentityDecision", "subject_key", _REGION, "identify", "audit"),
    _topic(JUDGEMENTS, "fanlight.bus.Judgement", _LESSER, _REGION, _PEOPLE, f"identify, {_PEOPLE}"),
    _topic(REVIEWS, "fanlight.bus.Review", "review_id", _REGION, "identify", f"identify, {_PEOPLE}", last=True),
    _topic(MODELS, _ACTIVATIONS, "activation_id", _REGION, "identify, command line", "identify, command line"),
    _topic(PERSONS, "fanlight.bus.Identified, fanlight.bus.Moved", "person_id", _PERSON, "identify, share", "share"),
    _topic(DECISIONS, "fanlight.bus.Decisions", "audience", _PERSON, "share", _PEOPLE),
    _topic(POLICIES, _POLICIES, "partition or revision", _PERSON, "share", "share, command line", last=True),
    _topic(FEEDS, "fanlight.bus.FeedStatus", "delivery", _REGION, "identify", f"identify, {_PEOPLE}", last=True),
    _topic(LOOKS, "fanlight.bus.Look", "look_id", _REGION, _PEOPLE, VIEWS),
)


def table(audiences: tuple[str, ...]) -> tuple[Topic, ...]:
    """Every topic of a deployment with these audiences."""
    published = (
        _topic(events(agency), "the agency's event records", "subject_key", _REGION, "connectors", "identify")
        for agency in Agency
    )
    disclosed = (
        _topic(disclosures(audience), "fanlight.bus.Disclosure", _PSEUDONYM, _PERSON, "share", "audit")
        for audience in audiences
    )
    readers = f"share, {_PEOPLE}"
    folded = (
        _topic(timelines(audience), "fanlight.bus.Timeline", _PSEUDONYM, _PERSON, "share", readers, last=True)
        for audience in audiences
    )
    return (*published, *_OF_THE_BUS, *disclosed, *folded)


def consumer_group(stage: str) -> str:
    """As whom a stage of the workers reads its sources."""
    return f"fanlight-{stage}"


def partition_of(person_id: str, partitions: int) -> int:
    """The partition of everything about a person."""
    return zlib.crc32(person_id.encode()) % partitions
