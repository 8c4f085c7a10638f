"""What forbids that two persons are one, whatever else agrees. It holds between whole persons: what one record of a
person leaves open, another of theirs may rule out.
"""

from collections.abc import Callable, Collection, Iterable

from streams.identity.groups import Group
from streams.identity.judgements import Pair, pair_of
from streams.identity.likeness import birth_level
from streams.identity.model import Model, permanent_systems
from streams.identity.snapshot import Features


def forbidden(
    model: Model, ours: Group, theirs: Group, apart: Collection[Pair], disputed: frozenset[str]
) -> str | None:
    """What forbids that two persons are one, as a code; `apart` are the pairs that people hold apart, and `disputed`
    the numbers that forbid nothing."""
    a, b = ours.features, theirs.features
    if sides_conflict(a, b):
        return "protected"
    if apart and any(pair_of(x.key, y.key) in apart for x in ours.records for y in theirs.records):
        return "judgement"
    if names_conflict(model, a, b):
        return "given_name"
    if births_conflict(model, a, b):
        return "birth_date"
    return "number" if numbers_conflict(a, b, disputed) else None


def is_overlaid(model: Model, said: Features) -> bool:
    """Whether one record was said to be two children, by name and by birth date: data of one saved over another's.

    Who is meant by it nobody can say, so it is one with nobody until somebody has looked.
    """
    if len(said.born) < 2 or len(said.given) < 2:
        return False
    return _differ(said.born, birth_level) and _differ(said.given, model.names.level)


def _differ(values: Iterable[str], level: Callable[[str, str], str]) -> bool:
    return any(level(x, y) == "differ" for x in values for y in values if x < y)


def names_conflict(model: Model, a: Features, b: Features) -> bool:
    """Whether two persons, each all that their records said, have no given name that goes with one of the other."""
    return model.given_name(a, b).level == "differ"


def births_conflict(model: Model, a: Features, b: Features) -> bool:
    """Whether no birth date of one could be one of the other, mistyped."""
    return model.birth_date(a, b).level == "differ"


def numbers_conflict(a: Features, b: Features, disputed: frozenset[str]) -> bool:
    """Whether both have valid permanent identifiers of one system, none in common, and none of them `disputed`.

    A source that gave one record two numbers, one after the other, vouches for both.
    """
    if a.identifiers <= b.identifiers or b.identifiers <= a.identifiers:
        return False
    both = permanent_systems(a.identifiers - disputed) & permanent_systems(b.identifiers - disputed)
    return bool(both) and not both <= permanent_systems(a.identifiers & b.identifiers)


def sides_conflict(a: Features, b: Features) -> bool:
    """Whether both are of one protected group and not of the same side of it: never to be joined (adoption)."""
    if not a.protected or not b.protected:
        return False
    sides: dict[str, set[str]] = {}
    for group, side in a.protected | b.protected:
        sides.setdefault(group, set()).add(side)
    return any(len(found) > 1 for found in sides.values())
