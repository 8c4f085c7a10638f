"""The whole path without Kafka: real connectors, the real stages, the real gate, over lists instead of topics.

A topic's partition is a list and a position, as on a broker. `settle` moves records through the stages until nothing
is left; with a `rng` it takes partitions and batches in any order that a broker could.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from connectors.connector import Context, Source
from connectors.formats import FORMATS
from connectors.mapping import load_mapping
from connectors.publish import Summary, publish_delivery
from policies import rulecards
from policies.engines.embedded import EmbeddedEngine
from policies.gate import Gate
from policies.instants import instant_ns
from policies.load import PolicySet
from policies.told import judgeable
from schemas import topics
from schemas.activations import activated
from schemas.codec import decode, encode_event
from schemas.decisions import decisions_in
from schemas.events import Event
from schemas.judgements import judged, undone
from schemas.keys import DeploymentKey
from schemas.timelines import timeline_in
from schemas.vocabulary import Agency, JudgementKind
from streams.identifying import Identify
from streams.puts import Put
from streams.sharing import Share
from streams.timeline.present import present

KEY = DeploymentKey(b"k" * 32)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PARTITIONS = 4
ANALYST = "police-intelligence-analyst"
LEAD = "designated-safeguarding-lead"
MISSING = "missing-response"
#: A source record as an agency names it: the agency, and its own key.
Name = tuple[str, str]


@cache
def policy() -> PolicySet:
    return PolicySet.load()


@cache
def gate(now: datetime = NOW) -> Gate:
    return Gate(policy(), EmbeddedEngine(policy()), lambda: instant_ns(now))


@cache
def cards() -> Sequence[rulecards.RuleCard]:
    return rulecards.load()


class MemoryBus:
    """Publish, settle, look. Every publication is received a minute after the one before it."""

    def __init__(self, rng: Random | None = None, key: DeploymentKey = KEY, now: datetime = NOW) -> None:
        self.key = key
        self.now = now
        self.received_at = now - timedelta(hours=6)
        self.logs: dict[tuple[str, int], list[tuple[bytes, bytes | None]]] = defaultdict(list)
        self._rng = rng
        self._arrived = 0
        self._decided = 0
        self._done: dict[tuple[str, int], int] = defaultdict(int)
        self._identify, self._share = self._stages()
        self._begin()

    def _stages(self) -> tuple[Identify, Share]:
        return Identify(self.key, PARTITIONS), Share(self.key, tuple(policy().audiences), PARTITIONS)

    # What partners do.

    def send(self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> None:
        """As a sink: one message for a topic of one partition."""
        self.logs[topic, 0].append((key, value))

    def flush(self) -> None:
        """Everything is here already."""

    def publish(
        self,
        format_name: str,
        *sources: Source | Path,
        mapping: str | None = None,
        feed: str | None = None,
        organisation: str | None = None,
    ) -> Summary:
        """Publish one delivery through the real connector."""
        connector = FORMATS[format_name]
        loaded = load_mapping(mapping) if mapping else None
        agency = connector.agency or Agency(loaded["agency"] if loaded else Agency.POLICE)
        self.received_at += timedelta(minutes=1)
        context = Context(
            key=self.key,
            agency=agency,
            feed=feed or mapping or format_name,
            received_at=self.received_at,
            mapping=loaded,
            organisation=organisation,
        )
        read = [Source(name=s.name, data=s.read_bytes()) if isinstance(s, Path) else s for s in sources]
        return publish_delivery(connector, read, context, self)

    def publish_event(self, event: Event) -> None:
        """Publish one event that was built by hand."""
        self.send(topics.events(event.header.agency), event.header.subject_key.encode(), encode_event(event))

    # What people decide.

    def judge(self, kind: JudgementKind, one: Name, other: Name) -> str:
        """Somebody decides about two source records, each as (agency, source id); the id of the decision."""
        self._decided += 1
        judgement_id = f"judgement-{self._decided}"
        keys = (self.key.subject_key(*one), self.key.subject_key(*other))
        self.send(topics.JUDGEMENTS, *judged(judgement_id, kind, *keys, **self._said()))
        return judgement_id

    def undo(self, judgement_id: str) -> None:
        """Somebody takes a decision back."""
        found = next(j for j in self.records(topics.JUDGEMENTS) if j["judgement_id"] == judgement_id)
        self.send(topics.JUDGEMENTS, *undone(f"undo-{judgement_id}", found, **self._said()))

    def activate(self, model: str) -> None:
        """Somebody activates a model of identity."""
        self._decided += 1
        self.send(topics.MODELS, *activated(f"activation-{self._decided}", model, **self._said(), shadow_id=None))

    def _said(self) -> dict[str, Any]:
        return {"by": "Avery Example", "reason": "both workers know the child", "at": self.now}

    # What the bus does.

    def settle(self) -> "MemoryBus":
        """Let everything through to the timelines."""
        while self.step():
            pass
        return self

    def step(self) -> bool:
        """Let one batch through, or some of what a model that was activated changes; whether there was any."""
        waiting = self._ready()
        if waiting[:1] == [None] or (self._identify.reconsiders and self._rng and self._rng.random() < 0.5):
            self._write(0, self._identify.reconsider(self._rng.randint(1, 3) if self._rng else 100, self.now))
        elif waiting:
            self._batch(self._rng.choice(waiting) if self._rng else waiting[0])
        return bool(waiting)

    def _batch(self, tp: tuple[str, int]) -> None:
        size = self._rng.randint(1, 7) if self._rng else len(self.logs[tp])
        batch = self.logs[tp][self._done[tp] : self._done[tp] + size]
        self._done[tp] += len(batch)
        values = [value for _, value in batch]
        stage = self._shared if tp[0] == topics.PERSONS else self._identified
        self._write(tp[1], stage(tp, values))

    def restart(self) -> "MemoryBus":
        """Lose everything but the topics, and come back from them."""
        self._identify, self._share = self._stages()
        self._identify.restore(value for _, value in self.logs[topics.SOURCE_RECORDS, 0])
        self._identify.restore_feeds(value for _, value in self.logs[topics.FEEDS, 0])
        judged = (topics.JUDGEMENTS, 0)
        self._identify.restore_judgements(value for _, value in self.logs[judged][: self._done[judged]])
        self._identify.restore_reviews(self.logs[topics.REVIEWS, 0])
        activated = (topics.MODELS, 0)
        self._identify.restore_models(value for _, value in self.logs[activated][: self._done[activated]])
        deque(self._identify.restored(), maxlen=0)
        for partition in range(PARTITIONS):
            source = (topics.PERSONS, partition)
            people = self._share.people
            people.replay_events(partition, (value for _, value in self.logs[source][: self._done[source]]))
            for audience in policy().audiences:
                people.replay_timelines(audience, partition, self.logs[topics.timelines(audience), partition])
            people.replay_applied(partition, (value for _, value in self.logs[topics.POLICIES, partition]))
        self._begin()
        return self

    def _begin(self) -> None:
        """Say of every partition under which policies it is decided."""
        self._share.rule_under(gate(self.now).scope())
        for partition in range(PARTITIONS):
            self._share.people.restored(partition)
            self._write(partition, self._share.people.announce(partition, self.now))

    def _ready(self) -> list[Any]:
        """The partitions with something to read; None where only a model is still to be applied."""
        waiting = sorted(tp for tp in self.logs if self._is_source(tp[0]) and self._waiting(tp))
        return waiting or ([None] if self._identify.reconsiders else [])

    @staticmethod
    def _is_source(topic: str) -> bool:
        named = {topics.PERSONS, topics.JUDGEMENTS, topics.MODELS}
        return topic in named | {topics.events(agency) for agency in Agency}

    def _waiting(self, tp: tuple[str, int]) -> int:
        return len(self.logs[tp]) - self._done[tp]

    def _identified(self, tp: tuple[str, int], values: Sequence[bytes | None]) -> Iterator[Put]:
        for value in values:
            self._arrived += 1
            yield from self._identify.arrive(tp[0], f"{tp[0]}/{self._arrived}", value, self.now)
            deque(self._identify.adopt(), maxlen=0)

    def _shared(self, tp: tuple[str, int], values: Sequence[bytes | None]) -> list[Put]:
        partition = tp[1]
        incoming = self._share.read(values)
        self._share.rule_under(gate(self.now).scope())
        asked = self._share.asked(partition, incoming)
        asyncio.run(gate(self.now).prepare(asked))
        return self._share.take(partition, incoming, gate(self.now).rulings(asked).__getitem__, self.now)

    def _write(self, partition: int, puts: Iterator[Put] | Sequence[Put]) -> None:
        for put in puts:
            where = partition if put.partition is None else put.partition
            self.logs[put.topic, where].append((put.key, put.value))

    # What can be seen.

    def reviews(self) -> dict[str, dict[str, Any]]:
        """The reviews that are open, by their ids."""
        last = {key.decode(): value for key, value in self.logs[topics.REVIEWS, 0]}
        return {key: decode(value) for key, value in last.items() if value is not None}

    def values(self, topic: str) -> list[bytes]:
        """Every value of a topic, by partition."""
        return [v for (name, _), log in sorted(self.logs.items()) if name == topic for _, v in log if v is not None]

    def records(self, topic: str) -> list[dict[str, Any]]:
        """Every record of a topic, decoded."""
        return [decode(value) for value in self.values(topic)]

    def decisions(self) -> list[dict[str, Any]]:
        """Every decision."""
        return [decision for value in self.values(topics.DECISIONS) for decision in decisions_in(value)]

    def timelines(self, audience: str) -> dict[str, bytes]:
        """The last timeline of each pseudonym."""
        return {
            key.decode(): value
            for (name, _), log in sorted(self.logs.items())
            if name == topics.timelines(audience)
            for key, value in log
            if value is not None
        }

    def person_id(self, agency: str, source_id: str) -> str:
        """Whom a source record is assigned to at present."""
        subject_key = self.key.subject_key(agency, source_id)
        assigned = [r for r in self.records(topics.ASSIGNMENTS) if r["subject_key"] == subject_key]
        return str(assigned[-1]["person_id"]) if assigned else self.key.derive("person", subject_key)

    def timeline(self, agency: str, source_id: str, audience: str = ANALYST) -> bytes | None:
        """The timeline of a young person as an agency names them, as its bytes."""
        return self.timelines(audience).get(self.key.pseudonym(audience, self.person_id(agency, source_id)))

    def present(
        self, agency: str, source_id: str, audience: str = ANALYST, purpose: str = MISSING, feeds: Sequence[Any] = ()
    ) -> dict[str, Any]:
        """What `fanlight timeline` would print."""
        pseudonym = self.key.pseudonym(audience, self.person_id(agency, source_id))
        empty = {"person": pseudonym, "audience": audience, "redirect": None, "entries": []}
        found = self.timelines(audience).get(pseudonym)
        return present(
            timeline_in(found) if found else empty,
            purpose=purpose,
            policy_withheld=policy().audiences[audience].withheld,
            cards=judgeable(cards(), policy(), audience, purpose, self.now),
            feeds=feeds,
            now=self.now,
        )
