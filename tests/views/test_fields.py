from datetime import date

import pytest

from schemas import codes
from schemas.catalogue import definitions, event_records
from views import fields, words

ON = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("event_type", "name", "value", "says"),
    [
        ("social_care.placement_change", "legal_status", "V2", "Accommodated under section 20 (V2)"),
        ("police.missing_reported", "risk_level", "medium", "Medium risk"),
        ("police.missing_reported", "exploitation_flags", ["CCE"], "Child criminal exploitation (CCE)"),
        ("police.missing_reported", "risk_level", "purple", "Purple"),
        ("social_care.placement_change", "legal_status", "ZZ9", "ZZ9"),
        ("police.stop_search", "more_than_outer_clothing", True, "Yes"),
        ("police.missing_located", "duration_hours", 14.0, "14"),
        ("social_care.missing_from_care", "ended", "2026-03-02", "2 March 2026"),
        ("police.missing_reported", "last_seen", "2026-07-02T20:15:00Z", "2 July 2026, 21:15"),
        ("police.missing_reported", "last_seen", {"value": "2026-03", "precision": "month"}, "March 2026"),
        ("school.suspension", "sessions", 4, "4"),
        ("school.off_roll", "entry_date", "2026-02-31", "2026-02-31"),
        ("school.attendance_summary", "term", "2025-26", "2025-26"),
        ("school.attendance_summary", "term", "2011-12", "2011-12"),
    ],
)
def test_a_value_is_said_in_words_and_an_unknown_code_is_kept(event_type, name, value, says):
    assert fields.said(event_type, name, value, ON) == says


def test_a_field_without_a_value_is_not_listed():
    assert fields.facts("police.arrest", {"a": None, "b": "", "c": [], "offence_group": "drugs"}, ON) == [
        ("Offence group", "Drug offences")
    ]


@pytest.mark.parametrize(
    ("code", "meaning", "says"),
    [
        ("authorised", "authorised", ["Code: Authorised"]),
        ("/", "present", ["Code: Present in the morning (/)"]),
        ("O", "unauthorised", ["Code: Absent in other or unknown circumstances (O)", "Meaning: Unauthorised"]),
        ("unauthorised", "authorised", ["Code: Unauthorised", "Meaning: Authorised"]),
        (None, "present", ["Meaning: Present"]),
    ],
)
def test_what_a_code_means_is_said_once(code, meaning, says):
    told = fields.facts("school.attendance_summary", {"code": code, "meaning": meaning, "sessions": 4}, ON)
    assert [f"{name}: {value}" for name, value in told] == [*says, "Sessions: 4"]


def test_what_is_the_same_on_every_entry_of_a_pupil_is_said_last():
    mark = {"code": "I", "meaning": "authorised", "school": "999002", "session": "PM"}
    told = [name for name, _ in fields.facts("school.attendance_session", mark, ON)]
    assert told == ["Code", "Meaning", "Session", "School"]
    out = {"category": "SUSP", "reasons": ["BW"], "school": "999002", "sen_provision": "N", "sessions": 10}
    assert [name for name, _ in fields.facts("school.suspension", out, ON)][:3] == ["Category", "Reasons", "Sessions"]


@pytest.mark.parametrize("listed", sorted(set(fields.LISTS.values())))
def test_every_list_a_field_is_looked_up_in_exists(listed):
    assert listed in codes.lists()


@pytest.mark.parametrize("key", sorted(fields.LISTS))
def test_every_field_that_is_looked_up_exists(key):
    names = {name for record in event_records().values() for name in record.labels} | {"sex"}
    assert key.rpartition(".")[2] in names


def test_the_fields_read_as_dates_are_those_that_the_records_say_are():
    records = [definitions()[name] for name in {"fanlight.Person", *(kind.name for kind in event_records().values())}]
    told = [field for record in records for field in record["fields"] if field["name"] != "header"]
    dates = {f["name"] for f in told if "fanlight.Moment" in f["type"] or f["doc"].startswith("ISO date")}
    assert dates == fields.DATES


@pytest.mark.parametrize("event_type", sorted(event_records()))
def test_every_event_type_has_words_of_its_own(event_type):
    assert event_type.partition(".")[2] in words.TYPES


def test_a_grading_is_kept_as_its_three_fields():
    graded = {"source_evaluation": "2", "intelligence_assessment": "C", "handling_code": "P"}
    assert fields.grading(graded) == [
        ("Source", "2: untested"),
        ("Assessment", "C: known indirectly to the source"),
        ("Handling", "P: lawful sharing permitted"),
    ]
    assert fields.grading(None) == []
