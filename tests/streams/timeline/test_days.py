"""Days are local to England, and what is no date has none."""

from datetime import UTC, date, datetime

import pytest

from streams.timeline import days


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-03", date(2026, 3, 1)),
        ("2026", date(2026, 1, 1)),
        ("2026-06-30T23:30:00Z", date(2026, 7, 1)),
        ("2026-12-31T23:30:00Z", date(2026, 12, 31)),
        ("2026-06-30T23:30", date(2026, 6, 30)),
    ],
    ids=[
        "a date",
        "a month",
        "a year",
        "late on a summer evening",
        "late on a winter evening",
        "a time without a zone",
    ],
)
def test_a_value_falls_on_its_local_day(value, day):
    assert days.ordinal(value) == day.toordinal()


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "2026-13-01", "2026-02-30", "20-1", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00"),
        *("0001-01-05", "1899-12-31", "9999-12-31", "9999-12", "9999"),
    ],
)
def test_what_is_no_date_has_no_day(value):
    assert days.ordinal(value) is None


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        (date(2026, 1, 5), datetime(2026, 1, 5, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 29, 23, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 23, tzinfo=UTC)),
    ],
    ids=["winter", "the day the clocks go forward", "summer", "the day the clocks go back"],
)
def test_a_day_begins_at_local_midnight(day, instant):
    assert days.midnight(day.toordinal()) == instant


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ({"value": "2026-03-01", "precision": "day"}, date(2026, 3, 1)),
        (None, None),
        (7, None),
    ],
    ids=["text", "a Moment", "nothing", "a number"],
)
def test_a_field_may_hold_a_moment_in_either_form(value, day):
    assert days.field_ordinal(value) == (day and day.toordinal())


def test_a_day_is_written_as_prose_writes_it():
    assert days.written(date(2026, 11, 3).toordinal()) == "3 November 2026"


@pytest.mark.parametrize(
    ("value", "first", "after"),
    [
        ("2026-06-30T23:30:00Z", "2026-06-30T23:30:00Z", "2026-06-30T23:30:00Z"),
        ("2026-06-30T23:30", "2026-06-30T22:30:00Z", "2026-06-30T22:30:00Z"),
        ("2026-06-30", "2026-06-29T23:00:00Z", "2026-06-30T23:00:00Z"),
        ("2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
        ("2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ],
    ids=["an instant", "a time without a zone", "a day", "a day of 23 hours", "a month", "December", "a year"],
)
def test_a_value_can_mean_a_span_of_instants(value, first, after):
    assert days.span(value) == (datetime.fromisoformat(first), datetime.fromisoformat(after))


@pytest.mark.parametrize(
    "value", ["", "soon", "2026-02-30", "9999-12-31", "9999", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59Z"]
)
def test_what_is_no_date_or_ends_beyond_the_calendar_has_no_span(value):
    assert days.span(value) is None
