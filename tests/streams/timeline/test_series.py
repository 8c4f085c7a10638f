"""Areas over time: sums of named, dated, fading rules."""

from datetime import date

import pytest

from policies.rulecards import RuleInput
from schemas.vocabulary import Role
from streams.timeline import series

MISSING, WORKER = "police.missing_reported", "social_care.social_worker_change"
ANYONE = frozenset(str(role) for role in Role)


def test_a_rule_counts_on_the_days_on_which_it_holds(seen, card, at):
    weights = series.weights(
        [seen(MISSING, "2026-05-03")],
        [card(MISSING, at_least=1, window_days=3, weight=2)],
        at("2026-05-07"),
        date(2026, 5, 2),
    )

    assert weights == [
        (date(2026, 5, 2), 0, 0),
        (date(2026, 5, 3), 2, 0),
        (date(2026, 5, 4), 2, 0),
        (date(2026, 5, 5), 2, 0),
        (date(2026, 5, 6), 0, 0),
        (date(2026, 5, 7), 0, 0),
    ]


def test_concerns_and_protective_factors_are_summed_apart(seen, card, at):
    both = [
        card(MISSING, at_least=1, weight=2),
        card(MISSING, at_least=1, weight=3),
        card(WORKER, kind="protective", at_least=1, weight=1.5),
    ]
    entries = [seen(MISSING, "2026-05-03"), seen(WORKER, "2026-05-03")]

    assert series.weights(entries, both, at("2026-05-03"), date(2026, 5, 3)) == [(date(2026, 5, 3), 5, 1.5)]


def test_a_weight_halves_with_each_half_life_since_the_newest_evidence(seen, card, at):
    fading = card(MISSING, at_least=1, weight=4, half_life_days=10)
    entries = [seen(MISSING, "2026-05-01"), seen(MISSING, "2026-05-03")]

    weights = dict(
        (day, concern) for day, concern, _ in series.weights(entries, [fading], at("2026-05-23"), date(2026, 5, 1))
    )

    assert (weights[date(2026, 5, 3)], weights[date(2026, 5, 13)], weights[date(2026, 5, 23)]) == (4, 2, 1)


def test_what_lasts_weighs_the_same_until_it_is_over_and_then_halves(seen, card, at):
    lasting = RuleInput(type=MISSING, roles=ANYONE, lasts_until="ended")
    fading = card(lasting, at_least=1, weight=4, half_life_days=10)
    entries = [seen(MISSING, "2026-04-01", fields={"ended": "2026-05-03"})]

    weights = series.weights(entries, [fading], at("2026-05-13"), date(2026, 5, 2))

    assert [weights[n][1] for n in (0, 1, 11)] == [4, 4, 2]


def test_what_was_active_before_the_first_day_is_in_the_picture(seen, card, at):
    weights = series.weights(
        [seen(MISSING, "2026-03-01")], [card(MISSING, at_least=1)], at("2026-05-02"), date(2026, 5, 2)
    )

    assert weights == [(date(2026, 5, 2), 1, 0)]


def test_a_picture_that_would_begin_tomorrow_is_empty(card, at):
    assert series.weights([], [card(MISSING, at_least=1)], at("2026-05-02"), date(2026, 5, 3)) == []


class TestTones:
    def test_an_entry_is_read_as_the_rules_that_hear_it_read_it(self, seen, card, at):
        cards = [card(MISSING, at_least=3), card(WORKER, kind="protective", at_least=1)]
        entries = [
            seen(MISSING, "2026-05-01", "m"),
            seen(WORKER, "2026-05-01", "w"),
            seen("nhs.admission", "2026-05-01"),
        ]

        assert series.tones(entries, cards, at("2026-05-02")) == {"m": "concern", "w": "protective"}

    @pytest.mark.parametrize("order", [1, -1])
    def test_one_that_both_kinds_hear_is_read_as_a_concern(self, seen, card, at, order):
        cards = [card(MISSING, at_least=1), card(MISSING, kind="protective", at_least=1)][::order]

        assert series.tones([seen(MISSING, "2026-05-01", "m")], cards, at("2026-05-02")) == {"m": "concern"}

    def test_what_began_a_lasting_state_speaks_for_it_once_it_has_lasted(self, seen, card, at):
        start = RuleInput(type=WORKER, roles=ANYONE, part="start", lasts_until="ended")
        lasting = card(start, kind="protective", measure="unbroken", days=10)
        entries = [seen(WORKER, "2026-05-01", "w", fields={"ended": None})]

        assert series.tones(entries, [lasting], at("2026-05-10")) == {}
        assert series.tones(entries, [lasting], at("2026-05-11")) == {"w": "protective"}

    def test_a_session_attended_speaks_for_no_concern(self, seen, cards, at):
        marks = [
            seen("school.attendance_session", "2026-05-01", m, fields={"meaning": m})
            for m in ("present", "unauthorised")
        ]

        assert series.tones(marks, cards, at("2026-05-02")) == {"unauthorised": "concern"}


def test_silences_are_found_under_the_quiet_cards_in_force(seen, cards, at):
    entries = [seen("school.suspension", day) for day in ("2026-02-01", "2026-02-05", "2026-02-10")]
    feeds = [{"feed": "registers", "agency": "school", "last_heard": at("2026-05-31")}]

    (stretch,) = series.stretches(entries, cards, feeds, at("2026-06-01"))

    assert (stretch.agency, stretch.kind, stretch.until) == ("school", "gone_quiet", date(2026, 6, 1).toordinal())
    assert series.stretches(entries, [], feeds, at("2026-06-01")) == []
