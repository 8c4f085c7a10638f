from datetime import date, timedelta

import pytest

from views.filters import Filters, beginnings, filters_of


def test_a_choice_survives_its_address():
    chosen = Filters(agencies=("nhs",), types=("nhs.admission",), since=date(2026, 1, 2), span="90")
    assert chosen.query() == "agency=nhs&type=nhs.admission&from=2026-01-02&span=90"


def test_a_blank_type_is_any_type():
    assert filters_of(type=[""]).types == ()


def test_a_date_that_is_none_is_left_out_and_said_to_be():
    chosen = filters_of(from_="31 June")
    assert (chosen.since, [name for name, _ in chosen.problems]) == (None, ["from"])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_date_that_can_only_be_a_slip_is_left_out_and_said_to_be(day):
    chosen = filters_of(as_of=day)
    assert (chosen.as_of, [name for name, _ in chosen.problems]) == (None, ["as_of"])


def test_a_last_day_before_the_first_is_said_to_be_and_the_first_holds():
    chosen = filters_of(from_="2026-03-02", to="2026-03-01")
    assert (chosen.since, chosen.until) == (date(2026, 3, 2), None)
    assert [name for name, _ in chosen.problems] == ["to"]


def test_an_unknown_span_is_the_usual_one():
    assert filters_of(span="9999999999").span == "540"


def test_entries_pass_by_agency_type_and_day():
    chosen = Filters(agencies=("nhs",), since=date(2026, 1, 2), until=date(2026, 1, 3))
    assert chosen.passes("nhs", "nhs.admission", date(2026, 1, 3))
    assert not chosen.passes("police", "police.arrest", date(2026, 1, 3))
    assert not chosen.passes("nhs", "nhs.admission", date(2026, 1, 4))
    assert not chosen.passes("nhs", "nhs.admission", None)


def test_an_entry_without_a_date_is_shown_unless_dates_are_asked_for():
    assert Filters().passes("nhs", "nhs.admission", None)


@pytest.mark.parametrize(
    ("days_known", "begins"),
    [
        (0, {"90": 90}),
        (70, {"90": 90}),
        (200, {"90": 90, "all": 214}),
        (4000, {"90": 90, "540": 540, "all": 4014}),
    ],
)
def test_each_span_is_offered_that_is_no_longer_than_the_record(clock, days_known, begins):
    offered = beginnings(clock(), [clock() - timedelta(days=days_known)])
    assert {span: (clock() - at).days for span, at in offered.items()} == begins


def test_of_a_record_without_a_date_ninety_days_are_drawn(clock):
    assert beginnings(clock(), []) == {"90": clock() - timedelta(days=90)}
