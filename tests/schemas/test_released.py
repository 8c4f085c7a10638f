"""A reader of today understands every version ever released: Avro's own checker says so."""

import json
from pathlib import Path

import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse

from schemas.catalogue import definitions

RELEASED = Path(__file__).parents[2] / "schemas" / "released"
VERSIONS = sorted(p.name for p in RELEASED.iterdir() if p.is_dir())


def inlined(name: str, known: dict[str, dict]) -> str:
    """A record with the records it refers to written out where they first stand, as the checker wants it."""
    seen: set[str] = set()

    def write_out(node: object) -> object:
        if isinstance(node, str) and node in known:
            if node in seen:
                return node
            seen.add(node)
            return write_out(dict(known[node]))
        if isinstance(node, list):
            return [write_out(item) for item in node]
        if isinstance(node, dict) and "logicalType" in node:
            # The checker takes no notice of what a number stands for: as a record of that name it does.
            meaning = node["logicalType"].replace("-", "_")
            if meaning in seen:
                return meaning
            seen.add(meaning)
            return {"type": "record", "name": meaning, "fields": [{"name": "as", "type": node["type"]}]}
        if isinstance(node, dict):
            # A label or doc may change freely: only names and types are a promise.
            kept = {
                k: v for k, v in node.items() if k not in ("doc", "label", "form", "standard", "event_type", "version")
            }
            return {k: write_out(v) if k in ("type", "items", "values", "fields") else v for k, v in kept.items()}
        return node

    seen.add(name)
    return json.dumps(write_out(dict(known[name])))


def compatible(reader: dict[str, dict], writer: dict[str, dict], name: str) -> bool:
    if reader[name].get("event_type") != writer[name].get("event_type"):
        return False  # events on the log bear the name
    if reader[name].get("version", 1) < writer[name].get("version", 1):
        return False  # policy refuses an event of a version that is still to come
    checker = ReaderWriterCompatibilityChecker()
    result = checker.get_compatibility(parse(inlined(name, reader)), parse(inlined(name, writer)))
    return result.compatibility is SchemaCompatibilityType.compatible


def load(version: str) -> dict[str, dict]:
    return {p.stem: json.loads(p.read_text()) for p in (RELEASED / version).glob("*.avsc")}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_release_wrote_can_still_be_read(version):
    released = load(version)
    assert released, "a release holds its records"
    gone = set(released) - set(definitions())
    broken = [name for name in released if name not in gone and not compatible(dict(definitions()), released, name)]
    assert (gone, broken) == (set(), [])


INSTANT = {"type": "long", "logicalType": "timestamp-millis"}
WHEN = {"name": "zone", "type": "string", "doc": "x", "label": "routine"}


def with_field(record, name, **changes):
    return lambda known: next(f for f in known[record]["fields"] if f["name"] == name).update(changes)


BREAKS = {
    "a field of another type": with_field("fanlight.Moment", "value", type="long"),
    "a new field without a default": lambda known: known["fanlight.Moment"]["fields"].append(WHEN),
    "an instant that became a number": with_field("fanlight.Header", "received_at", type="long"),
    "an instant in other units": with_field(
        "fanlight.Header", "received_at", type=INSTANT | {"logicalType": "timestamp-micros"}
    ),
    "another event type": lambda known: known["fanlight.police.MissingReported"].update(event_type="police.missing"),
    "an earlier version": lambda known: known["fanlight.police.MissingReported"].update(version=0),
}
KEEPS = {
    "a new field with a default": lambda known: known["fanlight.Moment"]["fields"].append(WHEN | {"default": ""}),
    "a field less": lambda known: known["fanlight.Moment"]["fields"].pop(),
    "a field that may be empty": with_field("fanlight.Header", "received_at", type=["null", INSTANT]),
    "other words": with_field("fanlight.Moment", "value", doc="x", label="identity"),
    "a later version": lambda known: known["fanlight.police.MissingReported"].update(version=2),
}


@pytest.mark.parametrize("change", [*BREAKS, *KEEPS])
def test_the_check_tells_what_breaks_from_what_does_not(change):
    changed = json.loads(json.dumps(dict(definitions())))
    (BREAKS | KEEPS)[change](changed)
    assert compatible(changed, dict(definitions()), "fanlight.police.MissingReported") is (change in KEEPS)
