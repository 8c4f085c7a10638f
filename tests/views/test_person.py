from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from policies.instants import instant_ns
from policies.terms import Agreement
from views.filters import Filters
from views.person import build
from views.presenting import Reading


@pytest.fixture
def page(policies, cards, synthetic, clock):
    def built(entries=None, filters=None, purpose=synthetic.MISSING):
        record = synthetic.timeline(synthetic.story() if entries is None else entries)
        reading = Reading(cards=cards, policies=policies, timeline=record, purpose=purpose, feeds=synthetic.feeds())
        return build(reading, filters or Filters(), clock())

    return built


def test_counts_are_said_in_words_and_never_as_one_number(page):
    assert page().counts == "13 concerns active, 3 protective factors active."


def test_what_changed_in_ninety_days_is_said(page):
    assert page().compared == "4 more concerns than 90 days ago."
    assert page([]).compared == "As many concerns as 90 days ago."


def test_every_entry_of_the_chronology_is_drawn_and_none_besides(page):
    shown = page(filters=Filters(span="all"))
    drawn = {mark.event_id for lane in shown.chart.lanes for mark in lane.marks}
    assert drawn == {line.event_id for line in shown.every}


def test_the_chronology_is_newest_first(page):
    moments = [line.at for line in page().every]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("hour", [0, 9, 15])
def test_what_happened_today_is_drawn_at_any_hour(page, clock, synthetic, hour):
    clock.now = clock.now.replace(hour=hour)
    today = synthetic.entry("police.arrest", "2026-11-22")
    shown = page([today, synthetic.entry("nhs.appointment", "2026-11-23")])
    drawn = [mark.event_id for lane in shown.chart.lanes for mark in lane.marks]
    assert drawn == [today["event_id"]]
    notes = {lane.agency: lane.note.partition(", feed")[0] for lane in shown.chart.lanes}
    assert (notes["police"], notes["nhs"]) == ("1 event", "0 of 1 event, 1 dated later")


def test_a_silence_over_the_change_of_the_clocks_is_of_as_many_days_in_the_drawing_as_in_words(page, clock, synthetic):
    clock.now = datetime(2026, 4, 30, 23, 30, tzinfo=UTC)
    kept = [synthetic.entry("nhs.appointment", day) for day in ("2026-01-01", "2026-01-11", "2026-01-21")]
    shown = page(
        [*kept, synthetic.entry("nhs.appointment", "2026-03-20"), synthetic.entry("police.arrest", "2026-04-02")]
    )
    (lane,) = (lane for lane in shown.chart.lanes if lane.agency == "nhs")
    assert [band.label for band in lane.bands] == ["Quiet 58 days", "Quiet 42 days, still"]
    assert shown.quiet[0]["days"] == 42
    kept[-1] = synthetic.entry("nhs.appointment", "2026-03-01")
    (lane,) = (lane for lane in page(kept).chart.lanes if lane.agency == "nhs")
    assert lane.bands[-1].label == "Quiet 61 days, still"


def test_what_a_flag_rests_on_is_listed_as_it_came_about(page, synthetic):
    """Also within a day: a return of the hour at which the report began to count, and several reports of one night."""
    moments = [f"2026-11-{day}T{hour}:00:00Z" for day in ("06", "09", "12") for hour in ("08", "14", "20")]
    shown = page([synthetic.entry("police.missing_reported", moment) for moment in moments])
    flag = next(flag for flag in shown.concerns if flag["rule"] == "repeat-missing")
    assert [line.event_id for line in shown.because(flag)] != flag["because"]
    assert [line.at for line in shown.because(flag)] == [datetime.fromisoformat(moment) for moment in moments]


def test_a_silent_agency_is_drawn_in_its_lane(page):
    bands = {lane.agency: [band.label for band in lane.bands] for lane in page().chart.lanes}
    assert bands["nhs"][-1] == "Quiet 101 days, still"


def test_each_lane_says_when_its_feed_was_heard(page):
    assert {lane.agency: lane.note for lane in page().chart.lanes} == {
        "school": "24 events, feed heard 2 hours ago",
        "social_care": "12 events, feed heard 1 day ago",
        "nhs": "13 events, feed heard 4 hours ago",
        "police": "30 events, feed heard 12 minutes ago",
    }


def test_of_a_past_day_no_lane_says_that_its_feed_was_just_heard(page):
    notes = {lane.agency: lane.note for lane in page(filters=Filters(as_of=date(2026, 11, 21))).chart.lanes}
    assert notes["social_care"].endswith(", feed heard 17 hours ago")
    assert [notes[agency] for agency in ("school", "nhs")] == ["24 events", "13 events"]


def test_a_lane_says_how_many_of_its_events_the_drawing_shows(page):
    notes = {lane.agency: lane.note.partition(",")[0] for lane in page(filters=Filters(span="90")).chart.lanes}
    drawn = {"school": "5 of 24", "social_care": "4 of 12", "nhs": "0 of 13", "police": "10 of 30"}
    assert notes == {agency: f"{count} events" for agency, count in drawn.items()}


def test_a_lane_counts_thousands_as_everything_else_does(page, synthetic):
    marks = [
        synthetic.entry("school.attendance_session", synthetic.days_before(1 + n), {"session": half})
        for n in range(700)
        for half in ("AM", "PM")
    ]
    shown = page(marks, Filters(since=date(2025, 1, 1)))
    school = next(lane for lane in shown.chart.lanes if lane.agency == "school")
    assert school.note.startswith("1,080 of 1,400 events")


def test_what_was_written_down_on_a_day_says_no_hour(page, synthetic):
    written = {
        datetime(2026, 9, 30, 23, tzinfo=UTC): "1 October 2026",
        datetime(2026, 10, 1, 8, tzinfo=UTC): "1 October 2026, 09:00",
    }
    for at, said in written.items():
        (line,) = page([synthetic.entry("school.suspension", "2026-09-29", recorded_at=at)]).every
        assert line.recorded == said


def test_filters_narrow_the_chronology_and_leave_counts_alone(page):
    narrowed = page(filters=Filters(agencies=("nhs",)))
    assert {line.agency for line in narrowed.lines} == {"nhs"}
    assert narrowed.counts == page().counts
    assert narrowed.chart == page().chart


@pytest.mark.parametrize(
    ("days", "asked", "said"), [(60, "540", "90"), (200, "540", "all"), (900, "540", "540"), (200, "90", "90")]
)
def test_the_span_that_is_said_is_the_one_that_is_drawn(page, clock, synthetic, days, asked, said):
    shown = page([synthetic.entry("police.arrest", synthetic.days_before(days))], Filters(span=asked))
    assert shown.span == said
    back = (clock() - shown.since).days
    assert back == {"90": 90, "540": 540, "all": days + 14}[said]


def test_details_that_stand_at_the_birth_for_want_of_a_date_are_of_no_day(page, synthetic):
    details = synthetic.entry("nhs.person_details", "2011-03-27", person=synthetic.CARD)
    seen = synthetic.entry("nhs.appointment", synthetic.days_before(30), {"status": "fulfilled"})
    shown = page([details, seen], Filters(span="all"))
    assert [line.when for line in shown.lines] == ["23 October 2026", "date not known"]
    assert (shown.span, sum(len(lane.marks) for lane in shown.chart.lanes)) == ("90", 1)
    notes = {lane.agency: lane.note for lane in shown.chart.lanes}
    assert notes["nhs"].startswith("1 of 2 events, 1 without a date")


def test_details_that_came_on_another_day_than_that_of_birth_say_which(page, synthetic):
    shown = page([synthetic.entry("nhs.person_details", "2026-03-27", person=synthetic.CARD)])
    assert [line.when for line in shown.lines] == ["27 March 2026"]


def test_as_of_a_past_day_only_what_had_been_written_down_is_shown(page, clock, synthetic):
    late = synthetic.entry("police.arrest", "2026-01-05", recorded_at=clock() - timedelta(days=1))
    early = synthetic.entry("police.arrest", "2026-01-06")
    shown = page([late, early], Filters(as_of=date(2026, 2, 1)))
    assert [line.event_id for line in shown.every] == [early["event_id"]]


def test_as_of_a_past_day_an_agreement_that_has_ended_since_opens_nothing(page, clock, synthetic):
    over = [synthetic.grant({}, {}, valid_until=clock() - timedelta(days=1))]
    entry = synthetic.entry("police.arrest", "2026-01-06", grants=over)
    assert page([entry], Filters(as_of=date(2026, 2, 1))).every == []


def test_as_of_a_past_day_an_agreement_on_returns_that_has_ended_since_is_no_evidence(
    policies, cards, clock, synthetic
):
    """Its returns are shown no more: that none is, then, does not say that the young person stayed away."""
    signed = policies.agreements["exploitation-and-missing"]
    on_returns = replace(signed, id="returns", in_force_until_ns=instant_ns(clock() - timedelta(days=1)))
    both = replace(policies, agreements={signed.id: _without_returns(signed), on_returns.id: on_returns})
    report = synthetic.entry("police.missing_reported", "2026-01-20", role="missing_person")
    over = [synthetic.grant({"return_interview": "accepted"}, {}, valid_until=clock() - timedelta(days=1))]
    back = synthetic.entry("police.missing_located", "2026-01-21", role="missing_person", grants=over)
    reading = Reading(
        cards=cards, policies=both, timeline=synthetic.timeline([report, back]), purpose=synthetic.MISSING, feeds=()
    )
    shown = build(reading, Filters(as_of=date(2026, 2, 1)), clock())
    assert [line.event_id for line in shown.every] == [report["event_id"]]
    assert "missing-24-hours" not in [flag["rule"] for flag in shown.concerns]


def _without_returns(signed: Agreement) -> Agreement:
    """An agreement under which the police tell of reports alone."""
    clauses = {
        clause.id: replace(clause, event_types=tuple(t for t in clause.event_types if t != "police.missing_located"))
        for clause in signed.clauses.values()
    }
    return replace(signed, clauses=clauses)


@pytest.mark.parametrize("value", ["0001-01-01", "0001-01-05", "9999-12-31", "1899-12-31", "0001-01-01T00:00:00Z"])
def test_what_stands_in_for_a_date_is_none_and_the_page_is_drawn(page, synthetic, value):
    """A partner that publishes by itself may send it: nobody is to lose the page of the young person for that."""
    undated = synthetic.entry("school.suspension", value, recorded_at=datetime.min.replace(tzinfo=UTC))
    flag = {"flag_code": "CPP", "status": "active", "ended": value}
    lasting = synthetic.entry("nhs.child_protection_flag", "2026-11-01", flag)
    for filters in (Filters(), Filters(as_of=date(2026, 11, 10))):
        shown = page([undated, lasting], filters)
        assert [(line.event_id, line.when) for line in shown.every] == [
            (lasting["event_id"], "1 November 2026"), (undated["event_id"], "date not known")
        ]  # fmt: skip


def test_a_day_to_come_is_now(page, clock):
    shown = page(filters=Filters(as_of=date(2027, 1, 1)))
    assert (shown.as_of, shown.filters.as_of) == (clock(), None)


def test_nothing_of_another_purpose_touches_the_page(page, synthetic):
    without = [e for e in synthetic.story() if synthetic.MISSING in e["grants"][0]["purposes"]]
    assert page(without) == page()


def test_an_entry_says_which_rules_read_it_and_under_what_it_was_shared(page):
    line = next(line for line in page().every if line.event_type == "school.suspension")
    assert (line.tone, line.agreement, line.clause) == ("concern", "exploitation-and-missing", "EM-1")
    assert line.decision_id is not None
    assert line.counts_towards == ["Suspended again"]


def test_handling_conditions_are_marked(page):
    assert [line.event_type for line in page().every if line.conditions] == ["police.intelligence_report"]


def test_the_facts_of_a_page_do_not_change_with_the_clock_alone(page, clock):
    before = page().version
    clock.pass_time(minutes=5)
    assert page().version == before
