"""docs/simulator.md against the simulator: what it shows can be used, and what it lists is what there is."""

import csv
import re
from pathlib import Path

import yaml

from fanlight.simulator import load
from fanlight.simulator.contract import PEOPLE, RECORDS, TRUTH
from fanlight.simulator.error_model import SHIPPED
from fanlight.simulator.groups import ALL_GROUPS
from fanlight.simulator.partners import DELIVERIES

PAGE = (Path(__file__).parents[3] / "docs/simulator.md").read_text(encoding="utf-8")


def cells(heading):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def codes(text):
    return tuple(re.findall(r"`([^`]+)`", text))


def test_the_columns_listed_are_those_that_are_written():
    listed = {codes(name)[0]: codes(columns) for name, _, columns in cells("What is written")}
    assert listed == {"records.csv": RECORDS, "truth.csv": TRUTH, "people.csv": PEOPLE, "partner-files/": ()}
    assert ", ".join(f"`{column}`" for column in DELIVERIES[:4]) in PAGE


def test_the_groups_listed_are_those_that_are_made():
    assert sorted(codes(name)[0] for name, _ in cells("Groups")) == sorted(ALL_GROUPS)


def test_the_error_model_shown_can_be_used(tmp_path):
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    path = tmp_path / "mine.yaml"
    path.write_text(shown, encoding="utf-8")
    model = load(path)
    assert model.groups["twin"] == 0.1
    assert model.careless_times == 10


def test_every_number_of_the_shipped_model_is_spoken_of():
    """The page explains each key that is not a field, a kind of error or a group."""
    shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    keys = {*shipped["together"], *shipped["sources"]["nhs"], "factor", "groups", "old"} - {"errors"}
    assert [key for key in sorted(keys) if not re.search(rf"`[\w. ]*\b{key}\b", PAGE)] == []


def test_partner_files_are_listed_under_the_columns_of_the_page(county):
    with (county.folder / "partner-files/deliveries.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == DELIVERIES
