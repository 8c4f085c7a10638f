"""What a person reads of a timeline and of waiting for it, where programs read JSON."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from fanlight import command_line as cli
from fanlight.commands import publishing, seeing
from fanlight.output import as_text
from streams.timeline.present import present

NOBODY = {"person": "p-1", "audience": "a", "redirect": None, "entries": []}
WITHHELD = {"statement": "Ask the agency.", "ask": {}}
FINDING = {
    "title": "Reported missing three times in 90 days",
    "since": "2026-11-07",
    "because": ["e-1", "e-2"],
    "detail": "4 times in 90 days.",
    "lowers": "Fewer reports.",
}


def read(capsys: pytest.CaptureFixture[str], **parts: list[dict]) -> list[str]:
    """The lines of a timeline on standard output, the only thing that a pipe gets."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    shown = present(NOBODY, purpose="p", policy_withheld=WITHHELD, cards=(), feeds=(), now=at)
    seeing._print({**shown, "withheld": WITHHELD, **parts}, "OFFICIAL-SENSITIVE")
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(("part", "title"), [("concerns", "concern"), ("protective", "protective factor")])
def test_each_flag_says_what_it_is_and_which_events_are_behind_it(part, title, capsys):
    lines = read(capsys, **{part: [FINDING]})
    first = lines.index(f"{title} since 2026-11-07: Reported missing three times in 90 days")
    assert lines[first + 1 : first + 4] == [
        "  4 times in 90 days.",
        "  because of e-1, e-2",
        "  lowered by: Fewer reports.",
    ]


def test_where_nothing_is_active_a_pipe_is_told_so_too(capsys):
    assert {"no concern active", "no protective factor active"} <= set(read(capsys))


def test_each_entry_has_the_id_by_which_it_is_explained(capsys, monkeypatch):
    shown_columns = []
    monkeypatch.setattr(seeing, "print_rows", lambda _, columns, **__: shown_columns.extend(columns))
    read(capsys)
    assert "event_id" in shown_columns


def test_whoever_waits_is_told_that_all_has_arrived(monkeypatch):
    monkeypatch.setattr(publishing, "find_deployment", lambda _: SimpleNamespace(broker=None))
    monkeypatch.setattr(publishing, "wait_until_settled", lambda *_: [])
    told = CliRunner().invoke(cli.app, ["settle"])
    assert told.stdout == "everything published so far has reached every timeline\n"
    assert CliRunner().invoke(cli.app, ["settle", "--json"]).stdout.split() == [
        "{",
        '"settled":',
        "true,",
        '"stuck":',
        "[]",
        "}",
    ]


def test_an_instant_in_a_table_is_said_to_the_second():
    assert as_text(datetime(2026, 12, 1, 19, 21, 13, 398000, tzinfo=UTC)) == "2026-12-01 19:21:13+00:00"
