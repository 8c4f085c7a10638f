"""Under which keys a record is looked for: two records that share none are never compared.

Whatever one slip spoils, two of these survive it: number, birth date with either name, name with either half of the
birth date, name with postcode. A key that many share for no reason (the 1st of January) is refined by another field,
by rule and for all records alike; none is ever dropped because it came late.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from streams.identity.model import Model
from streams.identity.normalise import sound
from streams.identity.snapshot import Features

#: To be raised with every change of the keys that a record gets: keys are written down with it.
RULE: Final = 7
#: Pairs of names grow with the square. A record with more of them than any child has is looked for by each name alone.
_PAIRS_MAX: Final = 400
#: So does what birth dates, names and postcodes make together. A record with more of that is looked for by its numbers.
_KEYS_MAX: Final = 4_000


def blocking_version(model: Model) -> str:
    """Names the keys that a record gets: those written down under another version are not its keys any more."""
    return f"{RULE}.{model.names.version}"


def blocking_keys(model: Model, features: Features) -> set[str]:
    """The keys of all that a record has said."""
    names = model.names
    keys = set(features.identifiers)
    given = names.heard_in(features.given)
    family = heard_in(features.family)
    heard = given + family
    both = [f"{first}.{last}" for first in given for last in family] if len(given) * len(family) <= _PAIRS_MAX else []
    dates, homes = len(features.born), len(features.postcodes)
    if dates * (len(heard) + 2 * len(both)) + homes * (len(both) + len(heard) + dates) > _KEYS_MAX:
        return keys
    for born in features.born:
        day, halves = _day_and_halves(born)
        sounds = heard
        if family and day.endswith("-01-01") and features.given <= names.too_common:
            sounds = family
        for name in sounds:
            keys.add(f"d{day}{name}")
        for half in halves:
            for pair in both:
                keys.add(half + pair)
    for postcode in features.postcodes:
        if postcode[0] == "~":
            # A town: as many live there as were born in a year.
            for pair in both:
                keys.add(f"p{postcode}{pair}")
            continue
        for name in given or family:
            keys.add(f"p{postcode}{name}")
        for born in features.born:
            keys.add(f"p{postcode}{_day_and_halves(born)[0][:4]}")
    return keys


@cache
def heard_in(names: Iterable[str]) -> tuple[str, ...]:
    """How each word of some family names sounds, each sound once."""
    return tuple({sound(word) for name in names for word in name.split(" ")})


@cache
def _day_and_halves(born: str) -> tuple[str, tuple[str, ...]]:
    """A birth date as far as it is known; and its halves: the year and, where known, day and month in either order."""
    day = born.lstrip("~")
    year = f"y{day[:4]}"
    if len(day) < len("2012-04-05"):
        return day, (year,)
    return day, (year, "m" + "".join(sorted((day[5:7], day[8:]))))
