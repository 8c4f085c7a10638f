"""What comes off persons.events: an event of a person, a move of one of their source records, or neither.

Opening changes nothing: it only finds out what a record is, and what deciding on it would ask.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from policies.attributes import Attributes
from schemas import topics
from schemas.catalogue import event_records
from schemas.codec import decode_as, encode, record_name
from schemas.errors import InvalidEvent
from schemas.keys import DeploymentKey
from streams import splicing
from streams.opening import open_event
from streams.puts import Put
from streams.timeline.fold import HeldEvent, of_header

_IDENTIFIED = "fanlight.bus.Identified"
_MOVED = "fanlight.bus.Moved"


class Unreadable(NamedTuple):
    """A record on persons.events that is neither an event nor a move: kept as a rejection, never a crash."""

    value: bytes
    why: str


class Move(NamedTuple):
    """A source record leaves a person."""

    person_id: str
    subject_key: str
    epoch: int
    to_person_id: str


class Arrival(NamedTuple):
    """An event, and what folding and deciding need of it. `record` is the whole of it, until it has been taken."""

    person_id: str
    subject_key: str
    epoch: int
    event_type: str
    data: bytes
    held: HeldEvent
    asks: dict[str, Attributes]
    record: dict[str, Any] | None


Incoming = Arrival | Move | Unreadable


def open_arrival(value: bytes, audiences: Sequence[str]) -> Incoming:
    """What one record is, and for an event what each audience's decision would ask."""
    try:
        name = record_name(value)
        if name == _MOVED:
            moved = decode_as(_MOVED, value)
            return Move(moved["person_id"], moved["subject_key"], moved["epoch"], moved["to_person_id"])
        envelope = decode_as(_IDENTIFIED, value)
        return _arrival(envelope, audiences)
    except InvalidEvent as fault:
        return Unreadable(value, str(fault))


def _arrival(envelope: dict[str, Any], audiences: Sequence[str]) -> Arrival:
    data = envelope["event"]
    # The whole event: one that is not to be read is refused here, not found out when it is to be released.
    record = open_event(data)
    header, person = record["header"], record.get("person")
    kind = event_records()[header["type"]]
    asks = (
        {
            # On the day it was received, so that the same event is decided alike whenever it is read.
            audience: Attributes.of_header(header, person, audience, header["received_at"].date())
            for audience in audiences
        }
        if kind.about_timeline
        else {}
    )
    return Arrival(
        person_id=envelope["person_id"],
        subject_key=envelope["subject_key"],
        epoch=envelope["epoch"],
        event_type=header["type"],
        data=data,
        held=of_header(header, record),
        asks=asks,
        record=record,
    )


def onward(arrival: Arrival, epoch: int, person_id: str, partitions: int) -> Put:
    """The event again, for the person whom its source record has gone to."""
    partition = topics.partition_of(person_id, partitions)
    value = splicing.identified(person_id, arrival.subject_key, epoch, arrival.data)
    return Put(topics.PERSONS, person_id.encode(), value, partition)


def rejection(key: DeploymentKey, unreadable: Unreadable, at: datetime) -> Put:
    """What cannot be read, kept with the reason."""
    rejection_id = key.derive("rejection", topics.PERSONS, unreadable.value.hex())
    record = {
        "rejection_id": rejection_id,
        "agency": "bus",
        "feed": topics.PERSONS,
        "format": "avro",
        "source": topics.PERSONS,
        "position": 0,
        "field": None,
        "code": "unreadable_event",
        "message": unreadable.why,
        "raw": unreadable.value,
        "at": at,
    }
    return Put(topics.REJECTED, rejection_id.encode(), encode("fanlight.bus.Rejection", record), 0)
