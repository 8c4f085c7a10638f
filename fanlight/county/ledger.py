"""Everything the county's systems wrote down, before it is put into files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from schemas.dates import LONDON


@dataclass(slots=True)
class Ledger:
    """The rows, resources and messages of every partner, each with the day under which its system files it."""

    today: date
    rows: dict[str, list[tuple[date, dict[str, str]]]] = field(default_factory=dict)
    patients: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    messages: list[tuple[datetime, str]] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)
    _numbers: Counter[str] = field(default_factory=Counter)

    def day(self, days_ago: int) -> date:
        """A day in the past; the county never writes of today or tomorrow."""
        assert days_ago >= 1, "the county writes of the past"
        return self.today - timedelta(days=days_ago)

    def at(self, days_ago: int, clock: str = "12:00") -> datetime:
        """A local time on a day in the past."""
        return datetime.combine(self.day(days_ago), time.fromisoformat(clock), LONDON)

    def number(self, series: str) -> str:
        """The next number of a series, as a source system would give it."""
        self._numbers[series] += 1
        return f"SYN-{series}-{self._numbers[series]:06d}"

    def row(self, table: str, filed: date, columns: Mapping[str, object]) -> None:
        """A row of a table, as text."""
        text = {name: "" if value is None else str(value) for name, value in columns.items()}
        self.rows.setdefault(table, []).append((filed, text))

    def resource(self, patient: int, resource: dict[str, Any]) -> None:
        """A FHIR resource of one patient."""
        self.patients.setdefault(patient, []).append(resource)

    def message(self, sent: datetime, text: str) -> None:
        """An HL7 v2 message."""
        self.messages.append((sent, text))

    def table(self, name: str) -> list[tuple[date, dict[str, str]]]:
        """A table's rows by the day they were filed, each with it; those of one day as they came."""
        return sorted(self.rows.get(name, []), key=lambda entry: entry[0])


def later(moment: datetime, minutes: int) -> datetime:
    """So many minutes on, by the clock of the universe: two instants may lie on either side of a clock change."""
    return (moment.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(LONDON)
