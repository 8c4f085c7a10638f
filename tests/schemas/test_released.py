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
        if isinstance(node, dict):
            # A label or doc may change freely: only names and types are a promise.
            kept = {k: v for k, v in node.items() if k not in ("doc", "label", "standard", "event_type")}
            return {k: write_out(v) if k in ("type", "items", "values", "fields") else v for k, v in kept.items()}
        return node

    seen.add(name)
    return json.dumps(write_out(dict(known[name])))


def compatible(reader: dict[str, dict], writer: dict[str, dict], name: str) -> bool:
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


def test_the_check_would_notice_a_field_that_lost_its_type():
    changed = {name: json.loads(json.dumps(d)) for name, d in definitions().items()}
    changed["fanlight.Moment"]["fields"][0]["type"] = "long"
    assert not compatible(changed, dict(definitions()), "fanlight.police.MissingReported")


def test_the_check_would_notice_a_new_field_without_a_default():
    changed = {name: json.loads(json.dumps(d)) for name, d in definitions().items()}
    changed["fanlight.Moment"]["fields"].append({"name": "zone", "type": "string", "doc": "x", "label": "routine"})
    assert not compatible(changed, dict(definitions()), "fanlight.police.MissingReported")
