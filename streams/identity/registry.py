"""Every source record of a region and the person it belongs to at present.

The registry is a fold: the same snapshots and judgements in any order, any number of times, end in the same assignment.
Each step looks again at the whole component it touches, as a pure function: what was decided before is no shortcut past
it, because an alias that comes late can dissolve a conflict as well as make one. A person is named by the least of its
members' own ids, so the name needs no history either, and undoing a join gives the old names back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from schemas.vocabulary import MatchStatus
from streams.identity.explain import Explanation, Review, explain
from streams.identity.graph import Graph
from streams.identity.judgements import Judgement, Judgements
from streams.identity.model import Model, load
from streams.identity.record import PROVISIONAL, Assignment, Change, Record
from streams.identity.resolve import Doubt, Resolution, resolve
from streams.identity.snapshot import Features, Snapshot

_KEY = attrgetter("key")
__all__ = ["PROVISIONAL", "Assignment", "Change", "Registry"]


class Registry:
    """Source records, their edges and assignments. `name_person` derives the id a record would give its person."""

    def __init__(self, name_person: Callable[[str], str], model: Model | None = None) -> None:
        self.model = model or load()
        self._name_person = name_person
        self._judgements = Judgements()
        self._graph = Graph(self.model, self._judgements)
        self._records = self._graph.records
        self._withdrawn: set[tuple[str, str]] = set()

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
        return tuple(sorted(key for key, record in self._records.items() if record.person_id == person_id))

    def observe(self, snapshot: Snapshot) -> list[Change]:
        """Take in what a source said of a record; what changes because of it, in a fixed order.

        Empty where nothing new was said. Else a change for the record itself is always among them, so that whoever
        writes changes down has the whole registry.
        """
        key, features = snapshot.subject_key, snapshot.features
        if self._withdrawn and (key, snapshot.snapshot_id) in self._withdrawn:
            features = Features()
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = Record(key, self._name_person(key), snapshot.agency)
        elif snapshot in record.snapshots:
            return []
        else:
            features = record.said.joined(features)
        if features is not snapshot.features and features == record.said and record.assignment is not None:
            self._keep(record, snapshot)
            return []
        self._keep(record, snapshot)
        return self._settle(self._graph.tell(record, features), record)

    def withdraw(self, subject_key: str, snapshot_id: str) -> list[Change]:
        """A snapshot is no longer said, whether it has come yet or not. The record stays known."""
        self._withdrawn.add((subject_key, snapshot_id))
        record = self._records.get(subject_key)
        gone = [s for s in record.snapshots if s.snapshot_id == snapshot_id] if record else []
        if record is None or not gone:
            return []
        record.snapshots = tuple(each for each in record.snapshots if each not in gone)
        said = Features()
        for snapshot in record.snapshots:
            said = said.joined(snapshot.features)
        return self._settle(self._graph.tell(record, said), record)

    def judge(self, judgement: Judgement) -> list[Change]:
        """Take in a human decision, or the undo of one; the records it names need not be known yet.

        Raises ValueError where the decision is not whole, or its id is known with other content.
        """
        return self._settle({self._records[key] for key in self._judgements.add(judgement) if key in self._records})

    def restore(
        self, snapshots: Iterable[Snapshot], assignments: Iterable[Assignment], judgements: Iterable[Judgement] = ()
    ) -> None:
        """Take everything back as it was written down. Nothing is scored: an edge is weighed when it is next needed.

        A record comes back as any number of snapshots; each must have its assignment among them.
        """
        for judgement in judgements:
            self._judgements.add(judgement)
        said: dict[str, Features] = {}
        for snapshot in snapshots:
            key = snapshot.subject_key
            if key not in self._records:
                self._records[key] = Record(key, self._name_person(key), snapshot.agency)
            self._records[key].snapshots += (snapshot,)
            said[key] = said[key].joined(snapshot.features) if key in said else snapshot.features
        for key, features in said.items():
            self._graph.index(self._records[key], features)
        for assignment in assignments:
            self._records[assignment.subject_key].assignment = assignment

    def reconsider(self) -> list[Change]:
        """Resolve every component anew: what the same records and decisions come to under this model, from nothing."""
        return self._settle(set(self._records.values()))

    def reviews(self) -> Iterator[Review]:
        """The pairs that a person should look at, in a fixed order."""
        doubts = [d for c in self._graph.components() if len(c) > 1 for d in self._resolve(c).doubts]
        for doubt in sorted(doubts, key=lambda each: (each.left.key, each.right.key)):
            evidence = explain(self.model, doubt.left, doubt.right, doubt.decided_by)
            yield Review(doubt.left.key, doubt.right.key, doubt.why, evidence)

    def explain(self, subject_key: str) -> list[Explanation]:
        """Why a record is, or is not, one person with each record it was weighed against."""
        record = self._records[subject_key]
        component = self._graph.component(record)
        doubts = {frozenset((d.left, d.right)): d.decided_by for d in self._resolve(component).doubts}
        return [
            explain(
                self.model, record, other, doubts.get(frozenset((record, other))), other.person_id == record.person_id
            )
            for other in sorted(component, key=lambda each: each.key)
            if other is not record
        ]

    def _keep(self, record: Record, snapshot: Snapshot) -> None:
        if not self._withdrawn or (record.key, snapshot.snapshot_id) not in self._withdrawn:
            record.snapshots += (snapshot,)

    def _resolve(self, component: list[Record]) -> Resolution[Record]:
        if not self._judgements:
            return resolve(self.model, component)
        same, apart = self._judgements.pairs(record.key for record in component)
        return resolve(self.model, component, same, apart)

    def _settle(self, touched: set[Record], told: Record | None = None) -> list[Change]:
        """Resolve every component that holds one of these records, and assign anew."""
        changes: list[Change] = []
        if len(touched) == 1:
            (start,) = touched
            self._assign(self._resolve(self._graph.component(start)), changes)
        else:
            settled: set[Record] = set()
            for start in sorted(touched, key=_KEY):
                if start not in settled:
                    component = self._graph.component(start)
                    settled.update(component)
                    self._assign(self._resolve(component), changes)
        if told is not None and all(change.assignment.subject_key != told.key for change in changes):
            changes.append(Change(self.model, told, None))
        return changes

    def _assign(self, resolution: Resolution[Record], changes: list[Change]) -> None:
        """Put each record to its person, and add to `changes` what that changes."""
        if len(resolution.groups) == 1 and not resolution.doubts:
            group = resolution.groups[0]
            status = MatchStatus.MATCH if len(group) > 1 else MatchStatus.NEW
            self._move(group, dict.fromkeys(group, status), {}, changes)
            return
        doubts = {record: doubt for doubt in reversed(resolution.doubts) for record in (doubt.left, doubt.right)}
        status_of = resolution.status()
        for group in resolution.groups:
            self._move(group, status_of, doubts, changes)

    def _move(
        self,
        group: Sequence[Record],
        status: Mapping[Record, MatchStatus],
        doubts: Mapping[Record, Doubt[Record]],
        changes: list[Change],
    ) -> None:
        person_id = min([record.own_id for record in group])
        for record in group:
            before = record.assignment
            if record.assign(person_id, status[record]):
                leaves = before.person_id if before and before.person_id != person_id else None
                changes.append(Change(self.model, record, leaves, doubts.get(record)))
