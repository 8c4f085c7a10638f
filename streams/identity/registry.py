"""Every source record of a region and the person it belongs to at present.

The registry is a fold: the same snapshots and judgements in any order, any number of times, end in the same assignment.
Each step looks again at the whole component it touches, as a pure function: there is no quick way past it, because an
alias that comes late can dissolve a conflict as well as make one. A person is named by the least of its members' own
ids, so the name needs no history either, and undoing a join gives the old names back.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from schemas.vocabulary import MatchStatus
from streams.identity.blocking import blocking_keys
from streams.identity.compare import matters, weigh
from streams.identity.explain import Explanation, Review, explain
from streams.identity.generic import is_generic
from streams.identity.judgements import Judgement, Judgements
from streams.identity.model import Model, load
from streams.identity.resolve import Doubt, Node, Resolution, are_merged, resolve
from streams.identity.snapshot import Features, Snapshot

#: Statuses in which a record stands alone until somebody has looked.
PROVISIONAL = frozenset({MatchStatus.POTENTIAL, MatchStatus.MANY_MATCH, MatchStatus.CONTRADICTION})


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose a source record is. `epoch` counts how often it has changed person."""

    subject_key: str
    person_id: str
    epoch: int
    status: MatchStatus

    @property
    def provisional(self) -> bool:
        """Whether the record stands alone only until somebody has looked."""
        return self.status in PROVISIONAL


class Change:
    """An assignment that is new or different, and the person it leaves."""

    __slots__ = ("_decided_by", "_model", "_record", "assignment", "leaves")

    def __init__(self, model: Model, record: "Record", leaves: str | None, decided_by: Doubt | None = None) -> None:
        assert record.assignment is not None, "a settled record is assigned"
        self.assignment = record.assignment
        self.leaves = leaves
        self._model, self._record, self._decided_by = model, record, decided_by

    @property
    def because(self) -> Explanation | None:
        """The pair that decided; None for a record that nothing speaks for. To be read before the next step."""
        record, doubt = self._record, self._decided_by
        if doubt is not None and self.assignment.status in PROVISIONAL:
            other = next(n for n in record.edges if n.key in (doubt.left, doubt.right)) if record.edges else None
            return explain(self._model, record, other, doubt.decided_by) if other else None
        here = [(edge.weight, node.key, node) for node, edge in record.edges.items() if self._together(node)]
        return explain(self._model, record, max(here)[2], None, True) if here else None

    def _together(self, node: Node) -> bool:
        return isinstance(node, Record) and node.assignment is not None and _person(node) == self.assignment.person_id


class Record(Node):
    """A source record: what it was said to be, by whom it is now, and the blocks it stands in."""

    __slots__ = ("assignment", "keys", "own_id", "said", "snapshots")

    def __init__(self, key: str, own_id: str, agency: str) -> None:
        super().__init__(key, Features(), agency)
        self.own_id = own_id
        self.said = self.features
        self.snapshots: set[Snapshot] = set()
        self.keys: set[str] = set()
        self.assignment: Assignment | None = None


class Registry:
    """Source records, their edges and assignments. `name_person` derives the id a record would give its person."""

    def __init__(self, name_person: Callable[[str], str], model: Model | None = None) -> None:
        self.model = model or load()
        self._name_person = name_person
        self._records: dict[str, Record] = {}
        self._blocks: dict[str, list[Record]] = {}
        self._claims: dict[str, set[Record]] = {}
        self._generic: set[str] = set()
        self._withdrawn: set[tuple[str, str]] = set()
        self._judgements = Judgements()

    def __len__(self) -> int:
        return len(self._records)

    def assignment(self, subject_key: str) -> Assignment | None:
        """Whose this record is, if it is known."""
        record = self._records.get(subject_key)
        return record.assignment if record else None

    def said(self, subject_key: str) -> Snapshot:
        """All that a known record was said to be, as one snapshot."""
        record = self._records[subject_key]
        return Snapshot(subject_key, record.said, record.agency)

    def members(self, person_id: str) -> tuple[str, ...]:
        """The records of a person, by their keys."""
        return tuple(sorted(key for key, each in self._records.items() if _person(each) == person_id))

    def observe(self, snapshot: Snapshot) -> list[Change]:
        """Take in what a source said of a record; what changes because of it, in a fixed order.

        Empty where nothing new was said. Else a change for the record itself is always among them, so that whoever
        writes changes down has the whole registry.
        """
        key = snapshot.subject_key
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = Record(key, self._name_person(key), snapshot.agency)
        elif snapshot in record.snapshots:
            return []
        if self._withdrawn and (key, snapshot.snapshot_id) in self._withdrawn:
            return self._settle({record}, record) if record.assignment is None else []
        record.snapshots.add(snapshot)
        if record.assignment is not None and record.said.joined(snapshot.features) == record.said:
            return []
        return self._settle(self._tell(record), record)

    def withdraw(self, subject_key: str, snapshot_id: str) -> list[Change]:
        """A snapshot is no longer said, whether it has come yet or not. The record stays known."""
        self._withdrawn.add((subject_key, snapshot_id))
        record = self._records.get(subject_key)
        gone = [s for s in record.snapshots if s.snapshot_id == snapshot_id] if record else []
        if record is None or not gone:
            return []
        record.snapshots.difference_update(gone)
        return self._settle(self._tell(record), record)

    def judge(self, judgement: Judgement) -> list[Change]:
        """Take in a human decision, or the undo of one; the records it names need not be known yet."""
        touched = {self._records[key] for key in self._judgements.add(judgement) if key in self._records}
        return self._settle(touched)

    def restore(
        self, snapshots: Iterable[Snapshot], assignments: Iterable[Assignment], judgements: Iterable[Judgement] = ()
    ) -> None:
        """Take everything back as it was written down: nothing is assigned anew."""
        for judgement in judgements:
            self._judgements.add(judgement)
        for snapshot in snapshots:
            self.observe(snapshot)
        for assignment in assignments:
            self._records[assignment.subject_key].assignment = assignment

    def reviews(self) -> Iterator[Review]:
        """The pairs that a person should look at, in a fixed order."""
        found = []
        for component in self._components():
            if len(component) > 1:
                for doubt in self._resolve(component).doubts:
                    left, right = self._records[doubt.left], self._records[doubt.right]
                    explanation = explain(self.model, left, right, doubt.decided_by)
                    found.append(Review(doubt.left, doubt.right, doubt.why, explanation))
        return iter(sorted(found, key=lambda review: (review.left, review.right)))

    def explain(self, subject_key: str) -> list[Explanation]:
        """Why a record is, or is not, one person with each record it was weighed against."""
        record = self._records[subject_key]
        component = self._component(record)
        doubts = {frozenset((d.left, d.right)): d.decided_by for d in self._resolve(component).doubts}
        others = sorted((each for each in component if each is not record), key=lambda each: each.key)
        return [
            explain(
                self.model,
                record,
                other,
                doubts.get(frozenset((record.key, other.key))),
                _person(other) == _person(record),
            )
            for other in others
        ]

    def _tell(self, record: Record) -> set[Record]:
        """Bring features, blocks and edges up to what the record has said; the records whose component may differ."""
        said = Features()
        for snapshot in record.snapshots:
            said = said.joined(snapshot.features)
        touched: set[Record] = {record, *record.edges}  # type: ignore[arg-type]
        for other in record.said.merged - said.merged:
            self._claims[other].discard(record)
        for other in said.merged:
            self._claims.setdefault(other, set()).add(record)
        record.said = said
        turned = self._block(record)
        touched |= turned
        for each in turned:
            touched |= self._weigh_again(each)
        return touched | self._weigh_again(record)

    def _block(self, record: Record) -> set[Record]:
        """Put a record into its blocks; other records whose numbers became generic by that, or ceased to be."""
        keys = blocking_keys(self.model, record.said)
        for key in record.keys - keys:
            self._blocks[key].remove(record)
        for key in keys - record.keys:
            self._blocks.setdefault(key, []).append(record)
        changed = (keys | record.keys) & (
            record.said.identifiers | self._generic | {k for k in record.keys if ":" in k}
        )
        record.keys = keys
        turned: set[Record] = set()
        for key in changed:
            members = self._blocks[key]
            if (key in self._generic) != is_generic(self.model, members):
                self._generic ^= {key}
                turned.update(members)
        for each in turned | {record}:
            each.features = self._without_generic(each.said)
        return turned - {record}

    def _without_generic(self, said: Features) -> Features:
        if not self._generic or said.identifiers.isdisjoint(self._generic):
            return said
        return said._replace(identifiers=said.identifiers - self._generic)

    def _weigh_again(self, record: Record) -> set[Record]:
        """Every edge of a record, from what both have said; the records it had or has an edge with."""
        before = set(record.edges)
        others: set[Node] = set(before)
        for key in record.keys:
            if key not in self._generic:
                others.update(self._blocks[key])
        others.update(self._records[key] for key in record.said.merged if key in self._records)
        others.update(self._claims.get(record.key, ()))
        others.discard(record)
        for other in others:
            self._link(record, other)
        return before | set(record.edges)  # type: ignore[return-value]

    def _link(self, record: Record, other: Node) -> None:
        left, right = (record, other) if record.key < other.key else (other, record)
        edge = weigh(self.model, self.model.evidence(left.features, right.features), are_merged(left, right))
        if matters(self.model, edge):
            record.edges[other] = other.edges[record] = edge
        else:
            record.edges.pop(other, None)
            other.edges.pop(record, None)

    def _component(self, start: Record) -> list[Record]:
        found: dict[Record, None] = {start: None}
        waiting: list[Record] = [start]
        while waiting:
            record = waiting.pop()
            others: list[Record] = list(record.edges)  # type: ignore[arg-type]
            if self._judgements:
                others += [self._records[k] for k in self._judgements.joined_to(record.key) if k in self._records]
            for other in others:
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return list(found)

    def _components(self) -> Iterator[list[Record]]:
        seen: set[Record] = set()
        for record in self._records.values():
            if record not in seen:
                component = self._component(record)
                seen.update(component)
                yield component

    def _resolve(self, component: list[Record]) -> Resolution:
        same, apart = self._judgements.pairs(r.key for r in component) if self._judgements else ((), ())
        return resolve(self.model, component, same, apart)

    def _settle(self, touched: Iterable[Record], told: Record | None = None) -> list[Change]:
        """Resolve every component that holds one of these records, and assign anew."""
        changes: list[Change] = []
        settled: set[Record] = set()
        for start in sorted(touched, key=lambda record: record.key):
            if start not in settled:
                component = self._component(start)
                settled.update(component)
                changes += self._assign(self._resolve(component))
        if told is not None and all(change.assignment.subject_key != told.key for change in changes):
            assert told.assignment is not None, "a settled record is assigned"
            changes.append(Change(self.model, told, None))
        return changes

    def _assign(self, resolution: Resolution) -> Iterator[Change]:
        status = resolution.status()
        doubts = {key: doubt for doubt in reversed(resolution.doubts) for key in (doubt.left, doubt.right)}
        for group in resolution.groups:
            person_id = min(record.own_id for record in group)  # type: ignore[attr-defined]
            for record in group:
                before = record.assignment  # type: ignore[attr-defined]
                if _move(record, person_id, status[record.key]):  # type: ignore[arg-type]
                    left = before.person_id if before and before.person_id != person_id else None
                    yield Change(self.model, record, left, doubts.get(record.key))  # type: ignore[arg-type]


def _person(record: Record) -> str:
    assert record.assignment is not None, "a settled record is assigned"
    return record.assignment.person_id


def _move(record: Record, person_id: str, status: MatchStatus) -> bool:
    """Assign a record; whether that is anything new."""
    before = record.assignment
    if before is not None and before.person_id == person_id and before.status is status:
        return False
    moved = before is not None and before.person_id != person_id
    record.assignment = Assignment(record.key, person_id, (before.epoch if before else 0) + moved, status)
    return True
