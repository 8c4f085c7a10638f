"""Which source records are one person: a pure function of their edges and of what people have decided.

Edges are taken strongest first, those that more than name and birth date bears out before the others. One joins two
groups only if nothing in either forbids it, and if neither has a rival: somebody else who fits about as well and cannot
be the same person. Order of arrival plays no part, so there is no state to go stale and nothing to reopen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from schemas.vocabulary import MatchStatus
from streams.identity.compare import (
    VETO,
    Edge,
    Mark,
    births_conflict,
    names_conflict,
    numbers_conflict,
    sides_conflict,
)
from streams.identity.judgements import Pair, pair_of
from streams.identity.model import Model
from streams.identity.snapshot import Features

_KEY = attrgetter("key")
#: A doubt's weight in the status of a record that stands alone: the first that applies.
_GRAVEST = (MatchStatus.CONTRADICTION, MatchStatus.MANY_MATCH, MatchStatus.POTENTIAL)


class Node:
    """A source record in the graph: all it has said, and its edges to others."""

    __slots__ = ("agency", "edges", "features", "key")

    def __init__(self, key: str, features: Features, agency: str = "") -> None:
        self.key = key
        self.agency = agency
        self.features = features
        self.edges: dict[Node, Edge] = {}


def are_merged(left: Node, right: Node) -> bool:
    """Whether the agency of both says that one of them is the other (HL7 A40); no agency speaks for another."""
    if left.agency != right.agency:
        return False
    return right.key in left.features.merged or left.key in right.features.merged


class Doubt(NamedTuple):
    """Two records that were not joined though something speaks for it. `why` is the status, or `conflict`."""

    left: str
    right: str
    why: str
    edge: Edge | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The persons of a component, and the doubts that remain between them."""

    groups: Sequence[Sequence[Node]]
    doubts: Sequence[Doubt] = ()

    def status(self) -> dict[str, MatchStatus]:
        """The status of each record: in a group it is a match, alone its gravest doubt decides."""
        found = {n.key: MatchStatus.MATCH if len(g) > 1 else MatchStatus.NEW for g in self.groups for n in g}
        for doubt in self.doubts:
            status = MatchStatus.CONTRADICTION if doubt.why == "conflict" else MatchStatus(doubt.why)
            for key in (doubt.left, doubt.right):
                before = found[key]
                if doubt.why == "conflict" or before is MatchStatus.NEW or _graver(status, before):
                    found[key] = status
        return found


def _graver(status: MatchStatus, before: MatchStatus) -> bool:
    return before in _GRAVEST and _GRAVEST.index(status) < _GRAVEST.index(before)


def resolve(model: Model, nodes: Sequence[Node], same: Iterable[Pair] = (), apart: Iterable[Pair] = ()) -> Resolution:
    """Group the records of one component; `same` and `apart` are the standing decisions on pairs of them."""
    return _Resolver(model, nodes, set(same), set(apart)).run()


class _Group:
    """Records held to be one person, and all that they said together."""

    __slots__ = ("features", "nodes")

    def __init__(self, node: Node) -> None:
        self.nodes = [node]
        self.features = node.features


class _Resolver:
    def __init__(self, model: Model, nodes: Sequence[Node], same: set[Pair], apart: set[Pair]) -> None:
        self._model = model
        self._nodes = sorted(nodes, key=_KEY)
        self._group = {node: _Group(node) for node in self._nodes}
        self._same, self._apart = same, apart
        self._doubts: list[Doubt] = []
        self._refused: list[tuple[Node, Node, Edge, str, str]] = []

    def run(self) -> Resolution:
        if self._same:
            self._obey()
        edges = [(a, b, e) for a in self._nodes for b, e in a.edges.items() if a.key < b.key]
        edges.sort(key=lambda each: (-each[2].weight, each[0].key, each[1].key))
        bar = self._model.join_bits
        joinable = [each for each in edges if not each[2].marks & VETO and each[2].weight >= bar]
        for firm in (True, False):
            for left, right, edge in joinable:
                if bool(edge.marks & Mark.FIRM) is firm:
                    self._consider(left, right, edge)
        self._note_doubts(edges)
        groups = list({id(group): group.nodes for group in self._group.values()}.values())
        return Resolution(groups, self._doubts)

    def _obey(self) -> None:
        """Join whom people hold to be the same; where that contradicts what forbids it, keep all of them apart."""
        named = {node.key: node for node in self._nodes}
        for chain in _chains(self._same):
            pairs = [(a, b) for i, a in enumerate(chain) for b in chain[i + 1 :]]
            if any(pair in self._apart or self._protected(named, pair) for pair in pairs):
                self._apart.update(pairs)
                self._doubts += [Doubt(a, b, "conflict", None, "judgements") for a, b in pairs if (a, b) in self._same]
            else:
                for key in chain[1:]:
                    self._join(self._group[named[chain[0]]], self._group[named[key]])

    @staticmethod
    def _protected(named: Mapping[str, Node], pair: Pair) -> bool:
        return sides_conflict(named[pair[0]].features, named[pair[1]].features)

    def _join(self, left: _Group, right: _Group) -> None:
        if left is right:
            return
        left.nodes = sorted(left.nodes + right.nodes, key=_KEY)
        left.features = left.features.joined(right.features)
        for node in right.nodes:
            self._group[node] = left

    def _consider(self, left: Node, right: Node, edge: Edge) -> None:
        ours, theirs = self._group[left], self._group[right]
        if ours is theirs:
            return
        if conflict := self._conflict(ours, theirs, bool(edge.marks & Mark.MERGED)):
            self._refused.append((left, right, edge, "contradiction", conflict))
        elif self._has_rival(ours, theirs, edge) or self._has_rival(theirs, ours, edge):
            self._refused.append((left, right, edge, "many_match", "rival"))
        else:
            self._join(ours, theirs)

    def _conflict(self, ours: _Group, theirs: _Group, merged: bool = False) -> str | None:
        """What forbids that two groups are one person; a source that merged its own records vouches for their numbers."""
        a, b = ours.features, theirs.features
        if sides_conflict(a, b):
            return "protected"
        if self._apart and any(pair_of(x.key, y.key) in self._apart for x in ours.nodes for y in theirs.nodes):
            return "judgement"
        if names_conflict(self._model, a, b):
            return "given_name"
        if births_conflict(self._model, a, b):
            return "birth_date"
        return "identifier" if not merged and numbers_conflict(a, b) else None

    def _has_rival(self, ours: _Group, theirs: _Group, edge: Edge) -> bool:
        """Whether somebody else fits `ours` about as well as `theirs` does, and cannot be the same person as they."""
        if edge.marks & Mark.MERGED:
            return False
        bar = max(edge.weight - self._model.margin_bits, self._model.review_bits)
        both = ours.features.joined(theirs.features)
        for group in self._neighbours(ours, bar):
            if group is ours or group is theirs or self._conflict(group, ours):
                continue
            conflict = self._conflict(group, theirs)
            # Numbers that `ours` itself was given one after the other are no two children.
            if conflict and (conflict != "identifier" or numbers_conflict(group.features, both)):
                return True
        return False

    def _neighbours(self, group: _Group, bar: float) -> Iterator[_Group]:
        seen = set()
        for node in group.nodes:
            for other, edge in node.edges.items():
                if edge.weight >= bar and not edge.marks & VETO:
                    found = self._group[other]
                    if id(found) not in seen:
                        seen.add(id(found))
                        yield found

    def _note_doubts(self, edges: Sequence[tuple[Node, Node, Edge]]) -> None:
        """One doubt for each two groups, the strongest; that of a record in conflict is with whom it was judged."""
        noted = set()
        waiting = [(a, b, e, why, by) for a, b, e, why, by in self._refused if by != "judgement"]
        waiting += [(a, b, e, "contradiction", e.veto or "") for a, b, e in edges if e.marks & VETO]
        waiting += [(a, b, e, "potential", "weight") for a, b, e in edges if not e.marks & VETO]
        for left, right, edge, why, by in waiting:
            ours, theirs = self._group[left], self._group[right]
            pair = (id(ours), id(theirs)) if ours.nodes[0].key < theirs.nodes[0].key else (id(theirs), id(ours))
            if ours is theirs or pair in noted:
                continue
            if why == "contradiction" and by not in ("given_name", "birth_date") and not edge.marks & Mark.FIRM:
                continue
            if why != "contradiction" and self._conflict(ours, theirs):
                continue
            if self._conflict(ours, theirs) in ("protected", "judgement"):
                continue
            noted.add(pair)
            self._doubts.append(Doubt(left.key, right.key, why, edge, by))


def _chains(same: Iterable[Pair]) -> list[list[str]]:
    """The records that decisions hold together, each chain in order."""
    chain: dict[str, set[str]] = {}
    for a, b in same:
        joined = chain.get(a, {a}) | chain.get(b, {b})
        for key in joined:
            chain[key] = joined
    return sorted(list({id(found): sorted(found) for found in chain.values()}.values()))
