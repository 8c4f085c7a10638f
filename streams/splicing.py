"""Records put together from parts that were encoded once.

What a ruling contributes to decisions and entries is the same for thousands of events: it is encoded when the ruling is
first used, and spliced in by bytes. The result is what `schemas.codec` would write; a test holds them equal.
"""

import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from schemas.binary import EMPTY, NULL, SOME, long, text, texts, word
from schemas.codec import decode_body, encode, encode_body, prefix
from schemas.timelines import TIMELINE
from schemas.vocabulary import Precision

DISCLOSURE: Final = "fanlight.bus.Disclosure"
ENTRY: Final = "fanlight.bus.Entry"
GRANT: Final = "fanlight.bus.Grant"
_DOUBLE: Final = struct.Struct("<d")


class Grants(NamedTuple):
    """The grants of an entry, as the bytes with which each place writes them.

    * `alone` ends an entry that stands by itself, as in a disclosure: the grants, and no name of shared ones.
    * `said` is one item of a timeline's map of shared grants: a digest as its key, and the grants.
    * `named` ends an entry on a timeline: no grants of its own, and that digest.
    """

    alone: bytes
    said: bytes
    named: bytes


def grants(records: Sequence[dict[str, Any]]) -> Grants:
    """Encode decoded fanlight.bus.Grant records. Most entries have the same, and they are two thirds of an entry."""
    if not records:
        return _grants(EMPTY)
    return _grants(long(len(records)) + b"".join(encode_body(GRANT, grant) for grant in records) + EMPTY)


@lru_cache(maxsize=65536)
def _grants(listed: bytes) -> Grants:
    """The same object for the same bytes, as entries are held by the hundred thousand."""
    digest = text(blake2b(listed, digest_size=8).hexdigest())
    return Grants(listed + NULL, digest + listed, EMPTY + SOME + digest)


def entry(decision_id: str, header: bytes, fields: Mapping[str, Any], person: Mapping[str, Any]) -> bytes:
    """The body of a fanlight.bus.Entry up to its grants; `header` is the `front` of `codec.decode_header`.

    Not by the codec: there is one for each audience of each permitted event, and names and codes repeat in them.
    """
    return b"".join((text(decision_id), header, _values(fields), _values(person)))


def entry_again(record: Mapping[str, Any]) -> bytes:
    """The same body for an entry that was decoded."""
    return encode_body(ENTRY, {**record, "grants": [], "granted": None})[: -len(EMPTY + NULL)]


def redated(body: bytes, occurred: str) -> bytes:
    """The same body of an entry that is told to have happened in another month, or with no date."""
    record = decode_body(ENTRY, body + EMPTY + NULL)
    precision = Precision.MONTH if occurred else Precision.YEAR
    return entry_again(record | {"occurred": {"value": occurred, "precision": precision.value}})


def _values(values: Mapping[str, Any]) -> bytes:
    """A map of field values."""
    if not values:
        return EMPTY
    pairs = [_short(name, value) if type(value) is str else _pair(name, value) for name, value in values.items()]
    return b"".join((long(len(pairs)), *pairs, EMPTY))


def _pair(name: str, value: Any) -> bytes:
    return word(name) + _value(value)


#: Most values are codes and days that come again and again.
_short = lru_cache(maxsize=16384)(_pair)


def _value(value: Any) -> bytes:
    """One value behind the number of its branch: null, string, long, double, boolean, list of strings."""
    kind = type(value)
    if kind is str:
        return b"\x02" + text(value)
    if kind is bool:
        return b"\x08\x01" if value else b"\x08\x00"
    if kind is int:
        return b"\x04" + long(value)
    if kind is float:
        return b"\x06" + _DOUBLE.pack(value)
    return b"\x0a" + texts(value)


def timeline(
    person: str,
    audience: str,
    redirect: str | None,
    entries: Sequence[tuple[bytes, Grants]],
    versions: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """A fanlight.bus.Timeline of entries that stand in their order. It is written whole at each change, but an entry is
    encoded only when it changes."""
    shown_the_way = NULL if redirect is None else SOME + text(redirect)
    head = (prefix(TIMELINE), text(person), word(audience), shown_the_way)
    if not entries:
        return b"".join((*head, EMPTY, EMPTY, EMPTY))
    said = sorted({granted.said for _, granted in entries})
    together = [text(event_id) + text(first) for event_id, first in sorted(versions.items())]
    bodies = [part for body, granted in entries for part in (body, granted.named)]
    return b"".join((*head, *_block(said), *_block(together), *_block(bodies, len(entries))))


def _block(items: Sequence[bytes], count: int | None = None) -> tuple[bytes, ...]:
    """An array or a map as one block."""
    return (long(len(items) if count is None else count), *items, EMPTY) if items else (EMPTY,)


def disclosure(audience: str, person: str, event_id: str, decision_id: str, body: bytes, granted: Grants) -> bytes:
    """A fanlight.bus.Disclosure that releases an entry, with all that was granted."""
    ids = (text(person), text(decision_id), NULL, NULL, text(event_id))
    return b"".join((prefix(DISCLOSURE), word("disclosed"), word(audience), *ids, SOME, body, granted.alone))


def recall(audience: str, person: str, event_id: str, decision_id: str, reason: str, link: str | None) -> bytes:
    """A fanlight.bus.Disclosure that takes one back; `link` names the decision about what it rested on, if it moved."""
    record = {
        "kind": "recalled",
        "audience": audience,
        "person": person,
        "decision_id": decision_id,
        "reason": reason,
        "link": link,
        "event_id": event_id,
        "entry": None,
    }
    return encode(DISCLOSURE, record)
