"""How clusters and people overlap: the counts from which every figure follows, without ever listing a pair."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Sides = frozenset[tuple[str, str]]  # (protected group, side) of a record; nearly always none


class Filed(NamedTuple):
    """One record: the cluster it was put in, whose it really is, what it is protected from, and whom it counts to."""

    cluster: str
    person: str
    sides: Sides
    group: str


class Fit(NamedTuple):
    """How many records of its cluster are truly one with a record, how many there are, and how many to find.

    The record itself counts in all three. It is misfiled where its cluster is mostly somebody else's.
    """

    right: int
    made: int
    true: int
    misfiled: bool


@dataclass(slots=True)
class Overlaps:
    """How many records each person, each cluster, and each person in each cluster has."""

    person: Counter[str] = field(default_factory=Counter)
    cluster: Counter[str] = field(default_factory=Counter)
    people_in: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    clusters_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    groups_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # Only where something is protected: the sides of a person, of a person in a cluster, and in a cluster.
    sides_of: dict[str, Counter[Sides]] = field(default_factory=lambda: defaultdict(Counter))
    sides_at: dict[tuple[str, str], Counter[Sides]] = field(default_factory=lambda: defaultdict(Counter))
    sides_in: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, filed: Filed, times: int) -> None:
        """Count `times` records that are filed alike."""
        cluster, person, sides, group = filed
        self.person[person] += times
        self.cluster[cluster] += times
        self.people_in[cluster][person] += times
        self.clusters_of[person].add(cluster)
        self.groups_of[person].add(group)
        if sides:
            self.sides_of[person][sides] += times
            self.sides_at[cluster, person][sides] += times
            self.sides_in[cluster] |= sides

    def fit(self, filed: Filed) -> Fit:
        """How well a record filed like this fits, once all are counted."""
        cluster, person, sides, _ = filed
        people = self.people_in[cluster]
        right, true = people[person], self.person[person]
        if sides:
            right -= _barred(sides, self.sides_at[cluster, person])
            true -= _barred(sides, self.sides_of[person])
        # Of two people with equally many records the lesser name owns the cluster, so that one of them is misfiled.
        misfiled = len(people) > 1 and person != min(people, key=lambda name: (-people[name], name))
        return Fit(right, self.cluster[cluster], true, misfiled)

    def people(self) -> Iterator[tuple[str, bool]]:
        """Each person, and whether they are split: in more clusters than what protects them demands."""
        for person, clusters in self.clusters_of.items():
            yield person, len(clusters) > self._clusters_needed(person)

    def _clusters_needed(self, person: str) -> int:
        if person not in self.sides_of:
            return 1
        sides: set[tuple[str, str]] = set().union(*self.sides_of[person])
        return max(Counter(group for group, _ in sides).values())


def are_protected(left: Sides, right: Sides) -> bool:
    """Whether two records are on different sides of one protected group."""
    return any(group == of and side != against for group, side in left for of, against in right)


def side_pairs(sides: Iterable[tuple[str, str]]) -> int:
    """How many pairs of different sides of one group there are among these sides."""
    return sum(n * (n - 1) // 2 for n in Counter(group for group, _ in sides).values())


def _barred(sides: Sides, others: Mapping[Sides, int]) -> int:
    """How many of the others must never be joined with a record of these sides."""
    return sum(times for other, times in others.items() if are_protected(sides, other))
