"""A county with ground truth: people, what four agencies wrote down of them, and what went wrong when they did."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fanlight.simulator.contract import ContractFiles
from fanlight.simulator.error_model import ErrorModel, InvalidErrorModel, load, shipped
from fanlight.simulator.names import county_names
from fanlight.simulator.partners import PARTNER_FILES, write_partner_files
from fanlight.simulator.population import families
from fanlight.simulator.records import Clerks
from fanlight.simulator.registers import Registers

__all__ = ["PEOPLE_MAX", "ErrorModel", "InvalidErrorModel", "Simulated", "load", "shipped", "simulate"]

#: As many as the block of NHS numbers that is never issued has room for, with those of parents.
PEOPLE_MAX = 800_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What was written."""

    people: int
    records: int
    rows: int


def simulate(
    directory: Path, *, people: int, seed: int, model: ErrorModel | None = None, partner_files: bool = False
) -> Simulated:
    """Write a county into a directory, in which nothing takes its place before all is written. The same arguments give
    the same bytes."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        written = _write(unfinished, people, seed, model or shipped())
        if partner_files:
            write_partner_files(unfinished)
        _replace(directory, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return written


def _write(directory: Path, people: int, seed: int, model: ErrorModel) -> Simulated:
    registers, files, records = Registers(people, seed), ContractFiles(), 0
    for number, family in families(people, seed, model, registers):
        # Paperwork has chance of its own: other errors, same people.
        clerks = Clerks(model, county_names(), registers, Random(f"{seed}/paperwork/{number}"))
        for person in family:
            files.person(person)
            for record in clerks.records(person):
                files.add(record, clerks.rng.getrandbits(32))
                records += 1
    return Simulated(people=people, records=records, rows=files.write(directory))


def _replace(directory: Path, finished: Path) -> None:
    directory.mkdir(exist_ok=True)
    # Partner files of an earlier run would tell of other people.
    shutil.rmtree(directory / PARTNER_FILES, ignore_errors=True)
    for path in sorted(finished.iterdir()):
        path.replace(directory / path.name)
