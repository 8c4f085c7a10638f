"""Under which keys a record is looked for: two records that share none are never compared.

Whatever one slip spoils, two of these survive it: number, birth date with either name, name with either half of the
birth date, name with postcode. A key that many share for no reason (the 1st of January) is refined by another field,
by rule and for all records alike; none is ever dropped because it came late.
"""

from functools import lru_cache

from streams.identity.model import Model
from streams.identity.normalise import sound
from streams.identity.snapshot import Features

#: To be raised with every change of the keys that a record gets: keys are written down with it.
RULE = 1


def blocking_version(model: Model) -> str:
    """Names the keys that a record gets: those written down under another version are not its keys any more."""
    return f"{RULE}.{model.names.version}"


def blocking_keys(model: Model, features: Features) -> set[str]:
    """The keys of all that a record has said."""
    names = model.names
    given = {names.heard(name) for name in features.given}
    family = {word for name in features.family for word in heard_words(name)}
    keys = set(features.identifiers)
    for born in features.born:
        day = born.lstrip("~")
        if day.endswith("-01-01") and family and features.given <= names.too_common:
            keys.update([f"d{day}{name}" for name in family])
        else:
            keys.update([f"d{day}{name}" for name in given | family])
        for half in _halves(day):
            keys.update([f"{half}{first}.{last}" for first in given for last in family])
    for postcode in features.postcodes:
        keys.update([f"p{postcode}{name}" for name in given or family])
        keys.update([f"p{postcode}{born.lstrip('~')[:4]}" for born in features.born])
    return keys


@lru_cache(maxsize=1 << 16)
def heard_words(name: str) -> tuple[str, ...]:
    """How each word of a family name sounds."""
    return tuple(sound(word) for word in name.split(" "))


@lru_cache(maxsize=1 << 15)
def _halves(day: str) -> tuple[str, ...]:
    """The year of a birth date, and its day and month in either order."""
    return (f"y{day[:4]}", "m" + "".join(sorted((day[5:7], day[8:]))))[: 1 + (len(day) == 10)]
