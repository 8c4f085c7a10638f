"""Every source record of a region and the person it belongs to at present.

The registry is a fold: the same snapshots and judgements in any order, any number of times, end in the same assignment.
Each step looks again at the whole component it touches, as a pure function: what was decided before is no shortcut past
it, because an alias that comes late can dissolve a conflict as well as make one. A person is named by the least of its
members' own ids, so the name needs no history either, and undoing a join gives the old names back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from schemas.vocabulary import MatchStatus
from streams.identity.asleep import Keys, Read, Recall
from streams.identity.blocking import blocking_version
from streams.identity.change import Change, Held
from streams.identity.explain import Explanation, Review, explain
from streams.identity.graph import Component, Graph, Touched
from streams.identity.judgements import Judgement, Judgements, Pair, pair_of
from streams.identity.model import Model, load
from streams.identity.reasons import Reasons
from streams.identity.record import Assignment, Record, by_key
from streams.identity.resolution import Doubt, Resolution
from streams.identity.resolve import resolve
from streams.identity.reviews import Reviews
from streams.identity.snapshot import Features, Snapshot


class Registry:
    """Source records, their edges and assignments. `name_person` derives the id a record would give its person."""

    def __init__(self, name_person: Callable[[str], str], model: Model | None = None) -> None:
        self.model = model or load()
        self._name_person = name_person
        self._judgements = Judgements()
        self._graph = Graph(self.model, self._judgements)
        self._records = self._graph.records
        self._reviews = Reviews()

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, subject_key: str) -> bool:
        return subject_key in self._records

    def blocks(self, subject_key: str) -> list[str]:
        """The version of the rule for blocking keys, and those of a known record in order: the same bytes each time."""
        return [blocking_version(self.model), *sorted(self._records[subject_key].keys)]

    def assignment(self, subject_key: str) -> Assignment | None:
        """Whose this record is, if it is known."""
        record = self._records.get(subject_key)
        return record.assignment if record else None

    def said(self, subject_key: str) -> Snapshot:
        """All that a known record was said to be, as one snapshot."""
        record = self._records[subject_key]
        return Snapshot(subject_key, record.said, record.agency)

    def standing(self) -> Iterator[tuple[Snapshot, Assignment]]:
        """Every settled record, all that it was said to be, and whose it is."""
        for key, record in self._records.items():
            if record.assignment is not None:
                yield self.said(key), record.assignment

    def observe(self, snapshot: Snapshot) -> list[Change]:
        """Take in what a source said of a record; what changes because of it, in a fixed order.

        Empty where nothing new was said. Else a change for the record itself is always among them, so that whoever
        writes changes down has the whole registry.
        """
        record = self._records.get(snapshot.subject_key)
        said = snapshot.features
        if record is not None:
            said = record.said.joined(said)
            if said == record.said and record.assignment is not None:
                return []
        return self._settle(self._tell(snapshot, said), snapshot.subject_key)

    def restate(self, snapshot: Snapshot) -> list[Change]:
        """All that a record is said to be is just this: what else was said has been taken back. As `observe`."""
        record = self._records.get(snapshot.subject_key)
        if record is not None and snapshot.features == record.said and record.assignment is not None:
            return []
        return self._settle(self._tell(snapshot, snapshot.features), snapshot.subject_key)

    def _tell(self, snapshot: Snapshot, said: Features) -> Touched:
        key = snapshot.subject_key
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = Record(key, self._name_person(key), snapshot.agency)
        return self._graph.tell(record, said)

    def judge(self, judgement: Judgement) -> list[Change]:
        """Take in a human decision, or the undo of one; the records it names need not be known yet.

        Raises ValueError where the decision is not whole, or its id is known with other content.
        """
        named = self._judgements.add(judgement)
        self._reviews.stir(named)
        known = {self._records[key] for key in named if key in self._records}
        return self._settle(Touched(known, known, set()))

    def judged(self, left: str, right: str) -> tuple[Judgement, ...]:
        """The decisions on a pair that stand, in a fixed order."""
        return self._judgements.between(left, right)

    def judgements(self) -> tuple[Judgement, ...]:
        """Every decision of people, and undo that has come, whether or not it stands."""
        return tuple(self._judgements)

    def restore(
        self, snapshots: Iterable[Snapshot], assignments: Iterable[Assignment], judgements: Iterable[Judgement] = ()
    ) -> None:
        """Take everything back as it was written down. Nothing is scored: an edge is weighed when it is next needed.

        A record comes back as any number of snapshots; each must have its assignment among them. Raises ValueError as
        `judge` does.
        """
        for judgement in judgements:
            self._judgements.add(judgement)
        said: dict[str, Features] = {}
        for snapshot in snapshots:
            key = snapshot.subject_key
            if key not in self._records:
                self._records[key] = Record(key, self._name_person(key), snapshot.agency)
            said[key] = said[key].joined(snapshot.features) if key in said else snapshot.features
        for key, features in said.items():
            self._graph.index(self._records[key], features)
        for assignment in assignments:
            self._records[assignment.subject_key].assignment = assignment

    def restore_review(self, pair: Pair, is_open: bool) -> None:
        """Take back whether a pair waits for a person, as it was written down; the last word on a pair counts."""
        self._reviews.restore(pair, is_open)

    def recall(self, read: Read, keys: Keys) -> Recall:
        """Takes back any number of records as they were written down; `read` reads one when it is needed, `keys` only
        the blocking keys."""
        return Recall(self._graph, self._name_person, read, keys)

    def adopt(self, model: Model) -> Iterator[None]:
        """Weigh by another model from now on; to be run to its end before anything else, and then `sweep`."""
        self.model = model
        return self._graph.adopt(model)

    def sweep(self) -> Iterator[list[Change]]:
        """Resolve every component of the records known now, one a step; the registry may go on between two steps."""
        settled: set[Record] = set()
        for record in list(self._records.values()):
            if record not in settled:
                component = self._graph.component(record)
                settled.update(component.records)
                yield self._resettle(component)

    def reviews(self) -> Iterator[Review]:
        """The pairs that a person should look at, in a fixed order."""
        doubts = [d for c in self._graph.components() if len(c.records) > 1 for d in self._resolve(c).doubts]
        for doubt in sorted(doubts, key=lambda each: (each.left.key, each.right.key)):
            yield self._review(doubt)

    def stirred(self) -> list[tuple[Pair, Review | None]]:
        """The pairs whose review may be another since this was last asked; None where nobody needs to look any more."""
        return [(pair, self._review(doubt) if doubt else None) for pair, doubt in self._reviews.stirred()]

    def _review(self, doubt: Doubt) -> Review:
        left, right = pair_of(doubt.left.key, doubt.right.key)
        return Review(left, right, doubt.why, explain(self.model, doubt.left, doubt.right, doubt.decided_by))

    def explain(self, subject_key: str) -> list[Explanation]:
        """Why a record is, or is not, one person with each record it was weighed against, or that somebody has decided
        on, in the order of their keys."""
        record = self._records[subject_key]
        component = self._graph.component(record)
        return [*self._explain(record, component, self._reasons(component))]

    def explain_each(self, subject_keys: Iterable[str]) -> Iterator[Explanation]:
        """The same of many records, each pair of them once: under the lesser key."""
        waiting: dict[Record, tuple[Component, Reasons]] = {}
        for key in subject_keys:
            record = self._records[key]
            if record not in waiting:
                component = self._graph.component(record)
                waiting.update(dict.fromkeys(component.records, (component, self._reasons(component))))
            yield from self._explain(record, *waiting.pop(record), beyond=key)

    def _reasons(self, component: Component) -> Reasons:
        return Reasons(self.model, self._judgements, self._resolve(component))

    def _explain(
        self, record: Record, component: Component, reasons: Reasons, beyond: str = ""
    ) -> Iterator[Explanation]:
        # Who is held apart from it is named also where nothing that either says speaks for the pair (any more).
        judged = (each.other(record.key) for each in self._judgements.about(record.key))
        decided = [self._records[key] for key in judged if key in self._records]
        beside = {*component.records, *self._graph.beside(record), *decided} - {record}
        for other in sorted((each for each in beside if each.key > beyond), key=by_key):
            joined = other.person_id == record.person_id
            yield explain(self.model, record, other, reasons.decided(record, other), joined)

    def _resolve(self, component: Component) -> Resolution:
        records, crowded = component
        if not self._judgements:
            return resolve(self.model, records, crowded=crowded)
        same, apart = self._judgements.pairs(record.key for record in records)
        return resolve(self.model, records, same, apart, crowded)

    def _settle(self, touched: Touched, told: str | None = None) -> list[Change]:
        """Resolve every component that may differ, and assign anew."""
        changes: list[Change] = []
        for component in self._graph.affected(touched):
            self._assign(self._resolve(component), changes)
        changed = {change.assignment.subject_key for change in changes}
        if told is not None and told not in changed:
            changes.append(Change(self.model, self._records[told], None))
        self._reviews.stir(changed.union([record.key for record in touched.turned]))
        return changes

    def _resettle(self, component: Component) -> list[Change]:
        changes: list[Change] = []
        self._assign(self._resolve(component), changes)
        self._reviews.stir(record.key for record in component.records)
        return changes

    def _assign(self, resolution: Resolution, changes: list[Change]) -> None:
        """Put each record to its person, and add to `changes` what that changes."""
        self._reviews.settle(resolution)
        if len(resolution.groups) == 1 and not resolution.doubts:
            group = resolution.groups[0]
            status = MatchStatus.MATCH if len(group) > 1 else resolution.alone(self.model, group[0])
            self._move(group, dict.fromkeys(group, status), {}, changes)
            return
        doubts = {record: doubt for doubt in reversed(resolution.doubts) for record in (doubt.left, doubt.right)}
        status_of = resolution.status(self.model)
        for group in resolution.groups:
            self._move(group, status_of, doubts, changes)

    def _move(
        self,
        group: Sequence[Record],
        status: Mapping[Record, MatchStatus],
        doubts: Mapping[Record, Doubt],
        changes: list[Change],
    ) -> None:
        person_id = min([record.own_id for record in group])
        held = self._held_together(group) if self._judgements else {}
        for record in group:
            before = record.assignment
            if record.assign(person_id, status[record]):
                leaves = before.person_id if before and before.person_id != person_id else None
                changes.append(Change(self.model, record, leaves, doubts.get(record), held.get(record)))

    def _held_together(self, group: Sequence[Record]) -> dict[Record, Held]:
        """By record that people hold to be one with another of the group: such a decision, one that is news first."""
        found: dict[Record, Held] = {}
        for record in group:
            held = [
                Held(each, other, record.assignment is None or record.assignment.person_id != other.person_id_or_none)
                for each, other in self._judged_same(record, group)
            ]
            if held:
                found[record] = min(held, key=lambda each: (not each.is_new, each.judgement.judgement_id))
        return found

    def _judged_same(self, record: Record, group: Sequence[Record]) -> Iterator[tuple[Judgement, Record]]:
        for each in self._judgements.about(record.key):
            other = self._records.get(each.other(record.key))
            if each.kind == "same" and other is not None and other in group:
                yield each, other
