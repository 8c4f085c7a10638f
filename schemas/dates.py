"""Days and ages as people in England count them: partners write local times, agreements speak of local days."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
#: Outside these a date is a slip, or a stand-in such as 9999-12-31.
YEARS = range(1900, 2100)
#: `strftime` names them in the language of the machine.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def local(instant: datetime) -> datetime:
    """An aware instant by the clocks of England; at either end of the calendar, where they have none, as it is."""
    try:
        return instant.astimezone(LONDON)
    except OverflowError:
        return instant


def local_date(instant: datetime) -> date:
    """The day it is in England at an aware instant."""
    return local(instant).date()


def midnight(day: date) -> datetime:
    """The instant at which a day begins in England, in UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def in_words(day: date) -> str:
    """A day as GOV.UK writes it: 3 March 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def age_on(born: date, day: date) -> int:
    """Years completed on a day. Someone born on 29 February is older from 1 March of other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
