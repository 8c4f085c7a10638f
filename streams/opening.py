"""Events as they come off a topic: what the bytes are, and whether that is what they say they are.

Policy decides by the type that the header claims and copies fields out of the record: the two must be one.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from schemas.catalogue import event_records
from schemas.codec import decode_header, decode_rest, record_name, renewed
from schemas.errors import InvalidEvent


class Opened(NamedTuple):
    """An event read from beginning to end.

    `rest` is its person and its own fields, which begin at `rest_at` in `data`: the event as this release writes it.
    `front` is the header's part of a fanlight.bus.Entry.
    """

    name: str
    header: dict[str, Any]
    rest: dict[str, Any]
    rest_at: int
    data: bytes
    front: bytes


def open_event(data: bytes) -> Opened:
    """The whole event; raises InvalidEvent."""
    name = record_name(data)
    if name not in _event_names():
        raise InvalidEvent(f"{name} is no event")
    data = renewed(data)
    header, rest_at, front = decode_header(data)
    _check(name, header)
    return Opened(name, header, decode_rest(name, data, rest_at), rest_at, data, front)


@cache
def _event_names() -> frozenset[str]:
    return frozenset(kind.name for kind in event_records().values())


def _check(name: str, header: Mapping[str, Any]) -> None:
    kind = event_records().get(header["type"])
    if kind is None or kind.name != name:
        raise InvalidEvent(f"the type in the header is not that of {name}")
    if header["type"].partition(".")[0] != header["agency"]:
        raise InvalidEvent("the type in the header is of another agency than the header's own")
