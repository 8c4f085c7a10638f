"""Which school census a table is of, and of which terms that tells."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.connector import OptionalHeader
from connectors.school_census_pupils import PUPIL_IDS
from connectors.tabular import Table
from schemas.dates import midnight
from schemas.events import Moment
from schemas.vocabulary import Precision

#: A calendar year, or a school year by both that it has a part of: 2024-2025 or 2024-25.
_YEAR = r"(?<![0-9])20(?P<began>[0-9]{2})(?:[-_/ ](?:20)?(?P<ended>[0-9]{2}))?(?![0-9])"
_TERM = r"(?P<term>autumn|spring|summer)"
#: What stands between a year and a term.
_BETWEEN = r"[^a-z0-9]*(?:(?:school|census|term)[^a-z0-9]*)*"
NAMED_TERMS = [
    re.compile(pattern, re.IGNORECASE) for pattern in (rf"{_YEAR}{_BETWEEN}{_TERM}", rf"{_TERM}{_BETWEEN}{_YEAR}")
]
#: Census day is the first Thursday of October and the third of January and May (DfE, School census guide).
CENSUS_DAYS = {"autumn": (1, "10"), "spring": (3, "01"), "summer": (3, "05")}
_THURSDAY = 3
#: Sessions are told a term later (DfE, Pupil absence statistics: methodology, 4.1): of which year and term each census
#: tells, and the month that term ends in, for spring that before Easter.
IN_ARREARS = {"spring": (1, "autumn", "12"), "summer": (0, "spring", "03"), "autumn": (0, "summer, half term 1", "05")}
#: How columns and tables begin that count the second half of the summer term, in the census of autumn too.
SECOND_HALF = "summerhalfterm2"
COUNTS = ("termlysessions", f"{SECOND_HALF}sessions")


@dataclass(frozen=True, slots=True, repr=False)
class Census:
    """Which census a table is of, as its file's name says; year 0 and no season where it does not."""

    table: str
    year: int = 0
    season: str = ""

    @property
    def name(self) -> str:
        """What the census is called, as `2024 autumn`."""
        return f"{self.year} {self.season}" if self.season else ""

    def held(self) -> Moment | None:
        """The month of the census."""
        return _month(self.year, CENSUS_DAYS[self.season][1]) if self.season else None

    def written(self) -> OptionalHeader:
        """When it says what it says: on census day, so that a later one stands whenever an earlier one comes."""
        if not self.season:
            return {}
        week, month = CENSUS_DAYS[self.season]
        first = date(self.year, int(month), 1)
        return {"recorded_at": midnight(first + timedelta(weeks=week - 1, days=(_THURSDAY - first.weekday()) % 7))}

    def period(self, counted: str) -> tuple[str, Moment | None]:
        """The term, or half of one, whose sessions a column or table of this name counts, and the month it ended in."""
        is_second_half = counted.startswith(SECOND_HALF)
        if not self.season:
            return "summer, half term 2" if is_second_half else "", None
        back, term, month = (0, "summer, half term 2", "07") if is_second_half else IN_ARREARS[self.season]
        return f"{self.year - back} {term}", _month(self.year - back, month)


def _month(year: int, month: str) -> Moment:
    return Moment(value=f"{year}-{month}", precision=Precision.MONTH)


def census_of(table: Table) -> Census:
    """The census that a table is of, by the name of its file and its id column."""
    own_id = next((c for c in table.columns if c.endswith("tableid") and c not in PUPIL_IDS), "")
    named = next((found for each in NAMED_TERMS if (found := each.search(table.source)) is not None), None)
    if named is None:
        return Census(own_id)
    season = named["term"].lower()
    began = int(named["began"])
    is_school_year = named["ended"] is not None and int(named["ended"]) == began + 1
    return Census(own_id, 2000 + began + (is_school_year and season != "autumn"), season)
