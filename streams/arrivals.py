"""What comes off persons.events: an event of a person, a move of one of their source records, or neither.

Opening changes nothing: it only finds out what a record is, and what deciding on it would ask.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from policies.attributes import Attributes
from schemas import topics
from schemas.binary import text
from schemas.catalogue import event_records
from schemas.codec import decode_as, decode_header, decode_rest, record_name
from schemas.errors import InvalidEvent
from schemas.keys import DeploymentKey
from streams.asking import NOTHING, Answered, Asks, answered_in
from streams.envelope import Envelope, readdressed, unseal
from streams.puts import Put
from streams.rejecting import rejection
from streams.timeline.entries import Order, order
from streams.timeline.fold import Act, HeldEvent, held_event

MOVED: Final = "fanlight.bus.Moved"
_QUESTIONS_MAX: Final = 65_536


class Unreadable(NamedTuple):
    """A record on persons.events that is neither an event nor a move: kept as a rejection, never a crash."""

    value: bytes
    why: str


class Move(NamedTuple):
    """A source record leaves a person, by the decision about a link that `link` names."""

    person_id: str
    subject_key: str
    epoch: int
    to_person_id: str
    link: str | None


class Arrival(NamedTuple):
    """An event, and what folding and deciding need of it.

    * `epoch` is that of the assignment by which it was addressed to this person.
    * `held` is the event as folding sees it, `asks` are the questions to the gate about it.
    * `front` is the part of an entry that comes of its header (`codec.decode_header`), `order` its place on a timeline.
    * `value` is the envelope that it came in, `size` how many bytes of it could stand on a timeline.
    * `answer` is what it answers to a REVIEW; None for every other event.
    """

    person_id: str
    subject_key: str
    epoch: int
    event_type: str
    held: HeldEvent
    asks: Asks
    front: bytes
    order: Order
    value: bytes
    size: int
    answer: Answered | None = None

    @property
    def is_entry(self) -> bool:
        """Whether it could stand on a timeline."""
        return bool(self.asks.by_audience)

    def unshown(self) -> "Arrival":
        """The same event as one that can be no entry: it still takes back what it names."""
        return self._replace(asks=NOTHING, size=0)

    def under(self, event_id: str) -> "Arrival":
        """The same event under another id."""
        front = text(event_id) + self.front[len(text(self.held.event_id)) :]
        held = self.held._replace(event_id=event_id)
        return self._replace(held=held, front=front, order=(*self.order[:-1], event_id))


@dataclass(slots=True)
class Incoming:
    """Records that have arrived, and in `rests` the person and own fields of the events among them, which are needed
    only while these are new.

    `rests` is keyed by the envelope and not by event id, as another event may come under the same id.
    """

    records: list[Arrival | Move | Unreadable] = field(default_factory=list)
    rests: dict[bytes, dict[str, Any]] = field(default_factory=dict)


class Opener:
    """Opens records for `audiences`."""

    def __init__(self, audiences: Sequence[str]) -> None:
        self._audiences = tuple(audiences)
        self._asks: Callable[[bytes], Asks] = lru_cache(maxsize=_QUESTIONS_MAX)(self._asked)

    def open(self, values: Iterable[bytes]) -> Incoming:
        """Decode records, and find out of events what deciding on them would ask for each audience."""
        incoming = Incoming()
        for value in values:
            try:
                incoming.records.append(self._open(value, incoming.rests))
            except InvalidEvent as fault:
                incoming.records.append(Unreadable(value, str(fault)))
        return incoming

    def _open(self, value: bytes, rests: dict[bytes, dict[str, Any]]) -> Arrival | Move:
        if record_name(value) == MOVED:
            moved = decode_as(MOVED, value)
            return Move(*(moved[name] for name in Move._fields))
        envelope = unseal(value)
        # All of it: an event that cannot be read is refused here, not found out when it is to be released.
        rest = _rest(envelope)
        arrival = self._arrival(envelope, value)
        if arrival.held.act is Act.ANSWERS:
            arrival = arrival._replace(answer=answered_in(rest))
        rests[value] = rest
        return arrival

    def _arrival(self, envelope: Envelope, value: bytes) -> Arrival:
        person_id, subject_key, epoch, brief, event = envelope
        event_type, event_id = brief["event_type"], brief["event_id"]
        held = held_event(
            event_id,
            event_type.partition(".")[0],
            brief["record_key"],
            brief["recorded_at"],
            brief["received_at"],
            _act(brief["act"]),
            brief["target"],
        )
        return Arrival(
            person_id,
            subject_key,
            epoch,
            event_type,
            held,
            self._asks(brief["attributes"]),
            brief["front"],
            order(brief["occurred"], event_type, event_id),
            value,
            len(brief["front"]) + len(event) - brief["rest_at"] if brief["attributes"] else 0,
        )

    def _asked(self, attributes: bytes) -> Asks:
        audiences = self._audiences if attributes else ()
        return Asks(tuple(Attributes.of_described(each, attributes) for each in audiences))


def rest_of(arrival: Arrival) -> dict[str, Any]:
    """The person and the own fields of an event that came some time ago."""
    return _rest(unseal(arrival.value))


def _rest(envelope: Envelope) -> dict[str, Any]:
    brief = envelope.brief
    return decode_rest(_record(brief["event_type"]), envelope.event, brief["rest_at"])


@cache
def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise InvalidEvent("an envelope names an act that this release does not know") from None


@cache
def _record(event_type: str) -> str:
    kind = event_records().get(event_type)
    if kind is None:
        raise InvalidEvent("an envelope names an event type that this release does not know")
    return kind.name


def onward(arrival: Arrival, epoch: int, person_id: str, partitions: int) -> Put:
    """The event again, for the person whom its source record has gone to."""
    partition = topics.partition_of(person_id, partitions)
    return Put(topics.PERSONS, person_id.encode(), readdressed(arrival.value, person_id, epoch), partition)


def rejected(key: DeploymentKey, unreadable: Unreadable, at: datetime) -> Put:
    """The rejection of a record that cannot be read."""
    rejection_id = key.derive("rejection", topics.PERSONS, unreadable.value.hex())
    said = {"agency": "bus", "feed": topics.PERSONS, "source": topics.PERSONS, "why": unreadable.why}
    return rejection(rejection_id, "unreadable_event", **said, raw=unreadable.value, at=at)


def refused(key: DeploymentKey, arrival: Arrival, code: str, much: str, at: datetime) -> Put:
    """The rejection of an event for which there is no room; `code` and `much` are those of a `holding.Crowded`."""
    event = unseal(arrival.value).event
    header, *_ = decode_header(event)
    rejection_id = key.derive("rejection", topics.PERSONS, arrival.person_id, arrival.held.event_id)
    why = f"{much} of one person are held, and no more are taken: see whether one key is used for many"
    said = {"agency": header["agency"], "feed": header["feed"], "source": topics.PERSONS, "why": why}
    return rejection(rejection_id, code, **said, raw=event, at=at)
