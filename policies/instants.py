"""Instants as policy and its engines count them: in nanoseconds since 1970, as whole numbers."""

from datetime import date, datetime

from schemas.dates import midnight
from schemas.errors import InvalidAgreement

#: Both engines count whole so far; beyond, one answers with a fraction, which is no answer, and nothing would flow.
_LAST_NS = 2**63 - 1


def instant_ns(at: datetime) -> int:
    """The second of an aware instant: fractions of a second are cut off."""
    return int(at.timestamp()) * 1_000_000_000


def midnight_ns(day: str) -> int:
    """The first instant of a day in England, written YYYY-MM-DD. Raises ValueError for no day."""
    return instant_ns(midnight(date.fromisoformat(day)))


def day_ns(text: str, file: str, name: str) -> int:
    """As `midnight_ns`, for the day that the key `name` holds in `file`. Raises InvalidAgreement for no day, and for
    one that an engine could not count in nanoseconds."""
    try:
        found = midnight_ns(text)
    except ValueError:
        raise InvalidAgreement(f"{file}: {name}: {text} is no day: write YYYY-MM-DD") from None
    if not 0 <= found <= _LAST_NS:
        raise InvalidAgreement(f"{file}: {name}: {text} is too far off: write a day from 1970-01-02 to 2261-12-31")
    return found
