"""Records put together from parts that were encoded once.

What a ruling contributes to a decision and to an entry is the same for thousands of events: it is encoded when the
ruling is first used, and spliced in by bytes. The result is what `schemas.codec` would write; a test holds them equal.
"""

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from policies.ruling import Ruling
from schemas.codec import PREFIX_BYTES, encode, encode_body

DECISION = "fanlight.bus.Decision"
DISCLOSURE = "fanlight.bus.Disclosure"
IDENTIFIED = "fanlight.bus.Identified"
GRANT = "fanlight.bus.Grant"
GRADING = "fanlight.Grading"
#: Avro: the second branch of a union with null.
SOME = b"\x02"
#: Avro: an array without items, and the first branch of a union with null.
_EMPTY = _NULL = b"\x00"
_MS_PER_SECOND = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DOUBLE = struct.Struct("<d")
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


#: Lengths and counts are nearly always small.
_SMALL = tuple(bytes([n << 1]) for n in range(64))


def long(number: int) -> bytes:
    """A number as Avro writes it: zig-zag, seven bits a byte, least first."""
    if 0 <= number < len(_SMALL):
        return _SMALL[number]
    zigzag, out = (number << 1) ^ (number >> 63), bytearray()
    while zigzag > 0x7F:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


_ID_LENGTH = long(_ID_BYTES)


def decision(parts: Ruled, decision_id: str, event_id: str, at: datetime) -> bytes:
    """A fanlight.bus.Decision."""
    instant = _instant(at)
    return b"".join(
        (parts.decision_head, decision_id.encode(), _ID_LENGTH, event_id.encode(), parts.decision_middle, instant)
    )


def entry(parts: Ruled, record: Mapping[str, Any]) -> bytes:
    """The body of a fanlight.bus.Entry whose grants are the ruling's. Written by hand: there is one for each audience
    of each permitted event, and fastavro spends most of its time finding out which branch of a union a value is."""
    occurred, recorded_at, grading = record["occurred"], record["recorded_at"], record["grading"]
    return b"".join(
        (
            _text(record["event_id"]),
            _word(record["type"]),
            _word(record["agency"]),
            _word(record["role"]),
            _text(occurred["value"]),
            _word(occurred["precision"]),
            _NULL if recorded_at is None else SOME + _instant(recorded_at),
            _text(record["decision_id"]),
            _NULL if grading is None else SOME + encode_body(GRADING, grading),
            _texts(record["handling"]),
            _values(record["fields"]),
            _values(record["person"]),
            parts.grants,
        )
    )


def _values(values: Mapping[str, Any]) -> bytes:
    """A map of field values."""
    if not values:
        return _EMPTY
    pairs = [_word(name) + _value(value) for name, value in values.items()]
    return b"".join((long(len(pairs)), *pairs, _EMPTY))


def _value(value: Any) -> bytes:
    """One value behind the number of its branch: null, string, long, double, boolean, list of strings."""
    kind = type(value)
    if kind is str:
        return b"\x02" + _text(value)
    if kind is bool:
        return b"\x08\x01" if value else b"\x08\x00"
    if kind is int:
        return b"\x04" + long(value)
    if kind is float:
        return b"\x06" + _DOUBLE.pack(value)
    return b"\x0a" + _texts(value)


def _texts(values: Sequence[str]) -> bytes:
    return b"".join((long(len(values)), *map(_text, values), _EMPTY)) if values else _EMPTY


def disclosure(audience: str, person: str, event_id: str, decision_id: str, entry_body: bytes) -> bytes:
    """A fanlight.bus.Disclosure that releases an entry."""
    ids = (_ID_LENGTH, person.encode(), _ID_LENGTH, decision_id.encode(), _NULL, _ID_LENGTH, event_id.encode())
    return b"".join((_disclosed(audience), *ids, SOME, entry_body))


@cache
def _disclosed(audience: str) -> bytes:
    whole = recall(audience, _MARKED, _MARKED, _MARKED, "")
    marked = whole.index(_ID_LENGTH + _MARKED.encode())
    return whole[:marked].replace(_text("recalled"), _text("disclosed"))


def recall(audience: str, person: str, event_id: str, decision_id: str, reason: str) -> bytes:
    """A fanlight.bus.Disclosure that takes one back."""
    record = {
        "kind": "recalled",
        "audience": audience,
        "person": person,
        "decision_id": decision_id,
        "reason": reason,
        "event_id": event_id,
        "entry": None,
    }
    return encode(DISCLOSURE, record)


def identified(person_id: str, subject_key: str, epoch: int, event: bytes) -> bytes:
    """A fanlight.bus.Identified: an event in its envelope, untouched."""
    ids = (_ID_LENGTH, person_id.encode(), _ID_LENGTH, subject_key.encode())
    return b"".join((_envelope(), *ids, long(epoch), long(len(event)), event))


@cache
def _envelope() -> bytes:
    return encode(IDENTIFIED, {"person_id": "", "subject_key": "", "epoch": 0, "event": b""})[:PREFIX_BYTES]


def _instant(at: datetime) -> bytes:
    # In whole numbers: a float of seconds loses milliseconds now and then.
    since = at - _EPOCH
    return long((since.days * 86_400 + since.seconds) * _MS_PER_SECOND + since.microseconds // _MS_PER_SECOND)


def _text(value: str) -> bytes:
    raw = value.encode()
    return long(len(raw)) + raw


@lru_cache(maxsize=4096)
def _word(value: str) -> bytes:
    """A text from a small vocabulary: field names, types, codes."""
    return _text(value)
