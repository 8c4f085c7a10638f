"""The Avro records as data: parsed schemas, event types, and the sharing label of every field."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastavro.schema import parse_schema

from schemas.vocabulary import Agency, Label

AVRO = Path(__file__).parent / "avro"
#: One folder a release: the records as that release wrote them.
RELEASED = Path(__file__).parent / "released"

MOMENT = "fanlight.Moment"
#: Records whose event type is theirs for every agency ("*.retraction" → "police.retraction" …).
SHARED_PREFIX = "*."


@dataclass(frozen=True, slots=True)
class EventRecord:
    """The Avro record of one event type: its full name and version, and what is declared of its own fields.

    `labels` are the sharing labels of its own fields; those of `header` and `person` are labelled in their own records.
    `moments` are the fields that hold a date or time. `has_person` is False for records that only act on others.
    """

    name: str
    event_type: str
    version: int
    labels: Mapping[str, Label]
    moments: frozenset[str]
    has_person: bool

    @property
    def can_be_entry(self) -> bool:
        """Whether the event can itself be an entry: heartbeats, retractions and corrections only act on others."""
        return not self.event_type.endswith((".heartbeat", ".retraction", ".correction"))


@cache
def definitions() -> Mapping[str, dict[str, Any]]:
    """Every record definition by full name, as written in its file."""
    return MappingProxyType({p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(AVRO.glob("*.avsc"))})


def _references(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node] if node.startswith("fanlight.") else []
    if isinstance(node, list):
        return [name for item in node for name in _references(item)]
    if isinstance(node, dict):
        return [n for key in ("type", "items", "values", "fields") if key in node for n in _references(node[key])]
    return []


@cache
def schema(name: str) -> dict[str, Any]:
    """The parsed schema of a record, with the records it refers to."""
    return parsed(name, definitions())


def parsed(name: str, among: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The parsed schema of the record `name`, with the records it refers to; `among` are definitions by full name."""
    known: dict[str, Any] = {}

    def load(full_name: str) -> dict[str, Any]:
        for other in _references(among[full_name]["fields"]):
            if other not in known:
                load(other)
        # A copy, as parsing writes full names and hints into the definition itself.
        found = parse_schema(deepcopy(among[full_name]), named_schemas=known)
        assert isinstance(found, dict)
        return found

    return load(name)


@cache
def labels(name: str) -> Mapping[str, Label]:
    """The sharing label of each field of a record. Raises KeyError where a field has none, ValueError on an unknown
    one."""
    return MappingProxyType({f["name"]: Label(f["label"]) for f in definitions()[name]["fields"]})


@cache
def event_records() -> Mapping[str, EventRecord]:
    """Every event type on the bus and its record."""
    found: dict[str, EventRecord] = {}
    for name, definition in definitions().items():
        declared = definition.get("event_type")
        if declared is None:
            continue
        own = MappingProxyType({k: v for k, v in labels(name).items() if k not in ("header", "person")})
        moments = frozenset(f["name"] for f in definition["fields"] if MOMENT in _references(f))
        types = (
            [f"{agency}.{declared.removeprefix(SHARED_PREFIX)}" for agency in Agency]
            if declared.startswith(SHARED_PREFIX)
            else [declared]
        )
        has_person = any(f["name"] == "person" for f in definition["fields"])
        version = definition.get("version", 1)
        for event_type in types:
            found[event_type] = EventRecord(name, event_type, version, own, moments, has_person)
    return MappingProxyType(found)


def person_labels() -> Mapping[str, Label]:
    """The sharing label of each demographic field."""
    return labels("fanlight.Person")
