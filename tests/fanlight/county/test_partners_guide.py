"""What docs/partners.md shows is what happens."""

import ast
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

import connectors
from connectors.connector import Context, Read, Source
from connectors.formats import FORMATS
from connectors.mapping import load_mapping, parse, shipped
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency

ROOT = Path(connectors.__file__).parent.parent
GUIDE = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
#: Callables of the connectors that refuse, and which of their arguments is the code.
REFUSING = {"Refused": 0, "refused": 2, "required": 2}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def read(text: str) -> list[Read]:
    context = Context(
        key=DeploymentKey(bytes(32)),
        agency=Agency.POLICE,
        feed="police.csv",
        received_at=datetime(2026, 11, 22, tzinfo=UTC),
        mapping=load_mapping("police-missing-episodes"),
    )
    return list(FORMATS["csv"].read([Source(name="missing.csv", data=text.encode())], context))


def codes() -> set[str]:
    found = set()
    for path in (ROOT / "connectors").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSING:
                given = node.args[REFUSING[node.func.id] :][:1]
                found |= {a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def test_the_first_file_is_accepted_and_refused_as_it_says() -> None:
    good, bad = read(blocks("csv")[0])
    assert Counter(event.header.type for event in good.events) == Counter(
        ["police.missing_reported", "police.missing_located"]
    )
    assert bad.rejection is not None
    assert (bad.position, bad.rejection.field, bad.rejection.code) == (3, "reported_at", "invalid_date")
    assert f'"message": "{bad.rejection.message}"' in GUIDE


def test_the_row_that_takes_back_names_the_records_it_takes_back() -> None:
    sent, _ = read(blocks("csv")[0])
    [taken_back] = read(blocks("csv")[1])
    assert {event.header.retracts for event in taken_back.events} == {e.header.record_key for e in sent.events}
    assert {event.body["reason_code"] for event in taken_back.events} == {"wrong_person"}


def test_the_mapping_it_shows_loads() -> None:
    [text] = blocks("yaml")
    assert parse(text, "shown.yaml")["name"] == "ourforce-missing"


def test_it_names_every_reason_code() -> None:
    named = set(re.findall(r"`([a-z_]+)`", GUIDE.partition("## Reason codes")[2]))
    assert len(codes()) > 20
    assert codes() - named == set()


def test_it_promises_no_reason_code_that_nothing_gives() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", GUIDE.partition("## Reason codes")[2], re.MULTILINE)
    named = {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)}
    assert named - codes() - {"does_not_fit"} == set()


@pytest.mark.parametrize("name", [name for name in shipped() if name != "data-police-uk-stop-search"])
def test_it_names_every_shipped_mapping(name: str) -> None:
    assert name in GUIDE or (name.startswith("police-") and "mappings `police-…`" in GUIDE)
