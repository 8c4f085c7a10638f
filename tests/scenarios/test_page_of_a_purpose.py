"""What a purpose is not shown leaves no trace on its page: two worlds that differ in that alone give the same bytes."""

import re
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from schemas.events import Event, Grading, Moment
from schemas.timelines import timeline_in
from schemas.vocabulary import Agency, Consent, Precision, Role, Sensitivity
from tests.memory_bus import KEY, NOW, MemoryBus, cards, policy
from tests.scenarios.test_nothing_leaks import ACTING, SUBJECT, TYPES, event
from views.filters import DATES, SPANS, Filters
from views.finding import terms_of_timeline
from views.pages import render
from views.person import build
from views.presenting import Reading

KINDS = [t for t in TYPES if not t.endswith((*ACTING, ".person_details", ".patient_merged"))]
FEEDS = [{"feed": a, "agency": a, "last_heard": NOW, "records_read": 1, "records_rejected": 0} for a in Agency]
#: A decision is one for all purposes, so its number may differ by what another of them is granted.
DECISION = re.compile("<div><dt>Decision</dt>.*?</div>")


def happened(rng: Random, number: int) -> Event:
    """An event of any kind, to be shown to some, to all or to nobody."""
    kind, day = rng.choice(KINDS), NOW.date() - timedelta(days=rng.randint(0, 500))
    grades = {"source_evaluation": "123", "intelligence_assessment": "ABCDE", "handling_code": "PC"}
    grading = Grading(**{name: rng.choice(codes) for name, codes in grades.items()})
    return event(
        kind,
        number,
        labels=set(),
        role=rng.choice(list(Role)),
        sensitivities=(rng.choice(list(Sensitivity)).value,) if rng.random() < 0.3 else (),
        consent=rng.choice(list(Consent)),
        emergency=rng.random() < 0.2,
        occurred=Moment(value=day.isoformat(), precision=Precision.DAY),
        grading=grading if kind == "police.intelligence_report" else None,
    )


def newer(rng: Random, old: Event) -> Event:
    """Another version of a record, which may be withheld though the older was not."""
    marked = old.header.sensitivities or (("adoption",) if rng.random() < 0.3 else ())
    event_id, at = KEY.derive("newer", old.header.event_id), NOW - timedelta(minutes=30)
    header = replace(old.header, event_id=event_id, recorded_at=at, received_at=at, sensitivities=marked)
    return replace(old, header=header)


def timelines(events: list[Event], rng: Random | None = None) -> dict[str, dict[str, Any]]:
    """The timeline of each audience that has one, after some restarts if there is an `rng`."""
    bus = MemoryBus()
    for each in [*(event(f"{agency}.person_details", 77, labels=set()) for agency in Agency), *events]:
        bus.publish_event(each)
        if rng and rng.random() < 0.1:
            bus = bus.settle().restart()
    bus.settle()
    found = {audience: bus.timeline("police", SUBJECT, audience) for audience in policy().audiences}
    return {audience: timeline_in(value) for audience, value in found.items() if value}


def shown(timeline: dict[str, Any], purpose: str, as_of: date | None) -> tuple[str, str, list[Any]]:
    """All that a page says, what an open one is told by, and what the young person is found by."""
    reading = Reading(cards=cards(), policies=policy(), timeline=timeline, purpose=purpose, feeds=FEEDS)
    page = build(reading, Filters(as_of=as_of), NOW)
    context = {"page": page, "agencies": [], "types": [], "spans": SPANS, "dates": DATES, "ask": {}, "news": ""}
    terms = [term for term in terms_of_timeline(timeline, NOW) if term.purpose == purpose]
    return DECISION.sub("", render("person_frame.html", context)), page.version, terms


@pytest.mark.parametrize("seed", range(4))
def test_what_a_purpose_is_not_shown_leaves_no_trace_on_its_page(seed: int) -> None:
    rng = Random(seed)
    events = [happened(rng, number) for number in range(rng.randint(6, 18))]
    events += [newer(rng, each) for each in events if rng.random() < 0.3]
    compared = 0
    for audience, whole in timelines(rng.sample(events, len(events)), rng).items():
        granted = {p: set[str]() for e in whole["entries"] for g in e["grants"] for p in g["purposes"]}
        for entry in whole["entries"]:
            for purpose in {p for g in entry["grants"] for p in g["purposes"]}:
                granted[purpose].add(entry["event_id"])
        for purpose, ids in granted.items():
            alone = timelines([e for e in events if e.header.event_id in ids])[audience]
            for as_of in (None, NOW.date() - timedelta(days=120)):
                assert shown(whole, purpose, as_of) == shown(alone, purpose, as_of)
                compared += 1
    assert compared
