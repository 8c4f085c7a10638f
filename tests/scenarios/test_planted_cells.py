"""A sentence in the place of any cell of any table: what waits is released, and only names ever leave."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.answering import answered
from connectors.connector import Context
from connectors.formats import FORMATS
from connectors.mapping import load_mapping
from policies.load import PolicySet
from schemas import topics
from schemas.codec import decode_header
from schemas.vocabulary import Agency, Answer, Outcome
from tests.memory_bus import KEY, NOW, MemoryBus
from tests.scenarios.partner_files import table
from tests.scenarios.test_nothing_leaks import BUS_ONLY

TEMPLATES = sorted(Path("connectors/templates").glob("*.csv"))
SAMPLES = Path("tests/connectors/samples")
#: Tables of a return, each of which is read beside the others.
RETURNS = [
    (name, path)
    for name, folder in (("school-census-csv", "school_census"), ("ssda903-csv", "ssda903"))
    for path in sorted((SAMPLES / folder).glob("*.csv"))
    if path.name != "no_child_column.csv"
]
#: Names, as no clause tells of somebody without them, and the one text that people have cleared of its source.
LEAVE = {"forename", "middle_names", "surname", "aliases", "sanitised_text"}
LEAVE |= {"middlenames", "preferredsurname", "formersurname"}
POLICY = PolicySet.load()
SIGNED = {"by": "Robin Sample", "reason": "It was asked for"}


#: What may be called anything, as long as it is short: schools, councils, and who gave a scaling.
CALLED = {"nativeid", "responsible_authority", "given_by", "school_urn"}
#: Somebody's own numbers, each of one word.
NUMBERS = {"custody_ref", "la_child_id", "child_id", "child", "pupilonrolltableid", "pupilnolongeronrolltableid"}
Write = Callable[[str], str]


def sentence(column: str) -> str:
    return f"Her mother says so: CANARY.{column}. She rang twice about her other children"


def somebody(column: str) -> str:
    return f"Jo CANARY.{column}."


def e_mail(column: str) -> str:
    return f"CANARY.{column}.@example.org"


def first_row(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return next(csv.DictReader(file))


def planted(path: Path, write: Write) -> list[dict[str, str]]:
    """The first row of a table once for each of its columns, with a sentence or the like there."""
    row = first_row(path)
    keys = [name for name in row if name.endswith(("_ref", "_urn")) and name != "person_ref"]
    copies = [row | {key: f"{row[key]}-{number}" for key in keys} for number in range(len(row))]
    return [copy | {column: write(column)} for copy, column in zip(copies, row, strict=True)]


def released(bus: MemoryBus, agency: Agency) -> MemoryBus:
    """Whatever waits, let go by somebody at the agency."""
    bus.settle()
    headers = {h["event_id"]: h for value in bus.values(topics.events(agency)) for h in [decode_header(value)[0]]}
    context = Context(key=KEY, agency=agency, feed="answers", received_at=NOW)
    for each in bus.decisions():
        if each["outcome"] == Outcome.REVIEW:
            questions = filter(None, map(POLICY.question, each["reasons"]))
            asked = (headers[each["event_id"]], each["audience"], Answer.RELEASE, list(questions))
            bus.publish_event(answered(context, *asked, **SIGNED))
    return bus.settle()


def mapped(template: Path, write: Write = sentence) -> MemoryBus:
    """The rows of a template on the bus."""
    bus = MemoryBus()
    bus.publish("csv", table(template.name, planted(template, write)), mapping=template.stem)
    return released(bus, Agency(load_mapping(template.stem)["agency"]))


def returned(name: str, path: Path, write: Write = sentence) -> MemoryBus:
    """One table of a return with sentences in it, and the others as they are."""
    bus = MemoryBus()
    beside = [other for form, other in RETURNS if form == name and other != path]
    bus.publish(name, table(path.name, planted(path, write)), *(table(o.name, [first_row(o)]) for o in beside))
    agency = FORMATS[name].agency
    assert agency is not None
    return released(bus, agency)


def refused(bus: MemoryBus) -> list[str]:
    """The fields for whose form the bus refused what a connector wrote."""
    return [each["field"] for each in bus.records(topics.REJECTED) if each["code"] == "wrong_form"]


def told(bus: MemoryBus) -> set[str]:
    """The columns whose sentence stands in any key or value outside the bus's own rooms."""
    kept = ((k, v or b"") for (topic, _), log in bus.logs.items() if topic not in BUS_ONLY for k, v in log)
    return {found.decode().lower() for pair in kept for found in re.findall(rb"CANARY\.(\w+)\.", b"".join(pair))}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_sentence_in_a_cell_reaches_anybody_but_what_is_a_name_or_was_cleared(template: Path) -> None:
    bus = mapped(template)
    found = told(bus)
    assert found <= LEAVE
    assert refused(bus) == []
    assert {"forename", "surname"} <= found


@pytest.mark.parametrize(("name", "path"), RETURNS, ids=lambda each: getattr(each, "stem", ""))
def test_no_sentence_in_a_return_reaches_anybody_but_what_is_a_name(name: str, path: Path) -> None:
    bus = returned(name, path)
    assert told(bus) <= LEAVE
    assert refused(bus) == []
    assert b"CANARY" in b"".join((*bus.values(topics.PERSONS), *bus.values(topics.REJECTED)))


@pytest.mark.parametrize("write", [somebody, e_mail])
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_name_in_a_cell_reaches_anybody_but_where_names_belong(template: Path, write: Write) -> None:
    bus = mapped(template, write)
    assert told(bus) <= LEAVE | CALLED | NUMBERS
    assert refused(bus) == []


@pytest.mark.parametrize("write", [somebody, e_mail])
@pytest.mark.parametrize(("name", "path"), RETURNS, ids=lambda each: getattr(each, "stem", ""))
def test_no_name_in_a_return_reaches_anybody_but_where_names_belong(name: str, path: Path, write: Write) -> None:
    bus = returned(name, path, write)
    assert told(bus) <= LEAVE | CALLED | NUMBERS
    assert refused(bus) == []


def test_reports_with_a_sentence_for_a_grading_did_wait_and_were_released() -> None:
    decided = mapped(Path("connectors/templates/police-intelligence.csv")).decisions()
    assert sum(any(reason.startswith("released:") for reason in each["reasons"]) for each in decided) >= 4
