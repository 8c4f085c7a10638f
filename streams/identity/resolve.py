"""Which source records are one person: a pure function of their edges and of what people have decided.

Edges are taken strongest first, those that more than name and birth date bears out before the others, and between
namesakes first of all. One joins two groups only if nothing in either forbids it, and if neither has a rival: somebody
else who fits about as well and cannot be the same person. Order of arrival plays no part, so there is no state to go
stale and nothing to reopen.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from streams.identity.agreeing import all_agree
from streams.identity.called import are_in_use
from streams.identity.compare import (
    BORN_LIKE_OTHERS,
    BORN_NEAR,
    LIKE_TWINS,
    OF_NO_DAY,
    TWO_AT_ONCE,
    TWO_NAMES,
    are_at_home_apart,
    go_together,
    has_both_names,
    weigh,
)
from streams.identity.edge import TELLING, VETO, Edge, Trait
from streams.identity.groups import (
    Group,
    have_no_home_in_common,
    have_two_unnamed,
    is_worth_a_look,
    may_be_of_two,
    several_are_dated,
    share_an_agency,
)
from streams.identity.judgements import Pair, chains
from streams.identity.misnumbered import are_at_one_door, disputed_numbers, may_join, otherwise_numbered
from streams.identity.model import Model
from streams.identity.record import Record, by_content, by_key
from streams.identity.resolution import Doubt, Resolution
from streams.identity.snapshot import Features
from streams.identity.vetoes import forbidden, numbers_conflict, sides_conflict

#: The weight of no edge.
_FAR: Final = float("-inf")
#: Stands for an answer in `_forbidden` that has not been worked out yet.
_UNASKED: Final = "unasked"


def resolve(
    model: Model,
    records: Sequence[Record],
    same: Iterable[Pair] = (),
    apart: Iterable[Pair] = (),
    crowded: bool = False,
) -> Resolution:
    """Group the records of one component; `same` and `apart` are the standing decisions on pairs of them. Of a crowd
    only edges that are `TELLING` count."""
    if not same and not apart:
        if len(records) == 1:
            return Resolution([records], crowded=crowded)
        if all_agree(records, model.join_bits, model.alone_bits, crowded):
            return Resolution([sorted(records, key=by_key)])
    return _Resolver(model, records, set(same), set(apart), crowded).run()


class _Resolver:
    def __init__(
        self, model: Model, records: Sequence[Record], same: set[Pair], apart: set[Pair], crowded: bool
    ) -> None:
        self._model = model
        self._crowded = crowded
        self._records = sorted(records, key=by_key)
        self._group = {record: Group(record) for record in self._records}
        self._same, self._apart = same, apart
        self._disputed: frozenset[str] = frozenset()
        self._nothing_forbids = self._are_no_rivals = False
        self._otherwise_numbered: dict[Record, list[Record]] = {}
        self._doubts: list[Doubt] = []
        # What two groups say tells all, but for decisions: many of a crowd say the same.
        self._forbidden: dict[tuple[Features, Features], str | None] = {}
        self._refused: list[tuple[Record, Record, Edge, str, str]] = []

    def run(self) -> Resolution:
        self._meet()
        if self._same:
            self._obey()
        edges = [(a, b, e) for a in self._records for b, e in self._edges_of(a) if a.key < b.key]
        place = {record: number for number, record in enumerate(sorted(self._records, key=by_content))}
        edges.sort(key=lambda each: (-each[2].weight, *sorted((place[each[0]], place[each[1]]))))
        bar = self._model.join_bits
        self._nothing_forbids = not self._apart and self._all_may_join(edges)
        # Of two that one agency tells apart a third may be either.
        self._are_no_rivals = self._nothing_forbids and all(edge.weight >= bar for _, _, edge in edges)
        self._disputed = disputed_numbers(edges)
        self._otherwise_numbered = otherwise_numbered(edges)
        joinable = [each for each in edges if each[2].weight >= bar and may_join(*each, self._disputed)]
        # Of twins with names alike each has the records of its name, though a number on one may be the other's.
        for namesakes in (Trait.NAMESAKE, 0):
            for left, right, edge in joinable:
                if edge.traits & Trait.FIRM and edge.traits & Trait.NAMESAKE == namesakes:
                    self._consider(left, right, edge)
        for left, right, edge in joinable:
            if not edge.traits & Trait.FIRM and edge.weight >= self._model.alone_bits:
                self._consider(left, right, edge)
        groups = list({id(group): group.records for group in self._group.values()}.values())
        if len(groups) > 1:
            self._note_doubts(edges)
        for group in self._group.values():
            group.near.clear()
        return Resolution(groups, self._doubts, self._disputed, self._crowded)

    def _all_may_join(self, edges: Sequence[tuple[Record, Record, Edge]]) -> bool:
        """Whether each two records have an edge without a veto: then no two groups of them have one."""
        count = len(self._records)
        return 2 * len(edges) == count * (count - 1) and not any(edge.traits & VETO for _, _, edge in edges)

    def _edges_of(self, record: Record) -> Iterable[tuple[Record, Edge]]:
        edges = record.edges
        if not self._crowded:
            return edges.items()
        # Of a crowd only a few are tied, and each of them has an edge to nearly all of it.
        tied = [(other, edges[other]) for other in self._records if other in edges]
        return [each for each in tied if each[1].traits & TELLING]

    def _meet(self) -> None:
        """Tell each group, which is of one record as yet, its neighbours."""
        for record, group in self._group.items():
            near = group.near
            for other, (weight, traits) in self._edges_of(record):
                if not traits & VETO:
                    near[self._group[other]] = weight, weight if traits & Trait.NAMESAKE else _FAR

    def _obey(self) -> None:
        """Join whom people hold to be the same; where that contradicts what forbids it, keep all of them apart."""
        named = {record.key: record for record in self._records}
        for chain in chains(self._same):
            pairs = [(a, b) for i, a in enumerate(chain) for b in chain[i + 1 :]]
            if any(pair in self._apart or self._protected(named, pair) for pair in pairs):
                self._apart.update(pairs)
                self._doubts += [
                    Doubt(named[a], named[b], "conflict", "judgements") for a, b in pairs if (a, b) in self._same
                ]
            else:
                for key in chain[1:]:
                    self._join(self._group[named[chain[0]]], self._group[named[key]])

    @staticmethod
    def _protected(named: Mapping[str, Record], pair: Pair) -> bool:
        return sides_conflict(named[pair[0]].features, named[pair[1]].features)

    def _join(self, left: Group, right: Group) -> None:
        if left is right:
            return
        left.absorb(right)
        for record in right.records:
            self._group[record] = left

    def _consider(self, left: Record, right: Record, edge: Edge) -> None:
        ours, theirs = self._group[left], self._group[right]
        if ours is theirs:
            return
        if conflict := self._conflict(ours, theirs, bool(edge.traits & Trait.MERGED)):
            self._refused.append((left, right, edge, "contradiction", conflict))
        elif apart := self._settled_apart(ours, theirs, edge):
            self._refused.append((left, right, edge, "potential", apart))
        elif self._may_be_another(ours, theirs, edge):
            self._refused.append((left, right, edge, "many_match", "rival"))
        else:
            self._join(ours, theirs)

    def _settled_apart(self, ours: Group, theirs: Group, edge: Edge) -> str | None:
        """What tells two groups apart though nothing forbids that they are one, as a code: two homes, or the word of
        several records each. None where nothing does, and where a number in common outweighs it.

        A slip of the keyboard is made once: a name or birth date that several records have is one, and so is the other.
        """
        a, b = ours.features, theirs.features
        if edge.traits & Trait.MERGED or not a.identifiers.isdisjoint(b.identifiers):
            return None
        if not edge.traits & Trait.FIRM and self._live_apart(ours, theirs):
            return "address"
        given = self._model.given_name(a, b).level
        if self._are_two_at_once(ours, theirs) or have_two_unnamed(ours, theirs):
            # What holds of two records of one agency holds whoever else's record stands between them.
            return "names"
        two_middles = self._model.middle_names(a, b).level == "differ"
        born = self._model.birth_date(a, b).level
        if two_middles and (given in LIKE_TWINS or given == "missing" or born in OF_NO_DAY):
            return "names"
        if born in BORN_LIKE_OTHERS and self._model.family_name(a, b).level == "differ":
            return "names"
        if len(ours.records) == 1 or len(theirs.records) == 1:
            return None
        if born in BORN_NEAR and several_are_dated(ours) and several_are_dated(theirs):
            return "birth_dates"
        if given == "middle":
            return "names"
        if edge.traits & Trait.FIRM:
            return None
        return "names" if given in TWO_NAMES or (two_middles and have_no_home_in_common(a, b)) else None

    def _live_apart(self, ours: Group, theirs: Group) -> bool:
        """Whether two groups are at home in two places, and agree in no more than namesakes may.

        That is asked where one agency has both on its books, and where each is of several records: then they must agree
        in more.
        """
        a, b = ours.features, theirs.features
        several = len(ours.records) > 1 and len(theirs.records) > 1
        if not several and not share_an_agency(ours, theirs):
            return False
        bar = self._model.margin_bits + (self._model.join_bits if several else 0.0)
        return are_at_home_apart(self._model, a, b) and weigh(self._model, a, b).weight < bar

    def _conflict(self, ours: Group, theirs: Group, merged: bool = False) -> str | None:
        """What forbids that two groups are one person; a source that merged its own records vouches for numbers."""
        if self._nothing_forbids:
            return None
        said = ours.features, theirs.features
        found = _UNASKED if self._apart else self._forbidden.get(said, _UNASKED)
        if found is _UNASKED:
            found = self._forbidden[said] = forbidden(self._model, ours, theirs, self._apart, self._disputed)
        return None if merged and found == "number" else found

    def _may_be_another(self, ours: Group, theirs: Group, edge: Edge) -> bool:
        """Whether somebody else may as well be one with either of two groups."""
        if self._are_no_rivals and edge.traits & Trait.FIRM:
            return False  # they would be the same person
        return (
            self._has_rival(ours, theirs, edge)
            or self._has_rival(theirs, ours, edge)
            or may_be_of_two(
                ours, theirs, self._about_as_well(edge), self._conflict, partial(self._are_two_children, edge)
            )
        )

    def _has_rival(self, ours: Group, theirs: Group, edge: Edge) -> bool:
        """Whether somebody else fits `ours` about as well as `theirs` does, and cannot be the same person as they."""
        if edge.traits & Trait.MERGED:
            return False
        if not edge.traits & Trait.NAMESAKE and self._may_have_the_number_of(ours, theirs):
            return True
        bar = self._about_as_well(edge)
        firm, namesake = edge.traits & Trait.FIRM, edge.traits & Trait.NAMESAKE
        # Who is called so is a rival to one called nearly so, even if less else agrees.
        called_so = bar if namesake else min(bar, self._model.alone_bits)
        return any(
            group is not theirs
            and (self._excludes(group, theirs, ours, edge) or (not firm and self._live_apart(group, theirs)))
            and not self._conflict(group, ours)
            for group, near in ours.near.items()
            if near[1] >= called_so or (near[0] >= bar and not (firm and namesake))
        )

    def _about_as_well(self, edge: Edge) -> float:
        """The weight from which somebody else fits about as well."""
        return edge.weight - self._model.margin_bits

    def _may_have_the_number_of(self, ours: Group, theirs: Group) -> bool:
        """Whether `ours` has a number of `theirs`, but the name, birth date and home of another child, who is not
        they: of twins with names alike one has the other's number."""
        if not self._otherwise_numbered or ours.features.identifiers.isdisjoint(theirs.features.identifiers):
            return False
        namesakes = {
            self._group[other] for record in ours.records for other in self._otherwise_numbered.get(record, ())
        }
        return any(self._conflict(each, theirs) for each in namesakes)

    def _excludes(self, rival: Group, theirs: Group, ours: Group, edge: Edge) -> bool:
        """Whether a rival and `theirs` would be two children even if `ours` were one with `theirs` by this edge.

        Names or numbers by which they differ do not count where `ours` has both: one child had both, in turn.
        """
        conflict = self._conflict(rival, theirs)
        if conflict is None:
            # Who is called as `theirs` are is theirs, whomever one agency has besides.
            two = not edge.traits & Trait.NAMESAKE and self._are_two_at_once(rival, theirs)
            return have_two_unnamed(rival, theirs) or (two and not self._has_both_names(ours, rival, theirs))
        if conflict not in ("given_name", "number"):
            return True
        if conflict == "given_name" and self._are_two_by_name(rival, theirs, ours):
            return True
        # Whose names and numbers are two are two, also where one record has the names of both.
        both = ours.features.joined(theirs.features)
        return numbers_conflict(rival.features, both, self._disputed) and not are_at_one_door(rival, theirs)

    def _are_two_by_name(self, rival: Group, theirs: Group, ours: Group) -> bool:
        """Whether a rival and `theirs` have two names, and `ours` not both of them. Two that no table has may be one
        name cut short or misspelt."""
        a, b, names = rival.features, theirs.features, self._model.names
        if not go_together(self._model, a, ours.features.joined(b)):
            return True
        return are_in_use(names, a) and are_in_use(names, b) and not self._has_both_names(ours, rival, theirs)

    def _has_both_names(self, ours: Group, rival: Group, theirs: Group) -> bool:
        return has_both_names(self._model, ours.features, rival.features, theirs.features)

    def _are_two_at_once(self, ours: Group, theirs: Group) -> bool:
        """Whether one agency has both on its books, each by a name in use of its own."""
        return share_an_agency(ours, theirs) and self._given_level(ours, theirs) in TWO_AT_ONCE

    def _are_two_children(self, edge: Edge, ours: Group, theirs: Group) -> bool:
        """Whether two groups are two children, and not one of whom a number or a birth date is a slip; to namesakes
        two of names merely alike are no twins."""
        conflict = self._conflict(ours, theirs)
        if conflict == "number":
            return not edge.traits & Trait.NAMESAKE and self._given_level(ours, theirs) in LIKE_TWINS
        return conflict is not None and conflict != "birth_date"

    def _given_level(self, ours: Group, theirs: Group) -> str:
        return self._model.given_name(ours.features, theirs.features).level

    def _note_doubts(self, edges: Sequence[tuple[Record, Record, Edge]]) -> None:
        """Note the gravest doubt of each two groups, unless people or a protected group hold them apart."""
        noted = set()
        waiting = [(a, b, e, why, by) for a, b, e, why, by in self._refused if by != "judgement"]
        waiting += [(a, b, e, "contradiction", e.veto or "") for a, b, e in edges if e.traits & VETO]
        waiting += [(a, b, e, "potential", "weight") for a, b, e in edges if not e.traits & VETO]
        for left, right, edge, why, by in waiting:
            ours, theirs = self._group[left], self._group[right]
            pair = (id(ours), id(theirs)) if ours.records[0].key < theirs.records[0].key else (id(theirs), id(ours))
            if ours is theirs or pair in noted:
                continue
            if why == "contradiction" and not is_worth_a_look(ours, theirs, edge, by):
                continue
            conflict = self._conflict(ours, theirs)
            if conflict and (why != "contradiction" or conflict in ("protected", "judgement")):
                continue
            noted.add(pair)
            self._doubts.append(Doubt(left, right, why, by))
