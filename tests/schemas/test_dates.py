"""A day is England's, whatever the zone of the instant; an age is in whole years."""

from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.dates import age_on, local_date, midnight


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25)], ids=str)
def test_a_day_begins_at_its_midnight_and_not_a_second_earlier(day):
    begins = midnight(day)
    assert local_date(begins) == day
    assert local_date(begins - timedelta(seconds=1)) == day - timedelta(days=1)


def test_a_summer_day_begins_the_evening_before_in_utc():
    assert midnight(date(2026, 7, 1)) == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert midnight(date(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_child_is_ten_from_the_tenth_birthday():
    born = date(2016, 3, 4)
    assert (age_on(born, date(2026, 3, 3)), age_on(born, date(2026, 3, 4))) == (9, 10)


def test_who_was_born_on_a_leap_day_is_older_from_the_first_of_march():
    born = date(2016, 2, 29)
    assert (age_on(born, date(2026, 2, 28)), age_on(born, date(2026, 3, 1))) == (9, 10)
