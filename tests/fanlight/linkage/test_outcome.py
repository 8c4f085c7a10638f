"""An outcome is there whole, or what was there before still is."""

import csv
from pathlib import Path

import pytest

from fanlight.linkage.outcome import check_place, replaced, write_csv
from fanlight.linkage.tables import InvalidFile


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_an_outcome_takes_its_place_in_one_step(tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    with replaced(out) as draft:
        (draft / "reviews.csv").write_text("new")
        assert not out.exists()
    assert contents(tmp_path) == {"a/out/reviews.csv": "new"}


def test_of_an_earlier_outcome_nothing_is_left(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "assignments.csv").write_text("old")
    with replaced(out) as draft:
        (draft / "reviews.csv").write_text("new")
        assert contents(out) == {"assignments.csv": "old"}
    assert contents(tmp_path) == {"out/reviews.csv": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


class DiskFull(Exception):
    """What stops a write half-way."""


def stop_half_way(out: Path) -> None:
    with replaced(out) as draft:
        (draft / "reviews.csv").write_text("ne")
        raise DiskFull


@pytest.mark.parametrize("earlier", [True, False], ids=["earlier outcome", "no earlier outcome"])
def test_a_write_that_stops_half_way_changes_nothing(tmp_path: Path, earlier: bool) -> None:
    out = tmp_path / "out"
    if earlier:
        out.mkdir()
        (out / "assignments.csv").write_text("old")
    before = contents(tmp_path)
    with pytest.raises(DiskFull):
        stop_half_way(out)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if earlier else [])


def test_a_place_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InvalidFile, match=r"holds thesis\.tex, which is no outcome of a resolve"):
        check_place(tmp_path)
    with pytest.raises(InvalidFile, match="is no folder"):
        check_place(tmp_path / "thesis.tex")


def test_a_record_id_is_read_back_as_it_was_whatever_is_in_it(tmp_path: Path) -> None:
    ids = ["7", "a\rb", "a\nb", "a\r\nb", 'a"b', "a,b", " a ", "\ufeffé\u2028"]
    write_csv(tmp_path / "ids.csv", ("record_id", "status"), ([each, "new"] for each in ids))
    with (tmp_path / "ids.csv").open(encoding="utf-8", newline="") as file:
        assert [row["record_id"] for row in csv.DictReader(file)] == ids
    assert (tmp_path / "ids.csv").read_bytes().startswith(b"record_id,status\n7,new\n")
