"""What a purpose sees is what its grants pass, until they end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.timeline.visible import card, visible

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PURPOSE = "missing-response"


def _grant(purpose=PURPOSE, fields=(), masked=(), **changes):
    base = {"purposes": [purpose], "agreement": "agreement", "clause": "clause", "obligations": [], "valid_until": None}
    return base | {"fields": list(fields), "masked": list(masked)} | changes


def test_an_entry_without_a_grant_for_the_purpose_is_not_there(stored):
    assert visible([stored("police.arrest", "2026-03-01", purpose="early-help")], PURPOSE, NOW) == []


@pytest.mark.parametrize(
    ("left", "there"), [(timedelta(seconds=1), True), (timedelta(0), False), (timedelta(seconds=-1), False)]
)
def test_an_entry_is_there_until_its_grant_ends(stored, left, there):
    entry = stored("police.arrest", "2026-03-01", valid_until=NOW + left)

    assert bool(visible([entry], PURPOSE, NOW)) is there


@pytest.mark.parametrize(
    ("value", "said", "told"),
    [
        ("2026", "day", "year"),
        ("2026-03", "minute", "month"),
        ("2026-03-01", "minute", "day"),
        ("2026-03-01", "session", "session"),
        ("2026-03-01", "month", "month"),
        ("2026-03-01T10:00Z", "minute", "minute"),
        ("2026-03-01T10:00Z", "day", "day"),
    ],
)
def test_no_more_is_known_of_when_than_the_date_says(stored, value, said, told):
    """A source may call any date one of the minute: no hour is made up for it, and two of a day are not one."""
    entry = stored("police.arrest", value) | {"occurred": {"value": value, "precision": said}}

    (shown,) = visible([entry], PURPOSE, NOW)

    assert shown.precision == told
    assert (shown.minute is not None) is (told == "minute")


def test_only_fields_named_in_the_grant_are_there(stored):
    entry = stored("police.arrest", "2026-03-01", fields={"offence_group": "theft", "disposal": "charge"})
    entry["grants"] = [_grant(fields=["offence_group", "spent_on"]), _grant("early-help", fields=["disposal"])]

    (shown,) = visible([entry], PURPOSE, NOW)

    assert shown.fields == {"offence_group": "theft"}
    assert shown.granted == {"offence_group", "spent_on"}


def test_a_demographic_is_granted_by_its_full_name_alone(stored):
    entry = stored("police.arrest", "2026-03-01", person={"given_name": "Given", "sex": "F"})
    entry["grants"] = [_grant(fields=["person.sex", "given_name"])]

    assert visible([entry], PURPOSE, NOW)[0].person == {"sex": "F"}


def test_what_another_purpose_has_whole_is_coarsened_where_this_one_has_it_masked(stored):
    entry = stored("police.missing_reported", "2026-03-01", fields={"last_seen": "2026-03-01T21:15:00Z"})
    entry["person"] = {"birth_date": "2012-04-09", "postcode": "ZZ99 3VZ"}
    entry["grants"] = [
        _grant(masked=["last_seen", "person.birth_date", "person.postcode"]),
        _grant("s47-enquiry", fields=["last_seen", "person.birth_date", "person.postcode"]),
    ]

    (shown,) = visible([entry], PURPOSE, NOW)

    assert shown.fields == {"last_seen": "2026-03-01"}
    assert shown.person == {"birth_date": "2012-04", "postcode": "ZZ99"}


def test_details_dated_by_the_birth_tell_a_purpose_no_more_of_it_than_it_may_have(stored):
    entry = stored("nhs.person_details", "2012-04-09")
    entry["person"] = {"birth_date": "2012-04-09"}
    grants = ({"masked": ["person.birth_date"]}, {"fields": ["person.sex"]}, {"fields": ["person.birth_date"]})
    purposes = (PURPOSE, "early-help", "s47-enquiry")
    entry["grants"] = [_grant(purpose, **terms) for purpose, terms in zip(purposes, grants, strict=True)]

    shown = [visible([entry], purpose, NOW)[0] for purpose in purposes]

    assert [each.occurred for each in shown] == ["2012-04", "", "2012-04-09"]
    assert [each.day is None for each in shown] == [False, True, False]


def test_it_says_which_clause_of_which_agreement_passed_it(stored):
    entry = stored("police.arrest", "2026-03-01")
    entry["grants"] = [_grant("early-help", clause="E1"), _grant(agreement="county", clause="C3", obligations=["log"])]

    (shown,) = visible([entry], PURPOSE, NOW)

    assert (shown.agreement, shown.clause, shown.obligations) == ("county", "C3", ("log",))


def test_of_two_grants_for_one_purpose_the_same_one_is_always_taken(stored):
    grants = [_grant(clause="C2"), _grant(clause="C1"), _grant(clause="C0", valid_until=NOW)]
    entry = stored("police.arrest", "2026-03-01")

    assert visible([entry | {"grants": grants}], PURPOSE, NOW)[0].clause == "C1"
    assert visible([entry | {"grants": grants[::-1]}], PURPOSE, NOW)[0].clause == "C1"


@given(data=st.data())
def test_entries_come_once_and_in_order_however_they_came(stored, data):
    entries = [stored("police.arrest", f"2026-03-0{day}", name) for day, name in [(1, "b"), (1, "a"), (2, "c")]]
    mixed = data.draw(st.permutations([*entries, *data.draw(st.lists(st.sampled_from(entries)))]))

    assert [entry.event_id for entry in visible(mixed, PURPOSE, NOW)] == ["a", "b", "c"]


def test_what_stands_for_a_person_in_logs_is_an_id_and_a_type(seen):
    entry = seen("police.arrest", "2026-03-01", "e1", person={"given_name": "Given"}, fields={"disposal": "charge"})

    assert repr(entry) == "VisibleEntry(police.arrest e1)"


class TestCard:
    def test_each_field_is_the_newest_and_says_who_sent_it(self, seen):
        entries = [
            seen("nhs.admission", "2026-03-05", "n", person={"given_name": "Old", "sex": "F"}),
            seen("police.arrest", "2026-04-01", "p", person={"given_name": "New", "sex": None, "aliases": []}),
        ]

        assert card(entries) == {
            "given_name": {"value": "New", "agency": "police", "occurred": "2026-04-01", "event_id": "p"},
            "sex": {"value": "F", "agency": "nhs", "occurred": "2026-03-05", "event_id": "n"},
        }

    def test_of_two_on_one_day_the_later_recorded_is_the_newer(self, seen):
        early = seen("nhs.admission", "2026-03-05", "z", recorded_at=NOW, person={"sex": "F"})
        late = seen("nhs.admission", "2026-03-05", "a", recorded_at=NOW + timedelta(hours=1), person={"sex": "M"})

        assert card([late, early]) == card([early, late])
        assert card([late, early])["sex"]["value"] == "M"

    def test_each_agencys_numbers_stand_beside_the_others_and_the_newest_of_each_system_alone(self, seen):
        """Somebody who is known by an NHS number does not lose it when social care writes down its own."""
        entries = [
            seen(
                "nhs.admission", "2026-03-01", person={"identifiers": ["nhs-number:9990000018", "hospital-number:H1"]}
            ),
            seen("nhs.admission", "2026-03-05", person={"identifiers": ["nhs-number:9990000026"]}),
            seen(
                "social_care.referral", "2026-03-09", "s", person={"identifiers": ["la-child-id:7", "upn:A1", "upn:A2"]}
            ),
            seen("police.arrest", "2026-03-10", person={"identifiers": []}),
        ]

        told = card(entries)["identifiers"]

        assert told["value"] == ["hospital-number:H1", "la-child-id:7", "nhs-number:9990000026", "upn:A1", "upn:A2"]
        assert (told["agency"], told["event_id"]) == ("social_care", "s")

    def test_how_exact_a_birth_date_is_is_said_by_whoever_told_it(self, seen):
        known = seen("nhs.admission", "2026-03-05", "n", person={"birth_date": "2011-07", "birth_date_accuracy": "UAA"})
        none = seen("police.arrest", "2026-04-01", "p", person={"given_name": "Given", "birth_date_accuracy": "UUU"})

        assert card([known, none])["birth_date_accuracy"]["value"] == "UAA"
        assert "birth_date_accuracy" not in card([none])

    def test_what_was_written_down_of_a_day_to_come_is_as_old_as_its_writing(self, seen):
        """An appointment is made for a day months ahead; meanwhile the young person has moved."""
        booked = seen("nhs.appointment", "2026-12-01", "b", recorded_at=NOW, person={"postcode": "ZZ1"})
        moved = seen("nhs.person_details", "2026-08-01", "m", person={"postcode": "ZZ2"})

        assert card([booked, moved])["postcode"]["value"] == "ZZ2"

    def test_what_is_no_demographic_field_is_not_on_it(self, seen):
        assert card([seen("nhs.admission", "2026-03-05", person={"shoe_size": "4"})]) == {}


def test_versions_of_one_record_have_it_in_common(stored):
    versions = [(1, {"version_of": "e1"}), (2, {"version_of": "e1"}), (3, {})]
    entries = [stored("police.arrest", f"2026-03-0{n}", f"e{n}", **more) for n, more in versions]

    assert [entry.record for entry in visible(entries, PURPOSE, NOW)] == ["e1", "e1", "e3"]
