"""The share stage without Kafka: decide, record, release and fold, for each audience by itself.

Three steps, so that whatever must be awaited is awaited before anything is written:

    incoming = share.read(values)                  parse; nothing changes yet
    share.asked(partition, incoming)               what the gate must be able to answer
    share.take(partition, incoming, ruling, at)    change state, and say what must be written out

The stage holds every event of its partitions in memory; the log it read them from is their only copy. So a person can
be folded again whenever an event arrives late, is corrected, is taken back, or moves to another person. Each audience's
timeline is folded from what was granted to that audience alone (law 1), and it is released in the same breath as the
decision behind it (law 3).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from policies.attributes import Attributes
from policies.gate import CACHE_SIZE
from policies.masking import release, when_told
from policies.ruling import Ruling
from schemas import topics
from schemas.applied import PolicyText
from schemas.keys import DeploymentKey
from streams import splicing
from streams.arrivals import Arrival, Incoming, Move, Opener, Unreadable, onward, refused, rejected, rest_of
from streams.asking import Asks
from streams.deciding import Minutes, Ruled
from streams.holding import Person
from streams.people import People
from streams.puts import Put
from streams.seen import Granted, Seen
from streams.timeline.entries import order

RulingOf = Callable[[Attributes], Ruling]


@dataclass(slots=True)
class _Turn:
    """What is needed while one batch is decided.

    * `ruling` answers for attributes.
    * `rests` are the persons and own fields of events, by the envelope they came in.
    * `minutes` gathers the decisions.
    * `ruled` remembers rulings, by question and index of the audience.
    """

    ruling: RulingOf
    rests: dict[bytes, dict[str, Any]]
    minutes: Minutes = field(default_factory=Minutes)
    ruled: dict[tuple[Asks, int], Ruled] = field(default_factory=dict)

    def rest(self, arrival: Arrival) -> dict[str, Any]:
        """An event's person and own fields."""
        if arrival.value not in self.rests:
            self.rests[arrival.value] = rest_of(arrival)
        return self.rests[arrival.value]


class Share:
    """Decide and fold for `audiences`. `partitions` is the partition count of persons.events; `signed`, the policies
    that decide, is written down where it is given."""

    def __init__(
        self, key: DeploymentKey, audiences: Sequence[str], partitions: int, signed: PolicyText | None = None
    ) -> None:
        self._key = key
        self.audiences = tuple(audiences)
        self.partitions = partitions
        self._opener = Opener(audiences)
        self._name_person = key.deriver("person")
        self._ruled: dict[tuple[str, ...], Ruled] = {}
        self._by_last: dict[Attributes, tuple[Ruling, Ruled]] = {}
        self.people = People(key, audiences, self._opener, signed)

    def rule_under(self, under: str) -> None:
        """Say which policies hold, before anything is asked: what was decided under others is decided anew, of whoever
        is touched at once and of everybody else by `decide_again`."""
        self.people.rule_under(under)

    def read(self, values: Iterable[bytes | None]) -> Incoming:
        """Open what has arrived. Changes nothing."""
        return self._opener.open(value for value in values if value is not None)

    def asked(self, partition: int, incoming: Incoming) -> set[Attributes]:
        """What the gate must be able to answer before `take`."""
        asks: set[Asks] = set()
        answered: dict[str, Person] = {}
        for each in incoming.records:
            if isinstance(each, Unreadable):
                continue
            person = self.people.person(partition, each.person_id)
            if person.pending:
                # What was replayed and is not shown is asked about again.
                asks.update(person.undecided())
            if isinstance(each, Arrival):
                asks.add(each.asks)
                if each.answer is not None or person.answering:
                    answered[each.person_id] = person
        for person_id, person in answered.items():
            arriving = [a for a in incoming.records if isinstance(a, Arrival) and a.person_id == person_id]
            asks.update(person.may_ask(arriving))
        return {asked for each in asks for asked in each.by_audience}

    def take(self, partition: int, incoming: Incoming, ruling: RulingOf, at: datetime) -> list[Put]:
        """Change state, and say what must be written. Every ruling asked for must be there."""
        # In the same breath: what is decided here is never taken for decided under the policies of before.
        puts = self.people.announce(partition, at)
        touched: dict[str, tuple[Person, set[str]]] = {}
        for each in incoming.records:
            if isinstance(each, Unreadable):
                puts.append(rejected(self._key, each, at))
                continue
            known = touched.get(each.person_id)
            if known is None:
                known = touched[each.person_id] = (self.people.person(partition, each.person_id), set())
            person, new = known
            if isinstance(each, Move):
                leaving = person.leave(each)
                puts += [onward(arrival, each.epoch, each.to_person_id, self.partitions) for arrival in leaving]
            elif (gone := person.sent_on(each)) is not None:
                puts.append(onward(each, *gone, self.partitions))
            else:
                arrival = self.people.told_apart(person, each)
                if (crowded := person.crowded(arrival)) is not None:
                    puts.append(refused(self._key, arrival, *crowded, at))
                if person.admit(arrival, crowded):
                    new.add(arrival.held.event_id)
        return [*puts, *self._folded(touched, _Turn(ruling, incoming.rests), at)]

    def asked_again(self, partition: int, people: Iterable[str]) -> set[Attributes]:
        """What the gate must be able to answer before `decide_again`."""
        persons = (self.people.person(partition, person_id) for person_id in people)
        return {asked for person in persons for asks in person.undecided() for asked in asks.by_audience}

    def decide_again(self, partition: int, people: Iterable[str], ruling: RulingOf, at: datetime) -> list[Put]:
        """Decide on all that is held of these people under the policies that hold now. What was granted in the same
        words stands as it was decided; what is no longer is recalled."""
        touched = {person_id: (self.people.person(partition, person_id), set[str]()) for person_id in people}
        return self._folded(touched, _Turn(ruling, {}), at)

    def _folded(self, touched: Mapping[str, tuple[Person, set[str]]], turn: _Turn, at: datetime) -> list[Put]:
        """Decisions first, then what rests on them; beside each person the events of theirs that are new.

        In an order that is nobody's: in that of the batch, what an audience may not see of one person would put them
        before another on its topics.
        """
        released = [put for named in sorted(touched) for put in self._fold(named, *touched[named], turn)]
        return [*turn.minutes.puts(at), *released]

    def _fold(self, person_id: str, person: Person, new: set[str], turn: _Turn) -> Iterator[Put]:
        """Decide on what is pending of a person, and write what that changes for each audience: disclosures, recalls
        and its timeline. `new` are the ids of the events that have come with this batch."""
        # The events that stand; None where all that is pending stands beside what stood.
        stand = None if person.only_adds else person.take_stock()
        went_to = None if person.held else self._went_to(person_id, person)
        for index, audience in enumerate(self.audiences):
            seen = person.seen[audience]
            added = self._decided(person, index, new, stand, turn)
            if stand is None:
                yield from self._added(audience, seen, added)
            else:
                yield from self._replaced(audience, person, seen, stand, turn)
            redirect = None if went_to is None else self._key.pseudonym(audience, went_to)
            if seen.is_stale or (seen.was_told and seen.redirect != redirect):
                yield _written(audience, seen, redirect, seen.versions(person.versions_together))
        person.all_told()

    def _decided(
        self, person: Person, index: int, new: set[str], stand: frozenset[str] | None, turn: _Turn
    ) -> list[Granted]:
        """Decide on what is pending of a person, for the audience of this number. Returns the entries that are granted
        now and were not, or not so, before. A decision is noted among the minutes if it must be written down."""
        seen = person.seen[self.audiences[index]]
        added: list[Granted] = []
        for event_id in person.pending:
            arrival = person.held[event_id]
            if not arrival.asks.by_audience or event_id in seen.granted:
                continue
            asks = person.asks(arrival) if person.answered else arrival.asks
            ruled = turn.ruled.get((asks, index)) or self._ruled_on(asks, index, arrival.event_type, turn)
            before = seen.before.get(event_id)
            if before is not None and ruled.permitted and ruled.shared.alone == before.grants.alone:
                # Granted in the same words as before: it stands as it was decided then.
                seen.granted[event_id] = before
                continue
            seen.unsaid.pop(event_id, None)
            decision_id = ruled.decision_id(event_id)
            entry = seen.granted[event_id] = _granted(arrival, ruled, decision_id, turn)
            if entry is not None:
                added.append(entry)
            # Another ruling than before on what stands, by which the timeline changes, or somebody has to decide.
            changes = (entry or before) is not None or (person.anew and ruled.waits)
            if event_id in new or event_id in person.turned or (changes and event_id in (stand or ())):
                turn.minutes.add(ruled, decision_id, event_id)
            elif stand is not None and event_id not in stand and (changes or ruled.waits):
                seen.unsaid[event_id] = ruled
        seen.before.clear()
        return added

    def _went_to(self, person_id: str, person: Person) -> str | None:
        return person.went_to(lambda subject_key: self._name_person(subject_key) == person_id)

    def _ruled_on(self, asks: Asks, index: int, event_type: str, turn: _Turn) -> Ruled:
        """The ruling on an event for the audience of this number, with what it contributes to records."""
        asked = asks.by_audience[index]
        ruling = turn.ruling(asked)
        by_last, ruled = self._by_last.get(asked, (None, None))
        if ruled is None or by_last is not ruling:
            named = (ruling.digest, ruling.engine, asked.audience, event_type)
            ruled = self._ruled.get(named)
            if ruled is None:
                ruled = self._ruled[named] = Ruled.of(self._key, ruling, asked.audience, event_type)
            if len(self._by_last) >= CACHE_SIZE:  # as the gate forgets: a flood must not fill the memory
                self._by_last.clear()
            self._by_last[asked] = ruling, ruled
        turn.ruled[asks, index] = ruled
        return ruled

    def _added(self, audience: str, seen: Seen, added: list[Granted]) -> Iterator[Put]:
        """All that is new stands, and changes nothing that stood."""
        if added:
            seen.add(added)
            for entry in sorted(added, key=_event_id) if len(added) > 1 else added:
                yield _disclosure(audience, seen, entry)

    def _replaced(self, audience: str, person: Person, seen: Seen, stand: frozenset[str], turn: _Turn) -> Iterator[Put]:
        """Compare what may be shown now with what was, and write the difference."""
        added, gone = seen.replace(stand)
        for event_id in sorted(seen.unsaid.keys() & stand):
            ruled = seen.unsaid.pop(event_id)
            turn.minutes.add(ruled, ruled.decision_id(event_id), event_id)
        for entry in added:
            yield _disclosure(audience, seen, entry)
        for entry in gone:
            reason = _why_recalled(entry.event_id, person, stand)
            told = (entry.event_id, entry.decision_id, reason, person.moved.get(entry.event_id))
            yield Put(
                topics.disclosures(audience),
                seen.pseudonym.encode(),
                splicing.recall(audience, seen.pseudonym, *told),
            )


def _why_recalled(event_id: str, person: Person, stand: frozenset[str]) -> str:
    if event_id not in person.held:
        return "moved"
    return "no_longer_permitted" if event_id in stand else "withdrawn"


def _written(audience: str, seen: Seen, redirect: str | None, versions: Mapping[str, str]) -> Put:
    """The whole timeline, as its topic will hold it, noted as written in `seen`. `redirect` is the pseudonym under
    which a person is found of whom nothing is left under this one; `versions` is as in `Seen.versions`."""
    seen.redirect, seen.was_told, seen.is_stale = redirect, True, False
    lines = [(entry.body, entry.grants) for entry in seen.lines]
    value = splicing.timeline(seen.pseudonym, audience, redirect, lines, versions)
    return Put(topics.timelines(audience), seen.pseudonym.encode(), value)


def _event_id(entry: Granted) -> str:
    return entry.event_id


def _granted(arrival: Arrival, ruled: Ruled, decision_id: str, turn: _Turn) -> Granted | None:
    if not ruled.permitted:
        return None
    rest = turn.rest(arrival)
    fields, person = release(rest, ruled.grants)
    body = splicing.entry(decision_id, arrival.front, fields, person)
    occurred, event_type, event_id = arrival.order
    told = when_told(event_type, occurred, (rest.get("person") or {}).get("birth_date"), ruled.grants)
    if told != occurred:
        body = splicing.redated(body, told)
    return Granted(order(told, event_type, event_id), decision_id, body, ruled.shared)


def _disclosure(audience: str, seen: Seen, entry: Granted) -> Put:
    value = splicing.disclosure(audience, seen.pseudonym, entry.event_id, entry.decision_id, entry.body, entry.grants)
    return Put(topics.disclosures(audience), seen.pseudonym.encode(), value)
