"""What a reader chose to see of a timeline: all of it stands in the address, none of it says who it is about."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from schemas.dates import YEARS, midnight

SPANS = {"90": "90 days", "540": "18 months", "all": "All"}
DEFAULT_SPAN = "540"
#: The dates that can be asked for, as the form calls them: of two that are wrong, each must say which it is.
DATES = {"from": "From", "to": "To", "as_of": "As it was known on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The reader's choice; `problems` are dates that could not be read."""

    agencies: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    as_of: date | None = None
    span: str = DEFAULT_SPAN
    problems: tuple[tuple[str, str], ...] = ()

    def query(self) -> str:
        """The choice as an address has it."""
        pairs = [("agency", agency) for agency in self.agencies] + [("type", kind) for kind in self.types]
        dates = (("from", self.since), ("to", self.until), ("as_of", self.as_of))
        pairs += [(name, day.isoformat()) for name, day in dates if day is not None]
        if self.span != DEFAULT_SPAN:
            pairs.append(("span", self.span))
        return urlencode(pairs)

    def with_span(self, span: str) -> str:
        """The same choice over another span, as an address has it."""
        return replace(self, span=span).query()

    @property
    def narrowed(self) -> bool:
        """Whether the chronology may be missing something."""
        return bool(self.agencies or self.types or self.since or self.until)

    def passes(self, agency: str, event_type: str, day: date | None) -> bool:
        """Whether an entry is among those asked for; one without a date passes no date filter."""
        if self.agencies and agency not in self.agencies:
            return False
        if self.types and event_type not in self.types:
            return False
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


def beginnings(now: datetime, moments: Iterable[datetime]) -> dict[str, datetime]:
    """Where the drawing of each span that is offered begins: those that are shorter than the record, and all of it.

    `moments` are when its entries happened. Of a record shorter than every span only the shortest span is offered.
    """
    first = min(moments, default=now) - timedelta(days=14)
    begins = {span: now - timedelta(days=int(span)) for span in SPANS if span != "all"}
    shorter = {span: at for span, at in begins.items() if first < at}
    return {**shorter, "all": first} if shorter else {"90": begins["90"]}


def end_of(day: date) -> datetime:
    """The last second of a day in England."""
    return midnight(day + timedelta(days=1)) - timedelta(seconds=1)


def _day(text: str, name: str, problems: list[tuple[str, str]]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # No instant is before the year 1, and a drawing may begin some time before the day.
    if day is None or day.year not in YEARS:
        problems.append((name, f"{DATES[name]}: enter a real date, like 2026-03-27"))
        return None
    return day


def filters_of(
    agency: Annotated[list[str] | None, Query()] = None,
    type: Annotated[list[str] | None, Query()] = None,
    from_: Annotated[str, Query(alias="from")] = "",
    to: str = "",
    as_of: str = "",
    span: str = DEFAULT_SPAN,
) -> Filters:
    """The choice in an address. What cannot be read is left out and said to be."""
    problems: list[tuple[str, str]] = []
    since, until = _day(from_, "from", problems), _day(to, "to", problems)
    if since and until and until < since:
        problems.append(("to", "Enter the same day as From, or a later one"))
        until = None
    return Filters(
        agencies=tuple(filter(None, agency or ())),
        types=tuple(filter(None, type or ())),
        since=since,
        until=until,
        as_of=_day(as_of, "as_of", problems),
        span=span if span in SPANS else DEFAULT_SPAN,
        problems=tuple(problems),
    )
