"""Records held to be one person while a component is resolved, and what tells two such groups apart besides a veto."""

from operator import attrgetter
from typing import Generic, TypeVar

from streams.identity.compare import VETO, Mark, Node
from streams.identity.snapshot import Features

_KEY = attrgetter("key")
#: Any kind of node.
N = TypeVar("N", bound=Node)


class Group(Generic[N]):
    """Records held to be one person, and all that they said together.

    `near` are the other groups with an edge to this one: the most that one without a veto weighs, and one of them
    between namesakes.
    """

    __slots__ = ("features", "near", "nodes")

    def __init__(self, node: N) -> None:
        self.nodes = [node]
        self.features = node.features
        self.near: dict[Group[N], tuple[float, float]] = {}

    def meet(self, other: "Group[N]", near: tuple[float, float]) -> None:
        """There is an edge of such a weight to another group."""
        known = self.near.get(other)
        self.near[other] = near if known is None else (max(known[0], near[0]), max(known[1], near[1]))

    def absorb(self, other: "Group[N]") -> None:
        """The records of another group are of this one."""
        self.nodes = sorted(self.nodes + other.nodes, key=_KEY)
        self.features = self.features.joined(other.features)
        self.near.pop(other, None)
        for group, near in other.near.items():
            if group is not self:
                del group.near[other]
                group.meet(self, near)
                self.meet(group, near)


def several_are_dated(group: Group[N]) -> bool:
    """Whether more than one of its records has a birth date."""
    return sum(bool(node.features.born) for node in group.nodes) > 1


def have_no_home_in_common(a: Features, b: Features) -> bool:
    """Whether nobody has said that two groups live, or lived, in one place."""
    return a.postcodes.isdisjoint(b.postcodes) and a.addresses.isdisjoint(b.addresses)


def at_home_apart(a: Features, b: Features) -> bool:
    """Whether two groups are at home in two places. Who moves leaves a trace in some record that has both addresses."""
    return bool(a.postcodes and b.postcodes) and have_no_home_in_common(a, b)


def at_one_door(ours: Group[N], theirs: Group[N]) -> bool:
    """Whether all but the number says that two groups are one child: no rivals, but a number to look into."""
    members = set(theirs.nodes)
    return any(
        e.marks & Mark.DOOR and e.marks & VETO == Mark.NO_NUMBER
        for node in ours.nodes
        for other, e in node.edges.items()
        if other in members
    )
