"""Decisions as they travel, many in one record, and one by one as they are searched, explained and audited."""

from collections.abc import Iterator
from typing import Any

from schemas.codec import decode, record_name

DECISION = "fanlight.bus.Decision"
_COMMON = ("audience", "revision", "engine", "at")


def decisions_in(value: bytes) -> Iterator[dict[str, Any]]:
    """Each decision in a record of the decisions topic, as fanlight.bus.Decision. Raises InvalidEvent."""
    record = decode(value)
    if record_name(value) == DECISION:
        # An earlier release wrote them singly.
        yield record
        return
    common = {name: record[name] for name in _COMMON}
    for ruled in record["rulings"]:
        decided = ruled.pop("decided")
        for each in decided:
            yield {**each, **common, **ruled}
