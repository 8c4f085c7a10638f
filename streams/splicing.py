"""Records put together from parts that were encoded once.

What a ruling contributes to a decision and to an entry is the same for thousands of events: it is encoded when the
ruling is first used, and spliced in by bytes. The result is what `schemas.codec` would write; a test holds them equal.
"""

from datetime import datetime
from typing import Any, NamedTuple

from policies.ruling import Ruling
from schemas.codec import encode, encode_body
from streams.timeline.entries import ENTRY

DECISION = "fanlight.bus.Decision"
DISCLOSURE = "fanlight.bus.Disclosure"
GRANT = "fanlight.bus.Grant"
#: Avro: the second branch of a union with null.
SOME = b"\x02"
#: Avro: an array without items.
_EMPTY = b"\x00"
_MS_PER_SECOND = 1000
_ID_BYTES = 36
_MARKED = "0" * _ID_BYTES


class Ruled(NamedTuple):
    """The parts of a decision and of an entry that one ruling gives for one audience and event type."""

    decision_head: bytes
    decision_middle: bytes
    grants: bytes


def ruled(ruling: Ruling, *, audience: str, agency: str, event_type: str) -> Ruled:
    """Encode once what a ruling contributes."""
    record = {
        "decision_id": _MARKED,
        "event_id": _MARKED,
        "event_type": event_type,
        "agency": agency,
        "audience": audience,
        **ruling.as_record(),
        "at": 0,
    }
    whole = encode(DECISION, record)
    # Both ids are strings of one length, so that where they stand is known; the last byte is the instant, zero.
    first = whole.index(_MARKED.encode())
    second = whole.index(_MARKED.encode(), first + _ID_BYTES)
    return Ruled(whole[:first], whole[second + _ID_BYTES : -1], _grants(record["grants"]))


def _grants(grants: list[dict[str, Any]]) -> bytes:
    if not grants:
        return _EMPTY
    return long(len(grants)) + b"".join(encode_body(GRANT, grant) for grant in grants) + _EMPTY


def long(number: int) -> bytes:
    """A number as Avro writes it: zig-zag, seven bits a byte, least first."""
    zigzag, out = (number << 1) ^ (number >> 63), bytearray()
    while zigzag > 0x7F:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


_ID_LENGTH = long(_ID_BYTES)


def decision(parts: Ruled, decision_id: str, event_id: str, at: datetime) -> bytes:
    """A fanlight.bus.Decision."""
    instant = long(int(at.timestamp() * _MS_PER_SECOND))
    return b"".join(
        (parts.decision_head, decision_id.encode(), _ID_LENGTH, event_id.encode(), parts.decision_middle, instant)
    )


def entry(parts: Ruled, record: dict[str, Any]) -> bytes:
    """The body of a fanlight.bus.Entry whose grants are the ruling's."""
    body = encode_body(ENTRY, record | {"grants": []})
    return body[:-1] + parts.grants


def disclosure(audience: str, person: str, event_id: str, decision_id: str, entry_body: bytes) -> bytes:
    """A fanlight.bus.Disclosure that releases an entry."""
    # The entry is the record's last field: its body takes the place of the null that stands for it.
    return _disclosure("disclosed", audience, person, event_id, decision_id, None)[:-1] + SOME + entry_body


def recall(audience: str, person: str, event_id: str, decision_id: str, reason: str) -> bytes:
    """A fanlight.bus.Disclosure that takes one back."""
    return _disclosure("recalled", audience, person, event_id, decision_id, reason)


def _disclosure(kind: str, audience: str, person: str, event_id: str, decision_id: str, reason: str | None) -> bytes:
    record = {
        "kind": kind,
        "audience": audience,
        "person": person,
        "decision_id": decision_id,
        "reason": reason,
        "event_id": event_id,
        "entry": None,
    }
    return encode(DISCLOSURE, record)
