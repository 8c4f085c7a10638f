"""FHIR R4 JSON from health: a resource, a Bundle of any kind, or NDJSON with a resource a line.

Plain JSON, read element by element (`fhir_element`): the file is a series of entries (`fhir_bundle`) that refer to
one another (`fhir_collection`), and each entry of a kind we carry becomes events (`fhir_events`).
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from connectors.connector import Context, Read, Refused, Source, attempted
from connectors.fhir_bundle import Broken, Entry, entries_of
from connectors.fhir_collection import Collection
from connectors.fhir_element import AmbiguousJSON, parse_json, parse_json_at
from connectors.fhir_events import CARRIED
from connectors.fhir_record import Record
from connectors.fhir_types import UNKNOWN_TYPE
from schemas.events import Event
from schemas.vocabulary import Agency

#: The way out of a file that cannot be read.
_FHIR = "send FHIR R4 as JSON in UTF-8"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: What stands between two files that were put into one: each may begin with a byte order mark.
_GAP = re.compile("[\ufeff\\s]*")
_LINE_ENDS = re.compile(r"[\r\n]+")


class FhirR4Json:
    """FHIR R4: Patient, Encounter, Flag, Condition and Appointment, alone or in a bundle."""

    name = "fhir-r4-json"
    title = "FHIR R4 JSON: a resource, a Bundle, or NDJSON"
    agency: Agency | None = Agency.NHS

    def read(self, sources: Sequence[Source], context: Context) -> Iterator[Read]:
        """Every resource of every file, whether it stands alone, on a line or in a bundle."""
        for source in sources:
            yield from _read_source(source, context)


def _read_source(source: Source, context: Context) -> Iterator[Read]:
    try:
        documents = _documents(source.data)
        records = list(entries_of(documents))
        if not records or documents == [{}]:
            raise Refused("empty_bundle", "the file holds no resource: nothing was sent")
        entries = [record for record in records if isinstance(record, Entry)]
        collection = Collection(entries, context.organisation)
    except Refused as fault:
        yield fault.as_read(source.name, 0, source.data)
        return
    except RecursionError:
        yield _unreadable_file("nested too deeply").as_read(source.name, 0, source.data)
        return
    for record in records:
        yield _read_record(record, collection, source, context)


def _documents(data: bytes) -> list[Any]:
    """The resources of a file, not yet taken out of their bundles."""
    try:
        # Where Windows' copy has put files into one, it has ended it with a mark; its PowerShell writes UTF-16.
        encoding = "utf-16" if data.startswith(_WIDE_MARKS) else "utf-8-sig"
        text = data.removesuffix(b"\x1a").decode(encoding)
    except UnicodeDecodeError:
        raise _unreadable_file("not UTF-8") from None
    if not text.strip():
        raise Refused("empty_file", f"the file is empty: {_FHIR}")
    try:
        return _as_list(parse_json(text))
    except (ValueError, RecursionError) as error:
        with suppress(ValueError, RecursionError):
            return _put_together(text)
        return _lines(text, error)


def _put_together(text: str) -> list[Any]:
    """The documents of several files that were put into one. Raises ValueError where the text is not made of such."""
    found, place = [], _end_of_gap(text, 0)
    while place < len(text):
        document, end = parse_json_at(text, place)
        found += _as_list(document)
        place = _end_of_gap(text, end)
    if not any(isinstance(document, dict) and "resourceType" in document for document in found):
        raise ValueError("no resource")
    return found


def _end_of_gap(text: str, place: int) -> int:
    gap = _GAP.match(text, place)
    return gap.end() if gap is not None else place


def _as_list(document: Any) -> list[Any]:
    if not isinstance(document, dict | list):
        raise ValueError("neither an object nor a list")
    return document if isinstance(document, list) else [document]


def _lines(text: str, error: Exception) -> list[Any]:
    """The lines of NDJSON. Not every line has to be readable, but some must be resources for the file to be NDJSON.

    `error` is what kept the whole from being read as JSON.
    """
    found: list[Any] = []
    # str.splitlines would cut at eight other characters too, some of which stand in people's names and notes.
    for written in _LINE_ENDS.split(text):
        # Of files that were put into one, each may begin with a byte order mark.
        line = written.removeprefix("\ufeff")
        if line.strip():
            try:
                found.append(parse_json(line))
            except (ValueError, RecursionError) as fault:
                sentence = _no_json("this line", fault, "send one whole resource a line")
                refusal = Refused("unreadable_record", sentence)
                found.append(Broken(position=len(found) + 1, node=line.encode(), fault=refusal))
    if not any(isinstance(document, dict) and "resourceType" in document for document in found):
        raise Refused("unreadable_file", _no_json("the file", error, _FHIR))
    return found


def _no_json(what: str, error: Exception, way_out: str) -> str:
    """Why the file, or a line of it, could not be read as JSON, and what to do."""
    if isinstance(error, AmbiguousJSON):
        return f"{what} {error}"
    return f"{what} is {'nested too deeply' if isinstance(error, RecursionError) else 'not JSON'}: {way_out}"


def _unreadable_file(fault: str) -> Refused:
    return Refused("unreadable_file", f"the file is {fault}: {_FHIR}")


def _read_record(record: Entry | Broken, collection: Collection, source: Source, context: Context) -> Read:
    node = record.node if isinstance(record, Broken) else record.resource.node

    def events() -> tuple[Event, ...]:
        entry = collection.deleted(record) if isinstance(record, Broken) else record
        if entry is None:
            assert isinstance(record, Broken)
            raise record.fault
        return _events_of(Record(entry, collection, context))

    return attempted(source.name, record.position, events, lambda: _raw(node))


def _events_of(record: Record) -> tuple[Event, ...]:
    kind = record.entry.kind
    events_of = CARRIED.get(kind)
    if events_of is None:
        named = "this type" if kind == UNKNOWN_TYPE else kind
        raise Refused("resource_not_carried", f"{named} is not carried: {', '.join(CARRIED)} are", "resourceType")
    return events_of(record)


def _raw(node: Any) -> bytes:
    if isinstance(node, bytes):  # a line that is no JSON
        return node
    # ASCII, so that even what UTF-8 cannot hold comes back as it was.
    try:
        return json.dumps(node).encode()
    except RecursionError:
        return b""
