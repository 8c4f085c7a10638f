"""Error models for tests, and the files of a county read back."""

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from fanlight.simulator import ErrorModel, error_model, load, simulate

Rows = list[dict[str, str]]
Key = tuple[str, str]
SHIPPED = yaml.safe_load(error_model.SHIPPED.read_text(encoding="utf-8"))


@dataclass
class Files:
    """A county's contract files: rows in order of arrival, truth by record, rows by record and records by person."""

    folder: Path
    rows: Rows
    truth: dict[Key, dict[str, str]]
    by_record: dict[Key, Rows] = field(default_factory=lambda: defaultdict(list))
    by_person: dict[str, Rows] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, folder: Path) -> "Files":
        with (folder / "records.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
            truth = {(t["source"], t["record_id"]): t for t in csv.DictReader(file)}
        found = cls(folder, rows, truth)
        for row in rows:
            key = row["source"], row["record_id"]
            found.by_record[key].append(row)
            found.by_person[truth[key]["person"]].append(row)
        return found

    def group(self, name: str) -> dict[str, Rows]:
        """The people of a group, with all rows of each."""
        people = {t["person"] for t in self.truth.values() if t["group"] == name}
        return {person: rows for person, rows in self.by_person.items() if person in people}


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A county of the shipped error model, with partner files."""
    folder = tmp_path_factory.mktemp("simulated") / "county"
    simulate(folder, people=4000, seed=7, partner_files=True)
    return Files.read(folder)


@pytest.fixture
def simulated(tmp_path: Path) -> Callable[..., Files]:
    """Simulate a county of a model and read its files."""

    def run(model: ErrorModel | None = None, people: int = 2000, seed: int = 11) -> Files:
        folder = tmp_path / f"county-{len(list(tmp_path.iterdir()))}"
        simulate(folder, people=people, seed=seed, model=model)
        return Files.read(folder)

    return run


@pytest.fixture
def model_with(tmp_path: Path) -> Callable[..., ErrorModel]:
    """A model in which nothing goes wrong, people stay as they are and each source looks once, but for what is said."""

    def made(**said: Any) -> ErrorModel:
        document: dict[str, Any] = {
            "version": 1,
            "errors": {name: dict.fromkeys(kinds, 0) for name, kinds in SHIPPED["errors"].items()},
            "sources": {
                name: {"factor": 1, "again": 0, "errors": {f: dict.fromkeys(k, 0) for f, k in own.items()}}
                for name, source in SHIPPED["sources"].items()
                for own in (source.get("errors", {}),)
            },
            "arrival": {"late": 0, "repeated": 0, "out_of_order": 0},
            "people": {"moves": 0, "groups": dict.fromkeys(SHIPPED["people"]["groups"], 0)},
        }
        for path, value in said.items():
            *sections, last = path.split("__")
            inner = document
            for section in sections:
                inner = inner.setdefault(section, {})
            inner[last] = value
        file = tmp_path / "model.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return load(file)

    return made
