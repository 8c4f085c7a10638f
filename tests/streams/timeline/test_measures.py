"""What a threshold counts, on which days it is reached, and that the two lists of measures agree."""

from datetime import date

import pytest

from policies.rulecards import MEASURES as NAMED
from policies.rulecards import RuleInput
from schemas.vocabulary import Role
from streams.timeline.matching import by_type, heard
from streams.timeline.measures import MEASURES

ANYONE = frozenset(str(role) for role in Role)
WORKER = "social_care.social_worker_change"


def _measure(card, entries):
    return MEASURES[card.measure](card, heard(card, by_type(entries)))


def _day(text):
    return date.fromisoformat(text).toordinal()


def test_every_measure_a_card_may_name_is_computed_somewhere():
    assert set(NAMED) == set(MEASURES) | {"gone_quiet", "closed_while_worried"}


class TestCount:
    def test_it_holds_from_the_day_the_last_one_happens_to_the_day_the_first_one_leaves_the_window(self, seen, card):
        thrice = card("police.arrest", window_days=90, at_least=3)
        measure = _measure(thrice, [seen("police.arrest", f"2026-01-{day}") for day in ("01", "10", "20")])

        assert [measure.holds(_day(day)) for day in ("2026-01-19", "2026-01-20", "2026-03-31", "2026-04-01")] == [
            False,
            True,
            True,
            False,
        ]

    def test_its_events_are_those_in_the_window(self, seen, card):
        measure = _measure(
            card("police.arrest", window_days=30, at_least=1),
            [seen("police.arrest", "2026-01-01", "old"), seen("police.arrest", "2026-02-10", "new")],
        )

        state = measure.state(_day("2026-02-15"))

        assert [h.event_id for h in state.because] == ["new"]
        assert state.detail == "Once in 30 days, on 10 February 2026."

    def test_its_sentence_counts(self, seen, card):
        measure = _measure(
            card("police.arrest", window_days=30, at_least=2),
            [seen("police.arrest", "2026-01-01"), seen("police.arrest", "2026-01-03")],
        )

        assert measure.state(_day("2026-01-03")).detail == "2 times in 30 days, most recently on 3 January 2026."

    def test_it_may_ask_for_several_agencies(self, seen, card):
        both = card("police.arrest", "nhs.admission", measure="across_agencies", window_days=90, at_least=2, agencies=2)
        arrests = [seen("police.arrest", "2026-01-01"), seen("police.arrest", "2026-01-02")]

        assert not _measure(both, arrests).holds(_day("2026-01-05"))
        assert _measure(both, [*arrests, seen("nhs.admission", "2026-01-03")]).holds(_day("2026-01-05"))


class TestUnbroken:
    @pytest.fixture
    def year(self, card):
        start = RuleInput(type=WORKER, roles=ANYONE, part="start")
        follow = RuleInput(type="social_care.placement_change", roles=ANYONE, part="follow")
        return card(start, follow, measure="unbroken", days=365, window_days=365)

    def test_it_holds_once_it_has_lasted_long_enough(self, seen, year):
        measure = _measure(year, [seen(WORKER, "2025-01-01", "w")])

        assert not measure.holds(_day("2025-12-31"))
        assert measure.holds(_day("2026-01-01"))
        assert [h.event_id for h in measure.state(_day("2026-06-01")).because] == ["w"]

    def test_a_later_start_begins_it_anew(self, seen, year):
        measure = _measure(year, [seen(WORKER, "2024-01-01"), seen(WORKER, "2025-06-01")])

        assert measure.holds(_day("2025-05-31"))
        assert not measure.holds(_day("2025-06-01"))

    def test_it_ends_on_the_day_the_newest_ended(self, seen, year):
        measure = _measure(year, [seen(WORKER, "2024-01-01", fields={"ended": "2025-06-01"})])

        assert measure.holds(_day("2025-05-31"))
        assert not measure.holds(_day("2025-06-01"))

    def test_what_follows_carries_it_on_where_the_start_closed(self, seen, year):
        entries = [
            seen(WORKER, "2024-01-01", fields={"ended": "2024-06-01"}),
            seen("social_care.placement_change", "2024-06-01"),
        ]

        assert _measure(year, entries).holds(_day("2025-06-01"))

    def test_of_two_rows_of_one_day_the_open_one_is_the_later(self, seen, year):
        entries = [seen(WORKER, "2024-01-01", "a"), seen(WORKER, "2024-01-01", "z", fields={"ended": "2024-01-02"})]

        assert _measure(year, entries).holds(_day("2025-06-01"))

    def test_what_only_follows_never_begins_it(self, seen, year):
        assert not _measure(year, [seen("social_care.placement_change", "2020-01-01")]).holds(_day("2026-01-01"))
