"""The load: young people known to two to four agencies under different numbers, and what those agencies publish.

The same seed gives the same events. A quarter of the events carry demographics, so records are joined while events
already flow, and what was published under a provisional person moves.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from benchmarks import mix
from connectors.connector import Context, Read, Source, build_event
from connectors.publish import publish
from connectors.sending import MemorySink, TopicMessage
from fanlight.county.identifiers import pnc_id
from fanlight.county.people import Child, Registrar
from schemas.events import Event, Identifier, Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency

#: Synthetic people only: this key protects nobody.
KEY = DeploymentKey(b"benchmark".ljust(32, b"."))
WITH_PERSON = 0.25
NEWER_VERSION = 0.02
RETRACTION = 0.005


class _Known(NamedTuple):
    """One agency's record of one child."""

    agency: str
    subject: str
    person: Person


class _Sent(NamedTuple):
    """What a later version or a retraction refers to."""

    event_type: str
    natural_key: tuple[str, ...]
    occurred: Moment
    record_key: str


@dataclass(slots=True)
class Load:
    """An endless supply of events about so many people, in slices."""

    people: int
    now: datetime
    seed: int = 1
    _rng: Random = field(init=False)
    _sources: list[_Known] = field(init=False)
    _weights: list[float] = field(init=False)
    _sent: dict[str, _Sent] = field(init=False, default_factory=dict)
    _number: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._rng = rng = Random(self.seed)
        registrar = Registrar(self.people, rng, self.now.date())
        self._sources, weights = [], []
        for child in registrar.families(self.people):
            # Agencies hear of a few children again and again, and of most of them seldom.
            busy = 0.3 + rng.expovariate(1.0)
            records = _records(child, rng)
            self._sources += records
            weights += [busy] * len(records)
        self._weights = list(accumulate(weights))

    @property
    def source_records(self) -> int:
        """How many records agencies hold of these people."""
        return len(self._sources)

    def take(self, events: int) -> list[TopicMessage]:
        """The next events as they lie on the topics, each agency's feed closed by its heartbeat."""
        made: dict[str, list[tuple[int, Event]]] = defaultdict(list)
        for ordinal, source in enumerate(self._rng.choices(self._sources, cum_weights=self._weights, k=events)):
            made[source.agency].append((ordinal, self._event(source)))
        placed: list[tuple[int, TopicMessage]] = []
        for agency, numbered in made.items():
            messages = self._published(agency, [event for _, event in numbered])
            ordinals = [ordinal for ordinal, _ in numbered]
            placed += zip([*ordinals, events], messages, strict=True)
        return [message for _, message in sorted(placed, key=lambda each: each[0])]

    def _event(self, source: _Known) -> Event:
        self._number += 1
        chance = self._rng.random()
        sent = self._sent.get(source.subject)
        if sent is not None and chance < RETRACTION:
            return self._retraction(source, self._sent.pop(source.subject))
        if sent is not None and chance < RETRACTION + NEWER_VERSION:
            return self._version(source, sent)
        types = mix.TYPES[source.agency]
        event_type = self._rng.choices(tuple(types), tuple(types.values()))[0]
        fresh = _Sent(event_type, (f"R{self._number}",), mix.moment(self._rng, self.now), "")
        event = self._version(source, fresh)
        self._sent[source.subject] = fresh._replace(record_key=event.header.record_key)
        return event

    def _version(self, source: _Known, of: _Sent) -> Event:
        rng = self._rng
        return build_event(
            self._context(source.agency),
            of.event_type,
            subject=source.subject,
            natural_key=of.natural_key,
            occurred=of.occurred,
            person=source.person if rng.random() < WITH_PERSON else None,
            body=mix.body(of.event_type, rng, self.now),
            recorded_at=self.now + timedelta(milliseconds=self._number),
            **mix.circumstances(of.event_type, rng),
        )

    def _retraction(self, source: _Known, of: _Sent) -> Event:
        return build_event(
            self._context(source.agency),
            f"{source.agency}.retraction",
            subject=source.subject,
            natural_key=of.natural_key,
            occurred=of.occurred,
            body={"reason_code": "entered_in_error"},
            retracts=of.record_key,
        )

    def _context(self, agency: str) -> Context:
        return Context(key=KEY, agency=Agency(agency), feed=f"{agency}-benchmark", received_at=self.now)

    def _published(self, agency: str, events: Sequence[Event]) -> list[TopicMessage]:
        sink, name = MemorySink(), f"slice-{self._number}"
        reads = [Read(source=name, position=i, events=(event,)) for i, event in enumerate(events, start=1)]
        delivery = Source(name=name, data=name.encode())
        publish(reads, sink, context=self._context(agency), format_name="benchmark", sources=[delivery])
        return sink.messages


def _records(child: Child, rng: Random) -> list[_Known]:
    """What agencies call the child: health and school most often, care always with both of their numbers."""
    nhs = Identifier(system="nhs-number", value=child.nhs_number, valid=True)
    upn = Identifier(system="upn", value=child.upn, valid=True)
    pnc = Identifier(system="pnc-id", value=pnc_id(child.serial), valid=True)
    every = {
        Agency.NHS: _Known(Agency.NHS, child.nhs_number, _person(child, (nhs,))),
        Agency.SCHOOL: _Known(Agency.SCHOOL, child.upn, _person(child, (upn,))),
        Agency.SOCIAL_CARE: _Known(Agency.SOCIAL_CARE, child.child_id, _person(child, (nhs, upn))),
        Agency.POLICE: _Known(Agency.POLICE, child.police_reference, _person(child, (pnc,))),
    }
    known = rng.choices((2, 3, 4), (3, 4, 3))[0]
    return [every[agency] for agency in rng.sample(list(every), known)]


def _person(child: Child, identifiers: tuple[Identifier, ...]) -> Person:
    return Person(
        given_name=child.given,
        middle_names=child.middle or None,
        family_name=child.family,
        birth_date=child.born.isoformat(),
        birth_date_accuracy="AAA",
        sex=child.sex,
        ethnicity=child.ethnic,
        postcode=child.household.postcode,
        address=child.household.address,
        identifiers=identifiers,
    )
