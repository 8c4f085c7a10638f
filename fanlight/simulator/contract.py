"""The evaluation contract: `records.csv` and `truth.csv`, which anybody's resolver can be measured against.

`people.csv` is no part of the contract: it says of every person, also of those nobody wrote down, what fairness asks.
"""

import csv
import io
from pathlib import Path

from fanlight.linkage.contract import COLUMNS as RECORDS
from fanlight.linkage.truth import COLUMNS as TRUTH
from fanlight.simulator.people import Person
from fanlight.simulator.records import Record

PEOPLE = ("person", "group", "community", "hard_name", "changes")
_DEMOGRAPHICS = RECORDS[3:-1]


class ContractFiles:
    """Takes records in any order; keeps their rows as text until the order of their arrival is known."""

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")
        self._line = csv.writer(self._text, lineterminator="\n")
        self._rows: list[tuple[int, int, str, str]] = []
        self._truth: list[str] = []
        self._people: list[str] = []

    def person(self, person: Person) -> None:
        """Somebody, whether or not there is a record of them."""
        hard, changes = "yes" if person.hard_name else "no", str(len(person.truths) - 1)
        self._people.append(self._csv(person.key, person.group, person.community.key, hard, changes))

    def add(self, record: Record, tie: int) -> None:
        """A record with all its rows; `tie` decides between rows of different records that arrive on one day."""
        person = record.person
        self._truth.append(self._csv(record.source, record.record_id, person.key, person.group))
        before = self._csv(record.source, record.record_id)[:-1]
        for row in record.rows:
            after = self._csv(*(row.fields[name] for name in _DEMOGRAPHICS), row.observed.isoformat())
            self._rows.append((row.arrived.toordinal(), tie, before, after))

    def write(self, directory: Path) -> int:
        """Write the files; `seq` counts from 1 in order of arrival. Gives back the number of rows."""
        self._rows.sort(key=_arrival)
        with (directory / "records.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(self._csv(*RECORDS))
            file.writelines(f"{before},{seq},{after}" for seq, (_, _, before, after) in enumerate(self._rows, start=1))
        self._table(directory / "truth.csv", TRUTH, self._truth)
        self._table(directory / "people.csv", PEOPLE, self._people)
        return len(self._rows)

    def _table(self, path: Path, columns: tuple[str, ...], lines: list[str]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(self._csv(*columns))
            file.writelines(sorted(lines))

    def _csv(self, *cells: str) -> str:
        self._text.seek(0)
        self._text.truncate()
        self._line.writerow(cells)
        return self._text.getvalue()


def _arrival(row: tuple[int, int, str, str]) -> tuple[int, int]:
    # Rows of one record that arrive on one day stay in the order in which they were written: sorting is stable.
    return row[:2]
