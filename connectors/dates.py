"""Dates and times as partners write them, without the machine's locale or clock; never more exact than the source."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from schemas.dates import LONDON, MONTHS, YEARS, local_date, midnight
from schemas.events import Moment
from schemas.vocabulary import Precision

_NUMBERS = {name.lower(): number for number, name in enumerate(MONTHS, 1)}
_NUMBERS |= {name[:3]: number for name, number in _NUMBERS.items()} | {"sept": 9}
_SEPARATOR = r"[-/. ]"
_DATES = (
    re.compile(
        rf"(?P<year>[0-9]{{4}}){_SEPARATOR}(?P<month>[0-9]{{1,2}}|[A-Za-z]{{3,9}}){_SEPARATOR}(?P<day>[0-9]{{1,2}})"
    ),
    re.compile(
        rf"(?P<day>[0-9]{{1,2}}){_SEPARATOR}(?P<month>[0-9]{{1,2}}|[A-Za-z]{{3,9}}){_SEPARATOR}(?P<year>[0-9]{{4}})"
    ),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{2})(?P<month>[A-Za-z]{3})(?P<year>[0-9]{4})"),  # SAS, with a colon before a time
)
_TIME = re.compile(
    r"(?:T|t|:|\s+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"\s*(?P<offset>Z|z|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?$"
)
#: A time by a clock of twelve hours.
_HALF_DAY = re.compile(
    r"(?<![0-9])(?P<hour>1[0-2]|0?[1-9])(?P<rest>:[0-9]{2}(?::[0-9]{2})?)\s*(?P<half>[AaPp])\.?[Mm]\.?$"
)
_PARTIAL = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2}))?$")


def parse_date(text: str) -> date | None:
    """The calendar day that `text` names, in England where it names an instant; None where it names none."""
    found = _split(text)
    if found is None:
        return None
    day, clock = found
    instant = _instant(day, clock) if clock is not None else None
    if clock is not None and instant is None:
        return None
    if instant is None or clock is None or clock["offset"] is None:
        return day
    return local_date(instant)


def parse_moment(text: str) -> Moment | None:
    """The date or time that `text` names, as exactly as it does; None where it names none.

    A time without offset is English local time. Midnight as databases write it is a date without a time.
    """
    text = text.strip()
    partial = _PARTIAL.match(text)
    if partial is not None:
        return _partial(partial)
    found = _split(text)
    if found is None:
        return None
    day, clock = found
    if clock is None or _no_time(clock):
        return day_moment(day)
    instant = _instant(day, clock)
    if instant is None:
        return None
    precision = Precision.MINUTE if clock["second"] is None else Precision.SECOND
    return instant_moment(instant, precision)


def parse_instant(text: str) -> datetime | None:
    """The instant that `text` names, aware and in UTC, else None; a bare date is its English midnight."""
    found = _split(text)
    if found is None:
        return None
    day, clock = found
    if clock is None:
        return midnight(day)
    return _instant(day, clock)


def birth_of(moment: Moment | None) -> tuple[str | None, str]:
    """A birth date as far as it is known, and three letters, for its day, month and year: A accurate, U unknown."""
    if moment is None:
        return None, "UUU"
    accuracy = {Precision.MONTH: "UAA", Precision.YEAR: "UUA"}.get(moment.precision, "AAA")
    return (day_of(moment).isoformat() if accuracy == "AAA" else moment.value), accuracy


def day_moment(day: date) -> Moment:
    """A calendar day as a moment: a date is not a time."""
    return Moment(value=day.isoformat(), precision=Precision.DAY)


def instant_moment(at: datetime, precision: Precision = Precision.SECOND) -> Moment:
    """An instant in UTC as a moment, of which no more than the second is kept."""
    return Moment(value=at.strftime("%Y-%m-%dT%H:%M:%SZ"), precision=precision)


def day_of(moment: Moment) -> date:
    """The first day that a moment may mean, in England."""
    if moment.value.endswith("Z"):
        return local_date(datetime.fromisoformat(moment.value))
    year, month, day = (*(int(part) for part in moment.value.split("-")), 1, 1)[:3]
    return date(year, month, day)


def is_before(one: Moment, other: Moment) -> bool:
    """Whether one moment surely lies before another; never where one is known no better than to the month."""
    if {one.precision, other.precision} & {Precision.MONTH, Precision.YEAR}:
        return False
    minutes = minutes_between(one, other)
    return day_of(one) < day_of(other) if minutes is None else minutes > 0


def minutes_between(one: Moment, other: Moment) -> int | None:
    """Full minutes that pass from one moment to another; None where one of them is not known to the minute."""
    if not {one.precision, other.precision} <= {Precision.MINUTE, Precision.SECOND}:
        return None
    return (datetime.fromisoformat(other.value) - datetime.fromisoformat(one.value)) // timedelta(minutes=1)


def _partial(match: re.Match[str]) -> Moment | None:
    year, month = match["year"], match["month"]
    if int(year) not in YEARS or (month is not None and not 1 <= int(month) <= 12):
        return None
    if month is None:
        return Moment(value=year, precision=Precision.YEAR)
    return Moment(value=f"{year}-{month}", precision=Precision.MONTH)


def _split(text: str) -> tuple[date, re.Match[str] | None] | None:
    """The day, and the time where there is one."""
    text = _HALF_DAY.sub(_in_24_hours, text.strip())
    for pattern in _DATES:
        match = pattern.match(text)
        if match is None:
            continue
        rest = text[match.end() :]
        clock = _TIME.match(rest) if rest else None
        if rest and clock is None:
            continue
        day = _day(match["year"], match["month"], match["day"])
        return (day, clock) if day is not None else None
    return None


def _in_24_hours(clock: re.Match[str]) -> str:
    return f"{int(clock['hour']) % 12 + 12 * (clock['half'] in 'Pp'):02}{clock['rest']}"


def _day(year: str, month: str, day: str) -> date | None:
    name = month.lower()
    number = int(month) if month.isdigit() else _NUMBERS.get(name, 0)
    if int(year) not in YEARS:
        return None
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _no_time(clock: re.Match[str]) -> bool:
    # Databases write a date as its midnight to the second, and nobody notes an event so; spreadsheets show it after a
    # blank without the second.
    is_midnight = clock["offset"] is None and int(clock["hour"] + clock["minute"] + (clock["second"] or "")) == 0
    return is_midnight and (clock["second"] is not None or clock[0][0].isspace())


def _instant(day: date, clock: re.Match[str]) -> datetime | None:
    try:
        time = (int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0))
        local = datetime(day.year, day.month, day.day, *time)
        return local.replace(tzinfo=_zone(clock["offset"])).astimezone(UTC)
    except ValueError:
        return None


def _zone(offset: str | None) -> timezone | ZoneInfo:
    if offset is None:
        return LONDON
    if offset in "Zz":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[3:].lstrip(":") or 0)
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
