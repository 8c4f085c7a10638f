"""Since when a rule holds, and when it will change by itself."""

from datetime import UTC, date, datetime

import pytest

from streams.timeline.matching import ByType
from streams.timeline.rule import rules

TYPE = "police.missing_reported"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _day(text):
    return date.fromisoformat(text).toordinal()


@pytest.fixture
def rule(seen, card):
    def make(*days, at_least=2, window_days=30):
        (made,) = rules(
            [card(TYPE, at_least=at_least, window_days=window_days)], ByType([seen(TYPE, day) for day in days]), NOW
        )
        return made

    return make


def test_it_holds_since_the_event_that_reached_the_threshold(rule):
    assert rule("2026-01-01", "2026-01-10").since(_day("2026-01-20")) == _day("2026-01-10")


def test_a_break_begins_a_new_run(rule):
    made = rule("2026-01-01", "2026-01-10", "2026-03-01", "2026-03-05")

    assert made.since(_day("2026-03-20")) == _day("2026-03-05")


def test_a_run_goes_on_while_newer_events_take_over_from_older_ones(rule):
    made = rule("2026-01-01", "2026-01-20", "2026-01-30")

    assert made.since(_day("2026-02-10")) == _day("2026-01-20")


def test_it_changes_next_when_an_event_leaves_the_window(rule):
    assert rule("2026-01-01", "2026-01-10").next_change(_day("2026-01-20")) == _day("2026-01-31")


def test_an_event_that_leaves_without_effect_is_no_change(rule):
    made = rule("2026-01-01", "2026-01-10")

    assert made.next_change(_day("2026-01-31")) is None


def test_an_event_that_leaves_while_the_rule_goes_on_is_a_change(rule):
    made = rule("2026-01-01", "2026-01-10", "2026-01-12")

    assert made.next_change(_day("2026-01-20")) == _day("2026-01-31")
    assert made.next_change(_day("2026-01-31")) == _day("2026-02-09")


def test_an_event_still_to_come_changes_it_on_its_day(rule):
    assert rule("2026-01-01", "2026-01-10").next_change(_day("2026-01-05")) == _day("2026-01-10")


def test_a_card_that_hears_nothing_makes_no_rule(card):
    assert rules([card(TYPE, at_least=1)], ByType([]), NOW) == []


@pytest.mark.parametrize("kind", ["quiet", "challenge"])
def test_cards_of_other_kinds_make_no_findings(seen, card, kind):
    assert rules([card(TYPE, kind=kind, at_least=1)], ByType([seen(TYPE, "2026-01-01")]), NOW) == []


def test_a_finding_carries_the_card_it_came_from(rule):
    made = rule("2026-01-01", "2026-01-10")
    finding, source = made.finding(_day("2026-01-20")), made.card

    assert finding.since == date(2026, 1, 10)
    assert finding.because == (f"{TYPE} 2026-01-01", f"{TYPE} 2026-01-10")
    for name in ("title", "words", "lowers", "category", "owner", "source", "local", "expires_on"):
        assert getattr(finding, name) == getattr(source, name)
