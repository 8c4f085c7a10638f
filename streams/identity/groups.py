"""Records held to be one person while a component is resolved, and what tells two such groups apart besides a veto."""

from collections.abc import Callable, Sequence

from streams.identity.edge import Edge, Trait
from streams.identity.record import Record, by_key
from streams.identity.snapshot import Features

#: Of what forbids a link, what leaves no doubt that there are two: a number or a birth date may be a slip.
_TWO_CHILDREN = frozenset({"given_name", "protected", "judgement"})


class Group:
    """Records held to be one person, and all that they said together.

    `near` are the other groups with an edge to this one: the most that one without a veto weighs, and one of them
    between namesakes.
    """

    __slots__ = ("features", "near", "records")

    def __init__(self, record: Record) -> None:
        self.records = [record]
        self.features = record.features
        self.near: dict[Group, tuple[float, float]] = {}

    @classmethod
    def of(cls, records: Sequence[Record]) -> "Group":
        """These, of which there is one at least; nobody is near."""
        group = cls(records[0])
        for record in records[1:]:
            group.absorb(cls(record))
        return group

    def absorb(self, other: "Group") -> None:
        """The records of another group are of this one."""
        self.records = sorted(self.records + other.records, key=by_key)
        self.features = self.features.joined(other.features)
        self.near.pop(other, None)
        for group, near in other.near.items():
            if group is not self:
                del group.near[other]
                known = self.near.get(group, near)
                both = near if known == near else (max(known[0], near[0]), max(known[1], near[1]))
                self.near[group] = group.near[self] = both


def may_be_of_two(ours: Group, theirs: Group, bar: float, conflict: Callable[[Group, Group], str | None]) -> bool:
    """Whether of two groups one fits two others, who are two by name or by order, and the other may be either of them
    too: of twins each may be another's."""
    fit = [
        each for each, near in ours.near.items() if each in theirs.near and max(near[0], theirs.near[each][0]) >= bar
    ]
    if len(fit) < 2:
        return False
    fit = [each for each in fit if not conflict(each, ours) and not conflict(each, theirs)]
    return any(conflict(x, y) in _TWO_CHILDREN for i, x in enumerate(fit) for y in fit[:i])


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
    """Whether a contradiction leaves a question. That a sibling's number stands on a record leaves none, if both have
    their own; nor does that two namesakes have two numbers."""
    if edge.traits & Trait.OVERLAID:
        return True
    if by in ("given_name", "birth_date"):
        return len(ours.records) == 1 or len(theirs.records) == 1 or _has_none_of_its_own(ours, theirs)
    return bool(edge.traits & Trait.FIRM)
