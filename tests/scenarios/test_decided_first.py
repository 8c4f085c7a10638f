"""Whatever is disclosed or taken back, the decision behind it is on record: under policies that change, after restarts,
corrections and joins, in any mixture."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from schemas import topics
from schemas.events import Event
from schemas.timelines import timeline_in
from schemas.vocabulary import JudgementKind, Outcome
from tests.memory_bus import KEY, MemoryBus, policy
from tests.scenarios.test_nothing_leaks import event

#: Between two of these some agreement of those that ship begins, ends or falls due for review.
DAYS = [
    datetime(year, month, 1, 12, tzinfo=UTC)
    for year, month in ((2025, 6), (2025, 10), (2026, 11), (2027, 5), (2028, 10))
]
KINDS = (
    "police.missing_reported",
    "police.missing_located",
    "police.arrest",
    "school.suspension",
    "nhs.emergency_attendance",
)
CHILDREN = ("one", "two")


def sent(rng: Random, number: int, before: list[Event]) -> Event:
    """A new event, one that replaces another in one of the ways there are, or a retraction of one."""
    at = datetime(2025, 5, 1, tzinfo=UTC) + timedelta(minutes=number + rng.randint(-2, 2))
    times = {"received_at": at, "recorded_at": rng.choice([at, None])}
    if before and rng.random() < 0.25:
        gone = rng.choice(before).header
        taken = event(f"{gone.agency}.retraction", number, labels=set(), person=False)
        named = {
            "subject": gone.subject,
            "subject_key": gone.subject_key,
            "retracts": rng.choice([gone.event_id, gone.record_key]),
        }
        return replace(taken, header=replace(taken.header, **times, **named), body={"reason_code": "other"})
    made = event(rng.choice(KINDS), number, labels=set())
    child = rng.choice(CHILDREN)
    more = {"subject": child, "subject_key": KEY.subject_key(made.header.agency, child)}
    alike = [other.header for other in before if other.header.type == made.header.type]
    if alike and rng.random() < 0.6:
        more |= rng.choice([{"supersedes": alike[-1].event_id}, {"record_key": alike[-1].record_key}])
    return replace(made, header=replace(made.header, **times, **more))


@pytest.mark.parametrize("seed", range(16))
def test_every_disclosure_rests_on_a_decision_that_is_recorded(seed: int) -> None:
    rng = Random(seed)
    bus, before = MemoryBus(now=rng.choice(DAYS[:2])), list[Event]()
    for number in range(14):
        bus.now = rng.choice([bus.now, bus.now, rng.choice(DAYS)])
        if rng.random() < 0.15:
            bus.restart()
        if rng.random() < 0.1:
            kind = rng.choice([JudgementKind.SAME, JudgementKind.DO_NOT_LINK])
            bus.judge(kind, ("police", rng.choice(CHILDREN)), ("school", rng.choice(CHILDREN)))
        each = sent(rng, number, before)
        before += [each] if each.person else []
        bus.publish_event(each)
        if rng.random() < 0.7:
            bus.settle()
    bus.settle()
    decided = {(d["decision_id"], d["event_id"], d["audience"]): d["outcome"] for d in bus.decisions()}
    for audience in policy().audiences:
        told = bus.records(topics.disclosures(audience))
        shown = [entry for value in bus.timelines(audience).values() for entry in timeline_in(value)["entries"]]
        for each in (*told, *shown):
            outcome = decided[each["decision_id"], each["event_id"], audience]
            assert outcome == Outcome.PERMIT or each["kind"] == "recalled"
