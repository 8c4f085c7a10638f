from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.connector import Connector, Context, Source
from connectors.formats import FORMATS
from schemas.codec import encode_event
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency


def test_every_format_stands_under_its_own_name_with_its_agency() -> None:
    assert {name: (connector.name, connector.agency) for name, connector in FORMATS.items()} == {
        "csv": ("csv", None),
        "fhir-r4-json": ("fhir-r4-json", "nhs"),
        "hl7v2-adt": ("hl7v2-adt", "nhs"),
        "school-census-csv": ("school-census-csv", "school"),
        "ssda903-csv": ("ssda903-csv", "social_care"),
    }


def test_every_format_has_a_title() -> None:
    assert all(connector.title for connector in FORMATS.values())


def test_the_reader_that_the_documentation_shows_reads_and_refuses_as_it_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
    shown: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], shown)
    reader: Connector = shown["MissingJsonl"]()
    context = Context(
        key=DeploymentKey(bytes(range(32))),
        agency=Agency.POLICE,
        feed="f",
        received_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    lines = (
        b'{"id": 1, "child": "SYN-N-1", "at": "2026-11-20T10:00", "risk": "high"}\n{"child": "C", "at": "x"}\nnone\n'
    )
    good, undated, unreadable = reader.read([Source(name="a.jsonl", data=lines)], context)
    assert encode_event(good.events[0])
    assert [read.rejection and read.rejection.code for read in (undated, unreadable)] == [
        "invalid_date",
        "unreadable_record",
    ]
    (empty,) = reader.read([Source(name="a.jsonl", data=b"")], context)
    assert empty.rejection is not None
    assert (empty.position, empty.rejection.code) == (0, "empty_file")
