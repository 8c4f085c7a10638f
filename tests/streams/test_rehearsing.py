"""What other policies would change is just what they change once they hold."""

import asyncio
from collections import Counter

import pytest

from policies.gate import Gate
from schemas import topics
from streams.rehearsing import Rehearsal
from tests.streams.test_deciding_again import LOG, SUSPENDED, again, first, gate, policies, restarted, told
from tests.streams.test_sharing import ANALYST, AUDIENCES, KEY, NOW

__all__ = ["policies"]
NARROWER = ("pass: [given_name, middle_names, family_name,", "pass: [given_name, middle_names,")
STRUCK_OUT = ("[police.arrest, police.stop_search]", "[police.stop_search]")


def rehearsed(puts: list, by: Gate) -> dict:
    rehearsal = Rehearsal(KEY, AUDIENCES, 1)
    rehearsal.replay_events(0, LOG)
    for audience in AUDIENCES:
        rehearsal.replay_timelines(
            audience, 0, [(p.key, p.value) for p in puts if p.topic == topics.timelines(audience)]
        )
    return asyncio.run(rehearsal.under(by, NOW))


def of(report: dict, audience: str = ANALYST) -> dict:
    return next(each for each in report["audiences"] if each["audience"] == audience)


def test_the_policies_that_hold_would_change_nothing(policies):
    by = gate(policies())
    report = rehearsed(first(by), by)
    assert report["changes"] == []
    assert of(report) == {
        "audience": ANALYST, "stand": 3, "shown": 0, "shown_otherwise": 0, "recalled": 0, "people": 0
    }  # fmt: skip


def test_what_would_be_recalled_is_told_with_the_reasons(policies):
    report = rehearsed(first(gate(policies())), gate(policies(STRUCK_OUT)))
    assert report["changes"] == [
        {
            "audience": ANALYST,
            "agency": "police",
            "event_type": "police.arrest",
            "change": "recalled",
            "clauses": [],
            "reasons": ["agreement_not_in_force", "no_clause"],
            "entries": 1,
            "people": 1,
        }
    ]
    assert (of(report)["stand"], of(report)["recalled"]) == (2, 1)


def test_what_would_be_shown_or_shown_otherwise_is_told_with_the_clause(policies):
    wider = rehearsed(first(gate(policies(SUSPENDED))), gate(policies()))
    assert Counter((each["change"], *each["clauses"]) for each in wider["changes"]) == {
        ("shown", "exploitation-and-missing EM-1"): 1,
        ("shown", "exploitation-and-missing EM-2"): 1,
    }
    assert (of(wider)["shown"], of(wider)["people"]) == (3, 2)
    narrower = rehearsed(first(gate(policies())), gate(policies(NARROWER)))
    assert {(each["change"], *each["clauses"]) for each in narrower["changes"]} == {
        ("shown_otherwise", "exploitation-and-missing EM-1"), ("shown_otherwise", "exploitation-and-missing EM-2")
    }  # fmt: skip
    assert (of(narrower)["stand"], of(narrower)["shown_otherwise"]) == (0, 3)


@pytest.mark.parametrize("change", [SUSPENDED, STRUCK_OUT, NARROWER], ids=["suspended", "struck out", "narrower"])
def test_what_is_told_is_what_happens(policies, change):
    before, after = gate(policies()), gate(policies(change))
    puts = first(before)
    counts = of(rehearsed(puts, after))
    kinds = Counter(kind for kind, _, _ in told(again(restarted(LOG, puts, after), after)))
    assert kinds["recalled"] == counts["recalled"]
    assert kinds["disclosed"] == counts["shown"] + counts["shown_otherwise"]
    assert kinds


def test_what_came_or_left_while_the_log_was_read_is_no_effect_of_the_policies(policies):
    """The timelines are read after the events, and others publish meanwhile."""
    by = gate(policies())
    puts = first(by)
    rehearsal = Rehearsal(KEY, AUDIENCES, 1)
    rehearsal.replay_events(0, LOG[1:])
    for audience in AUDIENCES:
        rehearsal.replay_timelines(
            audience, 0, [(p.key, p.value) for p in puts if p.topic == topics.timelines(audience)]
        )
    report = asyncio.run(rehearsal.under(by, NOW))
    assert report["changes"] == []
    assert (of(report)["stand"], of(report)["recalled"]) == (3, 0)
