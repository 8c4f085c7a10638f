"""Everything the bus holds of one person."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from streams.arrivals import Arrival, Move
from streams.asking import Answered, Asks, after
from streams.seen import Seen
from streams.timeline.fold import Act, in_force, names, standing, versions_together

#: The most events held of one person: fourteen years of a mark for each half day at school, and as much again. Who has
#: more is many people under one key, and each further event would write the timeline of all of them anew.
EVENTS_MAX: Final = 10_000
#: The most bytes of their events that may stand on a timeline. The names of fields add five megabytes at the most, and
#: masks a little: a timeline of it all stays below the largest record (`sizes.RECORD_BYTES_MAX`).
BYTES_MAX: Final = 4 << 20


class Crowded(NamedTuple):
    """Why an event is one too many: the code of its rejection, and in words how much is held already."""

    code: str
    much: str


class Person:
    """Everything held of one person. A dict or set is keyed by event id, unless said otherwise.

    * `under` names the policies under which all of it was decided, as `Gate.scope` does.
    * `held` are the events.
    * `gone` are the source records that have left, by subject key: the epoch from which on they are another person's,
      and the id of that person.
    * `seen` is what each audience may see, by the name of the audience.
    * `pending` are the events on which some audience has no ruling yet; a dict for its order.
    * `moved` are the events that have left since the last fold, with the id of the decision about a link by which they
      did.
    * `anew` is True while all of it is to be decided under other policies than it was.
    * `only_adds` is True while every event that has come since the last fold stands and takes nothing back, so that the
      timelines only grow.
    * `versions_together` are, for each record of which several versions stand, the ids of those versions.
    * `answering` are the events that answer a REVIEW.
    * `answered` is what people have answered, by the event that they answered about.
    * `turned` are the events of which what was answered has changed since the last fold.
    * `apart` are the ids that were made here for events which came under the id of another agency's event.
    * `replayed` are envelopes read back from the log that have not been opened yet.
    * `_names` are all names by which events held act on one another (`fold.names`), `_bytes` the sum of their sizes.
    """

    def __init__(self) -> None:
        self.under = ""
        self.held: dict[str, Arrival] = {}
        self.gone: dict[str, tuple[int, str]] = {}
        self.seen: dict[str, Seen] = {}
        self.pending: dict[str, None] = {}
        self.moved: dict[str, str | None] = {}
        self.anew = False
        self.only_adds = True
        self.versions_together: tuple[tuple[str, ...], ...] = ()
        self.answering: set[str] = set()
        self.answered: dict[str, tuple[Answered, ...]] = {}
        self.turned: set[str] = set()
        self.apart: set[str] = set()
        self.replayed: list[bytes] = []
        self._names: set[str] = set()
        self._bytes = 0

    def has_anothers(self, arrival: Arrival) -> bool:
        """Whether an event of another agency is held under the id of this one."""
        known = self.held.get(arrival.held.event_id)
        return known is not None and known.held.agency != arrival.held.agency

    def crowded(self, arrival: Arrival) -> Crowded | None:
        """Why there is no room for an event; None where there is, as always for one that can be no entry."""
        known = self.held.get(arrival.held.event_id)
        if known is None and arrival.is_entry and len(self.held) >= EVENTS_MAX:
            return Crowded("too_many_events", f"{EVENTS_MAX} events")
        held = self._bytes - (known.size if known else 0)
        if arrival.is_entry and held + arrival.size > BYTES_MAX:
            return Crowded("too_many_bytes", f"events of {BYTES_MAX} bytes")
        return None

    def admit(self, arrival: Arrival, crowded: Crowded | None) -> bool:
        """Take an event in, and return whether it is new here. `crowded` is what `self.crowded` returned for it.

        An event for which there is no room is not shown, and is held only if it takes another one back.
        """
        if crowded is None:
            return self.hold(arrival)
        return arrival.held.act is not Act.NONE and self.hold(arrival.unshown())

    def hold(self, arrival: Arrival) -> bool:
        """Take an event in, and return whether it is new here."""
        held = arrival.held
        known = self.held.get(held.event_id)
        if known is None:
            self._bytes += arrival.size
            its_names = names(held)
            if held.act is not Act.NONE or not self._names.isdisjoint(its_names):
                self.only_adds = False
            self._names.update(its_names)
            self.held[held.event_id] = arrival
            if held.act is Act.ANSWERS:
                self.answering.add(held.event_id)
            self.pending[held.event_id] = None
            return True
        first, epoch = known, max(known.epoch, arrival.epoch)
        if held.received_at < known.held.received_at:
            # After a move the first delivery can come after a later one, and it is the first that counts.
            first, self.only_adds = arrival, False
            self._bytes += arrival.size - known.size
            if arrival.asks is not known.asks:
                self._ask_again(held.event_id)
        self.held[held.event_id] = first if first.epoch == epoch else first._replace(epoch=epoch)
        return False

    def undecided(self) -> Iterator[Asks]:
        """What must be asked about the events held on which some audience has no decision, event by event."""
        for event_id in self.pending:
            if any(event_id not in seen.granted for seen in self.seen.values()):
                yield self.asks(self.held[event_id])

    def asks(self, arrival: Arrival) -> Asks:
        """What deciding on an event held asks, after all that was answered of it."""
        answered = self.answered.get(arrival.held.event_id)
        return arrival.asks if answered is None else after(arrival.asks, answered)

    def answers(self) -> dict[str, list[Arrival]]:
        """By the id of an event, the events that answer a REVIEW of it, in the order in which they were given.

        Answers that were taken back are among them. Answers count only from the source of the event itself.
        """
        found: defaultdict[str, list[Arrival]] = defaultdict(list)
        for answering in sorted((self.held[event_id] for event_id in self.answering), key=_answered_at):
            answered = self.held.get(answering.held.target or "")
            if answered is not None and _source(answering) == _source(answered):
                found[answered.held.event_id].append(answering)
        return found

    def may_ask(self, arriving: Sequence[Arrival]) -> Iterator[Asks]:
        """What deciding may ask once the events `arriving` have been taken in, about each event that somebody has
        answered about: without an answer, and after each of its answers, as it is not known yet which of them will be
        in force."""
        answers: dict[str, list[Answered]] = {}
        for each in (*(self.held[event_id] for event_id in self.answering), *arriving):
            if each.answer is not None and each.held.target is not None:
                answers.setdefault(each.held.target, []).append(each.answer)
        for event in (*self.held.values(), *arriving):
            if (about_it := answers.get(event.held.event_id)) is not None:
                yield event.asks
                yield from (after(event.asks, (answer,)) for answer in about_it)

    def rule_under(self, under: str) -> None:
        """Have all that is held decided anew under these policies, unless it was decided under them."""
        if self.under == under:
            return
        self.under, self.anew, self.only_adds = under, True, False
        self.pending = dict.fromkeys(self.held)
        for seen in self.seen.values():
            seen.ask_again()

    def _ask_again(self, event_id: str) -> None:
        for seen in self.seen.values():
            seen.forget(event_id)
        self.pending[event_id] = None

    def leave(self, move: Move) -> list[Arrival]:
        """Let a source record go to another person. Returns its events, which are no longer held here."""
        if self.gone.get(move.subject_key, (0, ""))[0] >= move.epoch:
            return []
        self.gone[move.subject_key] = (move.epoch, move.to_person_id)
        self.only_adds = False
        leaving = [a for a in self.held.values() if a.subject_key == move.subject_key and a.epoch < move.epoch]
        for arrival in leaving:
            event_id = arrival.held.event_id
            del self.held[event_id]
            self.answering.discard(event_id)
            self._bytes -= arrival.size
            self.moved[event_id] = move.link
            self.pending.pop(event_id, None)
            for seen in self.seen.values():
                seen.forget(event_id)
        return leaving

    def sent_on(self, arrival: Arrival) -> tuple[int, str] | None:
        """The epoch and person id under which an event must be sent on, because its source record has left since the
        event was addressed to this person; None where it may stay."""
        gone = self.gone.get(arrival.subject_key)
        return gone if gone is not None and arrival.epoch < gone[0] else None

    def went_to(self, is_named_after: Callable[[str], bool]) -> str | None:
        """The id of the person to whom a person of whom nothing is left has gone; None where nothing ever left.

        Source records that were here together may have gone to different persons. The one that this person is named
        after decides: it alone was certainly here whenever anybody was told this name.
        """
        if not self.gone:
            return None
        namesake = next((gone for subject_key, gone in self.gone.items() if is_named_after(subject_key)), None)
        return (namesake or max(self.gone.values()))[1]

    def all_told(self) -> None:
        """Note that everything pending has been decided, and that what follows from it is about to be written."""
        self.pending.clear()
        self.moved.clear()
        self.turned.clear()
        self.anew = False

    def take_stock(self) -> frozenset[str]:
        """Work out anew which events stand, and return their ids. `only_adds` is True from here on, until an event
        comes that changes what stands."""
        self._names = {name for arrival in self.held.values() for name in names(arrival.held)}
        self.only_adds = True
        stand = standing(arrival.held for arrival in self.held.values())
        self.versions_together = versions_together(self.held[event_id].held for event_id in stand)
        if self.answering or self.answered:
            self._heed()
        return stand

    def _heed(self) -> None:
        """Work out what people have answered by now. Each event of which that has changed is to be decided anew, for
        the audiences that it was answered for."""
        before, self.answered = self.answered, self._answered_now()
        for event_id in sorted((before.keys() | self.answered.keys()) & self.held.keys()):
            turned = {each.audience for each in {*before.get(event_id, ())} ^ {*self.answered.get(event_id, ())}}
            for audience in turned & self.seen.keys():
                self.seen[audience].ask_again_about(event_id)
                self.pending[event_id] = None
                self.turned.add(event_id)

    def _answered_now(self) -> dict[str, tuple[Answered, ...]]:
        """By event, the last answer for each audience; answers that were taken back or replaced do not count."""
        counting = in_force(arrival.held for arrival in self.held.values())
        found: dict[str, tuple[Answered, ...]] = {}
        for event_id, answers in self.answers().items():
            said = (each.answer for each in answers if each.held.event_id in counting)
            last = {answer.audience: answer for answer in said if answer is not None}
            if last:
                found[event_id] = tuple(sorted(last.values()))
        return found


def _source(arrival: Arrival) -> tuple[str, str]:
    return arrival.held.agency, arrival.subject_key


def _answered_at(answering: Arrival) -> tuple[object, ...]:
    """The order of answers. Of two that were made at one instant a refusal comes later, so that it counts."""
    return answering.held.version, answering.answer, answering.held.event_id
