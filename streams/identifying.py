"""The identify stage without Kafka: one published event or decision of people in, what must be written out.

Each event goes on to the person it is about, untouched, in a small envelope. When a source record changes person,
`Moved` tells the share stage to send on what it already holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from schemas import topics
from schemas.codec import decode, decode_as, encode
from schemas.errors import BusError, InvalidEvent, InvalidJudgement, Misfit
from schemas.judgements import JUDGEMENT, JUDGEMENT_BYTES_MAX
from schemas.keys import DeploymentKey
from schemas.signature import unsigned
from schemas.sizes import EVENT_BYTES_MAX, excess
from streams import source_records
from streams.activating import Activating
from streams.assigning import Assigning
from streams.identity.change import Change
from streams.identity.judgements import Judgement
from streams.identity.model import DEFAULT, load
from streams.identity.registry import Registry
from streams.identity.snapshot import NOTHING, Snapshot, of_event
from streams.opening import Opened, open_event
from streams.puts import Put
from streams.rejecting import rejection
from streams.restoring import Restored
from streams.reviewing import Reviewing
from streams.sayings import CONTENTS_BYTES_MAX, Sayings
from streams.timeline.fold import Act, acts

_MERGED: Final = "fanlight.nhs.PatientMerged"
_HEARTBEAT: Final = "fanlight.Heartbeat"


class Identify:
    """Tells whose each event is. Holds the registry of one region. `partitions` is the partition count of
    persons.events, `model` the version of the model that weighs records for as long as none has been activated."""

    def __init__(self, key: DeploymentKey, partitions: int, model: str = DEFAULT) -> None:
        self._key = key
        self._partitions = partitions
        self._model = model
        self.forget()

    def forget(self) -> None:
        """Begin with nothing: the region is another worker's now, or has not been read back yet."""
        self.registry = Registry(lambda subject_key: self._key.derive("person", subject_key), load(self._model))
        self._activating = Activating(self.registry, self._model)
        self._told = Restored(self.registry)
        self._assigning = Assigning(self._key, self._partitions, self.registry)
        self._reviewing = Reviewing(self._key, self.registry, self.source_id)
        self._deliveries: set[str] = set()
        self._adopting = False

    def source_id(self, subject_key: str) -> str:
        """The agency's own key of a source record; empty where it is not known."""
        told = self._told.get(subject_key)
        return told.source_id if told else ""

    # Memory from the log.

    def restore(self, values: Iterable[bytes | None]) -> None:
        """Take back source records as they were written down, in the order of their topic; `restored` ends it."""
        self._told.add(values)

    def restored(self) -> Iterator[None]:
        """Put what was taken back into the registry, a step at a time; before the first event. Raises UnknownModel."""
        yield from self._activating.adopt()
        yield from self._told.finish()
        self._activating.begin()

    def restore_models(self, values: Iterable[bytes | None]) -> None:
        """Take back which models were activated."""
        self._activating.restore(values)

    def restore_feeds(self, values: Iterable[bytes | None]) -> None:
        """Take back which deliveries have been heard."""
        self._deliveries.update(decode(value)["delivery"] for value in values if value is not None)

    def restore_judgements(self, values: Iterable[bytes | None]) -> None:
        """Take back what people have decided. What is no decision was refused when it came."""
        for value in values:
            with suppress(InvalidEvent, InvalidJudgement, ValueError):
                self.registry.restore((), (), [_judgement(value or b"")])

    def restore_reviews(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take back keys and values of the reviews that were open."""
        self._reviewing.restore(pairs)

    # One record in.

    def arrive(self, topic: str, place: str, data: bytes | None, at: datetime) -> list[Put]:
        """What follows from one record of a topic; a record that does not belong there becomes a rejection.

        `place` names the record on its topic, as `TOPIC/PARTITION/OFFSET`.
        """
        try:
            if topic == topics.JUDGEMENTS:
                return self.judge(data or b"", at)
            if topic == topics.MODELS:
                self._adopting = self._activating.hear(data or b"")
                return []
            return self.take(data or b"", at, topic.removeprefix("events."))
        except (InvalidEvent, InvalidJudgement) as fault:
            return [self._rejected(topic, place, data, fault, at)]

    def _rejected(self, topic: str, place: str, data: bytes | None, fault: BusError, at: datetime) -> Put:
        rejection_id = self._key.derive("rejection", place)
        said: dict[str, Any] = {"feed": topic, "source": place, "why": str(fault), "raw": data, "at": at}
        if topic == topics.JUDGEMENTS:
            return rejection(rejection_id, "refused_judgement", agency="bus", **said)
        if topic == topics.MODELS:
            return rejection(rejection_id, "refused_activation", agency="bus", **said)
        said |= {"agency": topic.removeprefix("events.")}
        if isinstance(fault, Misfit):
            return rejection(rejection_id, "wrong_form", field=fault.field, **said)
        return rejection(rejection_id, "unreadable_event", **said)

    def take(self, data: bytes, at: datetime, agency: str | None = None) -> list[Put]:
        """What follows from one published event. `agency` is the one on whose topic it was read, None where it was read
        on no topic. Raises InvalidEvent on bytes that are no event, or one of another agency."""
        event = open_event(data, arriving=True)
        _demand_usual_size(event)
        header = event.header
        if agency not in (None, header["agency"]):
            # Else anybody who may publish could take back, or speak for, what another agency said.
            raise InvalidEvent("the event is of another agency than its topic")
        if event.name == _HEARTBEAT:
            return self._heartbeat(event)
        said, puts = _said(event), []
        told = self._told.get(said.subject_key) or Sayings()
        self._demand_own_key(header)
        if not told.has_room_for(said.features):
            puts.append(self._too_much_said(event, at))
            if acts(header, event.rest)[0] is Act.NONE:
                return puts
            said = said._replace(features=NOTHING)  # what it takes back is taken back all the same
        puts += self._observe(event, said, at)
        assignment = self.registry.assignment(said.subject_key)
        assert assignment is not None, "an observed record is assigned"
        puts.append(self._assigning.identified(assignment, event))
        return puts

    def _demand_own_key(self, header: Mapping[str, Any]) -> None:
        """Raises InvalidEvent on an event under the key of another agency's record: nobody speaks for another."""
        agency, subject_key = header["agency"], header["subject_key"]
        if subject_key in self.registry:
            is_own = self.registry.said(subject_key).agency == agency
        else:
            is_own = subject_key == self._key.subject_key(agency, header["subject"])
        if not is_own:
            raise InvalidEvent("the subject_key is not that of the agency and subject in the header")

    def _too_much_said(self, event: Opened, at: datetime) -> Put:
        header, topic = event.header, topics.events(event.header["agency"])
        why = (
            f"a source record was told to be more than {CONTENTS_BYTES_MAX} bytes hold: see whether it is many people's"
        )
        said = {"agency": header["agency"], "feed": header["feed"], "source": topic, "why": why}
        rejection_id = self._key.derive("rejection", topic, header["event_id"])
        return rejection(rejection_id, "too_much_said", **said, raw=event.data, at=at)

    def _observe(self, event: Opened, said: Snapshot, at: datetime) -> list[Put]:
        """What an event says of its source record, or takes back of what was said."""
        header, subject_key = event.header, said.subject_key
        told = self._told.get(subject_key)
        is_known = told is not None
        if told is None:
            told = self._told[subject_key] = Sayings()
        told.source_id = header["subject"]
        heard = told.hear(event, said.features)
        if heard is None:
            return [] if is_known else self._changed(self.registry.observe(said), at)
        if heard.turns:
            changes = self.registry.restate(said._replace(features=told.said()))
        elif is_known and not told.acted and not heard.is_new:
            changes = []  # by far the most events say what others have said
        else:
            changes = self.registry.observe(said)
        if not changes and not heard.is_new:
            # Nothing follows from it now, but something might once other events have been taken back.
            return [_saying(subject_key, header["event_id"], heard.packed)]
        puts = [] if told.keep(heard.packed) else [_saying(subject_key, header["event_id"], heard.packed)]
        return [*puts, *(self._changed(changes, at) if changes else [self._source_record(subject_key)])]

    def _source_record(self, subject_key: str) -> Put:
        now = self.registry.assignment(subject_key)
        assert now is not None, "an observed record is assigned"
        registry = self.registry
        said, blocks = registry.said(subject_key), registry.blocks(subject_key)
        value = source_records.written(said, self._told[subject_key], now, blocks)
        return Put(topics.SOURCE_RECORDS, subject_key.encode(), value)

    def judge(self, data: bytes, at: datetime) -> list[Put]:
        """What follows from a decision of people. Raises InvalidEvent or InvalidJudgement on what is none."""
        judgement = _judgement(data)
        try:
            changes = self.registry.judge(judgement)
        except ValueError as fault:
            raise InvalidJudgement(str(fault)) from None
        return self._changed(changes, at, judgement.undoes or judgement.judgement_id)

    def adopt(self) -> Iterator[None]:
        """To be run to its end after each record, before the next one: if the record activated a model, weigh by it
        from here on. Yields between two steps, so that others get a turn."""
        if self._adopting:
            self._adopting = False
            yield from self._activating.adopt()
            self._activating.begin()

    @property
    def reconsiders(self) -> bool:
        """Whether records are still to be resolved by a model that was activated."""
        return self._activating.under_way

    def reconsider(self, components: int, at: datetime) -> list[Put]:
        """Resolve up to so many more components by the model that was activated. Returns what changes by that, and
        after the last component the message that all is done. To be called between two events, none of which waits for
        it."""
        puts: list[Put] = []
        for _ in range(components):
            changes = self._activating.step()
            if changes is None:
                return [*puts, self._activating.applied(at)]
            puts += self._changed(changes, at)
        return puts

    def _heartbeat(self, event: Opened) -> list[Put]:
        header, record = event.header, event.rest
        delivery = header["event_id"]
        if delivery in self._deliveries:
            # The same delivery again is no news of the feed: publishing a file twice changes nothing.
            return []
        self._deliveries.add(delivery)
        status = {
            "feed": header["feed"],
            "agency": header["agency"],
            "delivery": delivery,
            "last_heard": header["received_at"],
            "records_read": record["records_read"],
            "records_rejected": record["records_rejected"],
        }
        return [Put(topics.FEEDS, delivery.encode(), encode("fanlight.bus.FeedStatus", status))]

    # What is written out.

    def _changed(self, changes: Iterable[Change], at: datetime, judged: str | None = None) -> list[Put]:
        """What to write where source records have changed, and for the reviews that this touches; `judged` is the id of
        the decision of people by which they changed, if it was one."""
        return [*(put for change in changes for put in self._change(change, at, judged)), *self._reviewing.puts(at)]

    def _change(self, change: Change, at: datetime, judged: str | None) -> Iterator[Put]:
        yield self._source_record(change.assignment.subject_key)
        yield from self._assigning.changed(change, at, judged)


def _demand_usual_size(event: Opened) -> None:
    """Raises InvalidEvent on an event that is too large. Whoever publishes by other means than ours may send anything,
    and what cannot be written on would stop everybody's events."""
    if (size := len(event.data)) > EVENT_BYTES_MAX:
        raise InvalidEvent(f"the event has {size} bytes, and may have {EVENT_BYTES_MAX}")
    person = event.rest.get("person")
    if found := excess(event.data, len(person["aliases"]) if person else 0):
        raise InvalidEvent(f"the event has {found}")


def _said(event: Opened) -> Snapshot:
    merged = [event.rest["prior_subject_key"]] if event.name == _MERGED else []
    return of_event(event.header, event.rest.get("person"), merged)


def _saying(subject_key: str, event_id: str, heard: bytes) -> Put:
    return Put(topics.SOURCE_RECORDS, f"{subject_key} {event_id}".encode(), source_records.saying(subject_key, heard))


def _judgement(data: bytes) -> Judgement:
    said = decode_as(JUDGEMENT, data)
    if len(data) > JUDGEMENT_BYTES_MAX:
        raise InvalidJudgement(f"the decision has {len(data)} bytes, and may have {JUDGEMENT_BYTES_MAX}")
    if fault := unsigned("a decision", said["by"], said["reason"]):
        raise InvalidJudgement(fault)
    fields = ("judgement_id", "kind", "left", "right", "undoes", "by", "reason", "at")
    return Judgement(**{name: said[name] for name in fields})
