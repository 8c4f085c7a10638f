"""Two kinds of silence: a child gone quiet, and a feed that stopped."""

from datetime import UTC, date, datetime, timedelta

import pytest

from streams.timeline.matching import ByType
from streams.timeline.quiet import newest, silences

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1).toordinal()
#: Ten days apart, the last of them 35 days before NOW.
RHYTHM = ("2026-04-07", "2026-04-17", "2026-04-27")


def _feed(agency="school", ago=1.0, name="registers"):
    return {"feed": name, "agency": agency, "last_heard": NOW - timedelta(days=ago)}


@pytest.fixture
def silence(seen, cards):
    quiet = next(card for card in cards if card.kind == "quiet")

    def make(days_of_events, feeds=(), kind="school.suspension"):
        entries = ByType([seen(kind, day) for day in days_of_events])
        return next(iter(silences(quiet, entries, newest(feeds))), None)

    return make


def test_an_agency_that_kept_a_rhythm_and_lost_it_has_gone_quiet(silence):
    quiet = silence(RHYTHM, [_feed()]).at(NOW)

    assert (quiet.agency, quiet.kind, quiet.usual_gap_days) == ("school", "gone_quiet", 10)
    assert quiet.since == date(2026, 4, 27).toordinal()
    assert quiet.statement(TODAY) == (
        "Nothing from school since 27 April 2026: 35 days, where the usual gap is 10. Their feed was heard on "
        "31 May 2026, so this is not an outage. Quiet is a reason to keep trying, not to close. "
        "School holidays are not taken into account."
    )


def test_of_a_past_day_nothing_is_claimed_of_a_feed_that_was_heard_since(silence):
    quiet = silence(RHYTHM, [_feed(ago=-30)]).at(NOW)

    assert "Whether their feed worked then is not known." in quiet.statement(TODAY)
    assert "outage" not in quiet.statement(TODAY)


@pytest.mark.parametrize(("last", "quiet"), [("2026-05-04", True), ("2026-05-05", False)], ids=["28 days", "27 days"])
def test_nobody_is_quiet_before_four_weeks(silence, last, quiet):
    assert (silence(["2026-04-30", "2026-05-02", last], [_feed()]).at(NOW) is not None) is quiet


@pytest.mark.parametrize(
    ("last", "quiet"), [("2026-04-02", True), ("2026-04-03", False)], ids=["twice the usual gap", "a day less"]
)
def test_nobody_is_quiet_before_twice_their_usual_gap(silence, last, quiet):
    first = date.fromisoformat(last) - timedelta(days=60)
    days = [first.isoformat(), (first + timedelta(days=30)).isoformat(), last]

    assert (silence(days, [_feed()]).at(NOW) is not None) is quiet


def test_two_days_of_events_make_no_rhythm(silence):
    assert silence(["2025-12-01", "2025-12-01", "2026-01-01"], [_feed()]).at(NOW) is None


@pytest.mark.parametrize(("last", "quiet"), [("2024-06-02", True), ("2024-06-01", False)], ids=["729 days", "730 days"])
def test_a_silence_of_two_years_is_history(silence, last, quiet):
    assert (silence(["2024-05-01", "2024-05-11", last], [_feed()]).at(NOW) is not None) is quiet


class TestSilentFeed:
    def test_a_stopped_feed_is_never_shown_as_a_quiet_child(self, silence):
        quiet = silence(RHYTHM, [_feed(ago=7)]).at(NOW)

        assert (quiet.kind, quiet.since, quiet.silent_feeds) == ("feed_silent", TODAY - 7, ("registers",))
        assert quiet.statement(TODAY) == (
            "No feed of school has been heard since 25 May 2026: an outage, which says nothing of the child."
        )

    def test_it_is_shown_before_the_child_would_seem_quiet(self, silence):
        assert silence(["2026-05-20"], [_feed(ago=8)]).at(NOW).kind == "feed_silent"

    def test_without_a_known_feed_nothing_is_said_of_the_child(self, silence):
        quiet = silence(RHYTHM, [_feed("police")]).at(NOW)

        assert (quiet.kind, quiet.feed_last_heard) == ("feed_silent", None)
        assert "says nothing of the child" in quiet.statement(TODAY)

    def test_one_feed_of_several_that_stopped_is_named(self, silence):
        quiet = silence(RHYTHM, [_feed(), _feed(ago=20, name="exclusions")]).at(NOW)

        assert (quiet.kind, quiet.silent_feeds) == ("gone_quiet", ("exclusions",))
        assert "These feeds of theirs are silent: exclusions." in quiet.statement(TODAY)

    def test_a_feed_heard_again_counts_as_it_was_heard_last(self, silence):
        assert silence(RHYTHM, [_feed(ago=30), _feed(ago=1)]).at(NOW).kind == "gone_quiet"

    def test_a_feed_of_another_agency_under_the_same_name_is_another_feed(self, silence):
        heard = [_feed(ago=2), _feed("police", ago=1)]

        assert silence(RHYTHM, heard).at(NOW).kind == "gone_quiet"
        assert [feed["agency"] for feed in newest(heard)] == ["police", "school"]

    def test_it_falls_silent_at_the_very_instant(self, silence):
        agency = silence(["2026-05-31"], [_feed(ago=6)])

        assert agency.next_change(NOW) == NOW + timedelta(days=1)


@pytest.mark.parametrize("kind", ["school.person_details", "school.human_judgement"])
def test_demographics_and_what_somebody_judged_are_no_contact(silence, kind):
    assert silence(RHYTHM, [_feed()], kind=kind) is None


class TestStretches:
    def test_past_silences_stand_beside_the_present_one(self, silence):
        days = ["2025-12-01", "2025-12-06", "2025-12-11", "2026-02-01", "2026-02-05", "2026-02-10"]

        assert [
            (s.kind, date.fromordinal(s.since).isoformat(), date.fromordinal(s.until).isoformat())
            for s in silence(days, [_feed()]).stretches(NOW)
        ] == [
            ("gone_quiet", "2025-12-11", "2026-02-01"),
            ("gone_quiet", "2026-02-10", "2026-06-01"),
        ]

    def test_an_agency_that_keeps_its_rhythm_has_none(self, silence):
        assert silence(["2026-05-01", "2026-05-10", "2026-05-20"], [_feed()]).stretches(NOW) == []


class TestWhatLasts:
    """Social care was heard every ten days, and last 35 days ago."""

    @pytest.fixture
    def quiet(self, seen, cards):
        card = next(card for card in cards if card.kind == "quiet")
        told = [seen("social_care.review", day) for day in RHYTHM]

        def make(began, ended, granted=("ended",), **changes):
            fields = {} if ended is None else {"ended": ended}
            placed = seen("social_care.placement_change", began, fields=fields, granted=frozenset(granted), **changes)
            return silences(card, ByType([*told, placed]), [_feed("social_care")])[0]

        return make

    def test_its_end_breaks_a_silence(self, quiet):
        assert quiet("2026-04-10", None).at(NOW) is not None
        assert quiet("2026-04-10", "2026-05-20").at(NOW) is None

    def test_from_its_end_on_there_may_be_another(self, quiet):
        assert quiet("2026-04-10", "2026-05-04").at(NOW).since == date(2026, 5, 4).toordinal()
        assert quiet("2026-04-10", "2026-05-05").at(NOW) is None
        assert quiet("2026-04-10", "2026-05-05").next_change(NOW) == datetime(2026, 6, 1, 23, tzinfo=UTC)

    def test_its_end_sets_no_rhythm(self, quiet):
        assert quiet("2026-04-10", "2026-04-12").at(NOW).usual_gap_days == 7

    def test_while_it_lasts_nobody_is_heard(self, quiet):
        assert quiet("2026-04-27", None).at(NOW).since == date(2026, 4, 27).toordinal()

    def test_an_end_still_to_come_is_not_heard_today(self, quiet):
        assert quiet("2026-04-10", "2026-06-02").at(NOW).since == date(2026, 4, 27).toordinal()

    def test_a_planned_end_is_heard_of_when_it_is_written_down_and_not_on_its_day(self, quiet):
        written = datetime(2026, 4, 10, 9, tzinfo=UTC)

        assert quiet("2026-04-10", "2026-05-20", recorded_at=written).at(NOW).since == date(2026, 4, 27).toordinal()
        assert quiet("2026-04-10", "2026-05-20", recorded_at=NOW - timedelta(days=5)).at(NOW) is None

    def test_an_end_that_may_not_be_seen_breaks_nothing(self, quiet):
        assert quiet("2026-04-10", "2026-05-20", granted=()).at(NOW).since == date(2026, 4, 27).toordinal()

    def test_the_past_silence_that_it_broke_ended_with_it(self, quiet):
        found = quiet("2026-04-10", "2026-05-30").stretches(NOW)

        assert [(s.since, s.until) for s in found] == [
            (date(2026, 4, 27).toordinal(), date(2026, 5, 30).toordinal()),
        ]


def test_an_appointment_that_was_only_planned_is_no_contact_on_its_day(seen, cards):
    card = next(card for card in cards if card.kind == "quiet")
    kept = [seen("nhs.appointment", day) for day in RHYTHM]
    planned = seen("nhs.appointment", "2026-05-30", recorded_at=datetime(2026, 4, 20, tzinfo=UTC))
    (silence,) = silences(card, ByType([*kept, planned]), [_feed("nhs")])

    assert silence.at(NOW).since == date(2026, 4, 27).toordinal()


def test_versions_of_one_record_are_no_rhythm(seen, cards):
    quiet = next(card for card in cards if card.kind == "quiet")
    versions = [seen("school.suspension", day, day, version_of=RHYTHM[0]) for day in RHYTHM]
    (silence,) = silences(quiet, ByType(versions), [_feed()])

    assert silence.at(NOW) is None
