"""Record ↔ Avro bytes, in Avro's single-object encoding: C3 01, the schema's fingerprint, the body.

The only importer of fastavro's readers and writers. Records are plain dicts here; `schemas.events` types them.
"""

import hashlib
from functools import cache
from io import BytesIO
from typing import Any

from fastavro import schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form

from schemas.catalogue import definitions, event_records, schema
from schemas.errors import InvalidEvent
from schemas.events import Event, as_record

MARKER = b"\xc3\x01"
PREFIX_BYTES = 10


@cache
def _prefix(name: str) -> bytes:
    digest = fingerprint(to_parsing_canonical_form(schema(name)), "CRC-64-AVRO")
    return MARKER + bytes.fromhex(digest)


@cache
def _names() -> dict[bytes, str]:
    return {_prefix(name): name for name in definitions()}


def record_name(data: bytes) -> str:
    """Which record these bytes are."""
    try:
        return _names()[data[:PREFIX_BYTES]]
    except KeyError:
        raise InvalidEvent("bytes carry no schema fingerprint that this release knows") from None


def encode(name: str, record: dict[str, Any]) -> bytes:
    """A record as bytes, its schema's fingerprint in front."""
    return _prefix(name) + encode_body(name, record)


def encode_body(name: str, record: dict[str, Any]) -> bytes:
    """A record as bare Avro, for splicing into a larger record."""
    out = BytesIO()
    try:
        schemaless_writer(out, schema(name), record)
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        # fastavro quotes the value at fault: keep the class of the fault, drop its text.
        raise InvalidEvent(f"record does not fit {name} ({type(fault).__name__})") from None
    return out.getvalue()


def decode(data: bytes) -> dict[str, Any]:
    """The record in these bytes, by its fingerprint."""
    return decode_as(record_name(data), data)


def decode_as(name: str, data: bytes) -> dict[str, Any]:
    """The record in these bytes, which must be a `name`."""
    if data[:PREFIX_BYTES] != _prefix(name):
        raise InvalidEvent(f"expected a {name}, the fingerprint says otherwise")
    return _read(name, data, PREFIX_BYTES)


def _read(name: str, data: bytes, start: int) -> dict[str, Any]:
    stream = BytesIO(data)
    stream.seek(start)
    try:
        record = schemaless_reader(stream, schema(name), None)
    except Exception as fault:  # fastavro raises whatever the bytes lead it to
        raise InvalidEvent(f"bytes do not read as {name} ({type(fault).__name__})") from None
    assert isinstance(record, dict)
    return record


def encode_event(event: Event) -> bytes:
    """An event as bytes, written as the record of its type."""
    kind = event_records().get(event.header.type)
    if kind is None:
        raise InvalidEvent(f"event {event.header.event_id}: no record for type {event.header.type}")
    unknown = set(event.body) - set(kind.labels)
    if unknown:
        raise InvalidEvent(f"event {event.header.event_id}: {kind.name} has no field {sorted(unknown)[0]}")
    record = _empty_body(kind.name) | {k: as_record(v) for k, v in event.body.items()}
    record["header"] = as_record(event.header)
    if kind.has_person:
        # Named, so that fastavro does not try the union's branches one after another.
        record["person"] = ("fanlight.Person", as_record(event.person)) if event.person is not None else None
    return encode(kind.name, record)


@cache
def _array_fields(name: str) -> tuple[str, ...]:
    return tuple(
        f["name"]
        for f in definitions()[name]["fields"]
        if isinstance(f["type"], dict) and f["type"].get("type") == "array"
    )


def _empty_body(name: str) -> dict[str, Any]:
    return {field: [] for field in _array_fields(name)}


@cache
def _front(name: str) -> dict[str, Any]:
    """A schema of the record's first fields only: header, and person where the record has one."""
    definition = definitions()[name]
    front = [f for f in definition["fields"] if f["name"] in ("header", "person")]
    inlined = {f["name"]: f for f in schema(name)["fields"]}
    parsed = parse_schema(
        {
            "type": "record",
            "name": "Front",
            "fields": [{"name": f["name"], "type": inlined[f["name"]]["type"]} for f in front],
        },
        named_schemas=dict(schema(name)["__named_schemas"]),
    )
    assert isinstance(parsed, dict)
    return parsed


def decode_front(data: bytes) -> dict[str, Any]:
    """Only `header` and `person` of an event: they stand first in every event record, so the rest is never read."""
    stream = BytesIO(data)
    stream.seek(PREFIX_BYTES)
    try:
        record = schemaless_reader(stream, _front(record_name(data)), None)
    except InvalidEvent:
        raise
    except Exception as fault:
        raise InvalidEvent(f"bytes do not read as an event ({type(fault).__name__})") from None
    assert isinstance(record, dict)
    return record


def content_digest(*parts: bytes) -> str:
    """A short digest of bytes, for versions and revisions; never of anything personal."""
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()[:16]
