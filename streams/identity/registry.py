"""Every source record of a region and the person it belongs to at present.

The registry is a fold: observing the same profiles in any order, any number of times, ends in the same assignment.
A person is named by the least of its members' own ids, so the name needs no history either.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from schemas.vocabulary import MatchStatus
from streams.identity.compare import Comparison, Strength, compare
from streams.identity.profile import PERMANENT_SYSTEMS, Profile
from streams.identity.resolve import NO_JUDGEMENTS, Judgements, Pair, resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Whose a source record is. `epoch` counts how often it has changed person."""

    subject_key: str
    person_id: str
    epoch: int
    status: MatchStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An assignment that is new or different, with the person it leaves and the comparison that decided."""

    assignment: Assignment
    leaves: str | None
    because: Comparison | None


@dataclass(slots=True)
class _Record:
    profile: Profile
    own_id: str
    edges: dict[str, Comparison] = field(default_factory=dict)
    assignment: Assignment | None = None


class Registry:
    """Source records, the comparisons between them, and assignments. `name_person` derives a record's own person id."""

    def __init__(self, name_person: Callable[[str], str]) -> None:
        self._name_person = name_person
        self._records: dict[str, _Record] = {}
        self._blocks: dict[tuple[str, ...], set[str]] = {}
        self._judgements = NO_JUDGEMENTS

    def __len__(self) -> int:
        return len(self._records)

    def assignment(self, subject_key: str) -> Assignment | None:
        """Whose this record is, if it is known."""
        record = self._records.get(subject_key)
        return record.assignment if record else None

    def profile(self, subject_key: str) -> Profile:
        """What a known record has said about itself."""
        return self._records[subject_key].profile

    def observe(self, profile: Profile) -> list[Change]:
        """Take in what an event says about its record; what changes because of it, in a fixed order.

        Empty where nothing new was said. Where the record said something new, a change for it is always among them,
        so that whoever writes changes down has the whole registry.
        """
        key = profile.subject_key
        record = self._records.get(key)
        if record is not None:
            joined = record.profile.joined(profile)
            if joined == record.profile and record.assignment is not None:
                return []
            profile = joined
        changes = self._settle(self._index(profile))
        if all(change.assignment.subject_key != key for change in changes):
            unmoved = self._records[key].assignment
            assert unmoved is not None, "a settled record is assigned"
            changes.append(Change(assignment=unmoved, leaves=None, because=None))
        return changes

    def judge(self, judgements: Judgements, touched: Pair) -> list[Change]:
        """Take in what people have decided; `touched` is the pair whose judgement changed."""
        self._judgements = judgements
        changes: list[Change] = []
        for key, other in (touched, touched[::-1]):
            if key in self._records and other in self._records:
                self._link(key, other)
        for key in touched:
            if key in self._records:
                changes += self._settle(key)
        return changes

    def restore(self, profile: Profile, assignment: Assignment) -> None:
        """Take back a record as it was written down; nothing is resolved again."""
        self._index(profile)
        self._records[profile.subject_key].assignment = assignment

    def _index(self, profile: Profile) -> str:
        key = profile.subject_key
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record(profile=profile, own_id=self._name_person(key))
        record.profile = profile
        candidates: set[str] = set()
        for block in _blocks(profile):
            members = self._blocks.setdefault(block, set())
            candidates |= members
            members.add(key)
        for other in candidates | set(record.edges):
            if other != key:
                self._link(key, other)
        return key

    def _link(self, key: str, other: str) -> None:
        left, right = self._records[key], self._records[other]
        edge = compare(left.profile, right.profile)
        pair = (edge.left, edge.right)
        if edge.strength > Strength.NONE or edge.veto or pair in self._judgements.same:
            left.edges[other] = right.edges[key] = edge
        else:
            left.edges.pop(other, None)
            right.edges.pop(key, None)

    def _component(self, start: str) -> dict[str, _Record]:
        found = {start: self._records[start]}
        waiting = [start]
        while waiting:
            for other, edge in self._records[waiting.pop()].edges.items():
                joinable = edge.strength > Strength.NONE or (edge.left, edge.right) in self._judgements.same
                if other not in found and joinable:
                    found[other] = self._records[other]
                    waiting.append(other)
        return found

    def _settle(self, start: str) -> list[Change]:
        component = self._component(start)
        if len(component) == 1:
            # Most records are alone: nothing to weigh.
            record = self._records[start]
            return self._assign(record, record.own_id, MatchStatus.NEW, None)
        edges = {(e.left, e.right): e for r in component.values() for e in r.edges.values() if _within(e, component)}
        resolution = resolve({k: r.profile for k, r in component.items()}, edges.values(), compare, self._judgements)
        changes: list[Change] = []
        for group in resolution.groups:
            person_id = min(component[key].own_id for key in group)
            for key in sorted(group):
                changes += self._assign(component[key], person_id, resolution.status[key], resolution.because[key])
        return changes

    def _assign(self, record: _Record, person_id: str, status: MatchStatus, because: Comparison | None) -> list[Change]:
        before = record.assignment
        if before and before.person_id == person_id and before.status == status:
            return []
        moved = before is not None and before.person_id != person_id
        record.assignment = Assignment(
            subject_key=record.profile.subject_key,
            person_id=person_id,
            epoch=(before.epoch if before else 0) + int(moved),
            status=status,
        )
        leaves = before.person_id if before and moved else None
        return [Change(assignment=record.assignment, leaves=leaves, because=because)]


def _within(edge: Comparison, component: dict[str, _Record]) -> bool:
    return edge.left in component and edge.right in component


def _blocks(profile: Profile) -> Iterable[tuple[str, ...]]:
    """What another record must share to be worth comparing."""
    for system, value in profile.identifiers:
        if system in PERMANENT_SYSTEMS or system == "temporary-upn":
            yield system, value
    for given, family in profile.names:
        for birth_date in profile.birth_dates:
            yield "name+birth", given, family, birth_date
    yield "record", profile.subject_key
    for other in profile.merged:
        yield "record", other
