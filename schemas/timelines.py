"""Timelines as they travel, with what entries have in common said once, and as they are read, with it at each entry."""

from typing import Any

from schemas.codec import decode_as
from schemas.errors import InvalidEvent

TIMELINE = "fanlight.bus.Timeline"


def timeline_in(value: bytes) -> dict[str, Any]:
    """A fanlight.bus.Timeline each of whose entries holds its grants, and names the first of its record where there are
    several versions. Raises InvalidEvent."""
    record = decode_as(TIMELINE, value)
    shared, versions = record.pop("grants"), record.pop("versions")
    for entry in record["entries"]:
        named = entry.pop("granted")
        if named is not None and named not in shared:
            raise InvalidEvent("an entry names grants that its timeline does not hold")
        if named is not None:
            entry["grants"] = shared[named]
        if entry["event_id"] in versions:
            entry["version_of"] = versions[entry["event_id"]]
    return record
