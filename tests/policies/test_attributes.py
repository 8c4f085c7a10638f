"""What policy may know: closed codes, strict types, ages, and nothing of a person."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.attributes import CLOSED, NAMES, Attributes, age_band, field_labels
from policies.casebook import attributes
from schemas.catalogue import event_records

ORDINARY = attributes({"audience": "police-intelligence-analyst", "event_type": "police.missing_reported"})
HEADER = {
    "type": "police.missing_reported",
    "schema_version": 1,
    "agency": "police",
    "role": "missing_person",
    "regime": "UKGDPR",
    "consent": "not_recorded",
    "emergency": False,
    "grading": None,
    "handling": [],
    "sensitivities": [],
    "received_at": datetime(2026, 11, 22, 9, tzinfo=UTC),
}


def person(**known):
    return {"birth_date": None, "birth_date_expected": False, "address_withheld": False} | known


def named(**changed):
    given_names = {name: getattr(ORDINARY, name) for name in NAMES}
    return Attributes(**(given_names | changed))


@pytest.mark.parametrize("name", [n for n in CLOSED if n not in ("handling", "sensitivities")])
@pytest.mark.parametrize("odd", ["pоlice", "police\u200b", "POLICE", "", "\x00", "p" * 5000, "Robert'); DROP"])
def test_a_code_that_is_on_no_list_goes_no_further(name, odd):
    kept = getattr(named(**{name: odd}), name)
    assert kept == (odd if odd in CLOSED[name] else "unknown")


@pytest.mark.parametrize("name", ["handling", "sensitivities"])
def test_lists_are_sets_of_known_codes_in_order(name):
    known = sorted(CLOSED[name])[:2]
    kept = getattr(named(**{name: (known[1], "Anna Beispiel", known[0], known[0], "x")}), name)
    assert kept == (*known, "unknown")


@pytest.mark.parametrize("odd", ["", "Police", "analyst\n", "a" * 65, "ａnalyst", "a b"])
def test_an_audience_that_is_no_code_is_nobody(odd):
    assert named(audience=odd).audience == ""


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("emergency", 1),
        ("emergency", "true"),
        ("emergency", None),
        ("schema_version", True),
        ("schema_version", 1.0),
        ("role", None),
        ("role", 1),
        ("handling", ["A1"]),
        ("handling", (1,)),
        ("sensitivities", "spent"),
        ("released", ["prohibition:mental-health"]),
        ("refused", 1),
    ],
)
def test_a_value_of_another_type_is_refused_for_it_would_find_another_answer_in_the_cache(name, wrong):
    with pytest.raises(TypeError, match=rf"attribute {name} has type"):
        named(**{name: wrong})


@pytest.mark.parametrize(
    "odd", ["", "Anna", "prohibition:" + "a" * 65, "prohibition:restricted-record\n", "clause_requires_review"]
)
def test_a_reason_that_is_no_code_is_not_taken_for_answered(odd):
    answered = ORDINARY.answered(released=("prohibition:mental-health", odd, "clause_requires_review:a-1/C-2@0f"))
    assert answered.released == ("clause_requires_review:a-1/C-2@0f", "prohibition:mental-health")
    assert answered != ORDINARY
    assert answered.answered() == ORDINARY


@pytest.mark.parametrize(("version", "kept"), [(1, 1), (0, 0), (-1, 0), (2, 0), (10**30, 0)])
def test_only_a_version_that_this_release_knows_is_known(version, kept):
    assert named(schema_version=version).schema_version == kept


def test_the_question_holds_every_attribute_and_the_names_and_labels_of_every_field():
    asked = ORDINARY.as_input(7)
    assert {name: asked[name] for name in NAMES} == {
        "audience": "police-intelligence-analyst",
        "agency": "police",
        "event_type": "police.missing_reported",
        "schema_version": 1,
        "role": "subject",
        "regime": "UKGDPR",
        "consent": "not_recorded",
        "emergency": False,
        "source_evaluation": "",
        "intelligence_assessment": "",
        "handling_code": "",
        "handling": [],
        "sensitivities": [],
        "age_band": "10_15",
        "released": [],
        "refused": False,
    }
    assert asked["now_ns"] == 7
    labels = {name: label for label, names in asked["labels"].items() for name in names}
    assert labels == field_labels("police.missing_reported")
    assert set(asked) == {*NAMES, "labels", "now_ns"}


def test_a_record_without_a_person_has_no_demographic_fields():
    assert field_labels("nhs.heartbeat") == {"records_read": "routine", "records_rejected": "routine"}
    assert field_labels("nobody.knows") == {}
    assert "person.postcode" in field_labels("school.suspension")


def test_a_header_becomes_attributes_and_nothing_of_the_person_is_in_them():
    header = HEADER | {
        "grading": {"source_evaluation": "2", "intelligence_assessment": "C", "handling_code": "P"},
        "handling": ["S1", "A3"],
        "sensitivities": ["spent"],
        "subject": "SYN1",
    }
    found = Attributes.of_header(header, person(birth_date="2012-03-04", address_withheld=True), "a-reader")
    assert found == named(
        audience="a-reader",
        role="missing_person",
        source_evaluation="2",
        intelligence_assessment="C",
        handling_code="P",
        handling=("A3", "S1"),
        sensitivities=("protected_address", "spent"),
        age_band="10_15",
    )


def test_an_event_without_a_person_has_an_unknown_age():
    assert Attributes.of_header(HEADER, None, "a-reader").age_band == "unknown"


@pytest.mark.parametrize(
    ("received_at", "band"),
    [(datetime(2026, 6, 20, 22, 59, tzinfo=UTC), "10_15"), (datetime(2026, 6, 20, 23, 0, tzinfo=UTC), "16_17")],
)
def test_a_birthday_begins_at_midnight_in_england(received_at, band):
    asked = Attributes.of_header(HEADER | {"received_at": received_at}, person(birth_date="2010-06-21"), "a-reader")
    assert asked.age_band == band


def test_the_same_codes_are_one_class_of_question():
    first = Attributes.of_header(HEADER, person(birth_date="2012-03-04"), "a-reader")
    second = Attributes.of_header(HEADER | {"subject": "other"}, person(birth_date="2011-12-31"), "a-reader")
    assert first == second
    assert hash(first) == hash(second)


@pytest.mark.parametrize(
    ("born", "on", "band"),
    [
        ("2016-11-23", "2026-11-22", "under_10"),
        ("2016-11-22", "2026-11-22", "10_15"),
        ("2010-11-23", "2026-11-22", "10_15"),
        ("2010-11-22", "2026-11-22", "16_17"),
        ("2008-11-22", "2026-11-22", "18_plus"),
        ("2012-02-29", "2028-02-28", "10_15"),
        ("2012-02-29", "2028-03-01", "16_17"),
        ("2013-05", "2026-11-22", "10_15"),
        ("2010-11", "2026-11-22", "unknown"),
        ("2013", "2026-11-22", "10_15"),
        ("2010", "2026-11-22", "unknown"),
        ("2027-01-01", "2026-11-22", "unknown"),
        ("1800-01-01", "2026-11-22", "unknown"),
        ("2013-13", "2026-11-22", "unknown"),
        ("2013-02-30", "2026-11-22", "unknown"),
        ("2013-01-01-01", "2026-11-22", "unknown"),
        ("banana", "2026-11-22", "unknown"),
        (None, "2026-11-22", "unknown"),
    ],
)
def test_an_age_band_is_said_only_where_the_birth_date_settles_it(born, on, band):
    assert age_band(person(birth_date=born), date.fromisoformat(on)) == band


def test_an_unborn_child_is_under_ten():
    assert age_band(person(birth_date="2027-02-01", birth_date_expected=True), date(2026, 11, 22)) == "under_10"


@given(st.text(max_size=12), st.dates())
def test_no_text_for_a_birth_date_is_a_crash(born, on):
    assert age_band(person(birth_date=born), on) in CLOSED["age_band"]


def test_every_event_type_has_labels():
    assert all(field_labels(event_type) for event_type in event_records())
