"""Shares of sessions: exact where the possible ones are known, at the least where they are not."""

from datetime import date, timedelta

import pytest

from streams.timeline.matching import ByType, heard
from streams.timeline.measures import MEASURES

SUMMARY, MARK = "school.attendance_summary", "school.attendance_session"
ABSENCE = {"share": 0.1, "sessions_min": 10, "sessions_term_max": 150, "marks_days": 42, "window_days": 270}


def _day(text):
    return date.fromisoformat(text).toordinal()


@pytest.fixture
def term(seen):
    def make(when, name, **sessions):
        return [
            seen(
                SUMMARY, when, f"{name} {meaning}", fields={"term": name, "meaning": meaning, "sessions": float(count)}
            )
            for meaning, count in sessions.items()
        ]

    return make


@pytest.fixture
def marks(seen):
    def make(first, days, meaning):
        start = date.fromisoformat(first)
        return [
            seen(MARK, (start + timedelta(days=n)).isoformat(), f"{first} {n} {half}", fields={"meaning": meaning})
            for n in range(days)
            for half in ("AM", "PM")
        ]

    return make


@pytest.fixture
def absence(card):
    def make(entries, measure="absence", **changes):
        absent = card(SUMMARY, MARK, measure=measure, **ABSENCE | changes)
        return MEASURES[measure](absent, heard(absent, ByType(entries)))

    return make


class TestAbsence:
    @pytest.mark.parametrize(("missed", "holds"), [(12, True), (11, False)], ids=["a tenth", "just less"])
    def test_it_holds_from_a_tenth_of_the_sessions_of_the_newest_term(self, term, absence, missed, holds):
        measure = absence(term("2026-01-05", "spring", present=120 - missed, authorised=missed))

        assert measure.holds(_day("2026-02-01")) is holds

    def test_it_names_the_absences_and_says_the_share(self, term, absence):
        entries = term("2026-01-05", "spring", present=90, authorised=4, unauthorised=6, not_counted=50)
        state = absence(entries).state(_day("2026-02-01"))

        assert [h.event_id for h in state.because] == ["spring authorised", "spring unauthorised"]
        assert state.detail == "10 of 100 possible sessions missed (10.0%) in spring."

    def test_absences_alone_give_the_least_the_share_can_be(self, term, absence):
        measure = absence(term("2026-01-05", "spring", authorised=30, unauthorised=15))

        assert measure.state(_day("2026-02-01")).detail == (
            "45 of at most 150 possible sessions missed (at least 30.0%) in spring."
        )

    def test_absences_alone_never_make_a_share_of_everything(self, term, absence):
        assert not absence(term("2026-01-05", "spring", authorised=14)).holds(_day("2026-02-01"))

    def test_a_newer_term_takes_the_place_of_an_older_one(self, term, absence):
        poor, good = (
            term("2025-09-05", "autumn", present=60, unauthorised=60),
            term("2026-01-05", "spring", present=120, unauthorised=0.5),
        )

        assert absence([*poor, *good]).holds(_day("2026-01-04"))
        assert not absence([*poor, *good]).holds(_day("2026-01-05"))

    def test_a_term_too_short_to_tell_leaves_the_one_before_in_place(self, term, absence):
        entries = [
            *term("2025-09-05", "autumn", present=60, unauthorised=60),
            *term("2026-01-05", "spring", present=4, unauthorised=0.5),
        ]

        assert absence(entries).holds(_day("2026-01-06"))

    def test_it_fades_when_nothing_newer_is_known(self, term, absence):
        measure = absence(term("2026-01-05", "spring", present=60, unauthorised=60))

        assert measure.holds(_day("2026-01-05") + 269)
        assert not measure.holds(_day("2026-01-05") + 270)

    def test_register_marks_are_read_over_six_weeks(self, marks, absence):
        entries = [*marks("2026-03-02", 18, "present"), *marks("2026-03-20", 2, "unauthorised")]
        state = absence(entries).state(_day("2026-03-21"))

        assert state.detail == "4 of 40 possible sessions missed (10.0%) in 42 days of register marks."
        assert {h.entry.fields["meaning"] for h in state.because} == {"unauthorised"}

    def test_too_few_marks_say_nothing(self, marks, absence):
        assert not absence(marks("2026-03-02", 4, "unauthorised")).holds(_day("2026-03-05"))

    def test_what_says_no_number_of_sessions_is_not_counted(self, seen, absence):
        entries = [seen(SUMMARY, "2026-01-05", fields={"term": "spring", "meaning": "unauthorised", "sessions": None})]

        assert not absence(entries).holds(_day("2026-02-01"))


class TestAbsenceRecovered:
    def test_it_holds_where_the_newest_term_is_below_and_the_one_before_was_not(self, term, absence):
        poor = term("2025-09-05", "autumn", present=100, unauthorised=20)
        good = term("2026-01-05", "spring", present=100, unauthorised=5)
        measure = absence([*poor, *good], measure="absence_recovered")

        assert not measure.holds(_day("2026-01-04"))
        assert measure.state(_day("2026-01-05")).detail == (
            "5 of 105 possible sessions missed (4.8%) in spring, "
            "after 20 of 120 possible sessions missed (16.7%) in autumn."
        )

    def test_absences_alone_never_prove_a_recovery(self, term, absence):
        entries = [
            *term("2025-09-05", "autumn", present=100, unauthorised=20),
            *term("2026-01-05", "spring", unauthorised=5),
        ]

        assert not absence(entries, measure="absence_recovered").holds(_day("2026-02-01"))

    def test_six_good_weeks_after_six_poor_ones_are_a_recovery(self, marks, absence):
        entries = [*marks("2026-01-05", 42, "unauthorised"), *marks("2026-02-16", 42, "present")]
        measure = absence(entries, measure="absence_recovered")

        assert measure.holds(_day("2026-02-16") + 41)
        assert not measure.holds(_day("2026-02-16") + 20)

    def test_good_attendance_that_was_always_good_is_no_recovery(self, marks, absence):
        assert not absence(marks("2026-01-05", 84, "present"), measure="absence_recovered").holds(_day("2026-03-29"))


class TestVersionsOfOneRecord:
    """They came together and contradict one another: the one by which most was missed counts."""

    @pytest.fixture
    def doubtful(self, seen):
        def make(*said):
            return [
                seen(SUMMARY, "2026-01-05", f"v{n}", version_of="v0", fields={"term": "spring"} | fields)
                for n, fields in enumerate(said)
            ]

        return make

    def test_sessions_missed_are_not_added_up(self, term, absence, doubtful):
        versions = doubtful({"meaning": "authorised", "sessions": 7.0}, {"meaning": "authorised", "sessions": 8.0})
        measure = absence([*term("2026-01-05", "spring", present=112), *versions])

        assert not measure.holds(_day("2026-02-01"))

    def test_a_session_that_one_version_says_was_missed_was_missed(self, term, absence, doubtful):
        versions = doubtful({"meaning": "present", "sessions": 20.0}, {"meaning": "unauthorised", "sessions": 20.0})
        measure = absence([*term("2026-01-05", "spring", present=100), *versions])

        assert measure.holds(_day("2026-02-01"))
        assert [h.event_id for h in measure.state(_day("2026-02-01")).because] == ["v1"]
