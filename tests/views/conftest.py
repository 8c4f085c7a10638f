"""A made-up young person, the pages over a model in memory, and a subscription that a test fills by hand."""

import asyncio
import html
import itertools
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from policies import remits, rulecards
from policies.load import PolicySet
from policies.rulecards import RuleCard
from schemas.codec import encode
from schemas.judgements import judged
from schemas.keys import DeploymentKey
from schemas.looks import LOOK
from schemas.vocabulary import JudgementKind
from tests.views.stand_ins import MemoryWriter
from views import read_model, sessions
from views.actors import SYNTHETIC_ACTORS
from views.app import create
from views.database import connect
from views.finding import terms_of_timeline
from views.ingest import Batch, Ingest, Message, SubscriptionHealth
from views.live import Watchers
from views.read_model import ReadModel
from views.services import Services
from views.sessions import Sessions

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANALYSTS = "police-intelligence-analyst"
LEADS = "designated-safeguarding-lead"
MISSING = "missing-response"
KEY = DeploymentKey(bytes(range(32)))
FORM = {"Sec-Fetch-Site": "same-origin"}
HERE = "http://127.0.0.1:8000"
#: Planted in everything the purpose stated may not see: it must never reach a page.
CANARY = "CANARYQX7"

CARD = {
    "given_name": "Robin",
    "family_name": "Specimen",
    "birth_date": "2011-03-27",
    "sex": "F",
    "identifiers": ["nhs-number:9990000018", "pnc-id:…4X"],
}


@dataclass
class HandClock:
    """A clock that a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class HandSubscription:
    """A subscription that a test fills: `send` may be called from another thread once `batches` runs."""

    state: SubscriptionHealth = field(default_factory=lambda: SubscriptionHealth(reachable=True, behind=0))
    queue: "asyncio.Queue[Batch]" = field(default_factory=asyncio.Queue)
    loop: asyncio.AbstractEventLoop | None = None

    def health(self) -> SubscriptionHealth:
        return self.state

    async def batches(
        self, offsets: Mapping[tuple[str, int], int], made_anew: Callable[[str], None]
    ) -> AsyncIterator[Batch]:
        self.loop = asyncio.get_running_loop()
        while True:
            yield await self.queue.get()

    def send(self, batch: Batch) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.queue.put_nowait, batch)


def person_id(name: str, audience: str = ANALYSTS) -> str:
    return KEY.pseudonym(audience, name)


ROBIN = person_id("robin")


def grant(
    fields: Mapping[str, Any],
    person: Mapping[str, Any],
    purpose: str = MISSING,
    valid_until: datetime | None = None,
    masked: tuple[str, ...] = (),
    clause: str = "EM-1",
) -> dict[str, Any]:
    return {
        "purposes": [purpose],
        "agreement": "exploitation-and-missing",
        "clause": clause,
        "obligations": ["no_onward_sharing"],
        "fields": [*fields, *(f"person.{name}" for name in person)],
        "masked": list(masked),
        "valid_until": valid_until,
    }


def entry(
    event_type: str,
    on: str,
    fields: Mapping[str, Any] | None = None,
    *,
    person: Mapping[str, Any] | None = None,
    grants: list[dict[str, Any]] | None = None,
    role: str = "subject",
    grading: dict[str, str] | None = None,
    handling: tuple[str, ...] = (),
    recorded_at: datetime | None = None,
) -> dict[str, Any]:
    fields, person = dict(fields or {}), dict(person or {})
    at = datetime.fromisoformat(on if "T" in on else on + "T12:00:00+00:00")
    event_id = KEY.derive("event", event_type, on, repr(sorted(fields.items(), key=str)))
    return {
        "event_id": event_id,
        "type": event_type,
        "agency": event_type.partition(".")[0],
        "role": role,
        "occurred": {"value": on, "precision": "minute" if "T" in on else "day"},
        "recorded_at": recorded_at or at + timedelta(hours=3),
        "decision_id": KEY.derive("decision", event_id),
        "grading": grading,
        "handling": list(handling),
        "fields": fields,
        "person": person,
        "grants": [grant(fields, person)] if grants is None else grants,
    }


def timeline(
    entries: list[dict[str, Any]], person: str = ROBIN, audience: str = ANALYSTS, redirect: str | None = None
) -> dict[str, Any]:
    ordered = sorted(entries, key=lambda e: (e["occurred"]["value"], e["type"], e["event_id"]))
    return {"person": person, "audience": audience, "redirect": redirect, "entries": ordered}


def days_before(count: int, at: str = "") -> str:
    return (NOW - timedelta(days=count)).date().isoformat() + at


def _police() -> list[dict[str, Any]]:
    made = [entry("police.person_details", days_before(500), person=CARD)]
    for index, days in enumerate((478, 331, 318, 302, 190, 181, 172, 66, 31, 12)):
        flags = ["CCE"] if index in (4, 8) else []
        reported = {"risk_level": ("medium", "high")[index % 2], "missing_from": "home", "exploitation_flags": flags}
        found = {
            "duration_hours": 6.0 + 9 * (index % 3),
            "located_by": "returned",
            "harm_found": ("none", "suspected")[index % 4 == 3],
            "return_interview": ("accepted", "declined", "accepted")[index % 3],
        }
        made.append(entry("police.missing_reported", days_before(days, "T21:40:00Z"), reported, role="missing_person"))
        made.append(entry("police.missing_located", days_before(days - 1, "T09:15:00Z"), found, role="missing_person"))
    for days in (240, 96, 28):
        search = {"object_of_search": "drugs", "outcome": "nothing_found", "more_than_outer_clothing": days == 96}
        made.append(entry("police.stop_search", days_before(days, "T18:05:00Z"), search))
    for days in (420, 300, 160):
        notified = {"child_present": True, "risk_level": "medium"}
        made.append(entry("police.operation_encompass", days_before(days), notified, role="victim"))
    return made + _intelligence()


def _intelligence() -> list[dict[str, Any]]:
    graded = {"source_evaluation": "2", "intelligence_assessment": "C", "handling_code": "P"}
    conditions = {"themes": ["exploitation"], "conditions": ["A3"]}
    return [
        entry("police.intelligence_report", days_before(84), {"themes": ["county_lines"]}, grading=graded),
        entry(
            "police.intelligence_report",
            days_before(19),
            conditions,
            grading=graded | {"handling_code": "C"},
            handling=("C",),
        ),
    ]


def _health() -> list[dict[str, Any]]:
    made = []
    for days, category in ((455, "injury"), (280, "assault"), (205, "intoxication"), (110, "self_harm")):
        came = {"category": category, "left_before_seen": days == 205, "safeguarding_concern": days < 250}
        made.append(entry("nhs.emergency_attendance", days_before(days, "T23:20:00Z"), came, role="patient"))
    for days in (390, 350, 322, 296, 268, 230, 101):
        made.append(entry("nhs.appointment", days_before(days), {"status": "fulfilled"}, role="patient"))
    for days in (150, 128):
        missed = {"mode": "in_person", "rebooked": True, "consecutive": 2}
        made.append(entry("nhs.was_not_brought", days_before(days), missed, role="patient"))
    return made


def _school() -> list[dict[str, Any]]:
    made = []
    for days, term in ((470, "2025 summer"), (330, "2025 autumn"), (225, "2026 spring"), (118, "2026 summer")):
        sessions_of = {"present": 110 - days % 23, "unauthorised absence": 8 + days % 17, "authorised absence": 6}
        for meaning, count in sessions_of.items():
            summary = {"term": term, "meaning": meaning, "sessions": count}
            made.append(entry("school.attendance_summary", days_before(days), summary))
    for days in (262, 214, 148, 52):
        out = {"category": "SUSP", "sessions": 4 + days % 6, "reasons": ["DB"]}
        made.append(entry("school.suspension", days_before(days), out))
    for days in (440, 412, 290, 244, 61, 43, 24, 5):
        worry = {"category": "behaviour", "action": "referred", "referred": True}
        made.append(entry("school.safeguarding_concern", days_before(days), worry))
    return made


def _social_care() -> list[dict[str, Any]]:
    made = [entry("social_care.social_worker_change", days_before(372), {"reason": "FCONTA", "ended": None})]
    for days in (402, 188):
        referral = {"referral_source": "5A", "primary_need": "N1", "no_further_action": False}
        made.append(entry("social_care.referral", days_before(days), referral))
    for days in (380, 250, 140, 46):
        made.append(entry("social_care.review", days_before(days), {"participation": "PN1"}))
    for days in (176, 92):
        moved = {"reason_for_episode": "P", "legal_status": "V2", "placement_type": "U6", "ended": None}
        made.append(entry("social_care.placement_change", days_before(days), moved))
    for days in (74, 36, 15):
        away = {"missing_type": "M", "ended": days_before(days - 1)}
        made.append(entry("social_care.missing_from_care", days_before(days), away))
    return made


def _not_for_this_purpose() -> list[dict[str, Any]]:
    """Granted for another purpose, under an agreement that has ended, or by a clause that leaves a field out."""
    other, ended = {"themes": [CANARY]}, {"reference": CANARY}
    half = {"offence_group": "robbery", "notes": CANARY}
    elsewhere = grant(other, {"aliases": 1}, purpose="exploitation-mace-l1")
    over = grant(ended, {}, valid_until=NOW - timedelta(days=1))
    return [
        entry("police.intelligence_report", days_before(9), other, person={"aliases": [CANARY]}, grants=[elsewhere]),
        entry("police.arrest", days_before(8), ended, grants=[over]),
        entry("police.arrest", days_before(7), half, grants=[grant({"offence_group": 1}, {})]),
    ]


def story() -> list[dict[str, Any]]:
    """Eighteen months across four agencies: trouble, help, an agency that fell silent, and what is not to be seen."""
    return [*_police(), *_health(), *_school(), *_social_care(), *_not_for_this_purpose()]


def feeds() -> list[dict[str, Any]]:
    heard = {"police": 0.2, "nhs": 4.0, "school": 2.0, "social_care": 30.0}
    return [
        {
            "feed": f"{agency}-main",
            "agency": agency,
            "delivery": f"{agency}-1",
            "last_heard": NOW - timedelta(hours=hours),
            "records_read": 120,
            "records_rejected": 1,
        }
        for agency, hours in heard.items()
    ]


def decision_of(made: Mapping[str, Any], outcome: str = "PERMIT", audience: str = ANALYSTS) -> dict[str, Any]:
    permitted = outcome == "PERMIT"
    return {
        "decision_id": made["decision_id"] if permitted else KEY.derive("decision", made["event_id"], outcome),
        "event_id": made["event_id"],
        "event_type": made["type"],
        "agency": made["agency"],
        "audience": audience,
        "outcome": outcome,
        "agreement": "exploitation-and-missing" if permitted else None,
        "clause": "EM-1" if permitted else None,
        "revision": "3f9a1c77",
        "reasons": [] if permitted else ["no_clause"],
        "grants": made["grants"] if permitted else [],
        "dropped": ["notes"],
        "engine": "embedded",
        "at": made["recorded_at"] + timedelta(minutes=1),
    }


def side_of(agency: str, name: str, **said: Any) -> dict[str, Any]:
    """One record of a pair; `said` replaces what it says by itself."""
    return {
        "subject_key": KEY.derive("subject", agency, name),
        "agency": agency,
        "source_id": f"SYN-{agency}-{name}",
        "person_id": KEY.derive("person", agency, name),
        "given": ["robin"],
        "middle": [],
        "family": ["specimen"],
        "birth_dates": ["2011-03-27"],
        "postcodes": ["ZZ11AA"],
        "addresses": ["1 invented row"],
        "identifiers": ["nhs-number:9990000018"],
    } | said


def review_of(one: str = "police", other: str = "school", name: str = "robin", **said: Any) -> dict[str, Any]:
    """A pair that waits: much agrees, the given name is spelt in two ways, and the homes are two."""
    sides = [
        side_of(one, f"{name}-1"),
        side_of(
            other, f"{name}-2", given=["robyn"], middle=["alex"], postcodes=["ZZ22BB"], addresses=[],
            identifiers=["upn:A999000000001"],
        ),
    ]  # fmt: skip
    left, right = sorted(sides, key=lambda side: str(side["subject_key"]))
    weighed = {"given_name": ("variant", 3.2), "family_name": ("exact", 9.1), "birth_date": ("exact", 11.4),
               "postcode": ("differ", -1.2)}  # fmt: skip
    return {
        "review_id": KEY.derive("review", left["subject_key"], right["subject_key"]),
        "why": "potential",
        "left": left,
        "right": right,
        "fields": [{"name": n, "level": level, "bits": bits} for n, (level, bits) in weighed.items()],
        "weight": 4.9,
        "prior": -17.6,
        "decided_by": "weight",
        "model": "uk-1",
        "since": NOW - timedelta(days=3),
        "judgements": [],
    } | said


def standing(judgement_id: str, kind: str = "different", by: str = "Sam Example") -> dict[str, Any]:
    """A decision as it stands on a review."""
    return {"judgement_id": judgement_id, "kind": kind, "by": by, "reason": "Two cousins.", "at": NOW}


class Bus:
    """Messages as the bus would write them, with offsets that go up."""

    def __init__(self) -> None:
        self._offsets = itertools.count()

    def message(self, topic: str, key: str, value: bytes | None) -> Message:
        return Message(topic, 0, next(self._offsets), key.encode(), value)

    def batch(self, *messages: Message) -> Batch:
        return Batch(messages, {(m.topic, m.partition): m.offset + 1 for m in messages})

    def timeline(self, record: Mapping[str, Any]) -> Message:
        value = encode("fanlight.bus.Timeline", dict(record))
        return self.message(f"timelines.{record['audience']}", record["person"], value)

    def taken_back(self, person: str, audience: str = ANALYSTS) -> Message:
        return self.message(f"timelines.{audience}", person, None)

    def feed(self, record: Mapping[str, Any]) -> Message:
        return self.message("feeds", record["delivery"], encode("fanlight.bus.FeedStatus", dict(record)))

    def decision(self, record: Mapping[str, Any]) -> Message:
        return self.message("decisions", record["event_id"], encode("fanlight.bus.Decision", dict(record)))

    def review(self, record: Mapping[str, Any]) -> Message:
        return self.message("identity.reviews", record["review_id"], encode("fanlight.bus.Review", dict(record)))

    def settled(self, review_id: str) -> Message:
        return self.message("identity.reviews", review_id, None)

    def judgement(self, made: Any) -> Message:
        """A decision as the pages or the command line write it."""
        key, value = made
        return self.message("identity.judgements", key.decode(), value)

    def decided(self, judgement_id: str, review: Mapping[str, Any], kind: str = "same", **said: Any) -> Message:
        left, right = review["left"], review["right"]
        more = {"by": "Sam Example", "reason": "Two cousins.", "at": NOW, "agencies": (left["agency"], right["agency"])}
        return self.judgement(
            judged(judgement_id, JudgementKind(kind), left["subject_key"], right["subject_key"], **more | said)
        )

    def look(self, record: Mapping[str, Any]) -> Message:
        return self.message("looks", record["look_id"], encode(LOOK, dict(record)))


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """This file, for tests that build events of their own: test folders are no packages."""
    return sys.modules[__name__]


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def policies() -> PolicySet:
    return PolicySet.load()


@pytest.fixture(scope="session")
def cards() -> Sequence[RuleCard]:
    return rulecards.load()


def make_services(policies: PolicySet, cards: Sequence[RuleCard], clock: HandClock, bus: Bus) -> Services:
    """The pages' parts, holding the story, its feeds and its decisions."""
    numbers = itertools.count()
    model = ReadModel(connect(Path(":memory:"), read_model.TABLES))
    watchers = Watchers()
    services = Services(
        model=model,
        sessions=Sessions(connect(Path(":memory:"), sessions.TABLES), lambda: f"token-{next(numbers)}"),
        writer=MemoryWriter(),
        watchers=watchers,
        ingest=Ingest(model, watchers, lambda record: terms_of_timeline(record, clock())),
        subscription=HandSubscription(),
        policies=policies,
        cards=cards,
        remits=remits.load(),
        actors={actor.actor_id: actor for actor in SYNTHETIC_ACTORS},
        clock=clock,
        new_id=lambda: f"look-{next(numbers)}",
    )
    entries = story()
    decided = [bus.decision(decision_of(made)) for made in entries]
    decided += [bus.decision(decision_of(made, outcome, LEADS)) for made in entries[:9] for outcome in ("DENY",)]
    decided += [bus.decision(decision_of(entries[3], "REVIEW", LEADS))]
    services.ingest.apply(bus.batch(bus.timeline(timeline(entries)), *map(bus.feed, feeds()), *decided))
    return services


@pytest.fixture
def services(policies: PolicySet, cards: Sequence[RuleCard], clock: HandClock, bus: Bus) -> Services:
    return make_services(policies, cards, clock, bus)


@pytest.fixture
def recorded(services: Services) -> list[Any]:
    """The looks written down so far."""
    assert isinstance(services.writer, MemoryWriter)
    return services.writer.looks


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create(services), base_url=HERE, headers=FORM, follow_redirects=False) as made:
        yield made


def sign_in(client: TestClient, actor: str = "analyst-avery-example", purpose: str | None = MISSING) -> None:
    assert client.post("/sign-in", data={"actor": actor}).status_code == 303
    if purpose:
        assert client.post("/purpose", data={"purpose": purpose}).status_code == 303


def stream_of(page: str) -> str:
    """The address at which an open page asks for what changes."""
    found = re.search('hx-sse:connect="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


@pytest.fixture
def analyst(client: TestClient) -> TestClient:
    sign_in(client)
    return client


@pytest.fixture
def board(client: TestClient) -> TestClient:
    sign_in(client, "board-casey-example", None)
    return client


@pytest.fixture
def steward(client: TestClient) -> TestClient:
    """For the records of all four agencies."""
    sign_in(client, "steward-jordan-example", None)
    return client


@pytest.fixture
def judged_so_far(services: Services) -> list[Any]:
    """The decisions written down so far, each as key and value."""
    assert isinstance(services.writer, MemoryWriter)
    return services.writer.judgements


@pytest.fixture
def today(clock: HandClock) -> date:
    return clock().date()
