"""What a card hears, and what no card may hear."""

from datetime import date

import pytest

from policies.rulecards import RuleInput
from streams.timeline.matching import ByType, fits, heard

GRADED = {"source_evaluation": "1", "intelligence_assessment": "A", "handling_code": "P"}
TYPE = "police.intelligence_report"


def _input(**changes):
    return RuleInput(type=TYPE, roles=frozenset({"subject"}), **changes)


def _one_of(**fields):
    return {name: frozenset(values) for name, values in fields.items()}


def test_intelligence_that_may_be_acted_on_is_heard(seen):
    assert list(ByType([seen(TYPE, "2026-03-01", grading=GRADED)])) == [TYPE]


@pytest.mark.parametrize(
    "changes",
    [
        {"grading": GRADED | {"intelligence_assessment": "E"}},
        {"grading": GRADED | {"handling_code": "C"}},
        {"handling": ("C",)},
        {"handling": ("OFFICIAL-SENSITIVE", "S2")},
    ],
    ids=["suspected false", "handling code C", "handling C", "a condition in force"],
)
def test_intelligence_graded_e_or_handled_under_c_drives_nothing(seen, changes):
    assert ByType([seen(TYPE, "2026-03-01", **changes)]) == {}


def test_what_happened_on_no_known_day_drives_nothing(seen):
    assert ByType([seen(TYPE, "some time ago")]) == {}


def test_a_security_marking_is_no_handling_condition(seen):
    assert ByType([seen(TYPE, "2026-03-01", handling=("OFFICIAL-SENSITIVE",))]) != {}


@pytest.mark.parametrize(
    ("item", "fields", "there"),
    [
        (_input(), {}, True),
        (_input(where=_one_of(themes=["gang"])), {"themes": ["missing", "gang"]}, True),
        (_input(where=_one_of(themes=["gang"])), {"themes": ["missing"]}, False),
        (_input(where=_one_of(themes=["gang"])), {"themes": []}, False),
        (_input(where=_one_of(themes=["gang"])), {"themes": "Gang"}, True),
        (_input(where=_one_of(themes=["gang"])), {}, False),
        (_input(where=_one_of(flag=[True])), {"flag": False}, False),
        (_input(unless=_one_of(themes=["gang"])), {"themes": ["gang"]}, False),
        (_input(unless=_one_of(themes=["gang"])), {}, True),
        (_input(at_least={"hours": 24}), {"hours": 24.0}, True),
        (_input(at_least={"hours": 24}), {"hours": 23.9}, False),
        (_input(at_least={"hours": 24}), {"hours": "25"}, False),
        (_input(sees=frozenset({"ended"})), {"ended": None}, True),
        (_input(sees=frozenset({"ended"})), {}, False),
    ],
    ids=[
        *(
            "no conditions",
            "one of a list",
            "none of a list",
            "an empty list",
            "text in another case",
            "field not seen",
        ),
        *("another value", "excluded", "exclusion not seen", "just enough", "not enough", "no number"),
        *("seen and empty", "not to be seen"),
    ],
)
def test_an_input_describes_what_it_hears(seen, item, fields, there):
    assert fits(item, seen(TYPE, "2026-03-01", fields=fields)) is there


def test_another_role_is_not_heard(seen):
    assert not fits(_input(), seen(TYPE, "2026-03-01", role="witness"))


def test_an_entry_that_fits_two_inputs_is_heard_once_as_the_first_says(seen, card):
    twice = card(_input(part="first"), _input(part="second"))

    assert [(h.event_id, h.part) for h in heard(twice, ByType([seen(TYPE, "2026-03-01", "e")]))] == [("e", "first")]


def test_entries_are_heard_oldest_first(seen, card):
    entries = [seen(TYPE, "2026-03-02", "b"), seen(TYPE, "2026-03-01", "c"), seen(TYPE, "2026-03-02", "a")]

    assert [h.event_id for h in heard(card(_input()), ByType(entries))] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({}, ("2026-03-01", "2026-03-01")),
        ({"ended": None}, ("2026-03-01", None)),
        ({"ended": "2026-03-09"}, ("2026-03-01", "2026-03-09")),
        ({"ended": {"value": "2026-03-09T22:15:00Z", "precision": "minute"}}, ("2026-03-01", "2026-03-09")),
    ],
    ids=["not seen", "not over", "over", "as a moment"],
)
def test_how_long_it_lasted_is_heard_from_what_may_be_seen(seen, card, fields, days):
    entries = ByType([seen(TYPE, "2026-03-01", fields=fields)])

    (item,) = heard(card(_input(lasts_until="ended")), entries)

    assert (item.day, item.until) == tuple(day and date.fromisoformat(day).toordinal() for day in days)


@pytest.mark.parametrize(("fields", "day"), [({"ended": "2026-03-09"}, 9), ({"ended": None}, 1), ({}, 1)])
def test_what_is_dated_by_its_end_is_dated_by_its_beginning_where_no_end_is_seen(seen, card, fields, day):
    entries = ByType([seen(TYPE, "2026-03-01", fields=fields)])

    (item,) = heard(card(_input(dated_by="ended")), entries)

    assert item.day == item.until == date(2026, 3, day).toordinal()


@pytest.mark.parametrize(
    ("born", "old_enough"),
    [
        ({"birth_date": "2016-03-01"}, True),
        ({"birth_date": "2016-03-02"}, False),
        ({"birth_date": "2016-02"}, True),
        ({"birth_date": "2016-03"}, False),
        ({"birth_date": "2015"}, True),
        ({"birth_date": "about ten"}, True),
        ({}, True),
    ],
    ids=["the birthday", "the day before", "a month before", "the month of it", "a year before", "no date", "not said"],
)
def test_an_input_may_ask_for_an_age_that_was_reached_for_certain(seen, born, old_enough):
    entry = seen(TYPE, "2026-03-01", person=born)

    assert fits(_input(age_years_min=10), entry) is old_enough
    assert fits(_input(), entry)


@pytest.mark.parametrize(
    ("own", "others", "old_enough"),
    [({}, "2016-03-02", False), ({}, "2016-03-01", True), ({"birth_date": "2016-03-01"}, "2016-03-02", True)],
    ids=["the other's alone, too young", "the other's alone", "its own before another's"],
)
def test_of_an_event_without_a_birth_date_the_age_is_by_that_of_the_card(seen, card, own, others, old_enough):
    later = seen("police.missing_reported", "2026-03-02", person={"birth_date": others})
    entries = [seen(TYPE, "2026-03-01", person=own), later]

    found = heard(card(_input(age_years_min=10)), ByType(entries))

    assert [item.event_id for item in found] == [entries[0].event_id] * old_enough
