"""Records from topics into the read model, a batch at a time, and word to whoever is watching."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from schemas import topics
from schemas.codec import decode_as, encode
from schemas.decisions import DECISION, decisions_in
from schemas.errors import InvalidEvent
from schemas.evidence import PROTECTED
from schemas.judgements import JUDGEMENT
from schemas.looks import LOOK
from schemas.timelines import TIMELINE, timeline_in
from views.live import Watchers
from views.read_model import ReadModel, Term

log = logging.getLogger(__name__)

Terms = Callable[[Mapping[str, Any]], list[Term]]

RETRY_SECONDS = 1.0
#: With no more messages than this still to be read, what the pages show counts as up to date.
BEHIND_MAX = 500


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a topic; a value of None takes its key back."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages, and where to go on in each partition afterwards: further than the last, where a transaction ended."""

    messages: Sequence[Message]
    positions: Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class SubscriptionHealth:
    """Whether the broker answers, and how many messages are still to be read (None: not known yet)."""

    reachable: bool
    behind: int | None
    why: str = ""

    @property
    def caught_up(self) -> bool:
        """Whether nearly all that the bus holds has been read."""
        return self.behind is not None and self.behind <= BEHIND_MAX


class Subscription(Protocol):
    """Where messages come from. (A *feed* is what a partner delivers by.)"""

    def batches(self, offsets: Mapping[tuple[str, int], int], made_anew: Callable[[str], None]) -> AsyncIterator[Batch]:
        """Every batch from these offsets on; calls `made_anew` for a topic that is shorter than what we had read."""

    def health(self) -> SubscriptionHealth:
        """How reading is going."""


class Ingest:
    """Applies batches. `unreadable` counts messages that this release cannot read."""

    def __init__(self, model: ReadModel, watchers: Watchers, terms: Terms) -> None:
        self._model = model
        self._watchers = watchers
        self._terms = terms
        self.unreadable = 0

    async def run(self, subscription: Subscription) -> None:
        """Read for ever; what fails is begun again from the offsets that are stored."""
        while True:
            try:
                async for batch in subscription.batches(self._model.offsets(), self._model.forget_topic):
                    self.apply(batch)
                    # What has been fetched is handed out without a pause, and pages and signals wait their turn.
                    await asyncio.sleep(0)
            except Exception as fault:
                # A page can still be refused or shown as late; a dead reader would show yesterday as today.
                log.warning("reading the topics failed (%s) and begins again", type(fault).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    def apply(self, batch: Batch) -> None:
        """One batch in one transaction, offsets included; then tell whoever watches a person that changed."""
        changed: set[tuple[str, str]] = set()
        with self._model.transaction():
            for message in _last_of_each_key(batch.messages):
                person = self._store(message)
                if person is not None:
                    changed.add(person)
            for (topic, partition), following in batch.positions.items():
                self._model.set_offset(topic, partition, following)
        for audience, pseudonym in changed:
            self._watchers.changed(audience, pseudonym)

    def _store(self, message: Message) -> tuple[str, str] | None:
        """Store one message; which person it changed, if it is a timeline."""
        kind, _, audience = message.topic.partition(".")
        key = (message.key or b"").decode(errors="replace")
        if kind == "timelines":
            self._store_timeline(audience, key, message)
            return audience, key
        if message.topic == topics.REVIEWS:
            self._store_review(key, message.value)
        elif message.value is not None and message.topic == topics.DECISIONS:
            self._store_decisions(message.value)
        elif message.value is not None:
            self._store_other(message.topic, message.value)
        return None

    def _store_timeline(self, audience: str, person: str, message: Message) -> None:
        value = message.value
        record = None if value is None else self._read(TIMELINE, value, timeline_in)
        if value is None or record is None or record["audience"] != audience:
            # Taken back, or not to be read: what stood there before may no longer be shown.
            self._model.drop_timeline(audience, person)
            return
        self._model.put_timeline(audience, person, value, self._terms(record))

    def _store_review(self, review_id: str, value: bytes | None) -> None:
        record = None if value is None else self._decode("fanlight.bus.Review", value)
        # Two sides of a protected group are an adoption: no remit opens such a pair, so it is not even kept.
        if value is None or record is None or record["review_id"] != review_id or record["decided_by"] == PROTECTED:
            self._model.drop_review(review_id)
            return
        self._model.put_review(record, value)

    def _store_decisions(self, value: bytes) -> None:
        try:
            for decision in decisions_in(value):
                self._model.put_decision(decision, encode(DECISION, decision))
        except InvalidEvent as fault:
            self._unreadable(topics.DECISIONS, fault)

    def _store_other(self, topic: str, value: bytes) -> None:
        store, name = {
            topics.LOOKS: (self._model.put_look, LOOK),
            topics.FEEDS: (self._model.put_feed, "fanlight.bus.FeedStatus"),
            topics.JUDGEMENTS: (self._model.put_judgement, JUDGEMENT),
        }[topic]
        record = self._decode(name, value)
        if record is not None:
            store(record, value)

    def _decode(self, name: str, value: bytes) -> dict[str, Any] | None:
        return self._read(name, value, partial(decode_as, name))

    def _read(self, name: str, value: bytes, reading: Callable[[bytes], dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return reading(value)
        except InvalidEvent as fault:
            self._unreadable(name, fault)
            return None

    def _unreadable(self, what: str, fault: InvalidEvent) -> None:
        self.unreadable += 1
        log.warning("a message of %s is passed over: %s", what, fault)


def _last_of_each_key(messages: Sequence[Message]) -> list[Message]:
    """Timelines come whole, so of a batch only the last of a key counts. The decisions for an audience have one key."""
    last: dict[tuple[str, object], Message] = {}
    for message in messages:
        whole = message.topic.startswith("timelines.")
        last[message.topic, message.key if whole else (message.partition, message.offset)] = message
    return list(last.values())
