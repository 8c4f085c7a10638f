"""Whatever sources write into cells, everything goes on, and no order of arrival makes a difference."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanlight.linkage.contract import COLUMNS
from fanlight.linkage.folders import evaluate_folder

WORDS = st.sampled_from(["Ada", "ada ", "O'Neil", "ONeil", "Zoë", "Baby", "unknown", "", "Ada Mary", "Mac Duff", "李"])
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DATES = st.one_of(
    st.sampled_from(
        ["2012-03-04", "2012-04-03", "2012", "2012-03", "1900-01-01", "2012-13-45", "20120304", "²1²²", ""]
    ),
    st.dates().map(str),
    st.integers().map(str),
)
NUMBERS = st.sampled_from(["9990000018", "9990000026", "9999999999", "K999000125001", "999 000 0018", "x", ""])
CELLS = {
    "seq": st.integers(-9, 9).map(str) | st.just(""),
    "given_name": WORDS | ANYTHING,
    "middle_names": WORDS | ANYTHING,
    "family_name": WORDS | ANYTHING,
    "aliases": st.lists(WORDS | ANYTHING, max_size=3).map(";".join),
    "birth_date": DATES,
    "sex": ANYTHING,
    "postcode": st.sampled_from(["AB1 2CD", "ab12cd", "ZZ99 3VZ", "2119", ""]) | ANYTHING,
    "address": st.sampled_from(["1 Mill Lane", "1 Mill Ln", "no fixed abode", ""]) | ANYTHING,
    "nhs_number": NUMBERS | ANYTHING,
    "upn": NUMBERS | ANYTHING,
    "la_child_id": NUMBERS | ANYTHING,
    "observed_on": DATES,
}
ROW = st.fixed_dictionaries(CELLS | {"source": st.sampled_from("abc"), "record_id": st.sampled_from("1234")})


@settings(deadline=None, max_examples=60)  # a busy machine is no fault
@example([{"source": "a", "record_id": "1", "birth_date": "²1²²"}])
@given(st.lists(ROW, max_size=12))
def test_anything_in_any_cell_is_resolved_alike_in_any_order(rows: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        write(Path(folder), rows)
        figures = evaluate_folder(Path(folder), None, orders=2)
    assert (figures["rows"], figures["records"]) == (len(rows), len(set(map(key, rows))))
    assert (figures["differing_clusters"], figures["differing_assignments"]) == (0, 0)


def key(row: dict[str, str]) -> tuple[str, str]:
    return row["source"], row["record_id"]


def write(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "records.csv").open("w", newline="", encoding="utf-8") as file:
        records = csv.DictWriter(file, COLUMNS, restval="")
        records.writeheader()
        records.writerows(rows)
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        truth = csv.writer(file)
        truth.writerow(("source", "record_id", "person", "group"))
        truth.writerows((*of, "one person", "") for of in sorted(set(map(key, rows))))
