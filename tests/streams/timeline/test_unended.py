"""Who was reported missing and is not known to be back, as `missing-24-hours` tells it."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from streams.timeline.assessment import assess

REPORTED, LOCATED, AWAY = "police.missing_reported", "police.missing_located", "social_care.missing_from_care"
EVENING = "2026-03-10T21:40:00Z"
DAY = timedelta(hours=24)


def _instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def report(seen):
    return lambda when=EVENING, name=None, **changes: seen(REPORTED, when, name or f"report {when}", **changes)


@pytest.fixture
def back(seen):
    def make(when, since=None, hours=None, **changes):
        fields = {"missing_since": since, "duration_hours": hours}
        given = {name: value for name, value in fields.items() if value is not None}
        return seen(LOCATED, when, f"back {when}", fields=given, granted=frozenset(fields), **changes)

    return make


@pytest.fixture
def away(seen):
    def make(began, ended, granted=("missing_type", "ended")):
        fields = {"missing_type": "M"} | ({} if ended is None else {"ended": ended})
        given = {name: value for name, value in fields.items() if name in granted}
        return seen(AWAY, began, f"away {began}", fields=given, granted=frozenset(granted))

    return make


@pytest.fixture
def missing(cards):
    """What the card says of entries at an instant, if anything."""
    mine = [card for card in cards if card.id == "missing-24-hours"]

    def found(entries, when):
        now = when if isinstance(when, datetime) else _instant(when)
        return next(iter(assess(entries, mine, [], now).concerns), None)

    return found


def _next(cards, entries, now):
    return assess(entries, [card for card in cards if card.id == "missing-24-hours"], [], now).next_change_at


class TestNotKnownToBeBack:
    def test_a_report_counts_at_the_very_instant_at_which_it_is_so_old(self, missing, report):
        turn = _instant(EVENING) + DAY

        assert missing([report()], turn - timedelta(microseconds=1)) is None
        assert missing([report()], turn).because == (f"report {EVENING}",)

    def test_the_assessment_before_knows_that_instant(self, cards, report):
        assert _next(cards, [report()], _instant(EVENING) + timedelta(hours=1)) == _instant(EVENING) + DAY

    def test_it_says_when_the_report_was_and_no_more_than_is_known(self, missing, report):
        found = missing([report()], "2026-03-20T12:00:00Z")

        assert found.since == date(2026, 3, 11)
        assert found.detail == "Once in 90 days, since 10 March 2026 and not known to be over."

    def test_it_lasts_however_long_nothing_is_heard(self, missing, report):
        assert missing([report()], "2027-11-01T12:00:00Z").since == date(2026, 3, 11)

    def test_24_hours_are_hours_when_the_clocks_go_forward(self, missing, report):
        saturday = report("2026-03-28T20:00:00Z")

        assert missing([saturday], "2026-03-29T19:59:59Z") is None
        assert missing([saturday], "2026-03-29T21:00:00+01:00") is not None

    @pytest.mark.parametrize(
        ("when", "turn"),
        [
            ("2026-03-10", "2026-03-12T00:00:00Z"),
            ("2026-06-10", "2026-06-11T23:00:00Z"),
            ("2026-03", "2026-04-02T00:00:00+01:00"),
            ("2026", "2027-01-02T00:00:00Z"),
        ],
        ids=["a day", "a summer day", "a month", "a year"],
    )
    def test_of_a_report_without_an_hour_the_last_that_it_can_have_been_counts(self, missing, report, when, turn):
        assert missing([report(when)], _instant(turn) - timedelta(seconds=1)) is None
        assert missing([report(when)], turn) is not None

    def test_several_without_a_return_are_one_absence(self, missing, report):
        found = missing([report(), report("2026-03-12T09:00:00Z")], "2026-03-20T12:00:00Z")

        assert len(found.because) == 2
        assert found.detail.startswith("Once in 90 days, ")

    def test_a_later_report_does_not_make_the_clock_begin_anew(self, missing, report):
        again = report("2026-03-11T21:00:00Z")

        assert missing([report(), again], "2026-03-11T22:00:00Z").because == (f"report {EVENING}",)

    def test_versions_of_one_report_are_one(self, missing, report):
        versions = [report("2026-03-10", "one"), report(EVENING, "other", version_of="one")]

        assert missing(versions, "2026-03-20T12:00:00Z").detail == (
            "Once in 90 days, since 10 March 2026 and not known to be over. "
            "Versions of one record that came together count once."
        )


class TestReturn:
    def test_who_came_back_within_24_hours_is_of_no_account(self, cards, missing, report, back):
        told = [report(), back("2026-03-11T21:39:00Z", EVENING, 23.9)]

        assert missing(told, "2026-03-20T12:00:00Z") is None
        assert _next(cards, told, _instant("2026-03-11T21:39:30Z")) == _instant("2027-12-31T00:00:00Z")  # its expiry

    @pytest.mark.parametrize(
        ("hours", "because"),
        [(24.0, ("back 2026-03-11T21:40:00Z", f"report {EVENING}")), (None, (f"report {EVENING}",))],
        ids=["stated", "not stated"],
    )
    def test_exactly_24_hours_are_24(self, missing, report, back, hours, because):
        told = [report(), back("2026-03-11T21:40:00Z", EVENING, hours)]

        assert missing(told, "2026-03-20T12:00:00Z").because == because

    def test_a_report_and_its_return_are_one_episode_since_24_hours_after_it(self, missing, report, back):
        found = missing([report(), back("2026-03-13T08:00:00Z", EVENING, 58.3)], "2026-03-20T12:00:00Z")

        assert found.since == date(2026, 3, 11)
        assert found.because == (f"report {EVENING}", "back 2026-03-13T08:00:00Z")
        assert found.detail == "Once in 90 days, on 13 March 2026."

    def test_the_window_begins_when_they_are_back(self, missing, report, back):
        told = [report(), back("2026-03-13T08:00:00Z", EVENING)]

        assert missing(told, "2026-06-10T22:59:00Z") is not None
        assert missing(told, "2026-06-10T23:00:00Z") is None

    def test_days_alone_prove_a_length_where_they_are_far_enough_apart(self, missing, report, back):
        after_two, after_one = back("2026-03-12"), back("2026-03-11")

        assert missing([report("2026-03-10"), after_two], "2026-03-20T12:00:00Z") is not None
        assert missing([report("2026-03-10"), after_one], "2026-03-20T12:00:00Z") is None

    def test_a_return_of_before_the_report_is_of_another_episode(self, missing, report, back):
        told = [back("2026-03-10T21:39:00Z"), report()]

        assert missing(told, "2026-03-12T00:00:00Z").because == (f"report {EVENING}",)

    def test_a_return_that_the_same_agency_dates_by_the_day_came_after_the_report(self, missing, report, back):
        assert missing([report(), back("2026-03-10")], "2026-03-20T12:00:00Z") is None

    def test_the_return_of_what_began_then_is_its_return_whatever_the_clocks_say(self, missing, report, back):
        told = [report(), back("2026-03-10T21:00:00Z", EVENING)]

        assert missing(told, "2026-03-20T12:00:00Z") is None
        assert missing([report(), back("2026-03-10T21:00:00Z")], "2026-03-20T12:00:00Z") is not None

    def test_of_an_older_report_nobody_knows_when_it_ended(self, missing, report, back):
        told = [report("2026-03-01T21:00:00Z"), report(), back("2026-03-11T08:00:00Z", EVENING, 10.3)]

        assert missing(told[:2], "2026-03-11T08:00:00Z") is not None
        assert missing(told, "2026-03-20T12:00:00Z") is None

    def test_but_one_that_the_return_names_is_known_to_have_lasted(self, missing, report, back):
        told = [report(), report("2026-03-12T09:00:00Z"), back("2026-03-12T20:00:00Z", EVENING)]

        assert missing(told, "2026-03-20T12:00:00Z").because == (f"report {EVENING}",)

    def test_a_return_taken_back_leaves_the_report_without_one(self, missing, report, back):
        told = [report(), back("2026-03-11T08:00:00Z", EVENING, 10.3)]

        assert missing(told, "2026-03-20T12:00:00Z") is None
        assert missing(told[:1], "2026-03-20T12:00:00Z") is not None


class TestOtherAgencies:
    def test_the_end_of_an_absence_from_care_is_a_return(self, missing, report, away):
        told = [report(), away("2026-03-10", "2026-03-13")]

        assert missing(told, "2026-03-13T12:00:00Z").detail == "Once in 90 days, from 10 March 2026 to 13 March 2026."
        assert missing(told, "2026-06-11T12:00:00Z") is None

    def test_one_that_ended_within_24_hours_leaves_nothing(self, missing, report, away):
        assert missing([report(), away("2026-03-10", "2026-03-11")], "2026-03-20T12:00:00Z") is None

    def test_whether_one_that_ended_on_the_day_of_the_report_came_after_it_nobody_knows(self, missing, report, away):
        told = [report(), away("2026-03-09", "2026-03-10")]

        assert missing(told, "2026-03-20T12:00:00Z").because == (f"report {EVENING}",)

    @pytest.mark.parametrize("began", ["2026-03-10", "2026-03-14"], ids=["from the same day", "from a later day"])
    def test_one_that_lasts_ends_nothing(self, missing, report, away, began):
        assert missing([report(), away(began, None)], "2026-03-20T12:00:00Z").because == (f"report {EVENING}",)

    @pytest.mark.parametrize("ended", [None, "2026-03-15"])
    def test_one_whose_end_may_not_be_seen_may_have_ended(self, missing, report, away, ended):
        assert missing([report(), away("2026-03-10", ended, ["missing_type"])], "2026-03-20T12:00:00Z") is None

    def test_so_may_one_whose_end_cannot_be_read(self, missing, report, away):
        assert missing([report(), away("2026-03-10", "in the spring")], "2026-03-20T12:00:00Z") is None


def test_a_return_in_another_order_and_more_than_once_says_the_same(cards, report, back, away):
    told = [
        report("2026-03-01T21:00:00Z"),
        report(),
        back("2026-03-12", EVENING),
        report("2026-03-12"),
        away("2026-03-11", "2026-03-20"),
        report("2026-03-28T20:00:00Z"),
        report("2026-03-29"),
    ]
    mine = [card for card in cards if card.category == "missing"]
    instants = [_instant("2026-03-01T12:00:00Z") + timedelta(hours=11 * n) for n in range(80)]
    straight = [assess(told, mine, [], now) for now in instants]
    for seed in range(5):
        again = [*told, *Random(seed).choices(told, k=3)]
        shuffled = Random(seed).sample(again, len(again))
        answers = [assess(shuffled, mine, [], now) for now in instants]

        assert answers == straight
        assert [each.next_change_at for each in answers] == [each.next_change_at for each in straight]


def test_every_assessment_knows_the_next_instant_at_which_it_differs(cards, report, back, away):
    told = [
        report(),
        back("2026-03-12T09:00:00Z"),
        report("2026-03-14"),
        away("2026-03-13", "2026-03-18"),
        report("2026-03-20T08:30:00Z"),
    ]
    mine = [card for card in cards if card.id == "missing-24-hours"]
    step = timedelta(minutes=10)
    now, last = _instant("2026-03-09T00:00:00Z"), None
    while now < _instant("2026-04-01T00:00:00Z"):
        found = assess(told, mine, [], now)
        if last is not None and found != last:
            assert last.next_change_at == now
        elif last is not None:
            assert last.next_change_at == found.next_change_at
        now, last = now + step, found
