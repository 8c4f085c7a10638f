"""Under which keys a record is looked for: two records that share none are never compared.

Whatever one slip spoils, two of these survive it: number, birth date with either name, name with either half of the
birth date, name with postcode. A key that many share for no reason (the 1st of January) is refined by another field,
by rule and for all records alike; none is ever dropped because it came late.
"""

from collections.abc import Iterator

from streams.identity.model import Model
from streams.identity.normalise import sound
from streams.identity.snapshot import Features


def blocking_keys(model: Model, features: Features) -> set[str]:
    """The keys of all that a record has said."""
    formal, too_common = model.names.formal, model.names.too_common
    given = {sound(formal(name)) for name in features.given}
    family = {sound(word) for name in features.family for word in name.split(" ")}
    keys = set(features.identifiers)
    for born in features.born:
        day = born.lstrip("~")
        common = day.endswith("-01-01") and bool(features.family) and features.given <= too_common
        keys.update([f"d{day}{name}" for name in (family if common else given | family)])
        keys.update(_by_name_and_half_of(day, given, family))
    for postcode in features.postcodes:
        keys.update([f"p{postcode}{name}" for name in given or family])
    return keys


def _by_name_and_half_of(day: str, given: set[str], family: set[str]) -> Iterator[str]:
    """Given and family name with the year, and with day and month in either order."""
    halves = [f"y{day[:4]}"]
    if len(day) == 10:
        halves.append("m" + "".join(sorted((day[5:7], day[8:]))))
    for first in given:
        for last in family:
            for half in halves:
                yield f"{half}{first}.{last}"
