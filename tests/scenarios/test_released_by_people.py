"""A school's concern that its safeguarding lead releases, or refuses: whatever comes when, joined to whomever."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from connectors.answering import answered
from connectors.connector import Context
from policies.load import PolicySet
from schemas import topics
from schemas.codec import decode_header
from schemas.timelines import timeline_in
from schemas.vocabulary import Agency, Answer, JudgementKind
from tests.memory_bus import ANALYST, KEY, LEAD, NOW, MemoryBus
from tests.scenarios.partner_files import POLICE, UPN, closure, concern, missing, table

SIGNED = {"by": "Robin Sample", "reason": "CANARY words of the lead"}
CONTEXT = Context(key=KEY, agency=Agency.SCHOOL, feed="answers", received_at=NOW)
REASONS = (
    "clause_requires_review:county-childrens-safeguarding/CS-6",
    "clause_requires_review:exploitation-and-missing/EM-12",
)
QUESTIONS = [str(PolicySet.load().question(reason)) for reason in REASONS]
TYPE = "school.safeguarding_concern"


def county(rng: Random | None = None) -> MemoryBus:
    """A school, police and social care know one child; the school has a concern."""
    bus = MemoryBus(rng)
    bus.publish("csv", table("missing.csv", [missing(1, "2026-11-03")]), mapping="police-missing-episodes")
    bus.publish("csv", table("concerns.csv", [concern(2, "2026-11-11")]), mapping="school-concerns")
    bus.publish("csv", table("closures.csv", [closure("2026-11-10")]), mapping="social-care-closures")
    return bus


def header(bus: MemoryBus) -> dict:
    found = (decode_header(value)[0] for value in bus.values(topics.events("school")))
    return next(each for each in found if each["type"] == TYPE)


def answers(bus: MemoryBus, *given: str) -> None:
    """One a minute, the last of them in force."""
    for minute, word in enumerate(given):
        context = replace(CONTEXT, received_at=NOW + timedelta(minutes=minute))
        bus.publish_event(answered(context, header(bus), ANALYST, Answer(word), QUESTIONS, **SIGNED))


def types(bus: MemoryBus, audience: str = ANALYST) -> list[str]:
    value = bus.timeline("school", UPN, audience)
    return [each["type"] for each in timeline_in(value)["entries"]] if value else []


def test_nothing_flows_before_it_is_released_and_then_it_flows_under_the_clause():
    bus = county().settle()
    assert TYPE not in types(bus)
    assert TYPE in types(bus, LEAD)
    answers(bus, "release")
    assert TYPE in types(bus.settle())
    assert not [v for audience in (ANALYST, LEAD) for v in bus.values(topics.timelines(audience)) if b"CANARY" in v]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("given", [("release",), ("release", "refuse"), ("refuse", "release"), ("refuse",)])
def test_in_whatever_order_and_with_a_restart_between_the_timelines_are_the_same(given, seed):
    plain, mixed = county(), county(Random(seed))
    answers(plain, *given)
    plain.settle()
    answers(mixed, *given)
    for _ in range(seed):
        mixed.step()
    mixed.restart().settle()
    for audience in (ANALYST, LEAD):
        assert mixed.timeline("school", UPN, audience) == plain.timeline("school", UPN, audience)
    assert (TYPE in types(mixed)) is (given[-1] == "release")


def test_a_release_goes_along_when_people_join_and_part_records():
    bus, never = county().settle(), county()
    answers(never, "release")
    never.settle()
    joined = bus.judge(JudgementKind.SAME, ("school", UPN), ("police", POLICE))
    answers(bus, "release")
    bus.settle()
    assert TYPE in types(bus)
    bus.undo(joined)
    bus.settle()
    for audience in (ANALYST, LEAD):
        for name in (("school", UPN), ("police", POLICE)):
            assert bus.timeline(*name, audience) == never.timeline(*name, audience)


def test_every_disclosure_of_what_was_released_rests_on_a_decision_that_says_so():
    bus = county()
    answers(bus, "release", "refuse", "release")
    bus.settle()
    event_id = header(bus)["event_id"]
    told = [each for each in bus.records(topics.disclosures(ANALYST)) if each["event_id"] == event_id]
    decided = {each["decision_id"]: each for each in bus.decisions()}
    assert told
    lifted = {f"released:{reason}" for reason in REASONS}
    assert all(lifted <= {*decided[each["decision_id"]]["reasons"]} for each in told)
