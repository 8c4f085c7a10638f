"""What leaves is copied out by name, whole or coarser; masking twice is masking once."""

from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policies.masking import _MASKS, mask, maskable, narrow, release, when_told

RECORD = {
    "header": {"subject": "SYN1", "event_id": "e"},
    "person": {
        "given_name": "Amber",
        "family_name": "O'Example Testing",
        "aliases": ["Amy Sample"],
        "birth_date": "2011-05-17",
        "sex": None,
        "postcode": "ZZ99 3VZ",
        "address": "Flat B2, 12 Example Road, ZZ993WZ",
        "address_withheld": True,
        "identifiers": [
            {"system": "nhs-number", "value": "9990000018", "valid": True},
            {"system": "nhs-number", "value": "9999999999", "valid": False},
            {"system": "pnc-id", "value": "2099/1", "valid": True},
        ],
    },
    "last_seen": {"value": "2026-03-01T21:30:00Z", "precision": "minute"},
    "missing_from": "placement",
    "repeat_count": 0,
    "part_time": False,
    "exploitation_flags": ["CCE"],
    "conditions": [],
    "notes": "words",
    "last_seen_location": "behind the arcade",
}


def grant(fields=(), masked=()):
    return SimpleNamespaceHashable(fields=tuple(fields), masked=tuple(masked))


class SimpleNamespaceHashable(SimpleNamespace):
    def __hash__(self):
        return hash((self.fields, self.masked))


def test_only_named_fields_leave_and_false_and_nought_are_values():
    named = ["missing_from", "repeat_count", "part_time", "last_seen", "exploitation_flags", "person.given_name"]
    assert release(RECORD, (grant(named),)) == (
        {
            "missing_from": "placement",
            "repeat_count": 0,
            "part_time": False,
            "last_seen": "2026-03-01T21:30:00Z",
            "exploitation_flags": ["CCE"],
        },
        {"given_name": "Amber"},
    )


def test_a_field_without_a_value_and_a_field_that_is_not_there_are_alike():
    assert release(RECORD, (grant(["conditions", "person.sex", "nothing", "person.nothing"]),)) == ({}, {})


def test_identifiers_leave_as_text_and_those_that_fail_their_check_do_not():
    assert release(RECORD, (grant(["person.identifiers"]),)) == (
        {},
        {"identifiers": ["nhs-number:9990000018", "pnc-id:2099/1"]},
    )


def test_a_hospitals_number_leaves_without_the_hospital_whose_name_may_be_that_of_a_clinic():
    numbers = [{"system": "hospital-number", "value": "40017@SYN CLINIC", "valid": True}]
    record = {"person": {"identifiers": numbers}}
    assert release(record, (grant(["person.identifiers"]),))[1] == {"identifiers": ["hospital-number:40017"]}
    masked = grant(masked=["person.identifiers"])
    assert release({"person": {"identifiers": [numbers[0] | {"value": "4001776@SYN CLINIC"}]}}, (masked,))[1] == {
        "identifiers": ["hospital-number:…776"]
    }


def test_the_header_does_not_leave_even_if_a_grant_names_it():
    assert release(RECORD, (grant(["header", "person"], ["header"]),)) == ({}, {})


def test_masked_fields_leave_coarser_or_not_at_all():
    named = [f"person.{n}" for n in ("given_name", "family_name", "aliases", "birth_date", "postcode", "address")]
    named += ["person.identifiers", "last_seen", "last_seen_location", "missing_from"]
    assert release(RECORD, (grant(masked=named),)) == (
        {"last_seen": "2026-03-01"},
        {
            "given_name": "A.",
            "family_name": "O. T.",
            "aliases": ["A. S."],
            "birth_date": "2011-05",
            "postcode": "ZZ99",
            "address": "ZZ99",
            "identifiers": ["nhs-number:…018", "pnc-id:…"],
        },
    )


def test_the_fullest_form_that_some_purpose_may_have_is_released_and_each_purpose_sees_its_own():
    full, coarse = grant(["person.birth_date", "missing_from"]), grant(masked=["person.birth_date"])
    released = release(RECORD, (coarse, full))
    assert released == ({"missing_from": "placement"}, {"birth_date": "2011-05-17"})
    assert narrow(*released, full) == ({"missing_from": "placement"}, {"birth_date": "2011-05-17"})
    assert narrow(*released, coarse) == ({}, {"birth_date": "2011-05"})


def test_narrowing_drops_what_has_no_coarser_form():
    assert narrow({"last_seen_location": "behind the arcade"}, {}, grant(masked=["last_seen_location"])) == ({}, {})


def test_an_event_without_a_person_releases_no_demographics():
    assert release({"records_read": 3, "person": None}, (grant(["records_read", "person.sex"]),)) == (
        {"records_read": 3},
        {},
    )


@pytest.mark.parametrize(
    ("name", "value", "coarser"),
    [
        ("person.postcode", "zz99 3vz", "ZZ99"),
        ("person.postcode", "EC1A1BB", "EC1A"),
        ("person.postcode", "unknown", None),
        ("location", "12 Example Road ZZ99 3VZ", "ZZ99"),
        ("location", "Flat B2, 12 Example Road", None),
        ("last_seen", "2026-03", "2026-03"),
        ("last_seen", "2026-06-20T23:15:00Z", "2026-06-21"),
        ("last_seen", "2026-06-20T22:59:59Z", "2026-06-20"),
        ("last_seen", "2026-12-20T23:15:00Z", "2026-12-20"),
        ("last_seen", "2026-06-20T23:15:00", "2026-06-20"),
        ("last_seen", "2026-06-20T99:15:00Z", None),
        ("last_seen", "about half past nine", None),
        ("person.birth_date", "2011", "2011"),
        ("person.birth_date", "17/05/2011", None),
        ("referral_source", "6", "police"),
        ("referral_source", "3E", "health"),
        ("referral_source", "9", "not_said"),
        ("referral_source", "1A", "not_said"),
        ("referral_source", "Mrs Example next door", "not_said"),
        ("assessment_factors", ["1B", "11A", "24A", "3A"], ["11A", "24A"]),
        ("code", "I", "authorised"),
        ("code", "R", "authorised"),
        ("code", "N", "N"),
        ("code", "/", "/"),
        ("code", "73211009", None),
        ("code", ["I"], None),
        ("person.sex", "F", None),
        ("no_such_field", "x", None),
    ],
)
def test_a_coarser_form_says_less_or_nothing(name, value, coarser):
    assert mask(name, value) == coarser


def test_only_fields_with_a_coarser_form_are_maskable():
    assert maskable("person.postcode")
    assert not maskable("notes")


WORDS = st.text(max_size=30) | st.from_regex(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", fullmatch=True)
DAYS = st.datetimes().map(lambda d: d.isoformat() + "Z")
CODES = st.sampled_from(["1A", "2B", "6", "9", "I", "N", "Y5", "24A", "nhs-number:9990000018", "police", "authorised"])
VALUES = WORDS | DAYS | CODES | st.integers() | st.booleans() | st.lists(WORDS | CODES, max_size=4)


@given(st.sampled_from(sorted(_MASKS)), VALUES)
@example("person.identifiers", ["nhs-number:9990000018", "pnc-id:2099/1"])
def test_masking_twice_is_masking_once(name, value):
    once = mask(name, value)
    assert once is None or mask(name, once) == once


@pytest.mark.parametrize(
    ("grants", "told"),
    [
        ([grant(fields=["person.birth_date"])], "2011-05-17"),
        ([grant(masked=["person.birth_date"])], "2011-05"),
        ([grant(masked=["person.birth_date"]), grant(fields=["person.birth_date"])], "2011-05-17"),
        ([grant(fields=["person.given_name"])], ""),
        ([], ""),
    ],
)
def test_details_that_are_dated_by_the_birth_tell_no_more_of_it_than_the_date_of_birth_does(grants, told):
    assert when_told("nhs.person_details", "2011-05-17", "2011-05-17", grants) == told
    assert when_told("nhs.person_details", "2026-05-17", "2011-05-17", grants) == "2026-05-17"
    assert when_told("nhs.admission", "2011-05-17", "2011-05-17", grants) == "2011-05-17"
    assert when_told("nhs.person_details", "2011-05-17", None, grants) == "2011-05-17"
