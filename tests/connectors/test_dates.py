from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.dates import day_moment, day_of, parse_date, parse_instant, parse_moment
from schemas.dates import LONDON
from schemas.events import Moment
from schemas.vocabulary import Precision

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))
INSTANTS = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2099, 12, 30)).map(
    lambda when: when.replace(microsecond=0, tzinfo=UTC)
)
ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WRITTEN = {
    "day first": lambda day: f"{day.day:02}/{day.month:02}/{day.year}",
    "day first, short": lambda day: f"{day.day}.{day.month}.{day.year}",
    "ISO": lambda day: day.isoformat(),
    "basic ISO": lambda day: f"{day.year}{day.month:02}{day.day:02}",
    "month in letters": lambda day: f"{day.year}-{ENGLISH[day.month - 1]}-{day.day:02} 00:00:00",
    "SAS": lambda day: f"{day.day:02}{ENGLISH[day.month - 1].upper()}{day.year}",
    "midnight by a clock of twelve hours": lambda day: f"{day.day:02}/{day.month:02}/{day.year} 12:00:00 AM",
    "month in small letters": lambda day: f"{day.day} {ENGLISH[day.month - 1].lower()} {day.year}",
}


@pytest.mark.parametrize("form", WRITTEN)
@settings(deadline=None)  # a busy machine is no fault
@given(day=DAYS)
def test_a_day_is_the_same_however_it_is_written(form: str, day: date) -> None:
    assert parse_date(WRITTEN[form](day)) == day
    assert parse_moment(WRITTEN[form](day)) == Moment(value=day.isoformat(), precision=Precision.DAY)


@settings(deadline=None)  # a busy machine is no fault
@given(when=INSTANTS, hours=st.integers(min_value=-12, max_value=14))
def test_an_instant_with_an_offset_is_kept_in_utc(when: datetime, hours: int) -> None:
    text = when.astimezone(timezone(timedelta(hours=hours))).isoformat()
    assert parse_instant(text) == when
    midnight_without_offset = text.endswith("00:00:00")
    assert midnight_without_offset or parse_moment(text) == Moment(
        value=when.strftime("%Y-%m-%dT%H:%M:%SZ"), precision=Precision.SECOND
    )


@settings(deadline=None)  # a busy machine is no fault
@given(text=st.text(max_size=40))
def test_whatever_the_text_it_is_a_moment_or_none(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or day_of(moment).year in range(1899, 2101)


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        pytest.param("2026-07-01 10:30", "2026-07-01T09:30:00Z", "minute", id="summer time in England"),
        pytest.param("01/12/2026 10:30:15", "2026-12-01T10:30:15Z", "second", id="winter time in England"),
        pytest.param("2026-10-25 01:30", "2026-10-25T00:30:00Z", "minute", id="the hour that comes twice"),
        pytest.param("2026-03-29 01:30", "2026-03-29T01:30:00Z", "minute", id="the hour that never was"),
        pytest.param("2021-04-30T23:41:00+00:00", "2021-04-30T23:41:00Z", "second", id="offset"),
        pytest.param("2026-03-01T09:30:00.123Z", "2026-03-01T09:30:00Z", "second", id="fractions are let go"),
        pytest.param("2026-03", "2026-03", "month", id="a month is not a day"),
        pytest.param("2026", "2026", "year", id="a year is not a month"),
        pytest.param("01/03/2026 00:00", "2026-03-01", "day", id="midnight as a spreadsheet shows it is no time"),
        pytest.param("2026-03-01T00:00", "2026-03-01T00:00:00Z", "minute", id="midnight noted as a time"),
        pytest.param("01/03/2026 00:01", "2026-03-01T00:01:00Z", "minute", id="a minute past midnight"),
        pytest.param("01MAR2026:21:30:00", "2026-03-01T21:30:00Z", "second", id="SAS"),
        pytest.param("01/03/2026 9:30 pm", "2026-03-01T21:30:00Z", "minute", id="after noon"),
        pytest.param("01/03/2026 12:05:09 PM", "2026-03-01T12:05:09Z", "second", id="just after noon"),
        pytest.param("01/03/2026 12:05 a.m.", "2026-03-01T00:05:00Z", "minute", id="just after midnight"),
        pytest.param("2020-Apr-25 00:00:00", "2020-04-25", "day", id="midnight to the second is no time"),
    ],
)
def test_a_moment_is_as_exact_as_its_text(text: str, value: str, precision: str) -> None:
    assert parse_moment(text) == Moment(value=value, precision=Precision(precision))


@pytest.mark.parametrize(
    "text",
    ["", "31/02/2026", "2026-13-01", "13/13/2026", "9999-12-31", "1/2/26", "2026-03-01T25:00", "2026-03-01 9",
     "2026-03-01T10:00+99:00", "٢٠٢٦-٠٣-٠١", "45321", "2026-00", "tomorrow", "2026-Foo-01", "2026-03-01 10:30 approx",
     "01/03/2026 13:00 PM", "01/03/2026 0:30 AM", "9:30 PM", "01MARCH2026", "1MAR2026"],
)  # fmt: skip
def test_what_is_no_date_is_no_date(text: str) -> None:
    assert (parse_moment(text), parse_date(text), parse_instant(text)) == (None, None, None)


def test_the_day_of_an_instant_is_the_day_it_was_in_england() -> None:
    assert parse_date("2021-04-30T23:41:00+00:00") == date(2021, 5, 1)
    assert day_of(Moment(value="2021-04-30T23:41:00Z", precision=Precision.SECOND)) == date(2021, 5, 1)


def test_the_day_of_a_month_or_year_is_its_first() -> None:
    assert day_of(Moment(value="2026-03", precision=Precision.MONTH)) == date(2026, 3, 1)
    assert day_of(Moment(value="2026", precision=Precision.YEAR)) == date(2026, 1, 1)
    assert day_of(day_moment(date(2026, 3, 4))) == date(2026, 3, 4)


def test_the_instant_of_a_bare_date_is_its_english_midnight() -> None:
    assert parse_instant("2026-07-01") == datetime(2026, 7, 1, tzinfo=LONDON)
