"""Groups of records that are held to be one person while a component is resolved, and what speaks for two groups being
two people although no veto says so."""

from collections.abc import Callable, Sequence

from streams.identity.edge import Edge, Trait
from streams.identity.record import Record, by_key
from streams.identity.snapshot import Features


class Group:
    """Records held to be one person, and all that they say together.

    `near` are the other groups to which an edge without a veto leads. With each stands the greatest weight of such an
    edge, and the greatest of one between namesakes, which is minus infinity where there is none.
    """

    __slots__ = ("features", "near", "records")

    def __init__(self, record: Record) -> None:
        self.records = [record]
        self.features = record.features
        self.near: dict[Group, tuple[float, float]] = {}

    @classmethod
    def of(cls, records: Sequence[Record]) -> "Group":
        """The group of these records, of which there is at least one; its `near` is empty."""
        group = cls(records[0])
        for record in records[1:]:
            group.absorb(cls(record))
        return group

    def absorb(self, other: "Group") -> None:
        """Take in the records of another group, and its neighbours."""
        self.records = sorted(self.records + other.records, key=by_key)
        self.features = self.features.joined(other.features)
        self.near.pop(other, None)
        for group, near in other.near.items():
            if group is not self:
                del group.near[other]
                known = self.near.get(group, near)
                both = near if known == near else (max(known[0], near[0]), max(known[1], near[1]))
                self.near[group] = group.near[self] = both


def may_be_of_two(
    ours: Group,
    theirs: Group,
    bar: float,
    conflict: Callable[[Group, Group], str | None],
    are_two: Callable[[Group, Group], bool],
) -> bool:
    """Whether it cannot be told to which of two others these two groups belong, as where each may be of either twin.

    So it is where two other groups, which by `are_two` are two children, both have edges to `ours` and to `theirs`,
    one of each weighing at least `bar`, and `conflict` forbids none of them to be one with either.
    """
    fit = [
        each for each, near in ours.near.items() if each in theirs.near and max(near[0], theirs.near[each][0]) >= bar
    ]
    if len(fit) < 2:
        return False
    fit = [each for each in fit if not conflict(each, ours) and not conflict(each, theirs)]
    return any(are_two(x, y) for i, x in enumerate(fit) for y in fit[:i])


def several_are_dated(group: Group) -> bool:
    """Whether more than one of its records has a birth date."""
    return sum(bool(record.features.born) for record in group.records) > 1


def have_no_home_in_common(a: Features, b: Features) -> bool:
    """Whether nobody has said that two groups live, or lived, in one place."""
    return a.postcodes.isdisjoint(b.postcodes) and a.addresses.isdisjoint(b.addresses)


def share_an_agency(ours: Group, theirs: Group) -> bool:
    """Whether one agency has both on its books."""
    return not {x.agency for x in ours.records}.isdisjoint(x.agency for x in theirs.records)


def have_two_unnamed(ours: Group, theirs: Group) -> bool:
    """Whether one agency has a newborn without a name of each: twins, or they may be."""
    one, other = ({x.agency for x in group.records if x.features.is_nameless} for group in (ours, theirs))
    return not one.isdisjoint(other)


def _has_none_of_its_own(ours: Group, theirs: Group) -> bool:
    """Whether one of two born on one day has no number but those of the other."""
    a, b = ours.features, theirs.features
    return not a.born.isdisjoint(b.born) and (a.identifiers <= b.identifiers or b.identifiers <= a.identifiers)


def is_worth_a_look(ours: Group, theirs: Group, edge: Edge, by: str) -> bool:
    """Whether a contradiction is worth a person's look; `by` is the code of the veto.

    It is not where a sibling's number stands on one record, while both children have further records and numbers of
    their own; nor where two namesakes have two numbers, and no more than name and birth date in common.
    """
    if edge.traits & Trait.OVERLAID:
        return True
    if by in ("given_name", "birth_date"):
        return len(ours.records) == 1 or len(theirs.records) == 1 or _has_none_of_its_own(ours, theirs)
    return bool(edge.traits & Trait.FIRM)
