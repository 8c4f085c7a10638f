"""Files that keep the contract, however untidy, are read; of those that break it every row at fault is named."""

from pathlib import Path

import pytest

from fanlight.linkage.contract import COLUMNS, read_records
from fanlight.linkage.decisions import COLUMNS as DECISION_COLUMNS
from fanlight.linkage.decisions import read_decisions, standing
from fanlight.linkage.tables import FAULTS_SHOWN_MAX, InvalidFile
from fanlight.linkage.truth import Truth, read_truth
from schemas.vocabulary import JudgementKind

Cells = dict[str, str]


def written(path: Path, columns: tuple[str, ...], *rows: Cells, end: str = "\n") -> Path:
    lines = [",".join(columns), *(",".join(row.get(column, "") for column in columns) for row in rows)]
    path.write_bytes(end.join([*lines, ""]).encode())
    return path


def records(folder: Path, *rows: Cells, **how: str) -> Path:
    return written(folder / "records.csv", COLUMNS, *rows, **how).parent


A = {"source": "gp", "record_id": "1", "seq": "2", "given_name": "Ada", "birth_date": "2012-03-04"}
B = {"source": "school", "record_id": "1", "seq": "1", "protected": "g/old"}


def said(folder: Path) -> list[tuple[int | None, str]]:
    return [(row.seq, row.key) for row in read_records(folder).rows]


def test_rows_arrive_by_seq_and_those_without_it_last(tmp_path: Path) -> None:
    assert said(records(tmp_path, A, B, {**A, "seq": ""}, {**B, "seq": "-4"})) == [
        (-4, "school:1"),
        (1, "school:1"),
        (2, "gp:1"),
        (None, "gp:1"),
    ]


def test_the_order_of_the_file_plays_no_part_where_seq_is_equal(tmp_path: Path) -> None:
    rows = [{**A, "seq": "7"}, {**A, "seq": "7", "given_name": "Adah"}, {**B, "seq": "7"}]
    one = read_records(records(tmp_path, *rows)).rows
    assert read_records(records(tmp_path, *reversed(rows))).rows == one


def test_rows_of_one_source_and_id_are_one_record(tmp_path: Path) -> None:
    found = read_records(records(tmp_path, A, B, {**A, "seq": "3", "protected": "h/new"}))
    assert found.first_rows == {"gp:1": 2, "school:1": 3}
    assert found.sides == {"gp:1": {("h", "new")}, "school:1": {("g", "old")}}
    assert found.name("gp:1:x") == ("gp", "1:x")


def test_columns_stand_in_any_order_and_unknown_ones_are_ignored(tmp_path: Path) -> None:
    tidy = read_records(records(tmp_path, A)).rows
    written(tmp_path / "records.csv", ("ward", *reversed(COLUMNS)), {**A, "ward": "7"})
    assert read_records(tmp_path).rows == tidy


@pytest.mark.parametrize("end", ["\r\n", "\n\n"], ids=["CRLF", "blank lines"])
def test_line_ends_of_other_systems_are_read(tmp_path: Path, end: str) -> None:
    assert said(records(tmp_path, A, end=end)) == [(2, "gp:1")]


def test_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    records(tmp_path, A)
    (tmp_path / "records.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "records.csv").read_bytes())
    assert said(tmp_path) == [(2, "gp:1")]


def test_a_whole_number_may_be_written_as_spreadsheets_write_it(tmp_path: Path) -> None:
    assert said(records(tmp_path, {**A, "seq": "12.0"})) == [(12, "gp:1")]


def test_dates_that_are_none_are_dirt_and_are_noted(tmp_path: Path) -> None:
    dirty = [{**A, "birth_date": text} for text in ("2012-13-45", "unknown", "2O12-03-04")]
    found = read_records(records(tmp_path, A, *dirty))
    assert found.notes == [
        "records.csv: cells of birth_date that are no dates, and so no evidence: 3, the first in row 3"
    ]
    assert len(found.rows) == 4


@pytest.mark.parametrize("note", ["DOB not known", "N.K.", "xx/xx/xxxx", "DD/MM/YYYY", "--", ".", "Not provided"])
def test_whoever_writes_that_a_date_is_not_known_has_not_shifted_the_columns(tmp_path: Path, note: str) -> None:
    found = read_records(records(tmp_path, A, {**A, "birth_date": note, "observed_on": note}))
    assert len(found.notes) == 2


def test_a_header_alone_holds_no_record(tmp_path: Path) -> None:
    assert said(records(tmp_path)) == []


BAD_ROWS = {
    "source is empty": ({"source": ""}, "source is empty"),
    "record_id is blank": ({"record_id": " "}, "record_id is empty"),
    "colon in the source": ({"source": "gp:x"}, "source has a colon"),
    "seq in words": ({"seq": "first"}, "seq is not a whole number"),
    "seq is a fraction": ({"seq": "1.5"}, "seq is not a whole number"),
    "protected without a side": ({"protected": "g"}, "protected is not GROUP/SIDE"),
    "protected without a group": ({"protected": "/old"}, "protected is not GROUP/SIDE"),
    "a name for a birth date": ({"birth_date": "Lovelace"}, "birth_date has no digit: are the columns shifted?"),
    "a name for a day": ({"observed_on": "Lovelace"}, "observed_on has no digit: are the columns shifted?"),
}


@pytest.mark.parametrize(("cells", "reason"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_row_that_breaks_the_contract_is_named_with_the_reason(tmp_path: Path, cells: Cells, reason: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        read_records(records(tmp_path, A, {**A, **cells}))
    assert str(refused.value).startswith(f"records.csv row 3: {reason}")


@pytest.mark.parametrize("other_side", ["g/new", " g /new", "g/ new "])
def test_a_record_on_two_sides_of_one_group_is_refused(tmp_path: Path, other_side: str) -> None:
    with pytest.raises(InvalidFile, match=r"^records.csv row 4: protected puts the record on another side"):
        read_records(records(tmp_path, B, A, {**B, "protected": other_side}))


def test_white_space_around_a_group_or_a_side_is_none_of_its_name(tmp_path: Path) -> None:
    found = read_records(records(tmp_path, B, {**A, "protected": " g / new "}))
    assert found.sides == {"school:1": {("g", "old")}, "gp:1": {("g", "new")}}


def test_a_fault_never_repeats_what_a_cell_holds(tmp_path: Path) -> None:
    secret = "Lovelace"
    with pytest.raises(InvalidFile) as refused:
        read_records(records(tmp_path, {**dict.fromkeys(COLUMNS, secret)}))
    assert secret not in str(refused.value)


def test_every_fault_is_told_in_one_go_up_to_a_screenful(tmp_path: Path) -> None:
    rows = [{**A, "seq": "x"}] * (FAULTS_SHOWN_MAX + 5)
    with pytest.raises(InvalidFile) as refused:
        read_records(records(tmp_path, *rows))
    lines = str(refused.value).splitlines()
    assert lines[1] == "records.csv row 3: seq is not a whole number"
    assert lines[FAULTS_SHOWN_MAX:] == ["records.csv: 5 more faults"]


HEADER = ",".join(COLUMNS).encode()
BAD_FILES = {
    "empty": (b"", "is empty, without even a header"),
    "no header": (b"gp,1,2\n", "row 1: the header lacks source, record_id"),
    "a column lacks": (HEADER.replace(b",upn", b""), "row 1: the header lacks upn"),
    "a column twice": (HEADER + b",upn", "row 1: the header has upn more than once"),
    "ragged row": (HEADER + b"\ngp,1,2\n", "row 2: 3 cells where the header has 16"),
    "not UTF-8": (HEADER + b"\ngp,1,2,Zo\xeb" + b"," * 12, "line 2 is not UTF-8"),
    "a header too long": (b"x" * 200_000 + HEADER, "row 1 is not CSV"),
    "unclosed quote": (HEADER + b'\ngp,1,2,"Ada' + b"," * 12, "row 2 is not CSV"),
    "semicolons": (HEADER.replace(b",", b";"), "row 1: the header lacks source"),
}


@pytest.mark.parametrize(("content", "reason"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_is_no_table_of_the_contract_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "records.csv").write_bytes(content)
    with pytest.raises(InvalidFile) as refused:
        read_records(tmp_path)
    assert reason in str(refused.value)
    assert str(refused.value).startswith("records.csv")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"records\.csv cannot be read \(No such file or directory\)"):
        read_records(tmp_path)


TRUTH = ("source", "record_id", "person", "group")
KEYS = {"gp:1": 2, "school:1": 3}
T1 = {"source": "gp", "record_id": "1", "person": "p1", "group": "twin"}
T2 = {"source": "school", "record_id": "1", "person": "p1"}


def truth(folder: Path, *rows: Cells) -> Path:
    return written(folder / "truth.csv", TRUTH, *rows).parent


def test_truth_is_read_by_record_and_may_be_said_twice_alike(tmp_path: Path) -> None:
    assert read_truth(truth(tmp_path, T1, T2, T1), KEYS) == {
        "gp:1": Truth("p1", "twin"),
        "school:1": Truth("p1", "none"),
    }


BAD_TRUTHS = {
    "no person": ([T1, {**T2, "person": ""}], "truth.csv row 3: person is empty"),
    "a blank for a person": ([T1, {**T2, "person": " "}], "truth.csv row 3: person is empty"),
    "unknown record": ([T1, T2, {**T1, "record_id": "9"}], "truth.csv row 4: records.csv has no such record"),
    "two persons": ([T1, T2, {**T1, "person": "p2"}], "truth.csv row 4: an earlier row says otherwise of this record"),
    "a record without truth": ([T1], "truth.csv: row 3 of records.csv has no truth"),
}


@pytest.mark.parametrize(("rows", "reason"), BAD_TRUTHS.values(), ids=BAD_TRUTHS.keys())
def test_a_truth_that_does_not_fit_the_records_is_refused(tmp_path: Path, rows: list[Cells], reason: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        read_truth(truth(tmp_path, *rows), KEYS)
    assert str(refused.value) == reason


SAME = {"decision_id": "d1", "kind": "same", "left": "gp:1", "right": "school:1", "by": "A. Reviewer", "reason": "seen"}
UNDO = {"decision_id": "d2", "kind": "undo", "undoes": "d1", "by": "A. Reviewer", "reason": "a slip", "seq": "9"}


def decisions(folder: Path, *rows: Cells) -> Path:
    return written(folder / "decisions.csv", DECISION_COLUMNS, *rows)


def test_decisions_are_read_in_any_order_and_an_undone_one_does_not_stand(tmp_path: Path) -> None:
    apart = {**SAME, "decision_id": "d3", "kind": "do_not_link"}
    found = read_decisions(decisions(tmp_path, UNDO, apart, SAME), KEYS)
    assert [(d.decision_id, d.kind, d.seq) for d in found] == [
        ("d1", JudgementKind.SAME, None),
        ("d2", JudgementKind.UNDO, 9),
        ("d3", JudgementKind.DO_NOT_LINK, None),
    ]
    assert [d.decision_id for d in standing(found)] == ["d3"]


BAD_DECISIONS = {
    "no id": ({**SAME, "decision_id": ""}, "decision_id is empty"),
    "nobody decided": ({**SAME, "by": ""}, "by is empty"),
    "for no reason": ({**SAME, "reason": " "}, "reason is empty"),
    "unknown kind": ({**SAME, "kind": "maybe"}, "kind is none of same, different, do_not_link, undo"),
    "unknown record": ({**SAME, "left": "gp:7"}, "left is no SOURCE:RECORD_ID of records.csv"),
    "one record twice": ({**SAME, "right": "gp:1"}, "left and right are one record"),
    "undoes nothing known": ({**UNDO, "undoes": "d7"}, "undoes names no decision of this file"),
    "undoes itself": ({**UNDO, "undoes": "d2"}, "undoes names an undo: decide anew instead"),
    "undo of a pair": ({**UNDO, "undoes": "d0", "left": "gp:1"}, "left and right are not for an undo"),
    "undoes without being one": ({**SAME, "undoes": "d0"}, "undoes is only for an undo"),
    "seq in words": ({**SAME, "seq": "late"}, "seq is not a whole number"),
    "said before": ({**SAME, "decision_id": "d0"}, "an earlier row has the same decision_id"),
}


@pytest.mark.parametrize(("row", "reason"), BAD_DECISIONS.values(), ids=BAD_DECISIONS.keys())
def test_a_decision_that_says_nothing_clear_is_refused(tmp_path: Path, row: Cells, reason: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        read_decisions(decisions(tmp_path, {**SAME, "decision_id": "d0"}, row), KEYS)
    assert str(refused.value) == f"decisions.csv row 3: {reason}"
