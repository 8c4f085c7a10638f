"""The share stage without Kafka: decide, record, release and fold, for each audience by itself.

Three steps, so that whatever must be awaited is awaited before anything is written:

    arrivals = share.read(partition, values)       parse; nothing changes yet
    share.asked(partition, arrivals)               what the gate must be able to answer
    share.take(partition, arrivals, ruling, at)    change state, and say what must be written out

The stage holds every event of its partitions in memory; the log it read them from is their only copy. So a person can
be folded again whenever an event arrives late, is corrected, is taken back, or moves to another person. Each audience's
timeline is folded from what was granted to that audience alone (law 1), and it is released in the same breath as the
decision behind it (law 3).
"""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from policies.attributes import Attributes
from policies.masking import release
from policies.ruling import Ruling
from schemas import topics
from schemas.codec import decode
from schemas.keys import DeploymentKey
from schemas.vocabulary import Outcome
from streams import splicing
from streams.arrivals import Arrival, Incoming, Move, Unreadable, onward, open_arrival, rejection
from streams.puts import Put
from streams.timeline.entries import Order, encode_entry, order_of, splice_timeline
from streams.timeline.fold import standing

RulingOf = Callable[[Attributes], Ruling]


class _Granted(NamedTuple):
    """An entry as one audience may have it, encoded once."""

    order: Order
    decision_id: str
    body: bytes

    @property
    def event_id(self) -> str:
        """The event it is of: the last word of an order."""
        return self.order[-1]


class _Decided(NamedTuple):
    """A ruling on one event for one audience, and what it contributes to the records made under it."""

    ruling: Ruling
    decision_id: str
    parts: splicing.Ruled


class _Opened:
    """Events opened in full, once for all audiences."""

    def __init__(self, fresh: Iterable[Arrival]) -> None:
        self._records = {each.held.event_id: each.record for each in fresh if each.record is not None}

    def record(self, arrival: Arrival) -> dict[str, Any]:
        """The decoded event."""
        event_id = arrival.held.event_id
        if event_id not in self._records:
            self._records[event_id] = decode(arrival.data)
        return self._records[event_id]


@dataclass(slots=True)
class _Held:
    arrival: Arrival
    epoch: int


@dataclass(slots=True)
class _Person:
    """Everything held of one person.

    Per audience, `granted` remembers what each event came to (None: not permitted), `shown` under which decision each
    event on the timeline was released, and `lines` what the timeline holds, in order. `pending` are events on which
    some audience has no ruling yet. `whole` says that at the last fold every event held stood, so that new ones can
    only add. `replayed` are envelopes not yet opened.
    """

    held: dict[str, _Held] = field(default_factory=dict)
    gone: dict[str, tuple[int, str]] = field(default_factory=dict)
    granted: dict[str, dict[str, _Granted | None]] = field(default_factory=dict)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: dict[str, list[_Granted]] = field(default_factory=dict)
    pending: dict[str, None] = field(default_factory=dict)
    whole: bool = True
    replayed: list[bytes] = field(default_factory=list)


class Share:
    """Decide and fold for `audiences`. State is per partition of persons.events, so that it comes and goes with one."""

    def __init__(self, key: DeploymentKey, audiences: Sequence[str], partitions: int) -> None:
        self._key = key
        self._audiences = tuple(audiences)
        self._partitions = partitions
        self._parts: dict[tuple[str, ...], splicing.Ruled] = {}
        self._people: dict[int, dict[str, _Person]] = {}
        self._published: dict[tuple[str, int], dict[bytes, bytes]] = {}

    def replay_events(self, partition: int, values: Iterable[bytes | None]) -> None:
        """Take back what the log of persons.events holds, up to where this stage had come."""
        people = self._people.setdefault(partition, {})
        for value in values:
            if value is None:
                continue
            # Only envelopes are opened here: most people are not touched again for a long time.
            person_id = decode(value)["person_id"]
            people.setdefault(person_id, _Person()).replayed.append(value)

    def replay_timelines(self, audience: str, partition: int, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take back an audience's timelines as they were last written."""
        published = self._published.setdefault((audience, partition), {})
        published.update((key, value) for key, value in pairs if value is not None)

    def forget_events(self, partition: int) -> None:
        """The partition belongs to another worker now."""
        self._people.pop(partition, None)

    def forget_timelines(self, audience: str, partition: int) -> None:
        """The partition belongs to another worker now."""
        self._published.pop((audience, partition), None)

    def read(self, values: Iterable[bytes | None]) -> list[Incoming]:
        """Open what has arrived. Changes nothing."""
        return [open_arrival(value, self._audiences) for value in values if value is not None]

    def asked(self, partition: int, incoming: Sequence[Incoming]) -> set[Attributes]:
        """What the gate must be able to answer before `take`."""
        asks: set[Attributes] = set()
        for each in incoming:
            if isinstance(each, Arrival):
                asks.update(each.asks.values())
            if not isinstance(each, Unreadable):
                asks.update(self._undecided(self._person(partition, each.person_id)))
        return asks

    def take(self, partition: int, incoming: Sequence[Incoming], ruling: RulingOf, at: datetime) -> list[Put]:
        """Change state, and say what must be written. Every ruling asked for must be there."""
        puts: list[Put] = []
        touched: dict[str, list[Arrival]] = {}
        for each in incoming:
            match each:
                case Unreadable():
                    puts.append(rejection(self._key, each, at))
                case Move():
                    puts += self._leave(self._person(partition, each.person_id), each)
                    touched.setdefault(each.person_id, [])
                case Arrival():
                    held = self._hold(self._person(partition, each.person_id), each)
                    puts += [held] if isinstance(held, Put) else []
                    touched.setdefault(each.person_id, []).extend([each] if held is True else [])
        for person_id, fresh in touched.items():
            puts += self._fold(partition, person_id, fresh, ruling, at)
        return puts

    def _person(self, partition: int, person_id: str) -> _Person:
        """The person, opened in full if they have only been replayed so far."""
        person = self._people.setdefault(partition, {}).setdefault(person_id, _Person())
        if person.replayed:
            replayed, person.replayed = person.replayed, []
            for value in replayed:
                match open_arrival(value, self._audiences):
                    case Arrival() as arrival:
                        self._hold(person, arrival)
                    case Move() as move:
                        self._leave(person, move)
            for audience in self._audiences:
                self._recall_shown(partition, person_id, person, audience)
            person.pending = dict.fromkeys(person.held)
            person.whole = False
        return person

    def _recall_shown(self, partition: int, person_id: str, person: _Person, audience: str) -> None:
        pseudonym = self._key.pseudonym(audience, person_id).encode()
        value = self._published.get((audience, partition), {}).get(pseudonym)
        entries = decode(value)["entries"] if value is not None else []
        person.granted[audience] = {
            entry["event_id"]: _Granted(order_of(entry), entry["decision_id"], encode_entry(entry)) for entry in entries
        }
        person.shown[audience] = {entry["event_id"]: entry["decision_id"] for entry in entries}

    def _undecided(self, person: _Person) -> Iterator[Attributes]:
        """Held events that were replayed and are not shown: whether they may be is asked again."""
        for event_id in person.pending:
            asks = person.held[event_id].arrival.asks
            for audience, asked in asks.items():
                if event_id not in person.granted.get(audience, ()):
                    yield asked

    def _hold(self, person: _Person, arrival: Arrival) -> bool | Put:
        """True: the event is new here. A Put: its source record has left, and the event follows it."""
        gone = person.gone.get(arrival.subject_key)
        if gone is not None and arrival.epoch < gone[0]:
            return onward(arrival, *gone, self._partitions)
        event_id, kept = arrival.held.event_id, arrival._replace(record=None)
        known = person.held.get(event_id)
        if known is None:
            person.held[event_id] = _Held(kept, arrival.epoch)
            person.pending[event_id] = None
            return True
        known.epoch = max(known.epoch, arrival.epoch)
        if arrival.held.received_at < known.arrival.held.received_at:
            # After a move the first delivery can come after a later one, and it is the first that counts.
            if kept.asks != known.arrival.asks:
                for granted in person.granted.values():
                    granted.pop(event_id, None)
                person.pending[event_id] = None
            known.arrival = kept
            person.whole = False
        return False

    def _leave(self, person: _Person, move: Move) -> list[Put]:
        if person.gone.get(move.subject_key, (0, ""))[0] >= move.epoch:
            return []
        person.gone[move.subject_key] = (move.epoch, move.to_person_id)
        leaving = [
            event_id
            for event_id, held in person.held.items()
            if held.arrival.subject_key == move.subject_key and held.epoch < move.epoch
        ]
        person.whole = False
        for event_id in leaving:
            person.pending.pop(event_id, None)
            for granted in person.granted.values():
                granted.pop(event_id, None)
        return [onward(person.held.pop(i).arrival, move.epoch, move.to_person_id, self._partitions) for i in leaving]

    def _fold(
        self, partition: int, person_id: str, fresh: Sequence[Arrival], ruling: RulingOf, at: datetime
    ) -> Iterator[Put]:
        person = self._people[partition][person_id]
        stand = standing(held.arrival.held for held in person.held.values())
        new, opened = {arrival.held.event_id for arrival in fresh}, _Opened(fresh)
        was_whole, person.whole = person.whole, len(stand) == len(person.held)
        for audience in self._audiences:
            granted = person.granted.setdefault(audience, {})
            added: list[_Granted] = []
            for event_id in person.pending:
                held = person.held[event_id]
                if event_id in granted or not held.arrival.asks:
                    continue
                decided = self._decided(held.arrival, audience, ruling(held.arrival.asks[audience]))
                entry = granted[event_id] = self._granted(held.arrival, decided, opened)
                if entry is not None:
                    added.append(entry)
                if event_id in new or (entry is not None and event_id in stand):
                    value = splicing.decision(decided.parts, decided.decision_id, event_id, at)
                    yield Put(topics.DECISIONS, event_id.encode(), value)
            if was_whole and person.whole:
                yield from self._add(partition, person_id, person, audience, added)
            else:
                yield from self._release(partition, person_id, person, audience, stand)
        person.pending.clear()

    def _add(
        self, partition: int, person_id: str, person: _Person, audience: str, added: Sequence[_Granted]
    ) -> Iterator[Put]:
        """Everything stands, and stood before: what is new comes on the timeline, and nothing leaves it."""
        if not added:
            return
        pseudonym = self._key.pseudonym(audience, person_id)
        shown, lines = person.shown.setdefault(audience, {}), person.lines.setdefault(audience, [])
        for entry in sorted(added, key=lambda entry: entry.event_id):
            shown[entry.event_id] = entry.decision_id
            insort(lines, entry)
            yield self._disclosure(audience, pseudonym, entry)
        yield self._written(partition, audience, pseudonym, person)

    def _release(
        self, partition: int, person_id: str, person: _Person, audience: str, stand: frozenset[str]
    ) -> Iterator[Put]:
        """Compare what may be shown now with what was, and write the difference."""
        entries = {i: entry for i, entry in person.granted[audience].items() if entry is not None and i in stand}
        before, now = person.shown.get(audience, {}), {i: entry.decision_id for i, entry in entries.items()}
        person.lines[audience] = sorted(entries.values())
        if now == before:
            return
        person.shown[audience] = now
        pseudonym = self._key.pseudonym(audience, person_id)
        for event_id in sorted(i for i, _ in now.items() - before.items()):
            yield self._disclosure(audience, pseudonym, entries[event_id])
        for event_id in sorted(before.keys() - entries.keys()):
            reason = "withdrawn" if event_id in person.held else "moved"
            value = splicing.recall(audience, pseudonym, event_id, before[event_id], reason)
            yield Put(topics.disclosures(audience), pseudonym.encode(), value)
        yield self._written(partition, audience, pseudonym, person)

    def _disclosure(self, audience: str, pseudonym: str, entry: _Granted) -> Put:
        value = splicing.disclosure(audience, pseudonym, entry.event_id, entry.decision_id, entry.body)
        return Put(topics.disclosures(audience), pseudonym.encode(), value)

    def _written(self, partition: int, audience: str, pseudonym: str, person: _Person) -> Put:
        self._published.get((audience, partition), {}).pop(pseudonym.encode(), None)
        value = self._timeline(audience, pseudonym, person, person.lines[audience])
        return Put(topics.timelines(audience), pseudonym.encode(), value)

    def _timeline(self, audience: str, pseudonym: str, person: _Person, entries: Sequence[_Granted]) -> bytes:
        redirect = None
        if not entries and not person.held and person.gone:
            # Everything has gone to one place at last: whoever held the old pseudonym is shown the way.
            _, to_person_id = max(person.gone.values())
            redirect = self._key.pseudonym(audience, to_person_id)
        return splice_timeline(pseudonym, audience, redirect, [entry.body for entry in entries])

    def _decided(self, arrival: Arrival, audience: str, ruling: Ruling) -> _Decided:
        event_id = arrival.held.event_id
        decision_id = self._key.derive("decision", event_id, audience, ruling.digest)
        named = (ruling.digest, ruling.engine, audience, arrival.event_type)
        parts = self._parts.get(named)
        if parts is None:
            kind = {"audience": audience, "agency": arrival.held.agency, "event_type": arrival.event_type}
            parts = self._parts[named] = splicing.ruled(ruling, **kind)
        return _Decided(ruling, decision_id, parts)

    def _granted(self, arrival: Arrival, decided: _Decided, opened: _Opened) -> _Granted | None:
        if decided.ruling.outcome is not Outcome.PERMIT:
            return None
        record = opened.record(arrival)
        header = record["header"]
        fields, person = release(record, decided.ruling.grants)
        entry = {
            "event_id": header["event_id"],
            "type": header["type"],
            "agency": header["agency"],
            "role": header["role"],
            "occurred": header["occurred"],
            "recorded_at": header["recorded_at"],
            "decision_id": decided.decision_id,
            "grading": header["grading"],
            "handling": header["handling"],
            "fields": fields,
            "person": person,
        }
        return _Granted(order_of(entry), decided.decision_id, splicing.entry(decided.parts, entry))
