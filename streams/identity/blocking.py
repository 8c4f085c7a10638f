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
    """The keys of all that a record has said, identifiers first among them in nothing but name."""
    formal = model.names.formal
    given = {sound(formal(name)) for name in features.given}
    family = {sound(word) for name in features.family for word in name.split(" ")}
    keys = set(features.identifiers)
    for born in features.born:
        keys.update(_by_birth(born.lstrip("~"), given, family))
    for postcode in features.postcodes:
        keys.update([f"p{postcode}{name}" for name in given or family])
    return keys


def _by_birth(born: str, given: set[str], family: set[str]) -> Iterator[str]:
    year, day = born[:4], "".join(sorted((born[5:7], born[8:10])))
    if born[5:] not in ("01-01", ""):
        for name in given | family:
            yield f"d{born}{name}"
    for first in given:
        for last in family:
            yield f"y{year}{first}.{last}"
            if len(day) == 4:
                yield f"m{day}{first}.{last}"
