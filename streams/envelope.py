"""The envelope in which an event goes to the person it is about, with what its header says written on the outside.

`identify` has read the header anyway. What sharing needs of it stands beside the event, so that it is read only once.
"""

from typing import Any, Final, NamedTuple

from policies.attributes import describe
from schemas.binary import NULL, SOME, instant, long, sized, text, word
from schemas.catalogue import event_records
from schemas.codec import decode_as, decode_body, prefix, renewed
from streams.opening import Opened, open_event
from streams.timeline.fold import Act, acts

IDENTIFIED: Final = "fanlight.bus.Identified"
BRIEF: Final = "fanlight.bus.Brief"


class Envelope(NamedTuple):
    """What is in a fanlight.bus.Identified; `brief` is a decoded fanlight.bus.Brief."""

    person_id: str
    subject_key: str
    epoch: int
    brief: dict[str, Any]
    event: bytes


def seal(person_id: str, subject_key: str, epoch: int, event: Opened) -> bytes:
    """An event for a person."""
    address = _address(person_id, subject_key, epoch)
    return b"".join((address, SOME, _brief(event), sized(event.data)))


def unseal(value: bytes) -> Envelope:
    """An event with its person; raises InvalidEvent."""
    record = decode_as(IDENTIFIED, value)
    if record["brief"] is None:
        # Written by an earlier release, which put no brief on the envelope.
        event = open_event(record["event"])
        record |= {"brief": decode_body(BRIEF, _brief(event)), "event": event.data}
    return Envelope(**record)


def readdressed(value: bytes, person_id: str, epoch: int) -> bytes:
    """The same event for another person. Only the address is written anew."""
    value = renewed(value)  # what an earlier release wrote is laid out otherwise
    sealed = unseal(value)
    ends_at = len(_address(sealed.person_id, sealed.subject_key, sealed.epoch))
    return _address(person_id, sealed.subject_key, epoch) + value[ends_at:]


def _address(person_id: str, subject_key: str, epoch: int) -> bytes:
    return b"".join((prefix(IDENTIFIED), text(person_id), text(subject_key), long(epoch)))


def _brief(event: Opened) -> bytes:
    """A fanlight.bus.Brief as bare Avro."""
    header, rest = event.header, event.rest
    act, target = acts(header, rest)
    recorded_at = header["recorded_at"]
    may_stand = event_records()[header["type"]].can_be_entry and act is not Act.ANSWERS
    attributes = describe(header, rest.get("person")) if may_stand else b""
    return b"".join(
        (
            text(header["event_id"]),
            word(header["type"]),
            text(header["record_key"]),
            NULL if recorded_at is None else SOME + instant(recorded_at),
            instant(header["received_at"]),
            word(act),
            NULL if target is None else SOME + text(target),
            sized(attributes),
            sized(event.front),
            text(header["occurred"]["value"]),
            long(event.rest_at),
        )
    )
