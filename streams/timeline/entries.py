"""Entries: their order on a timeline."""

from collections.abc import Mapping
from typing import Any

Order = tuple[str, str, str]


def order(occurred: str, event_type: str, event_id: str) -> Order:
    """Where an entry stands on its timeline: a total order, oldest first."""
    return occurred, event_type, event_id


def order_of(entry: Mapping[str, Any]) -> Order:
    """The order of a decoded entry."""
    return order(entry["occurred"]["value"], entry["type"], entry["event_id"])
