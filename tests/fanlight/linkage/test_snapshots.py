"""What the columns of a row mean to the resolver."""

from pathlib import Path

import pytest

from fanlight.linkage.contract import read_records
from fanlight.linkage.snapshots import demographics
from tests.fanlight.linkage.test_contract import A, records


@pytest.mark.parametrize(
    ("born", "observed", "expected"),
    [
        ("2026-02-24", "2025-11-11", True),
        ("24/02/2026", "2025-11-11T09:30:00Z", True),
        ("2026-02-24", "2026-02-24", False),
        ("2026-02-24", "2026-02-25", False),
        ("2026-02-24", "2025-03-01", False),  # nobody is expected for a year
        ("2026-02", "2025-11-11", False),
        ("2026-02-24", "2025", False),
        ("2026-02-24", "", False),
        ("", "2025-11-11", False),
    ],
)
def test_a_birth_date_written_down_before_it_was_expected(
    tmp_path: Path, born: str, observed: str, expected: bool
) -> None:
    (row,) = read_records(
        records(tmp_path, {**A, "given_name": "Baby", "birth_date": born, "observed_on": observed})
    ).rows
    assert demographics(row).birth_date_expected is expected


def test_a_day_ahead_of_a_child_with_a_name_is_a_slip(tmp_path: Path) -> None:
    (row,) = read_records(records(tmp_path, {**A, "birth_date": "2026-02-24", "observed_on": "2025-11-11"})).rows
    assert not demographics(row).birth_date_expected


@pytest.mark.parametrize(
    ("cell", "born"),
    [
        ("06/04/2012 00:00", "2012-04-06"),  # as a spreadsheet exports a day of summer time
        ("06/04/2012 0:00", "2012-04-06"),
        ("2012-04-06T00:00", "2012-04-06"),
        ("2012-04-05T23:00:00Z", "2012-04-06"),  # as programs write an English midnight
        ("2012-01-06T00:00:00Z", "2012-01-06"),
        ("2012-04", "2012-04"),
        ("2012", "2012"),
    ],
)
def test_a_birth_date_is_the_english_day_that_was_written(tmp_path: Path, cell: str, born: str) -> None:
    (row,) = read_records(records(tmp_path, {**A, "birth_date": cell})).rows
    assert demographics(row).birth_date == born


@pytest.mark.parametrize("column", ["nhs_number", "la_child_id"])
def test_a_number_is_the_same_where_a_spreadsheet_wrote_it_as_a_fraction(tmp_path: Path, column: str) -> None:
    plain, fraction = read_records(
        records(tmp_path, {**A, column: "9990000018"}, {**A, "record_id": "2", column: "9990000018.0"})
    ).rows
    assert demographics(fraction).identifiers == demographics(plain).identifiers != ()


def test_marks_that_nobody_sees_spoil_neither_a_number_nor_a_birth_date(tmp_path: Path) -> None:
    marked = {"nhs_number": "\u202d9990000018\u202c", "birth_date": "\u200e06/\u200e04/\u200e2012"}
    read = read_records(records(tmp_path, {**A, **marked}))
    assert read.notes == []
    said = demographics(read.rows[0])
    assert (said.birth_date, said.identifiers) == ("2012-04-06", (("nhs-number", "9990000018", True),))
