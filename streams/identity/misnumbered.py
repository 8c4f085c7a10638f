"""Numbers on the record of another child: a sister's typed once, a twin's mistaken for the other's, a parent's."""

from collections.abc import Iterable
from typing import Final

from streams.identity.edge import VETO, Edge, Trait
from streams.identity.groups import Group
from streams.identity.record import Record
from streams.identity.vetoes import numbers_conflict

_NAMESAKES: Final = Trait.NAMESAKE | Trait.FIRM
#: Two of other names at these are no twins.
_BORN_APART: Final = Trait.NO_BIRTH | Trait.BORN_NEAR


def may_join(left: Record, right: Record, edge: Edge, disputed: frozenset[str]) -> bool:
    """Whether no veto stands between two records, or only that of a number which is a mistake on one of them."""
    if edge.traits & VETO != Trait.NO_NUMBER:
        return not edge.traits & VETO
    return bool(edge.traits & Trait.FIRM) and not numbers_conflict(left.features, right.features, disputed)


def disputed_numbers(edges: Iterable[tuple[Record, Record, Edge]]) -> frozenset[str]:
    """Numbers that two children of different names both carry: on one of them it is a sibling's or a parent's.

    Such a number still speaks for a link, but it forbids none: the child it was mistaken for has one of their own.
    Where the two may have been born on one day it forbids as any: it may be the name that is the other twin's.
    """
    claims = (a.features.identifiers & b.features.identifiers for a, b, e in edges if _two_claim(e))
    return frozenset().union(*claims)


def _two_claim(edge: Edge) -> bool:
    return bool(edge.traits & Trait.IDENTIFIER and edge.traits & Trait.NO_NAME and edge.traits & _BORN_APART)


def are_at_one_door(ours: Group, theirs: Group) -> bool:
    """Whether all but the number says that two groups are one child: no rivals, but a number to look into."""
    members = set(theirs.records)
    return any(
        e.traits & Trait.DOOR and e.traits & VETO == Trait.NO_NUMBER
        for record in ours.records
        for other, e in record.edges.items()
        if other in members
    )


def otherwise_numbered(edges: Iterable[tuple[Record, Record, Edge]]) -> dict[Record, list[Record]]:
    """By record those whose name, birth date and home are its own, and whose number is another."""
    found: dict[Record, list[Record]] = {}
    for left, right, edge in edges:
        if edge.traits & VETO == Trait.NO_NUMBER and edge.traits & _NAMESAKES == _NAMESAKES:
            found.setdefault(left, []).append(right)
            found.setdefault(right, []).append(left)
    return found
