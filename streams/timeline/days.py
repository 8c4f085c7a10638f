"""Days as people in England count them: rules speak of local dates, events of instants or of dates alone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from schemas import dates

#: What makes a whole date of an ISO 8601 value of this length.
_FIRST_DAY = {4: "-01-01", 7: "-01", 10: ""}


def midnight(day: int) -> datetime:
    """The instant at which the day with this ordinal begins."""
    return dates.midnight(date.fromordinal(day))


@lru_cache(maxsize=65536)
def ordinal(value: str) -> int | None:
    """The local day of an ISO 8601 value, as its ordinal; None where it is no date.

    A month or a year counts as its first day, so that what is known least exactly fades first. A stand-in such as
    9999-12-31 is no date: no window has an end after it.
    """
    try:
        if len(value) in _FIRST_DAY:
            day = date.fromisoformat(value + _FIRST_DAY[len(value)])
        else:
            instant = datetime.fromisoformat(value)
            # One without a zone is local; asking the machine for its zone would make the result depend on it.
            day = instant.date() if instant.tzinfo is None else dates.local_date(instant)
    except ValueError:
        return None
    return day.toordinal() if day.year in dates.YEARS else None


def span(value: str) -> tuple[datetime, datetime] | None:
    """The first instant that an ISO 8601 value can mean, and the first that it no longer can; of an instant, twice
    itself. None where it is no date, as for `ordinal`."""
    if ordinal(value) is None:
        return None
    if len(value) in _FIRST_DAY:
        first = date.fromisoformat(value + _FIRST_DAY[len(value)])
        return midnight(first.toordinal()), midnight(_after(first, len(value)).toordinal())
    instant = datetime.fromisoformat(value)
    at = (instant.replace(tzinfo=dates.LONDON) if instant.tzinfo is None else instant).astimezone(UTC)
    return at, at


def _after(first: date, length: int) -> date:
    """The day after the year, month or day that begins with this one and is written in so many characters."""
    if length == len("2026"):
        return first.replace(year=first.year + 1)
    return (first + timedelta(days=31)).replace(day=1) if length == len("2026-03") else first + timedelta(days=1)


def field_ordinal(value: Any) -> int | None:
    """The day of a field that holds a moment, whether as ISO text or as a Moment record."""
    if isinstance(value, Mapping):
        value = value.get("value")
    return ordinal(value) if isinstance(value, str) else None


def month_or_year(value: str) -> str | None:
    """`October 2026` or `2026`, where an ISO 8601 value says no more."""
    if len(value) == len("2026"):
        return value
    return f"{dates.MONTHS[int(value[5:]) - 1]} {value[:4]}" if len(value) == len("2026-03") else None


def written(day: int) -> str:
    """A day as prose writes it."""
    return dates.in_words(date.fromordinal(day))
