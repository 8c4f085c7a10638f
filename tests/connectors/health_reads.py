"""What the tests of FHIR and of HL7 v2 share: one delivery, and how they say what became of its records."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.connector import Context, Read
from schemas.catalogue import event_records
from schemas.events import Event, as_record
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Label

CONTEXT = Context(
    key=DeploymentKey(bytes(range(32))),
    agency=Agency.NHS,
    feed="nhs.testham",
    received_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
)
CANARY = "CANARYVALUE"
GUARDED = {Label.FREE_TEXT, Label.THIRD_PARTY, Label.SPECIAL_CATEGORY, Label.SENSITIVE_SERVICE}


def only(reads: Sequence[Read]) -> Event:
    """The one event of the one record."""
    (one,) = reads
    assert one.rejection is None, one.rejection
    (event,) = one.events
    return event


def reason(one: Read) -> tuple[int, str, str | None]:
    assert one.rejection is not None
    return one.position, one.rejection.code, one.rejection.field


def told(event: Event) -> tuple[str, str, str, dict[str, Any]]:
    body = {name: as_record(value) for name, value in event.body.items() if value not in (None, [], ())}
    return event.header.type, event.header.subject, event.header.occurred.value, body


def assert_guarded(event: Event) -> None:
    """The planted word stands in no field but those that no audience sees, or sees by a clause of its own."""
    labels = event_records()[event.header.type].labels
    holding = {name for name, value in event.body.items() if CANARY in str(as_record(value))}
    assert {labels[name] for name in holding} <= GUARDED
    assert CANARY not in json.dumps(as_record(event.header), default=str)
