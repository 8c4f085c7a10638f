"""Events as they come off a topic: what the bytes are, and whether that is what they say they are.

Policy decides by the type that the header claims and copies fields out of the record: the two must be one.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from schemas.catalogue import event_records
from schemas.codec import decode, decode_front, record_name
from schemas.errors import InvalidEvent


def open_front(data: bytes) -> dict[str, Any]:
    """The header of an event, and its person where it has one; raises InvalidEvent."""
    name = record_name(data)
    if name not in _event_names():
        raise InvalidEvent(f"{name} is no event")
    front = decode_front(data)
    _check(name, front["header"])
    return front


def open_event(data: bytes) -> dict[str, Any]:
    """The whole event; raises InvalidEvent."""
    name = record_name(data)
    if name not in _event_names():
        raise InvalidEvent(f"{name} is no event")
    record = decode(data)
    _check(name, record["header"])
    return record


@cache
def _event_names() -> frozenset[str]:
    return frozenset(kind.name for kind in event_records().values())


def _check(name: str, header: Mapping[str, Any]) -> None:
    kind = event_records().get(header["type"])
    if kind is None or kind.name != name:
        raise InvalidEvent(f"the type in the header is not that of {name}")
    if header["type"].partition(".")[0] != header["agency"]:
        raise InvalidEvent("the type in the header is of another agency than the header's own")
