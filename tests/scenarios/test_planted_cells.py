"""A sentence in the place of any cell of any shipped mapping: what waits is released, and only names ever leave."""

import csv
import re
from pathlib import Path

import pytest

from connectors.answering import answered
from connectors.connector import Context
from connectors.mapping import load_mapping
from schemas import topics
from schemas.codec import decode_header
from schemas.vocabulary import Agency, Answer, Outcome
from tests.memory_bus import KEY, NOW, MemoryBus
from tests.scenarios.partner_files import table
from tests.scenarios.test_nothing_leaks import BUS_ONLY

TEMPLATES = sorted(Path("connectors/templates").glob("*.csv"))
#: Names, as no clause tells of somebody without them, and the one text that people have cleared of its source.
LEAVE = {"forename", "middle_names", "surname", "aliases", "sanitised_text"}
SIGNED = {"by": "Robin Sample", "reason": "It was asked for"}


def sentence(column: str) -> str:
    return f"Her mother says so: CANARY.{column}. She rang twice about her other children"


def planted(template: Path) -> list[dict[str, str]]:
    """The first row of a template once for each of its columns, with a sentence there."""
    with template.open(newline="") as file:
        row = next(csv.DictReader(file))
    keys = [name for name in row if name.endswith(("_ref", "_urn")) and name != "person_ref"]
    copies = [row | {key: f"{row[key]}-{number}" for key in keys} for number in range(len(row))]
    return [copy | {column: sentence(column)} for copy, column in zip(copies, row, strict=True)]


def settled_and_released(template: Path) -> MemoryBus:
    """The rows on the bus, and whatever waits let go by somebody at the agency."""
    bus = MemoryBus()
    assert bus.publish("csv", table(template.name, planted(template)), mapping=template.stem).read
    bus.settle()
    agency = Agency(load_mapping(template.stem)["agency"])
    headers = {h["event_id"]: h for value in bus.values(topics.events(agency)) for h in [decode_header(value)[0]]}
    context = Context(key=KEY, agency=agency, feed="answers", received_at=NOW)
    for each in bus.decisions():
        if each["outcome"] == Outcome.REVIEW:
            asked = (headers[each["event_id"]], each["audience"], Answer.RELEASE, each["reasons"])
            bus.publish_event(answered(context, *asked, **SIGNED))
    return bus.settle()


def told(bus: MemoryBus) -> set[str]:
    """The columns whose sentence stands in any key or value outside the bus's own rooms."""
    kept = ((k, v or b"") for (topic, _), log in bus.logs.items() if topic not in BUS_ONLY for k, v in log)
    return {found.decode() for pair in kept for found in re.findall(rb"CANARY\.(\w+)\.", b"".join(pair))}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_sentence_in_a_cell_reaches_anybody_but_what_is_a_name_or_was_cleared(template: Path) -> None:
    bus = settled_and_released(template)
    assert told(bus) <= LEAVE
    assert {"forename", "surname"} <= told(bus)


def test_a_sentence_about_a_report_is_not_told_when_somebody_releases_it() -> None:
    bus = settled_and_released(TEMPLATES[0].with_name("police-intelligence.csv"))
    released = [each for each in bus.decisions() if any(r.startswith("released:") for r in each["reasons"])]
    assert len(released) >= 4
