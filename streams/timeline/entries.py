"""Entries: their order on a timeline, and one by itself as bytes."""

from collections.abc import Mapping
from typing import Any

from schemas import codec

ENTRY = "fanlight.bus.Entry"

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
