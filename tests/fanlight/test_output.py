"""What commands print for people, whatever partners wrote."""

import io
import json
import sys
from datetime import UTC, datetime

import pytest

from fanlight.output import OUT, print_json, print_rows

COLUMNS = ["feed", "message"]


def printed(capsys: pytest.CaptureFixture[str], value: object) -> str:
    print_rows([{"feed": value, "message": "kept"}], COLUMNS, as_json=False, nothing="nothing")
    return capsys.readouterr().out


@pytest.mark.parametrize("value", ["[/b]x", "[bold]x", ":smile:"])
def test_a_value_in_brackets_or_colons_is_shown_as_it_was_written(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert value in printed(capsys, value)


def test_a_value_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "a\x1b[2Jb\u202ec\x07")
    assert not set("\x1b\u202e\x07") & set(text)
    assert "a\ufffd[2Jb\ufffdc\ufffd" in text


def test_a_heading_that_a_partner_wrote_cannot_either(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"nhs:\x1b[2J": "kept"}], ["nhs:\x1b[2J"], as_json=False, nothing="")
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "kept" in text


def test_lists_and_absent_values_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert "one, two" in printed(capsys, ["one", "two"])
    assert "None" not in printed(capsys, None)


def test_the_id_of_an_event_can_be_copied_from_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    event_id = "0f8b5a52-7a63-8a80-9d5c-3a3a1d1f2c4b"
    columns = ["event_id", "event_type", "audience", "outcome", "clause", "reasons"]
    print_rows([dict.fromkeys(columns, "words" * 8) | {"event_id": event_id}], columns, as_json=False, nothing="")
    assert event_id in capsys.readouterr().out


def test_a_line_is_not_broken_where_the_terminal_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OUT, "width", 20)
    OUT.print("identifiers: hospital-number:SYNH000001, nhs-number:9990000018 (nhs)")
    assert capsys.readouterr().out == "identifiers: hospital-number:SYNH000001, nhs-number:9990000018 (nhs)\n"


def test_where_a_table_has_no_room_each_value_has_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id, reason = "0f8b5a52-7a63-8a80-9d5c-3a3a1d1f2c4b", "no clause of any agreement in force speaks of it"
    rows = [{"event_id": event_id, "audience": "police-intelligence-analyst", "reasons": [reason]}]
    told = {}
    for width in (30, 70, 140):
        monkeypatch.setattr(OUT, "width", width)
        print_rows(rows, ["event_id", "audience", "reasons"], as_json=False, nothing="")
        told[width] = capsys.readouterr().out
    lines = f"event_id  {event_id}\naudience  police-intelligence-analyst\nreasons   {reason}\n\n"
    assert (told[30], told[70]) == (lines, lines)
    assert f" {event_id} │ police-intelligence-analyst │ {reason} " in told[140]


def test_a_value_of_several_lines_cannot_pass_for_another_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OUT, "width", 10)
    print_rows([{"source": "a.csv\noutcome  PERMIT"}], ["source", "outcome"], as_json=False, nothing="")
    assert capsys.readouterr().out == "source   a.csv\n         outcome  PERMIT\noutcome\n\n"


def test_where_there_is_nothing_that_is_said_beside_an_empty_result(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], COLUMNS, as_json=False, nothing="nothing was refused")
    assert capsys.readouterr() == ("", "nothing was refused\n")
    print_rows([], COLUMNS, as_json=True, nothing="nothing was refused")
    assert capsys.readouterr() == ("[]\n", "")


def test_json_says_an_instant_as_iso_8601_does(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": datetime(2026, 11, 3, 9, 30, tzinfo=UTC)})
    assert json.loads(capsys.readouterr().out) == {"at": "2026-11-03T09:30:00+00:00"}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_can_be_read_whatever_the_terminal_can_write(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    print_json({"name": "Zoë Łukasz 😀"})
    sys.stdout.flush()
    assert json.loads(written.getvalue().decode(encoding)) == {"name": "Zoë Łukasz 😀"}
