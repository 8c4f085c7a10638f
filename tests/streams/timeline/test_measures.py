"""What a threshold counts, on which days it is reached, and that the two lists of measures agree."""

from datetime import date

import pytest

from policies.rulecards import RuleInput
from policies.thresholds import MEASURES as NAMED
from schemas.vocabulary import Role
from streams.timeline.matching import ByType, heard
from streams.timeline.measures import MEASURES

ANYONE = frozenset(str(role) for role in Role)
WORKER, MOVE = "social_care.social_worker_change", "social_care.placement_change"
MISSING = "social_care.missing_from_care"
OPEN = {"ended": None}


def _measure(card, entries):
    return MEASURES[card.measure](card, heard(card, ByType(entries)))


def _day(text):
    return date.fromisoformat(text).toordinal()


def test_every_measure_a_card_may_name_is_computed_somewhere():
    assert set(NAMED) == set(MEASURES) | {"gone_quiet", "closed_while_worried"}


class TestCount:
    @pytest.mark.parametrize(
        ("occurred", "said"),
        [("2026-03", "in March 2026"), ("2026", "in 2026"), ("2026-03-01", "on 1 March 2026")],
    )
    def test_no_day_is_said_where_none_is_known(self, seen, card, occurred, said):
        once = card("police.arrest", window_days=365, at_least=1)
        measure = _measure(once, [seen("police.arrest", occurred)])

        assert measure.state(_day("2026-04-01")).detail == f"Once in 365 days, {said}."

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

    def test_its_sentence_says_how_often_and_when_last(self, seen, card):
        measure = _measure(
            card("police.arrest", window_days=30, at_least=2),
            [seen("police.arrest", "2026-01-01"), seen("police.arrest", "2026-01-03")],
        )

        assert measure.state(_day("2026-01-03")).detail == "2 times in 30 days, most recently on 3 January 2026."

    @pytest.mark.parametrize(
        ("days", "holds"),
        [(["01", "01"], False), (["01", "02"], True), (["01", "01", "02"], True)],
        ids=["of one day", "of two days", "of one day and another"],
    )
    def test_by_days_what_is_told_of_one_day_counts_once(self, seen, card, days, holds):
        told = [seen("school.suspension", f"2026-01-{day}", f"{n}") for n, day in enumerate(days)]
        measure = _measure(card("school.suspension", measure="days", window_days=30, at_least=2), told)

        assert measure.holds(_day("2026-01-10")) is holds

    def test_by_days_its_sentence_counts_days_and_names_every_event(self, seen, card):
        told = [seen("school.suspension", f"2026-01-{day}", f"{n}") for n, day in enumerate(["01", "01", "02"])]
        twice = card("school.suspension", measure="days", window_days=30, at_least=2)
        state = _measure(twice, told).state(_day("2026-01-10"))

        assert len(state.because) == 3
        assert state.detail == (
            "On 2 days of the last 30, most recently on 2 January 2026. What is told of one day counts once."
        )
        assert _measure(twice, told[1:]).state(_day("2026-01-10")).detail == (
            "On 2 days of the last 30, most recently on 2 January 2026."
        )

    def test_by_days_versions_of_one_record_that_name_two_days_are_one(self, seen, card):
        told = [seen("school.suspension", f"2026-01-0{n}", f"{n}", version_of="1") for n in (1, 2)]

        assert not _measure(card("school.suspension", measure="days", at_least=2), told).holds(_day("2026-01-10"))

    def test_by_days_the_day_leaves_the_window_with_its_last_event(self, seen, card):
        told = [seen("school.suspension", f"2026-01-{day}", f"{n}") for n, day in enumerate(["01", "01", "02"])]
        measure = _measure(card("school.suspension", measure="days", window_days=30, at_least=2), told)

        assert [measure.holds(_day(day)) for day in ("2026-01-30", "2026-01-31")] == [True, False]

    def test_it_may_ask_for_several_agencies(self, seen, card):
        both = card("police.arrest", "nhs.admission", measure="across_agencies", window_days=90, at_least=2, agencies=2)
        arrests = [seen("police.arrest", "2026-01-01"), seen("police.arrest", "2026-01-02")]

        assert not _measure(both, arrests).holds(_day("2026-01-05"))
        assert _measure(both, [*arrests, seen("nhs.admission", "2026-01-03")]).holds(_day("2026-01-05"))

    def test_versions_of_one_record_count_once_and_are_all_named(self, seen, card):
        versions = [seen("police.arrest", f"2026-01-0{n}", f"v{n}", version_of="v1") for n in (1, 2, 5)]
        other = seen("police.arrest", "2026-01-04", "other")
        once, twice = (card("police.arrest", window_days=30, at_least=n) for n in (1, 2))

        assert not _measure(twice, versions).holds(_day("2026-01-10"))
        state = _measure(once, versions).state(_day("2026-01-10"))
        assert [h.event_id for h in state.because] == ["v1", "v2", "v5"]
        assert state.detail == (
            "Once in 30 days, on 5 January 2026. Versions of one record that came together count once."
        )
        assert _measure(twice, [*versions, other]).state(_day("2026-01-10")).detail.startswith("2 times in 30 days")

    def test_what_an_agency_tells_twice_of_one_minute_counts_once_and_is_all_named(self, seen, card):
        """A force that merges two of its keys sends each report under the one that is left, too."""
        reported, twice = "police.missing_reported", card("police.missing_reported", window_days=30, at_least=2)
        told = [seen(reported, "2026-03-01T22:15:00Z", event_id, precision="minute") for event_id in ("old", "new")]
        measure, later = _measure(twice, told), seen(reported, "2026-03-02T01:15:00Z", "later", precision="minute")

        assert not measure.holds(_day("2026-03-01"))
        assert {h.event_id for h in measure.state(_day("2026-03-01")).because} == {"old", "new"}
        assert _measure(twice, [*told, later]).state(_day("2026-03-02")).detail == (
            "2 times in 30 days, most recently on 2 March 2026. What an agency tells of one minute counts once."
        )

    def test_what_is_told_of_one_day_and_no_minute_is_not_known_to_be_one(self, seen, card):
        twice = card("police.missing_reported", window_days=30, at_least=2)
        told = [seen("police.missing_reported", "2026-03-01", event_id) for event_id in ("a", "b")]

        assert _measure(twice, told).holds(_day("2026-03-01"))

    def test_a_record_counts_while_any_version_of_it_is_in_the_window(self, seen, card):
        versions = [seen("police.arrest", day, day, version_of="v") for day in ("2026-01-01", "2026-01-20")]
        measure = _measure(card("police.arrest", window_days=30, at_least=1), versions)

        assert [measure.holds(_day(day)) for day in ("2026-01-01", "2026-02-18", "2026-02-19")] == [True, True, False]

    @pytest.fixture
    def away(self, seen, card):
        lasting = card(RuleInput(type=MISSING, roles=ANYONE, lasts_until="ended"), window_days=90, at_least=1)
        return lambda **fields: _measure(lasting, [seen(MISSING, "2026-01-01", fields=fields)])

    def test_what_lasts_is_in_the_window_until_it_has_ended_and_a_window_after(self, away):
        days = ("2025-12-31", "2026-01-01", "2026-06-30", "2026-09-27", "2026-09-28")

        assert [away(ended="2026-06-30").holds(_day(day)) for day in days] == [False, True, True, True, False]
        assert away(ended=None).holds(_day("2036-01-01"))

    def test_an_end_that_may_not_be_seen_makes_nothing_last(self, away):
        assert [away().holds(_day(day)) for day in ("2026-03-31", "2026-04-01")] == [True, False]

    def test_an_end_before_the_beginning_ends_it_on_the_day_it_began(self, away):
        assert [away(ended="2025-06-30").holds(_day(day)) for day in ("2026-03-31", "2026-04-01")] == [True, False]

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"ended": None}, "Once in 90 days, since 1 January 2026 and not known to be over."),
            ({"ended": "2026-01-03"}, "Once in 90 days, from 1 January 2026 to 3 January 2026."),
            ({"ended": "2026-01-01"}, "Once in 90 days, on 1 January 2026."),
        ],
        ids=["open", "ended", "ended on its day"],
    )
    def test_its_sentence_says_how_long_it_lasted(self, away, fields, said):
        assert away(**fields).state(_day("2026-02-01")).detail == said

    def test_what_lasts_longest_is_the_most_recent(self, seen, card):
        lasting = card(RuleInput(type=MISSING, roles=ANYONE, lasts_until="ended"), window_days=90, at_least=1)
        entries = [
            seen(MISSING, "2026-01-01", fields=OPEN),
            seen(MISSING, "2026-02-01", fields={"ended": "2026-02-02"}),
        ]

        assert _measure(lasting, entries).state(_day("2026-02-10")).detail == (
            "2 times in 90 days, most recently since 1 January 2026 and not known to be over."
        )

    def test_an_event_may_be_dated_by_its_end(self, seen, card):
        ending = card(RuleInput(type=MOVE, roles=ANYONE, dated_by="ended"), window_days=30, at_least=1)
        measure = _measure(ending, [seen(MOVE, "2024-01-01", fields={"ended": "2026-01-10"})])

        assert [measure.holds(_day(day)) for day in ("2024-01-01", "2026-01-10", "2026-02-08", "2026-02-09")] == [
            False,
            True,
            True,
            False,
        ]


class TestWhatEnds:
    @pytest.fixture
    def ended(self, seen, card):
        """Whether a card of this kind holds on a day, of arrests that admissions (by whichever agency) end."""

        def make(kind, day, arrests, ends, at_least=1):
            end = RuleInput(type="nhs.admission", roles=ANYONE, part="ends", lasts_until="ended")
            made = card("police.arrest", end, kind=kind, window_days=90, at_least=at_least)
            entries = [seen("police.arrest", when, agency=agency) for when, agency in arrests]
            return _measure(
                made, [*entries, *(seen("nhs.admission", when, agency=a, fields=f) for when, a, f in ends)]
            ).holds(_day(day))

        return make

    @pytest.mark.parametrize(
        ("kind", "when", "holds"),
        [
            ("concern", "2026-01-04", True),
            ("concern", "2026-01-05", True),
            ("concern", "2026-01-06", False),
            ("protective", "2026-01-04", True),
            ("protective", "2026-01-05", False),
            ("protective", "2026-01-06", False),
        ],
    )
    def test_of_one_day_a_concern_stays_and_a_protective_factor_goes(self, ended, kind, when, holds):
        assert ended(kind, "2026-01-10", [("2026-01-05", "police")], [(when, "police", {})]) is holds

    def test_what_has_not_happened_yet_ends_nothing(self, ended):
        later = [("2026-01-20", "police", {})]

        assert ended("concern", "2026-01-19", [("2026-01-05", "police")], later)
        assert not ended("concern", "2026-01-20", [("2026-01-05", "police")], later)

    def test_what_comes_after_it_counts_anew(self, ended):
        arrests = [("2026-01-05", "police"), ("2026-02-05", "police")]

        assert ended("concern", "2026-02-10", arrests, [("2026-01-20", "police", {})])
        assert not ended("concern", "2026-02-10", arrests, [("2026-01-20", "police", {})], at_least=2)

    def test_an_agency_ends_nothing_that_another_said(self, ended):
        assert ended("concern", "2026-02-10", [("2026-01-05", "police")], [("2026-01-20", "nhs", {})])

    @pytest.mark.parametrize(
        ("until", "holds"), [(None, False), ("2026-01-05", False), ("2026-01-04", True)], ids=["open", "tie", "over"]
    )
    def test_what_lasts_ends_what_happens_meanwhile(self, ended, until, holds):
        standing = [("2025-06-01", "police", {"ended": until}), ("2025-07-01", "police", {"ended": "2025-07-02"})]

        assert ended("protective", "2026-01-10", [("2026-01-05", "police")], standing) is holds


class TestUnbroken:
    @pytest.fixture
    def year(self, card):
        start = RuleInput(type=WORKER, roles=ANYONE, part="start", lasts_until="ended")
        follow = RuleInput(type=MOVE, roles=ANYONE, part="follow", lasts_until="ended")
        return card(start, follow, measure="unbroken", days=365, window_days=365)

    def test_it_holds_once_it_has_lasted_long_enough(self, seen, year):
        measure = _measure(year, [seen(WORKER, "2025-01-01", "w", fields=OPEN)])

        assert not measure.holds(_day("2025-12-31"))
        assert measure.holds(_day("2026-01-01"))
        assert [h.event_id for h in measure.state(_day("2026-06-01")).because] == ["w"]

    def test_a_later_start_begins_it_anew(self, seen, year):
        measure = _measure(year, [seen(WORKER, day, fields=OPEN) for day in ("2024-01-01", "2025-06-01")])

        assert measure.holds(_day("2025-05-31"))
        assert not measure.holds(_day("2025-06-01"))

    def test_it_ends_on_the_day_the_newest_ended(self, seen, year):
        measure = _measure(year, [seen(WORKER, "2024-01-01", fields={"ended": "2025-06-01"})])

        assert measure.holds(_day("2025-05-31"))
        assert not measure.holds(_day("2025-06-01"))

    def test_what_follows_carries_it_on_where_the_start_closed(self, seen, year):
        entries = [
            seen(WORKER, "2024-01-01", fields={"ended": "2024-06-01"}),
            seen(MOVE, "2024-06-01", fields=OPEN),
        ]

        assert _measure(year, entries).holds(_day("2025-06-01"))

    def test_of_two_rows_of_one_day_the_open_one_is_the_later(self, seen, year):
        entries = [
            seen(WORKER, "2024-01-01", "a", fields=OPEN),
            seen(WORKER, "2024-01-01", "z", fields={"ended": "2024-01-02"}),
        ]

        assert _measure(year, entries).holds(_day("2025-06-01"))

    def test_of_versions_of_one_row_the_one_that_ended_counts(self, seen, year):
        versions = [
            seen(WORKER, "2024-01-01", f"v{n}", version_of="v0", fields={"ended": ended})
            for n, ended in enumerate((None, "2024-06-01", "2024-03-01"))
        ]

        assert not _measure(year, versions).holds(_day("2025-06-01"))

    def test_what_only_follows_never_begins_it(self, seen, year):
        assert not _measure(year, [seen(MOVE, "2020-01-01", fields=OPEN)]).holds(_day("2026-01-01"))
