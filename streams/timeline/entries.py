"""Entries as bytes: their order on a timeline, and timelines spliced from entries encoded once.

A person's timeline is written whole at each change, but an entry is encoded only when it changes: the spliced bytes
equal those of encoding the whole record.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from schemas import codec

ENTRY = "fanlight.bus.Entry"
TIMELINE = "fanlight.bus.Timeline"

Order = tuple[str, str, str]


def order(occurred: str, event_type: str, event_id: str) -> Order:
    """Where an entry stands on its timeline: a total order, oldest first."""
    return occurred, event_type, event_id


def order_of(entry: Mapping[str, Any]) -> Order:
    """The order of a decoded entry."""
    return order(entry["occurred"]["value"], entry["type"], entry["event_id"])


def encode_entry(entry: dict[str, Any]) -> bytes:
    """An entry as bare Avro, for splicing."""
    return codec.encode_body(ENTRY, entry)


def splice_timeline(person: str, audience: str, redirect: str | None, encoded_entries: Sequence[bytes]) -> bytes:
    """A Timeline as `schemas.codec.encode` would write it, from entries that stand in their order."""
    head = codec.encode(TIMELINE, {"person": person, "audience": audience, "redirect": redirect, "entries": []})
    if not encoded_entries:
        return head
    # The empty array at the end of `head` is its closing zero: put the one block of entries before it.
    return b"".join((head[:-1], _count(len(encoded_entries)), *encoded_entries, b"\x00"))


@lru_cache(maxsize=4096)
def _count(items: int) -> bytes:
    """A block's item count as Avro writes a long: zig-zag, seven bits a byte, least first."""
    zigzag, out = items << 1, bytearray()
    while zigzag > 0x7F:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes((*out, zigzag))
