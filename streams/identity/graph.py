"""The records of a region, the blocks they stand in, and their edges; who is one person is decided elsewhere.

Every edge is a function of what both records have said by now. Whenever one says more, or takes something back, all its
edges are weighed again, so that the graph never depends on what was said first. Nor does a crowd, in which most edges
count for nothing: whether records are one is a function of all edges that there are.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from streams.identity.blocking import blocking_keys
from streams.identity.blocks import Blocks
from streams.identity.compare import are_merged, weigh_what_matters
from streams.identity.edge import TELLING, Edge
from streams.identity.generic import CHILDREN_MIN, is_generic
from streams.identity.judgements import Judgements
from streams.identity.model import Model
from streams.identity.record import MANY, Record, Saying, by_key
from streams.identity.snapshot import Features

#: Records taken to another model before other tasks get a turn.
_STEP: Final = 1_000
#: Edges of a component in which names, birth dates and homes can still tell who is who: as many as 64 records have that
#: are all alike. The most in a county of 200,000 people are 82; beyond, each further record would take ever longer, and
#: nobody could look through their pairs.
CROWD_EDGES: Final = 64 * 63 // 2
#: What many records that say the same come to is weighed once, and held as one edge. Of 100 names and birth dates at
#: one hostel there are 20,000 pairs that differ: from either end, within an agency and between two.
_weigh_once = lru_cache(maxsize=1 << 15)(weigh_what_matters)
Weigh = Callable[[Model, Features, Features, bool, bool], Edge | None]


class Component(NamedTuple):
    """Records that edges or decisions connect; those of a crowd only by its `TELLING` edges."""

    records: list[Record]
    crowded: bool = False


class Touched(NamedTuple):
    """The records that may be affected when one says something else than before.

    * `turned` are the record itself and those whose evidence changed with it, because a number that they carry became
      generic, or ceased to be.
    * `near` are `turned`, and all records that had an edge to one of them before.
    * `tied` are the records that a TELLING edge connected with one of `turned` before.
    """

    near: set[Record]
    turned: set[Record]
    tied: set[Record]


class Graph:
    """Records by key, and their edges. Components also run along what people hold to be the same."""

    def __init__(self, model: Model, judgements: Judgements) -> None:
        self.records: dict[str, Record] = {}
        self._model = model
        self._judgements = judgements
        self._blocks = Blocks()
        self._claims: dict[str, set[Record]] = {}
        self._generic: set[str] = set()

    def tell(self, record: Record, said: Features) -> Touched:
        """Let a record say this from now on, and weigh its edges anew. Returns the records that this may affect."""
        near, tied = self._edges_of(record), _tied(record)
        if said.merged != record.said.merged:
            self._claim(record, said.merged)
        record.said = said
        turned = self._block(record)
        record.features = self._evidence(said)
        for each in turned:
            near |= self._edges_of(each)
            tied |= _tied(each)
            each.features = self._evidence(each.said)
        for each in turned:
            self._weigh(each)
        self._weigh(record)
        turned.add(record)
        return Touched(near | turned, turned, tied)

    def index(self, record: Record, said: Features) -> None:
        """Take a record back without weighing its edges: that is done when something first comes near it."""
        self._claim(record, said.merged)
        record.said = said
        record.weighed = False
        for each in (*self._block(record), record):
            each.features = self._evidence(each.said)

    def lay(self, record: Record, keys: Iterable[str], merged: frozenset[str]) -> None:
        """Read a record back without decoding it: it can be found by `keys`. `turn` must follow the last of them."""
        self.records[record.key] = record
        for other in merged:
            self._claims.setdefault(other, set()).add(record)
        self._blocks.add(record, keys)

    def wake(self, record: Record, said: Features) -> None:
        """Give a record that was read back by `lay` all that it says, now that it has been decoded."""
        record.said = said
        record.keys = tuple(blocking_keys(self._model, said))
        record.features = self._evidence(said)

    def carried(self, least: int) -> Iterator[tuple[str, Sequence[Record]]]:
        """Each number that at least so many records carry, with those."""
        return ((key, records) for key, records in self._blocks.shared(least) if ":" in key)

    def turn(self, identifiers: Iterable[str]) -> None:
        """Find out anew whether these numbers are generic, and let their carriers' evidence follow."""
        for each in self._turn(identifiers):
            each.features = self._evidence(each.said)

    def adopt(self, model: Model) -> Iterator[None]:
        """Weigh by another model from now on: every edge when it is next needed. To be run to its end at once."""
        same_blocks, self._model = model.names.version == self._model.names.version, model
        if not same_blocks:
            self._blocks.clear()
            self._generic.clear()
        for number, record in enumerate(self.records.values()):
            if not same_blocks:
                said = record.said
                record.edges, record.keys = {}, ()
                self.index(record, said)
            elif not record.asleep:
                record.edges, record.weighed = {}, False
            if not number % _STEP:
                yield

    def component(self, start: Record) -> Component:
        """All records that edges or decisions connect with this one. Where they are a crowd, names, birth dates and
        homes tell nobody from anybody: then only those that numbers, their own source or decisions connect."""
        part = self._part(start)
        return Component(list(self._tied_to(start)), crowded=True) if part.crowded else part

    def _part(self, start: Record) -> Component:
        """As `component`, but of a crowd only some."""
        if start.weighed and not start.edges and not self._judgements:
            return Component([start])
        found, crowded = self._connected(start)
        return Component(list(found), crowded)

    def _tied_to(self, start: Record) -> set[Record]:
        found, waiting, sayings = {start}, [start], set[Saying]()
        while waiting:
            record = waiting.pop()
            if not record.weighed:
                self._weigh(record)
            beside = set(self._judged(record)) - found if self._judgements else set[Record]()
            # Mostly all are found by now, which is told much sooner than who is tied to whom.
            if self._adds(record, sayings) and not record.edges.keys() <= found:
                beside |= _tied(record, found)
            found |= beside
            waiting += beside
        return found

    def _adds(self, record: Record, sayings: set[Saying]) -> bool:
        """Whether its edges may lead to others than those of the records before it, whose `sayings` these are. Who says
        the same has the same edges, unless an agency merges by keys."""
        if record.said.merged or record.key in self._claims:
            return True
        known = len(sayings)
        sayings.add(record.saying)
        return len(sayings) > known

    def affected(self, touched: Touched) -> list[Component]:
        """Every component that may differ by what a record touches, in a fixed order."""
        found: list[Component] = []
        for part in self._of(touched.near, self._part):
            if part.crowded:
                return list(self._of(self._beside_a_crowd(touched), self.component))
            found.append(part)
        return found

    @staticmethod
    def _of(records: Collection[Record], component_of: Callable[[Record], Component]) -> Iterator[Component]:
        if len(records) == 1:
            yield from map(component_of, records)
            return
        seen: set[Record] = set()
        for record in sorted(records, key=by_key):
            if record not in seen:
                component = component_of(record)
                seen.update(component.records)
                yield component

    def beside(self, record: Record) -> set[Record]:
        """The records that an edge connects with this one, whether or not it counts in a crowd."""
        return self._edges_of(record)

    def components(self) -> Iterator[Component]:
        """Every component."""
        seen: set[Record] = set()
        for record in self.records.values():
            if record not in seen:
                component = self.component(record)
                seen.update(component.records)
                yield component

    def _beside_a_crowd(self, touched: Touched) -> set[Record]:
        """The records whose components may have changed, where a crowd is near.

        Records that are a crowd even without those that turned were a crowd before, and stay as they were resolved. All
        others near are returned, because they may have become part of a crowd only now.
        """
        turned, sayings = touched.turned | touched.tied, set[Saying]()
        crowd, affected = set[Record](), set(turned)
        near = touched.near.union(*(self._near(each) for each in turned if self._adds(each, sayings)))
        if self._judgements:
            near.update(*map(self._judged, turned))
        for record in near:
            if record in affected or record in crowd:
                continue
            if not crowd.isdisjoint(record.edges):
                crowd.add(record)  # known by its edges, and not to be weighed for that
                continue
            part, crowded = self._connected(record, turned)
            if crowded:
                crowd |= part
            else:
                affected |= part
        return affected

    def _connected(self, start: Record, without: Collection[Record] = frozenset()) -> tuple[set[Record], bool]:
        """The records connected with this one by paths that do not pass through `without`, and whether they are a
        crowd. Of a crowd only some are returned: the search ends there."""
        found, waiting, ends = {start}, [start], 0
        while waiting:
            record = waiting.pop()
            beside = set(self._near(record)).difference(found, without)
            found |= beside
            waiting += beside
            ends += len(record.edges) - (len(record.edges.keys() & without) if without else 0)
            if ends > 2 * CROWD_EDGES:
                return found, True
        return found, False

    def _near(self, record: Record) -> Iterable[Record]:
        if not record.weighed:
            self._weigh(record)
        if not self._judgements:
            return record.edges
        return [*record.edges, *self._judged(record)]

    def _judged(self, record: Record) -> list[Record]:
        return [self.records[key] for key in self._judgements.joined_to(record.key) if key in self.records]

    def _edges_of(self, record: Record) -> set[Record]:
        if not record.weighed:
            self._weigh(record)
        return set(record.edges)

    def _claim(self, record: Record, merged: frozenset[str]) -> None:
        for other in record.said.merged - merged:
            self._claims[other].discard(record)
        for other in merged:
            self._claims.setdefault(other, set()).add(record)

    def _block(self, record: Record) -> set[Record]:
        """Put a record into its blocks; the other records whose numbers became generic by that, or ceased to be."""
        keys, turning = blocking_keys(self._model, record.said), record.said.identifiers
        if record.keys:
            before = set(record.keys)
            self._blocks.remove(record, before - keys)
            self._blocks.add(record, keys - before)
            turning = turning | {key for key in before if ":" in key}
        else:
            self._blocks.add(record, keys)
        record.keys = tuple(keys)
        turned = self._turn(turning)
        turned.discard(record)
        return turned

    def _turn(self, identifiers: Iterable[str]) -> set[Record]:
        turned: set[Record] = set()
        for each in identifiers:
            members = self._blocks.under(each)
            if len(members) < CHILDREN_MIN and each not in self._generic:
                continue
            if (each in self._generic) != is_generic(self._model, members):
                self._generic ^= {each}
                turned.update(members)
        return turned

    def _evidence(self, said: Features) -> Features:
        """What a record says as far as it can tell children apart: without numbers that are nobody's, and without the
        day on which a birth was expected once the birth date is known."""
        if len(said.born) > 1:
            said = _delivered(said)
        if not self._generic or said.identifiers.isdisjoint(self._generic):
            return said
        return said._replace(identifiers=said.identifiers - self._generic)

    def _weigh(self, record: Record) -> None:
        """Every edge of a record anew, from what both have said; those it no longer shares a block with are gone."""
        record.weighed = True
        others = self._candidates(record)
        if record.edges:
            for gone in [other for other in record.edges if other not in others]:
                del record.edges[gone], gone.edges[record]
        weigh = weigh_what_matters if len(others) < MANY else _weigh_once
        for other in others:
            self._link(record, other, weigh)

    def _candidates(self, record: Record) -> set[Record]:
        others = self._blocks.beside(record, self._generic)
        if record.said.merged:
            others.update(self.records[key] for key in record.said.merged if key in self.records)
        if record.key in self._claims:
            others |= self._claims[record.key]
        others.discard(record)
        return others

    def _link(self, record: Record, other: Record, weigh: Weigh) -> None:
        ours, theirs = record.features, other.features
        if record.key > other.key:
            ours, theirs = theirs, ours
        merged = bool(self._claims) and are_merged(record, other)
        edge = weigh(self._model, ours, theirs, merged, record.agency == other.agency)
        if edge is not None:
            record.edges[other] = other.edges[record] = edge
        elif other in record.edges:
            del record.edges[other], other.edges[record]


def _tied(record: Record, known: Collection[Record] = ()) -> set[Record]:
    """The records that a TELLING edge connects with this one, other than those in `known`."""
    return {n for n, edge in record.edges.items() if n not in known and edge.traits & TELLING}


def _delivered(said: Features) -> Features:
    """Without the dates on which a birth was expected, where it is known when it was."""
    expected = {born for born in said.born if born[0] == "~"}
    return said._replace(born=said.born - expected) if 0 < len(expected) < len(said.born) else said
