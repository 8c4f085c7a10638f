"""Record ↔ Avro bytes, in Avro's single-object encoding: C3 01, the schema's fingerprint, the body.

Records are plain dicts here; `schemas.events` types them. What an earlier release wrote is read by the schema it was
written with (`schemas/released`), into the record of today, by fastavro. Everything else is left to what
`schemas.functions` made of its schema.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import Any, Final

from fastavro import schemaless_reader
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas.catalogue import RELEASED, definitions, event_records, parsed, schema
from schemas.errors import InvalidEvent, Misfit
from schemas.events import Event, as_record
from schemas.functions import Forms, Positions, Read, Write, any_text, reader, writer

MARKER: Final = b"\xc3\x01"
PREFIX_BYTES: Final = 10
HEADER: Final = "fanlight.Header"
#: Fields of the header at which copying its bytes into an entry stops and begins by turns: everything before
#: `schema_version` is copied, from there to `agency` nothing is, `agency` itself is, and so on.
_TURNS: Final = ("schema_version", "agency", "system", "role", "received_at", "grading", "sensitivities")


def _fingerprint(parsed_schema: dict[str, Any]) -> bytes:
    digest = fingerprint(to_parsing_canonical_form(parsed_schema), "CRC-64-AVRO")
    return MARKER + bytes.fromhex(digest)


@cache
def prefix(name: str) -> bytes:
    """What the bytes of a record begin with: the marker, and the fingerprint of its schema."""
    return _fingerprint(schema(name))


@cache
def _names() -> dict[bytes, str]:
    return {prefix(name): name for name in definitions()}


@cache
def _written_before() -> dict[bytes, tuple[str, dict[str, Any]]]:
    """Schemas of earlier releases that have changed since, by fingerprint, with the name of their record."""
    found: dict[bytes, tuple[str, dict[str, Any]]] = {}
    for release in sorted(folder for folder in RELEASED.iterdir() if folder.is_dir()):
        known = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(release.glob("*.avsc"))}
        for name in known:
            written = parsed(name, known)
            found[_fingerprint(written)] = name, written
    return {begins: each for begins, each in found.items() if begins not in _names()}


def record_name(data: bytes) -> str:
    """The full name of the record that these bytes are. Raises InvalidEvent where no release wrote such a record."""
    name = _names().get(data[:PREFIX_BYTES])
    if name is not None:
        return name
    try:
        return _written_before()[data[:PREFIX_BYTES]][0]
    except KeyError:
        raise InvalidEvent("bytes carry no schema fingerprint that this release knows") from None


def renewed(data: bytes) -> bytes:
    """The same record as this release writes it."""
    if data[:PREFIX_BYTES] in _names():
        return data
    return encode(record_name(data), decode(data))


def encode(name: str, record: dict[str, Any]) -> bytes:
    """A record as bytes, its schema's fingerprint in front. Raises InvalidEvent where its values do not fit."""
    return prefix(name) + encode_body(name, record)


def encode_body(name: str, record: dict[str, Any]) -> bytes:
    """A record as bare Avro, for splicing into a larger record. Raises InvalidEvent where its values do not fit."""
    try:
        return _write(name)(record)
    except Exception as fault:  # whatever the values lead to; its text can quote them, so only its class is kept
        raise InvalidEvent(f"record does not fit {name} ({type(fault).__name__})") from None


def decode(data: bytes) -> dict[str, Any]:
    """The record in these bytes, whichever it is by its fingerprint. Raises InvalidEvent."""
    return decode_as(record_name(data), data)


def decode_as(name: str, data: bytes) -> dict[str, Any]:
    """The record in these bytes, which must be a `name`. Raises InvalidEvent."""
    if data[:PREFIX_BYTES] == prefix(name):
        return _run(_read(name), name, data, PREFIX_BYTES)[0]
    if record_name(data) != name:
        raise InvalidEvent(f"expected a {name}, the fingerprint says otherwise")
    return _brought_up(name, data)


def decode_header(data: bytes, forms: Forms = any_text) -> tuple[dict[str, Any], int, bytes]:
    """Read only the header of an event, which stands first in each event record. Returns it decoded, the position after
    it, and its front. Raises InvalidEvent, also where a field has not the form that `forms` says of it.

    The front is the part of a fanlight.bus.Entry between its decision_id and its fields. It is put together from runs
    of the header's own bytes (`_TURNS`), as both records have these fields with the same types in the same order.
    """
    header, ends_at, turns = _run(_read_header(forms), HEADER, data, PREFIX_BYTES)
    spans = zip((PREFIX_BYTES, *turns[1::2]), turns[::2], strict=True)
    return header, ends_at, b"".join([data[begins:ends] for begins, ends in spans])


def decode_rest(name: str, data: bytes, rest_at: int, forms: Forms = any_text) -> dict[str, Any]:
    """What follows the header of a `name`, from position `rest_at` on: its person, where it has one, and its own
    fields. Raises InvalidEvent as `decode_header` does."""
    return _run(_read_rest(name, forms), name, data, rest_at)[0]


def decode_body(name: str, data: bytes) -> dict[str, Any]:
    """The record in bare Avro, as `encode_body` writes it. Raises InvalidEvent."""
    return _run(_read(name), name, data, 0)[0]


def _run(read: Read, name: str, data: bytes, at: int) -> tuple[dict[str, Any], int, Positions]:
    try:
        return read(data, at)
    except Misfit:
        raise
    except Exception as fault:  # whatever the bytes lead to
        raise _unreadable(name, fault) from None


def _brought_up(name: str, data: bytes) -> dict[str, Any]:
    """What an earlier release wrote, as the record of today."""
    _, written = _written_before()[data[:PREFIX_BYTES]]
    try:
        record = schemaless_reader(BytesIO(data[PREFIX_BYTES:]), written, schema(name))
    except Exception as fault:
        raise _unreadable(name, fault) from None
    assert isinstance(record, dict)
    return record


def _unreadable(name: str, fault: Exception) -> InvalidEvent:
    return InvalidEvent(f"bytes do not read as {name} ({type(fault).__name__})")


@cache
def _write(name: str) -> Write:
    return writer(definitions()[name]["fields"], definitions())


@cache
def _read(name: str) -> Read:
    return reader(definitions()[name]["fields"], definitions())


@cache
def _read_header(forms: Forms) -> Read:
    return reader(definitions()[HEADER]["fields"], definitions(), _TURNS, forms, "header.")


@cache
def _read_rest(name: str, forms: Forms) -> Read:
    """Of everything but the header of an event record."""
    rest = [field for field in definitions()[name]["fields"] if field["name"] != "header"]
    return reader(rest, definitions(), (), forms)


def every_function(forms: Callable[[str], Iterable[Forms]]) -> None:
    """Make now the functions that workers need, each of which is made when it is first needed otherwise. `forms` gives,
    for the name of an event record, those that its texts may have to have."""
    events = {kind.name for kind in event_records().values()}
    for name in definitions():
        if name not in events:  # a worker neither writes an event nor reads it whole
            _write(name)
            _read(name)
        else:
            for each in forms(name):
                _read_header(each)
                _read_rest(name, each)


def encode_event(event: Event) -> bytes:
    """An event as bytes, written as the record of its type. Raises InvalidEvent where its values do not fit that."""
    kind = event_records().get(event.header.type)
    if kind is None:
        raise InvalidEvent(f"event {event.header.event_id}: no record for type {event.header.type}")
    unknown = set(event.body) - set(kind.labels)
    if unknown:
        raise InvalidEvent(f"event {event.header.event_id}: {kind.name} has no field {sorted(unknown)[0]}")
    record = _empty_body(kind.name) | {k: as_record(v) for k, v in event.body.items()}
    record["header"] = as_record(event.header)
    if kind.has_person:
        record["person"] = as_record(event.person)
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
