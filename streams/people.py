"""Everybody whose events this worker holds, by partition of persons.events, read back from the log when it starts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from schemas import topics
from schemas.applied import Applied, PolicyText, applied_in
from schemas.codec import decode, record_name
from schemas.errors import InvalidEvent
from schemas.keys import DeploymentKey
from schemas.timelines import timeline_in
from streams import splicing
from streams.arrivals import MOVED, Arrival, Move, Opener
from streams.envelope import IDENTIFIED
from streams.holding import Person
from streams.puts import Put
from streams.seen import Granted, Seen
from streams.timeline.entries import order_of

#: How many people `everybody_under` hands out at once.
_AT_ONCE: Final = 100


class People:
    """Everybody of the partitions that this worker has. A partition is read back when it is assigned, by the `replay_…`
    methods and then `restored`, and dropped by the `forget_…` methods when another worker takes it over.

    `signed` is the text of the policies that decide, which is written down once; None for whoever writes nothing.
    """

    def __init__(
        self, key: DeploymentKey, audiences: Sequence[str], opener: Opener, signed: PolicyText | None = None
    ) -> None:
        self._key = key
        self._audiences = tuple(audiences)
        self._opener = opener
        self._signed_text = signed
        self._people: dict[int, dict[str, Person]] = {}
        self._published: dict[tuple[str, int], dict[bytes, bytes]] = {}
        self._under = ""
        self._due: dict[int, list[str]] = {}
        self._applied: dict[int, Applied] = {}
        self._announced: set[int] = set()
        self._written_down: defaultdict[int, set[str]] = defaultdict(set)

    def rule_under(self, under: str) -> None:
        """Have everybody decided under these policies from now on: whoever is touched at once, all others as `due`."""
        if under != self._under:
            self._under = under
            self._due = {partition: self._everybody(partition) for partition in self._due}

    def replay_applied(self, partition: int, values: Iterable[bytes | None]) -> None:
        """Take back under which policies everybody of a partition was last decided, and which are written down."""
        for value in values:
            match applied_in(value) if value is not None else None:
                case Applied() as applied:
                    self._applied[partition] = applied
                case PolicyText(revision):
                    self._written_down[partition].add(revision)

    def restored(self, partition: int) -> None:
        """Note that all of a partition has been read back. Unless everybody in it was decided under the policies that
        hold now, everybody is `due`."""
        self._due[partition] = [] if self._is_applied(partition) else self._everybody(partition)

    def _everybody(self, partition: int) -> list[str]:
        """The people of a partition, those who are decided first at the end. In the order in which they came to be
        known, what is withheld of one would put them before another."""
        return sorted(self._people.get(partition, ()), reverse=True)

    def _is_applied(self, partition: int) -> bool:
        return self._applied.get(partition) == Applied(partition, self._under, True)

    def is_whole(self, partition: int) -> bool:
        """Whether all of a partition has been read back."""
        return partition in self._due

    @property
    def are_announced(self) -> bool:
        """Whether the log says of each partition under which policies it is decided, so that others can wait for it."""
        return self._announced.issuperset(self._due)

    def announce(self, partition: int, at: datetime) -> list[Put]:
        """What must be written so that the log says under which policies a partition is decided, and whether everybody
        has been; nothing before all of it has been read back."""
        if not self.is_whole(partition):
            return []
        self._announced.add(partition)
        puts: list[Put] = []
        if self._signed_text is not None and self._signed_text.revision not in self._written_down[partition]:
            self._written_down[partition].add(self._signed_text.revision)
            puts.append(Put(topics.POLICIES, *self._signed_text.message()))
        now = Applied(partition, self._under, not self._due[partition])
        if self._applied.get(partition) != now:
            self._applied[partition] = now
            puts.append(Put(topics.POLICIES, *now.message(at)))
        return puts

    def due(self, partition: int, count: int) -> list[str]:
        """Take up to `count` people of a partition who are to be decided anew, by person id; none before all of it has
        been read back. They count as decided from here on, so the caller must decide on them or end."""
        due = self._due.get(partition, [])
        taken = due[-count:]
        del due[-count:]
        return taken

    def everybody_under(self, under: str) -> Iterator[tuple[int, list[str]]]:
        """Everybody who was read back, due under these policies: a partition with up to _AT_ONCE person ids at a time.

        For whoever reads the log and writes nothing to it.
        """
        self.rule_under(under)
        for partition in sorted(self._people):
            self.restored(partition)
            while due := self.due(partition, _AT_ONCE):
                yield partition, due

    def replay_events(self, partition: int, values: Iterable[bytes | None]) -> None:
        """Take back what the log of persons.events holds, up to where this stage had come."""
        people = self._people.setdefault(partition, {})
        for value in values:
            if value is None:
                continue
            # Only envelopes are opened here: most people are not touched again for a long time.
            with suppress(InvalidEvent):  # refused when it came
                person_id = _addressee(value)
                person = people.get(person_id)
                if person is None:
                    person = people[person_id] = Person()
                person.replayed.append(value)

    def replay_timelines(self, audience: str, partition: int, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take back an audience's timelines as they were last written."""
        published = self._published.setdefault((audience, partition), {})
        published.update((key, value) for key, value in pairs if value is not None)

    def forget_events(self, partition: int) -> None:
        """Events of a partition are another worker's."""
        self._people.pop(partition, None)
        self._due.pop(partition, None)
        self._announced.discard(partition)

    def forget_applied(self, partition: int) -> None:
        """How a partition is decided is another worker's to say."""
        self._applied.pop(partition, None)
        self._written_down.pop(partition, None)

    def forget_timelines(self, audience: str, partition: int) -> None:
        """An audience's timelines of a partition are another worker's."""
        self._published.pop((audience, partition), None)

    def person(self, partition: int, person_id: str) -> Person:
        """The person, opened in full if they have only been replayed so far."""
        people = self._people.setdefault(partition, {})
        person = people.get(person_id)
        if person is None:
            person = people[person_id] = Person()
        if not person.seen:
            self._open(partition, person_id, person)
        person.rule_under(self._under)
        return person

    def _open(self, partition: int, person_id: str, person: Person) -> None:
        replayed, person.replayed = person.replayed, []
        for each in self._opener.open(replayed).records:
            match each:
                case Arrival():
                    if person.sent_on(each) is None:
                        arrival = self.told_apart(person, each)
                        person.admit(arrival, person.crowded(arrival))
                case Move():
                    person.leave(each)
        if person.answering:
            person.take_stock()  # what was answered before has been heeded
        person.moved.clear()  # what left before has been told
        # What was never decided is decided as it comes.
        person.under = self._under if self._is_applied(partition) or not replayed else ""
        for audience in self._audiences:
            seen = Seen(self._key.pseudonym(audience, person_id))
            # Taken out: it is held with the person from here on.
            value = self._published.get((audience, partition), {}).pop(seen.pseudonym.encode(), None)
            person.seen[audience] = seen if value is None else self._last_shown(seen, value)
        person.only_adds = not replayed

    def told_apart(self, person: Person, arrival: Arrival) -> Arrival:
        """The event under an id of its own where its id is that of another agency's event: whoever has seen an id could
        else put theirs in the place of that."""
        taken = person.has_anothers(arrival)
        if not taken and not person.apart:
            return arrival
        own_id = self._key.derive("event", arrival.held.agency, arrival.held.event_id)
        if taken:
            person.apart.add(own_id)
        return arrival.under(own_id) if own_id in person.apart else arrival

    def _last_shown(self, seen: Seen, value: bytes) -> Seen:
        """Fill `seen` with what an audience was last shown of a person, by the timeline in `value`."""
        told = timeline_in(value)
        seen.was_told, seen.redirect = True, told["redirect"]
        for entry in told["entries"]:
            body, grants = splicing.entry_again(entry), splicing.grants(entry["grants"])
            seen.granted[entry["event_id"]] = Granted(order_of(entry), entry["decision_id"], body, grants)
        seen.lines = sorted(entry for entry in seen.granted.values() if entry is not None)
        return seen


def _addressee(value: bytes) -> str:
    if (name := record_name(value)) not in (IDENTIFIED, MOVED):
        raise InvalidEvent(f"a {name} is addressed to no person")
    return str(decode(value)["person_id"])
