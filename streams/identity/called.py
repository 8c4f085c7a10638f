"""Compares the given, middle and family names of two people, of which one form may have a name in another box than the
next, or in another order. Names that too many people share to tell anybody apart are `GivenNames.too_common`."""

from typing import Final

from streams.identity.likeness import family_level
from streams.identity.names import GivenNames
from streams.identity.snapshot import Features

#: Levels of given names that are two, both of them in use.
_TWO: Final = frozenset({"differ", "kin"})


def are_initials(names: frozenset[str]) -> bool:
    """Whether all of these are single letters. One sign of a script that writes a whole name so is no initial."""
    for name in names:  # noqa: SIM110 (nearly always one, and a generator would cost more than the question)
        if len(name) != 1 or not name.isascii():
            return False
    return True


def are_told_apart(names: GivenNames, a: Features, b: Features, shared: frozenset[str]) -> bool:
    """Whether two records are of two people by their other names, although their given names agree.

    That is asked where the given names in common tell nobody from anybody, because each of them is too common, such as
    Mohammed; or because one of the records has it both as a given and as a middle name, or both as a given and as a
    family name. Then all other names of the two must differ, and both must have some.
    """
    common = names.too_common
    if not shared:
        if not (a.given <= common and b.given <= common):
            return False
    elif not shared <= common:
        if not shared <= (a.given & a.middle) | (b.given & b.middle):
            return (shared < a.given & a.family or shared < b.given & b.family) and _share_no_other(names, a, b, shared)
        common |= shared
    ours, theirs = _own(names, a, common), _own(names, b, common)
    if not ours or not theirs or ours & theirs:
        return False
    return all(names.level(x, y) == "differ" for x in ours for y in theirs)


def _share_no_other(names: GivenNames, a: Features, b: Features, shared: frozenset[str]) -> bool:
    """Whether both records have names besides `shared`, in whatever box, and none of one goes with any of the other."""
    ours, theirs = _words(a) - shared, _words(b) - shared
    return bool(ours and theirs) and all(
        x != y and names.level(x, y) == "differ" and family_level(x, y) == "differ" for x in ours for y in theirs
    )


def _words(said: Features) -> set[str]:
    return {word for name in said.given | said.middle | said.family for word in name.split(" ")}


def _own(names: GivenNames, said: Features, common: frozenset[str]) -> set[str]:
    """The given and middle names by which a record can be told from others: neither in `common`, nor a form of a given
    name that is."""
    return {
        name
        for name in (said.given - said.family | said.middle) - common
        if all(names.level(name, each) == "differ" for each in said.given & common)
    }


def by_second_name(names: GivenNames, a: Features, b: Features) -> str | None:
    """The level at which the given name of one record is a middle name of the other; None where neither is.

    It is `middle`; or `variant` where the other's given names are all too common, as a middle name is then the name by
    which the child is called.
    """
    for one, other in ((a, b), (b, a)):
        if _goes_by(names, one, other):
            return "variant" if other.given <= names.too_common else "middle"
    return None


def _goes_by(names: GivenNames, one: Features, other: Features) -> bool:
    """Whether a given name of `one` is a middle name of the other, and not one that is too common.

    If `one` has more middle names, one of them must go with another name of the other: Archie Finley is not Max
    Archie but, maybe, his brother.
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
    """Whether a given name of `one` is a middle name of the other; one that is too common may be spelt otherwise."""
    common = names.too_common
    return any(
        x == y or (x in common and y in common and names.level(x, y) == "variant")
        for x in one.given
        for y in other.middle
    )


def spelt_out(one: Features, other: Features) -> bool:
    """Whether a given name of `one` is a first and a middle name of the other, held together or written as one word."""
    if not other.middle:
        return False
    for name in one.given:
        if " " in name and set(name.split(" ")) <= other.given | other.middle:
            return True
        if any(_is_written_to(other.given, second, name) for second in other.middle):
            return True
    return False


def _is_written_to(given: frozenset[str], second: str, name: str) -> bool:
    """Whether a name is a given one with the second written to it. Amir A is not Amira."""
    return any(first + second == name for first in given) and not are_initials(frozenset((second,)))


def goes_on_otherwise(names: GivenNames, one: Features, other: Features) -> bool:
    """Whether each given name of `other` begins with one of `one` that no table has, and goes on with a letter with
    which no middle name of `one` begins.

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
    """The middle names of `one` that stand in a given name of the other: as a word of it, or after a given name of
    `one` without a space."""
    return {
        middle
        for middle in one.middle
        for name in other.given
        if middle == name or middle in name.split(" ") or _is_written_to(one.given, middle, name)
    }


def has_it_for_a_second_name(one: Features, other: Features) -> bool:
    """Whether a family name of `one` stands among the middle names of the other, and their middle names, if both have
    some, do not all differ.

    Where a father's name and a grandfather's follow one's own, one clerk takes the second for the family name and
    another the last.
    """
    if one.middle and one.middle.isdisjoint(other.middle):
        return False
    return any(other.middle.issuperset(name.split(" ")) for name in one.family)


def are_in_use(names: GivenNames, said: Features) -> bool:
    """Whether any table has one of the given names."""
    return any(map(names.is_known, said.given))


def by_other_names(names: GivenNames, one: Features, other: Features) -> Features:
    """One, of whose first and second names only those are left that go with no given name of the other."""
    own = {x for x in one.given | one.middle if all(x != y and names.level(x, y) in _TWO for y in other.given)}
    return one._replace(given=frozenset(own), middle=frozenset())


def are_swapped(names: GivenNames, a: Features, b: Features) -> bool:
    """Whether a given name of each stands in a family name of the other, exactly or nearly."""
    return _is_read(names, a.given, b.family) and _is_read(names, b.given, a.family)


def _is_read(names: GivenNames, given: frozenset[str], family: frozenset[str]) -> bool:
    """Whether one of the given names stands in one of the family names, as a word or all of it, exactly or nearly.

    Nearly is what both given and family names may differ by: Ella and Bella are two names in whatever box, and so are
    Jack and Jake.
    """
    for name in family:
        words = name.split(" ")
        for each in given:
            if len(words) > 1 and each.replace(" ", "") == "".join(words):
                return True
            for word in words:
                if each == word or (family_level(each, word) != "differ" and names.level(each, word) not in _TWO):
                    return True
    return False


def without_the_family(a: Features, b: Features) -> tuple[Features, Features]:
    """Both without the family names in common that they have in the box of the given name, where each record exchanged
    given and family name in some row; else both unchanged.

    A family in common makes two such records no namesakes.
    """
    families = a.given & a.family & b.given & b.family
    ours, theirs = a.given - families, b.given - families
    if not families or ours.isdisjoint(a.family) or theirs.isdisjoint(b.family):
        return a, b
    return a._replace(given=ours), b._replace(given=theirs)
