"""records.csv: what sources say of people, row by row, as `docs/identity.md` sets it down.

Dirt is not a fault: what a source wrote into a cell is what there is to resolve, and a date that is none is only no
evidence. What breaks the contract itself is refused, all of it in one go.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from connectors.dates import parse_moment
from fanlight.linkage.overlaps import Sides, are_protected
from fanlight.linkage.tables import Faults, read_rows, whole_number
from schemas.letters import visible

COLUMNS = (
    "source", "record_id", "seq", "given_name", "middle_names", "family_name", "aliases", "birth_date", "sex",
    "postcode", "address", "nhs_number", "upn", "la_child_id", "protected", "observed_on",
)  # fmt: skip
DATES = (COLUMNS.index("birth_date"), COLUMNS.index("observed_on"))
PROTECTED = COLUMNS.index("protected")
#: Of such words is what people type where a date is asked for and nobody knows it; `dd/mm/yyyy` is what was asked for.
_NO_DATE = frozenset(
    """unknown unk not known stated recorded given entered provided available missing tbc tba n k nk a na nan nat nil
    none null no date of birth dob declined refused withheld x xx xxx xxxx d dd m mm y yy yyyy""".split()  # noqa: SIM905
)
UNPROTECTED: Sides = frozenset()


class Row(NamedTuple):
    """One row: something a source said of one of its records. Without `seq` it came after all that have one."""

    seq: int | None
    key: str
    cells: tuple[str, ...]

    @property
    def order(self) -> tuple[bool, int, str, tuple[str, ...]]:
        """Sorts rows by arrival; where seq is equal, by what they say, so that the file's own order plays no part."""
        return self.seq is None, self.seq or 0, self.key, self.cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """All of records.csv. A record is one `source:record_id`, in however many rows it was said."""

    rows: Sequence[Row]  # in order of arrival
    first_rows: Mapping[str, int]  # each record and where the file first names it
    sides: Mapping[str, Sides]  # of those that are protected at all
    notes: Sequence[str]  # in words, what was read but is no evidence

    def name(self, key: str) -> tuple[str, str]:
        """The source of a record, and its id there."""
        source, _, record_id = key.partition(":")
        return source, record_id


def read_records(folder: Path) -> Records:
    """Read and check DIR/records.csv, or raise `InvalidFile` with every row at fault."""
    return _Reading(Faults(folder / "records.csv")).read()


class _Reading:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._first_rows: dict[str, int] = {}
        self._sides: dict[str, Sides] = {}
        self._unreadable: Counter[str] = Counter()
        self._first_unreadable: dict[str, int] = {}
        self._known: dict[str, str] = {}

    def read(self) -> Records:
        rows = [row for at, cells in read_rows(self._faults, COLUMNS) if (row := self._row(at, cells))]
        self._faults.settle()
        rows.sort(key=lambda row: row.order)
        notes = [
            f"{self._faults.path.name}: cells of {column} that are no dates, and so no evidence: {count},"
            f" the first in row {self._first_unreadable[column]}"
            for column, count in sorted(self._unreadable.items())
        ]
        return Records(rows=rows, first_rows=self._first_rows, sides=self._sides, notes=notes)

    def _row(self, at: int, cells: tuple[str, ...]) -> Row | None:
        key = f"{cells[0]}:{cells[1]}"
        faults = _faults_of(cells)
        side = side_of(cells[PROTECTED])
        if side and not faults:
            faults += self._protect(key, frozenset([side]))
        for fault in faults:
            self._faults.add(at, fault)
        if faults:
            return None
        self._first_rows.setdefault(key, at)
        self._note_dates(at, cells)
        # Keys, names, dates and addresses repeat: one string each halves the memory of a large file.
        same = self._known.setdefault
        return Row(whole_number(cells[2]), same(key, key), tuple(map(same, cells, cells)))

    def _protect(self, key: str, sides: Sides) -> list[str]:
        before = self._sides.get(key, UNPROTECTED)
        if are_protected(before, sides):
            return ["protected puts the record on another side of its group than an earlier row"]
        self._sides[key] = before | sides
        return []

    def _note_dates(self, at: int, cells: tuple[str, ...]) -> None:
        for place in DATES:
            if cells[place] and not _is_date(cells[place]):
                self._unreadable[COLUMNS[place]] += 1
                self._first_unreadable.setdefault(COLUMNS[place], at)


def _faults_of(cells: tuple[str, ...]) -> list[str]:
    source, record_id, seq = cells[:3]
    faults = [f"{name} is empty" for name, cell in (("source", source), ("record_id", record_id)) if not cell.strip()]
    if ":" in source:
        faults.append("source has a colon, which parts source and record_id where decisions name records")
    if seq and whole_number(seq) is None:
        faults.append("seq is not a whole number")
    if cells[PROTECTED] and side_of(cells[PROTECTED]) is None:
        faults.append("protected is not GROUP/SIDE")
    # A note in place of a date is dirt; anything else without a digit stands in a wrong column.
    faults += [
        f"{COLUMNS[place]} has no digit: are the columns shifted?"
        for place in DATES
        if cells[place] and not _may_be_date(cells[place])
    ]
    return faults


@cache
def side_of(cell: str) -> tuple[str, str] | None:
    """The protected group and the side of it that a cell names, or None."""
    group, _, side = (each.strip() for each in cell.rpartition("/"))
    return (group, side) if group and side else None


@cache
def _may_be_date(cell: str) -> bool:
    return re.search(r"\d", cell) is not None or _NO_DATE.issuperset(re.findall(r"[^\W_]+", cell.casefold()))


@cache
def _is_date(cell: str) -> bool:
    return parse_moment(visible(cell)) is not None
