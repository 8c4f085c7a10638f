"""What two people are called, given names beside second and family names: one name in another box, or another order."""

from streams.identity.likeness import family_level
from streams.identity.names import GivenNames
from streams.identity.snapshot import Features


def are_initials(names: frozenset[str]) -> bool:
    """Whether these are no names but first letters. Where a script writes a name as one sign, it is a name."""
    for name in names:  # noqa: SIM110 (nearly always one, and a generator would cost more than the question)
        if len(name) != 1 or not name.isascii():
            return False
    return True


def are_told_apart(names: GivenNames, a: Features, b: Features) -> bool:
    """Whether two who have a name of half a community in common have others besides, and none that go together."""
    ours, theirs = _own(names, a), _own(names, b)
    if not ours or not theirs or ours & theirs:
        return False
    return all(names.level(x, y) == "differ" for x in ours for y in theirs)


def _own(names: GivenNames, said: Features) -> set[str]:
    """The names by which somebody is told from others of one name: none of half a community's, nor short for one."""
    common = names.too_common
    return {
        name
        for name in (said.given - said.family | said.middle) - common
        if all(names.level(name, each) == "differ" for each in said.given & common)
    }


def by_second_name(names: GivenNames, a: Features, b: Features) -> str | None:
    """How one goes by a second name of the other, as a level: where half a community has the first, it is the name."""
    for one, other in ((a, b), (b, a)):
        if _goes_by(names, one, other):
            return "variant" if other.given <= names.too_common else "middle"
    return None


def _goes_by(names: GivenNames, one: Features, other: Features) -> bool:
    """Whether `one` has for its name a middle name of the other, and no middle name that the other lacks.

    That half a community has it is no middle name to go by; and Archie Finley is not Max Archie but, maybe, his
    brother.
    """
    by = one.given & other.middle
    if not by:
        return False
    by -= names.too_common
    more = one.middle - by
    if not by or not more:
        return bool(by)
    others = (other.given | other.middle) - by
    return any(x in others or names.level(x, y) != "differ" for x in more for y in others)


def is_second_name(names: GivenNames, one: Features, other: Features) -> bool:
    """Whether `one` is called by a second name of the other, however half a community spells it."""
    common = names.too_common
    return any(
        x == y or (x in common and y in common and names.level(x, y) == "variant")
        for x in one.given
        for y in other.middle
    )


def spelt_out(one: Features, other: Features) -> bool:
    """Whether what one has in a compound name, or in one word, the other has as a first and a middle name."""
    if not other.middle:
        return False
    for name in one.given:
        if " " in name and set(name.split(" ")) <= other.given | other.middle:
            return True
        if any(first + second == name for first in other.given for second in other.middle):
            return True
    return False


def goes_on_otherwise(names: GivenNames, one: Features, other: Features) -> bool:
    """Whether the name of `other` begins with that of `one`, which no table has, and goes on with another second name.

    Xiao Tong is not short for Xiaoyi, but may be her twin.
    """
    second = one.middle - names.too_common
    if not second:
        return False
    initials = {name[0] for name in second}
    return all(
        not names.is_known(first) and name.startswith(first) and name[len(first) :].lstrip()[:1] not in {"", *initials}
        for first in one.given
        for name in other.given
    )


def written_elsewhere(one: Features, other: Features) -> set[str]:
    """The middle names of `one` that stand in the given name of the other: as that, or as the end of it."""
    return {
        middle
        for middle in one.middle
        for name in other.given
        if middle == name or middle in name.split(" ") or any(first + middle == name for first in one.given)
    }


def has_it_for_a_second_name(one: Features, other: Features) -> bool:
    """Whether a family name of one stands among the middle names of the other: where a father's name and a
    grandfather's follow one's own, one clerk takes the second for the family name and another the last."""
    if one.middle and one.middle.isdisjoint(other.middle):
        return False
    return any(other.middle.issuperset(name.split(" ")) for name in one.family)


def are_swapped(names: GivenNames, a: Features, b: Features) -> bool:
    """Whether given and family name stand in one another's box, as far as each can be read."""
    return _is_read(names, a.given, b.family) and _is_read(names, b.given, a.family)


def _is_read(names: GivenNames, given: frozenset[str], family: frozenset[str]) -> bool:
    """Whether a given name of one stands in the family name of another, as a word or all of it, as far as it can be
    read. Ella and Bella are two names in whatever box.
    """
    for name in family:
        words = name.split(" ")
        for each in given:
            if len(words) > 1 and each.replace(" ", "") == "".join(words):
                return True
            for word in words:
                if each == word or (family_level(each, word) != "differ" and names.level(each, word) != "differ"):
                    return True
    return False


def without_the_family(a: Features, b: Features) -> tuple[Features, Features]:
    """Both without a family name in the box of the given name, where each record exchanged the two in some row.

    That two such have the family in common makes them no namesakes.
    """
    families = a.given & a.family & b.given & b.family
    ours, theirs = a.given - families, b.given - families
    if not families or ours.isdisjoint(a.family) or theirs.isdisjoint(b.family):
        return a, b
    return a._replace(given=ours), b._replace(given=theirs)
