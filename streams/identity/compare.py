"""One pair of records: what their likeness weighs, whether anything but name and birth date bears it out, and what forbids.

Conservative on purpose (law 9): a wrong join discloses another child's life. An edge says what a pair would be worth by
itself; vetoes hold between whole persons (resolve.py).
"""

from enum import IntFlag
from typing import NamedTuple

from streams.identity.model import Evidence, Model, is_permanent
from streams.identity.snapshot import PERMANENT_SYSTEMS, Features

#: What may still be one person: the names go together somehow.
_GIVEN_AGREES = frozenset({"exact", "nickname", "variant", "similar", "middle", "swapped", "kin", "initial"})
_GIVEN_FIRM = frozenset({"exact", "nickname", "variant", "middle", "swapped"})
_BORN_AGREES = frozenset(
    {"exact", "exact_january", "exact_fifteenth", "swapped", "digit", "near", "rounded", "expected"}
)
_BORN_FIRM = frozenset({"exact", "exact_january", "exact_fifteenth", "swapped", "digit"})
#: A record merged into another by its own source (HL7 A40) is as good as a number of its own.
MERGED_BITS = 30.0


class Mark(IntFlag):
    """What a pair has besides its weight."""

    NONE = 0
    IDENTIFIER = 1  # a valid identifier agrees
    HOME = 2  # a postcode or address agrees
    FIRM = 4  # corroborated: more than name and birth date agrees
    MERGED = 8  # their own source says they are one
    NO_NAME = 16  # veto: no given name of one goes with any of the other
    NO_BIRTH = 32  # veto: the birth dates have nothing in common
    NO_NUMBER = 64  # veto: different valid permanent identifiers of one system


VETO = Mark.NO_NAME | Mark.NO_BIRTH | Mark.NO_NUMBER
VETOES = {Mark.NO_NAME: "given_name", Mark.NO_BIRTH: "birth_date", Mark.NO_NUMBER: "identifier"}


class Edge(NamedTuple):
    """What two records are to one another. `weight` is in bits above even odds; marks are an int of `Mark`."""

    weight: float
    marks: int

    @property
    def veto(self) -> str | None:
        """What forbids that the two are one, whatever else agrees."""
        return next((name for mark, name in VETOES.items() if self.marks & mark), None)


def weigh(model: Model, evidence: Evidence, merged: bool = False) -> Edge:
    """The edge that the evidence amounts to."""
    weight, marks = model.prior, 0
    given = born = "missing"
    for field, (level, bits) in evidence:
        weight += bits
        if field == "given_name":
            given = level
            if level == "differ":
                marks |= Mark.NO_NAME
        elif field == "birth_date":
            born = level
            if level == "differ":
                marks |= Mark.NO_BIRTH
        elif field in ("postcode", "address"):
            if level == "exact":
                marks |= Mark.HOME
        elif level == "agree":
            marks |= Mark.IDENTIFIER
        elif level == "differ" and field in PERMANENT_SYSTEMS:
            marks |= Mark.NO_NUMBER
    if merged:
        return Edge(weight + MERGED_BITS, (marks | Mark.MERGED | Mark.FIRM) & ~Mark.NO_NUMBER)
    named, dated = given in _GIVEN_AGREES, born in _BORN_AGREES
    if not (named and dated) and not (marks & Mark.IDENTIFIER and (named or dated)):
        # A number, or a name at one address, is worth a look and no more.
        weight = min(weight, model.join_bits - 1.0)
    if marks & Mark.IDENTIFIER or (marks & Mark.HOME and given in _GIVEN_FIRM and born in _BORN_FIRM):
        marks |= Mark.FIRM
    return Edge(weight, marks)


def matters(model: Model, edge: Edge) -> bool:
    """Whether an edge is kept: what could join, what is worth a look, and what contradicts itself.

    That twins and siblings are two is no contradiction, and nobody needs to look at it.
    """
    marks = edge.marks
    if marks & Mark.MERGED:
        return True
    if not marks & VETO:
        return edge.weight >= model.review_bits
    if marks & Mark.IDENTIFIER:
        return True
    return marks & VETO == Mark.NO_NUMBER and bool(marks & Mark.FIRM)


def names_conflict(model: Model, a: Features, b: Features) -> bool:
    """Whether two persons, each all that their records said, have no given name that goes with one of the other."""
    return model.given_name(a, b).level == "differ"


def births_conflict(model: Model, a: Features, b: Features) -> bool:
    """Whether no birth date of one could be one of the other, mistyped."""
    return model.birth_date(a, b).level == "differ"


def numbers_conflict(a: Features, b: Features) -> bool:
    """Whether both have valid permanent identifiers of one system, and none in common.

    A source that gave one record two numbers, one after the other, vouches for both.
    """
    if not a.identifiers or not b.identifiers:
        return False
    agreed = {each.partition(":")[0] for each in a.identifiers & b.identifiers}
    ours = {each.partition(":")[0] for each in a.identifiers if is_permanent(each)}
    theirs = {each.partition(":")[0] for each in b.identifiers if is_permanent(each)}
    return bool((ours & theirs) - agreed)


def sides_conflict(a: Features, b: Features) -> bool:
    """Whether both are of one protected group and not of the same side of it: never to be joined (adoption)."""
    if not a.protected or not b.protected:
        return False
    sides: dict[str, set[str]] = {}
    for group, side in a.protected | b.protected:
        sides.setdefault(group, set()).add(side)
    return any(len(found) > 1 for found in sides.values())
