"""One pair of records: what their likeness weighs, what bears it out besides name and birth date, and what forbids it.

Conservative on purpose (law 9): a wrong join discloses another child's life. An edge says what a pair would be worth by
itself; vetoes hold between whole persons (resolve.py).
"""

from typing import Final

from streams.identity.called import by_other_names
from streams.identity.edge import VETO, Edge, Trait
from streams.identity.model import Model, Weighed
from streams.identity.record import Record
from streams.identity.snapshot import PERMANENT_SYSTEMS, Features
from streams.identity.vetoes import is_overlaid, sides_conflict

#: The constants below are levels of likeness (likeness.py, names.py). At these, given names may be of one person.
_GIVEN_AGREES: Final = frozenset(
    {"exact", "nickname", "variant", "similar", "middle", "swapped", "part", "kin", "initial"}
)
#: At these, given names are hardly those of two people.
GIVEN_FIRM: Final = frozenset({"exact", "nickname", "variant", "middle", "swapped"})
#: At these, two given names may be one name mistyped, or two names.
TWO_NAMES: Final = frozenset({"similar", "kin"})
#: At these, two records of one agency are sooner of twins than of one child who is on its books twice.
TWO_AT_ONCE: Final = frozenset({"kin", "middle"})
#: At these, given names may be those of brothers and sisters, whose names are often alike.
_SPELT_OTHERWISE: Final = TWO_NAMES | {"variant"}
#: At these, given names may be those of twins if their middle names differ.
LIKE_TWINS: Final = _SPELT_OTHERWISE | {"nickname", "initial"}
#: At these, birth dates may be of one person.
_BORN_AGREES: Final = frozenset(
    {"exact", "exact_january", "exact_fifteenth", "swapped", "digit", "near", "rounded", "expected"}
)
#: At these, a birth date bears a link out beside name and home. The 1st of January does not: it stands for a date that
#: nobody knows, and many children at one hostel have it.
_BORN_FIRM: Final = frozenset({"exact", "exact_fifteenth", "swapped", "digit"})
#: At these, two children of one mother can only be twins.
_BORN_OF_ONE: Final = frozenset({"exact", "exact_fifteenth", "expected"})
#: At these, a birth date tells little. The 1st of January is that of everybody whose birth date nobody knows: many of
#: them have one name, some live in one street. And dates nearly alike may be those of namesakes of about one age, such
#: as cousins on one site.
BORN_LIKE_OTHERS: Final = frozenset({"exact_january", "digit", "near"})
#: At these, birth dates may be those of brothers or sisters: the same day two years apart, or the same month.
_BORN_OF_SIBLINGS: Final = frozenset({"digit", "near"})
_AT_DOOR: Final = frozenset({"exact", "area"})
_NO_DOOR: Final = frozenset({"differ", "missing"})
#: At these, one record has no day of birth, so that somebody of the same name may be a parent, or a twin.
_UNDATED: Final = frozenset({"missing", "coarse"})
#: The same, and the 1st of January, which is no known day either: two of one name may be two people if their middle
#: names differ.
OF_NO_DAY: Final = _UNDATED | {"exact_january"}
#: At these, two birth dates are a slip of the keyboard apart, or those of two people.
BORN_NEAR: Final = frozenset({"swapped", "digit", "near"})
#: A record merged into another by its own source (HL7 A40) is as good as a number of its own.
MERGED_BITS: Final = 30.0
_VETO_OF: Final = dict.fromkeys(PERMANENT_SYSTEMS, Trait.NO_NUMBER)


def weigh(model: Model, a: Features, b: Features, merged: bool = False, one_source: bool = False) -> Edge:
    """The edge between two records, each given as all that was said of it; in either order the same.

    `merged` says that their own agency says they are one (HL7 A40), `one_source` that both are of one agency.
    """
    return _edge(model, a, b, model.birth_date(a, b), model.given_name(a, b), merged, one_source)


def weigh_what_matters(model: Model, a: Features, b: Features, merged: bool, one_source: bool) -> Edge | None:
    """As `weigh`, but None for an edge that need not be kept (`matters`)."""
    told_apart = not merged and a.identifiers.isdisjoint(b.identifiers)
    born = model.birth_date(a, b)
    # Here many pairs end: birth dates or names forbid the edge, and no number asks for it.
    if told_apart and born.level == "differ":
        return None
    given = model.given_name(a, b)
    if told_apart and given.level == "differ":
        return None
    edge = _edge(model, a, b, born, given, merged, one_source)
    return edge if matters(model, edge) else None


def _edge(
    model: Model, a: Features, b: Features, born: Weighed, given: Weighed, merged: bool, one_source: bool
) -> Edge:
    traits = Trait.PROTECTED if sides_conflict(a, b) else 0
    if is_overlaid(model, a) or is_overlaid(model, b):
        traits |= Trait.OVERLAID
    middle, family = model.middle_names(a, b), model.family_name(a, b)
    postcode, address = model.home(a, b)
    # In the order of `Model.evidence`, to the last bit.
    weight = model.prior + given.bits + middle.bits + family.bits + born.bits
    weight = weight + postcode.bits + address.bits
    if a.identifiers and b.identifiers:
        for system, (level, bits) in model.identifiers(a, b):
            weight += bits
            if level != "agree":
                traits |= _VETO_OF.get(system, 0)
            else:
                traits |= Trait.IDENTIFIER | (Trait.PERMANENT if system in PERMANENT_SYSTEMS else 0)
    if given.level == "differ":
        traits |= Trait.NO_NAME
    if born.level == "differ":
        traits |= Trait.NO_BIRTH
    elif born.level in BORN_NEAR:
        traits |= Trait.BORN_NEAR
    at_address = address.level == "exact"
    # Every town has a High Street, and a chain of hotels has one name.
    if postcode.level != "differ" and (at_address or (postcode.level == "exact" and address.level != "differ")):
        traits |= Trait.HOME
    if given.level == "middle":
        traits |= Trait.BY_MIDDLE
    elif given.level == "exact" and family.level != "differ":
        traits |= Trait.NAMESAKE
        if at_address and postcode.level in _AT_DOOR:
            traits |= Trait.DOOR
    if merged:
        return Edge(weight + MERGED_BITS, (traits | Trait.MERGED | Trait.FIRM) & ~Trait.NO_NUMBER)
    is_rare = weight >= model.margin_bits
    two = (
        one_source
        and not traits & Trait.IDENTIFIER
        and _are_sooner_two(a, b, _are_two_homes(postcode, address), is_rare)
    )
    if two or not _supported(given.level, middle.level, born.level, family.level, traits, one_source):
        # A number, or a name at one address, is worth a look and no more.
        weight = min(weight, model.join_bits - 1.0)
    elif traits & Trait.IDENTIFIER or (traits & Trait.HOME and given.level in GIVEN_FIRM and born.level in _BORN_FIRM):
        traits |= Trait.FIRM
    return Edge(weight, traits)


def _are_sooner_two(a: Features, b: Features, at_two_homes: bool, is_rare: bool) -> bool:
    """Whether two on one agency's books are two children: newborns without names may be twins, and whoever has two
    homes is two namesakes unless the whole name is rare."""
    return (a.is_nameless and b.is_nameless) or (at_two_homes and not is_rare)


def _supported(given: str, middle: str, born: str, family: str, traits: int, one_source: bool) -> bool:
    """Whether enough of the fields that say who somebody is agree for a pair to be joined at all."""
    named, dated = given in _GIVEN_AGREES, born in _BORN_AGREES
    if traits & Trait.IDENTIFIER:
        if middle == "differ" and (given in LIKE_TWINS or born in _UNDATED):
            # The number may be that of a twin, or of a father of the same name.
            return False
        # Nearly the name and nearly the birth date are those of a brother or sister, whose number it may be.
        return (named or dated) and not (given in _SPELT_OTHERWISE and born in _BORN_OF_SIBLINGS)
    if given == "kin" and born in _BORN_OF_SIBLINGS:
        # Two names in use and two birth dates are a brother and sister.
        return False
    if one_source and given in TWO_AT_ONCE:
        return False
    if middle == "differ" and (given in LIKE_TWINS or born in OF_NO_DAY or not traits & Trait.HOME):
        # Two other names at one door are twins; one name of two in two homes is no more than a namesake.
        return False
    if traits & Trait.HOME and family == "exact" and middle != "differ" and _leave_one_child(given, born, traits):
        return True
    if born in _UNDATED:
        # The whole name at the same door must do.
        return bool(traits & Trait.DOOR) and family == "exact" and middle != "differ"
    if born in BORN_LIKE_OTHERS and (family == "differ" or not traits & Trait.HOME):
        return False
    return named and dated


def _leave_one_child(given: str, born: str, traits: int) -> bool:
    """Whether what is left of given name and birth date can mean one child only of a family at home together. A twin
    that is known is a rival, and nobody is joined."""
    if given == "missing":
        return born in _BORN_OF_ONE
    return born == "coarse" and bool(traits & Trait.NAMESAKE)


def matters(model: Model, edge: Edge) -> bool:
    """Whether an edge is kept: what could join, what is worth a look, and what contradicts itself.

    That twins and siblings are two is no contradiction, and nobody needs to look at it.
    """
    traits = edge.traits
    if traits & Trait.PROTECTED:
        return False
    if traits & Trait.MERGED:
        return True
    if not traits & VETO & ~Trait.OVERLAID:
        return edge.weight >= model.review_bits
    if traits & Trait.IDENTIFIER:
        # Two authorities count their children from one: that is no contradiction where little else agrees.
        return bool(traits & Trait.PERMANENT) or edge.weight >= model.review_bits
    return traits & VETO == Trait.NO_NUMBER and bool(traits & Trait.FIRM)


def has_both_names(model: Model, one: Features, a: Features, b: Features) -> bool:
    """Whether `one` was given a name of each of two who go by two names. Sam is but one name, of Samuel or Samantha."""
    ours, theirs = by_other_names(model.names, one, b), by_other_names(model.names, one, a)
    return go_together(model, a, ours) and go_together(model, b, theirs)


def go_together(model: Model, a: Features, b: Features) -> bool:
    """Whether two go by one name, or by names that are firmly one."""
    return model.given_name(a, b).level in GIVEN_FIRM


def are_at_home_apart(model: Model, a: Features, b: Features) -> bool:
    """Whether two persons are at home in two places, of which neither is the other mistyped.

    Who moves leaves a trace in some record that has both addresses.
    """
    return _are_two_homes(*model.home(a, b))


def _are_two_homes(postcode: Weighed, address: Weighed) -> bool:
    return postcode.level == "differ" and address.level in _NO_DOOR


def are_merged(left: Record, right: Record) -> bool:
    """Whether the agency of both says that one of them is the other (HL7 A40); no agency speaks for another."""
    if left.agency != right.agency:
        return False
    return right.key in left.features.merged or left.key in right.features.merged
