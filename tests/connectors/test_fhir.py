import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Read, Source
from connectors.fhir import FhirR4Json
from connectors.fhir_collection import TWO_PATIENTS
from schemas.catalogue import person_labels
from schemas.codec import encode_event
from schemas.events import Event, Moment, Person, as_record
from schemas.vocabulary import Precision
from tests.connectors.health_reads import CANARY, CONTEXT, assert_guarded, only, reason, told

SAMPLES = Path(__file__).parent / "samples" / "fhir"
SHARED = Path(__file__).parents[3] / "shared" / "data"
STORIES = json.loads((SAMPLES / "stories.json").read_text())


#: England's one system for the numbers of all its hospitals.
ASSIGNED = {
    "system": "https://fhir.nhs.uk/Id/local-patient-identifier",
    "assigner": {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RXX"}},
}


def read(data: bytes | Any, name: str = "sent.json") -> list[Read]:
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return list(FhirR4Json().read([Source(name=name, data=data)], CONTEXT))


def sample(name: str) -> list[Read]:
    return read((SAMPLES / name).read_bytes(), name)


def only_event(resource: dict[str, Any]) -> Event:
    return only(read(resource))


def resource(kind: str, **elements: Any) -> dict[str, Any]:
    known = {"resourceType": kind, "id": "r1", "meta": {"lastUpdated": "2026-03-01T10:00:00Z"}}
    return known | {"subject": {"reference": "Patient/9990000018"}} | elements


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p1", "birthDate": "2011-04-12"} | elements


def number(value: str) -> dict[str, str]:
    return {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value}


def test_a_bundle_tells_what_happened_to_its_patient() -> None:
    *carried, location = sample("stories.json")
    assert reason(location) == (8, "resource_not_carried", "resourceType")
    moment = lambda value, precision="second": {"value": value, "precision": precision}  # noqa: E731
    assert [told(event) for one in carried for event in one.events] == [
        ("nhs.person_details", "9990000018", "2026-03-01T10:00:00Z", {}),
        (
            "nhs.emergency_attendance",
            "9990000018",
            "2026-03-01T23:10:00Z",
            {
                "reference": "ed1",
                "provider": "RZZ",
                "category": "assault",
                "departed": moment("2026-03-02T02:05:00Z"),
                "chief_complaint": "52684005 hit outside",
                "clinicians": ["Dr Test Attending"],
                "location": "Testham Children's Unit",
            },
        ),
        (
            "nhs.admission",
            "9990000018",
            "2026-03-02",
            {"reference": "SPELL-7", "admission_method": "21", "admission_source": "19", "patient_class": "IMP"},
        ),
        (
            "nhs.discharge",
            "9990000018",
            "2026-03-04T14:00:00Z",
            {
                "reference": "SPELL-7",
                "admitted": moment("2026-03-02", "day"),
                "discharge_destination": "66",
                "patient_class": "IMP",
            },
        ),
        (
            "nhs.child_protection_flag",
            "9990000018",
            "2026-02-28",
            {
                "reference": "f1",
                "flag_code": "342191000000101",
                "flag_text": "Subject to child protection plan",
                "status": "active",
                "author": "Named nurse",
                "notes": "CPP, neglect",
            },
        ),
        (
            "nhs.health_condition",
            "9990000018",
            "2026-02-28",
            {"reference": "f2", "code": "226201008", "text": "Peanut-free diet", "clinical_status": "active"},
        ),
        (
            "nhs.health_condition",
            "9990000018",
            "2024",
            {
                "reference": "c1",
                "code": "J45.9",
                "text": "Asthma",
                "clinical_status": "active",
                "recorder": "Dr Test General",
                "notes": "worse in winter",
            },
        ),
        (
            "nhs.was_not_brought",
            "9990000018",
            "2026-03-07T10:30:00Z",
            {
                "reference": "a1",
                "mode": "in_person",
                "specialty": "Paediatrics",
                "clinic": "Testham Children's Unit",
                "clinicians": ["Dr Test Clinic"],
                "notes": "grandmother rang",
            },
        ),
    ]


def test_every_event_of_a_bundle_carries_its_patient() -> None:
    people = {event.person for one in sample("stories.json") for event in one.events}
    (person,) = people
    assert person is not None
    assert as_record(person) == as_record(
        Person(
            given_name="Morgan",
            middle_names="Lee",
            family_name="Ashdown",
            aliases=("Mo", "Mo Ashdown"),
            birth_date="2011-04",
            birth_date_accuracy="UAA",
            sex="female",
            ethnicity="A",
            postcode="ZZ99 3VZ",
            address="1 Test Street, Testham",
            identifiers=person.identifiers,
        )
    )
    assert [(i.system, i.value, i.valid) for i in person.identifiers] == [
        ("hospital-number", "MRN-1@https://example.org/mrn", True),
        ("nhs-number", "999 000 0018", True),
    ]


def test_every_event_fits_its_record() -> None:
    events = [event for name in ("stories.json", "taken_back.json") for one in sample(name) for event in one.events]
    assert all(encode_event(event) for event in events)


def test_the_same_file_gives_the_same_ids() -> None:
    ids = [[event.header.event_id for one in sample("stories.json") for event in one.events] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


def test_a_later_version_is_a_version_of_the_same_record() -> None:
    flag = STORIES["entry"][3]["resource"] | {"subject": {"reference": "Patient/9990000018"}}
    first, second = only_event(flag), only_event(flag | {"status": "inactive", "period": {"end": "2026-03-09"}})
    assert first.header.record_key == second.header.record_key
    assert first.header.event_id != second.header.event_id


def test_versions_are_ordered_by_when_they_were_changed_not_first_recorded() -> None:
    sent = {"code": {"text": "x"}, "recordedDate": "2026-01-01T09:00:00Z"}
    first, second = (
        only_event(resource("Condition", **sent, meta={"lastUpdated": t})) for t in (None, "2026-02-01T09:00:00Z")
    )
    assert first.header.recorded_at == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert second.header.recorded_at == datetime(2026, 2, 1, 9, tzinfo=UTC)


def test_a_flag_without_a_date_stood_on_the_day_of_its_bundle() -> None:
    flag = resource("Flag", code={"text": "x"}, meta={})
    (one,) = read({"resourceType": "Bundle", "timestamp": "2026-03-10T08:00:00Z", "entry": [{"resource": flag}]})
    header = one.events[0].header
    assert (header.occurred.value, header.marks) == ("2026-03-10T08:00:00Z", ("assumed:occurred",))


def test_a_flag_whose_only_date_is_in_its_provenance_stood_from_then() -> None:
    made = {"resourceType": "Provenance", "id": "v1", "recorded": "2026-01-05T11:00:00Z"}
    notes = {"url": "https://fhir.nhs.uk/England/StructureDefinition/Extension-FlagNotes"}
    flag = resource(
        "Flag",
        meta={},
        status="active",
        category=[{"coding": [{"code": "CP-IS"}]}],
        code={"coding": [{"code": "224353004", "display": "Child protection finding"}]},
        contained=[{"resourceType": "Practitioner", "id": "x1"}, made | {"recorded": "2026-02-01T09:00:00Z"}, made],
        extension=[notes | {"valueAnnotation": {"text": "Ring the duty team"}}],
    )
    event = only_event(flag)
    assert (event.header.type, event.header.marks) == ("nhs.child_protection_flag", ())
    assert event.header.occurred == Moment(value="2026-01-05T11:00:00Z", precision=Precision.SECOND)
    assert event.body["notes"] == "Ring the duty team\n224353004"


@pytest.mark.parametrize(
    ("codings", "category", "flag_code", "notes", "marks"),
    [
        ([("CSE", "Exploitation")], None, "CSE", None, ()),
        ([("67", "At risk of child sexual exploitation")], None, "exploitation", "67", ("unknown_code:flag_code",)),
        ([("67", "Local alert"), ("1188261000000103", None)], None, "1188261000000103", "67", ()),
        ([("224353004", "Child protection finding")], "CP-IS", "CP-IS", "224353004", ()),
        ([], "CP-IS", "CP-IS", None, ()),
        ([("female-genital-mutilation-flag", None)], None, "female-genital-mutilation-flag", None, ()),
    ],
)
def test_a_flag_is_called_by_a_code_that_others_know_else_by_its_kind(
    codings: list[tuple[str, str | None]],
    category: str | None,
    flag_code: str,
    notes: str | None,
    marks: tuple[str, ...],
) -> None:
    code = {"coding": [{"code": c} | ({"display": d} if d is not None else {}) for c, d in codings]}
    event = only_event(resource("Flag", status="active", code=code, category=[{"coding": [{"code": category}]}]))
    assert event.header.type == "nhs.child_protection_flag"
    assert (event.body["flag_code"], event.body.get("notes"), event.header.marks) == (flag_code, notes, marks)


def test_a_flags_code_that_stands_where_words_should_is_known() -> None:
    event = only_event(resource("Flag", status="active", code={"text": "CP-IS"}))
    assert (event.header.type, event.body["flag_code"]) == ("nhs.child_protection_flag", "CP-IS")


def test_a_sentence_in_the_place_of_a_flags_title_is_a_note() -> None:
    sentence = "Child protection plan, as the stepfather came to the ward again"
    event = only_event(resource("Flag", status="active", code={"coding": [{"code": "CPP", "display": sentence}]}))
    assert (event.body["flag_text"], event.body["notes"]) == ("child protection plan", sentence)


def test_a_code_of_several_words_is_a_code() -> None:
    code = "national-reasonable-adjustment-flag"
    event = only_event(resource("Flag", status="active", code={"coding": [{"code": code}]}))
    assert (event.body["code"], event.body.get("notes")) == (code, None)
    sentence = "Alex-was-brought-in-by-an-aunt/ring-her-at-the-new-house"
    event = only_event(resource("Flag", status="active", code={"coding": [{"code": sentence}]}))
    assert (event.body.get("code"), event.body["notes"]) == (None, sentence)


def test_two_versions_of_one_patient_are_one_patient() -> None:
    versions = [{"resource": patient(identifier=[number("9990000018")], gender=g)} for g in ("female", "unknown")]
    flag = {"resource": resource("Flag", code={"text": "x"}, subject={"reference": "Patient/p1/_history/2"})}
    *_, last = read({"resourceType": "Bundle", "entry": [*versions, flag]})
    assert [event.header.subject for event in last.events] == ["9990000018"]


@pytest.mark.parametrize("updated", [("2026-01-01T10:00:00Z", "2026-02-01T10:00:00Z"), (None, None)])
def test_a_reference_means_the_newest_version_in_whatever_order_they_stand(updated: tuple[str | None, ...]) -> None:
    old, new = (patient(gender=g, meta={"lastUpdated": u}) for g, u in zip(("unknown", "female"), updated, strict=True))
    new["meta"]["security"] = [{"code": "R"}]
    flag = resource("Flag", code={"text": "x"}, subject={"reference": "Patient/p1"})
    one, other = (among(flag, *both) for both in ((old, new), (new, old)))
    assert one == other
    assert updated[0] is None or one[0].header.sensitivities == ("protected_address",)


def test_the_case_of_letters_in_a_urn_means_nothing() -> None:
    flag = resource("Flag", code={"text": "x"}, subject={"reference": "urn:uuid:0C3151BD-1CBF"})
    here = {"fullUrl": "urn:uuid:0c3151bd-1cbf", "resource": patient(identifier=[number("9990000018")])}
    *_, one = read({"resourceType": "Bundle", "entry": [here, {"resource": flag}]})
    assert [event.header.subject for event in one.events] == ["9990000018"]


def test_mother_and_baby_are_two_people() -> None:
    assert [told(event)[:2] for one in sample("mother_and_baby.json") for event in one.events] == [
        ("nhs.person_details", "9990000026"),
        ("nhs.person_details", "9990000034"),
        ("nhs.admission", "9990000034"),
    ]


def test_what_was_entered_in_error_is_taken_back_in_every_form_it_may_have_had() -> None:
    sent = {event.header.record_key: event.header.type for one in sample("stories.json") for event in one.events}
    back = [event for one in sample("taken_back.json") for event in one.events]
    assert {event.header.type for event in back} == {"nhs.retraction"}
    assert sorted(sent[e.header.retracts] for e in back if e.header.retracts in sent) == [
        "nhs.child_protection_flag",
        "nhs.emergency_attendance",
        "nhs.health_condition",
        "nhs.was_not_brought",
    ]


@pytest.mark.parametrize(
    "record",
    [
        resource("Encounter", **{"class": {"code": "EMER"}}),
        resource("Condition", code={"text": "Asthma"}),
        resource("Flag", code={"text": "Latex"}),
    ],
    ids=["Encounter", "Condition", "Flag"],
)
def test_what_a_history_deletes_is_taken_back(record: dict[str, Any]) -> None:
    url = f"{record['resourceType']}/r1"
    gone = {
        "fullUrl": f"https://example.org/{url}",
        "request": {"method": "DELETE", "url": url},
        "response": {"status": "204", "lastModified": "2026-03-02T10:00:00Z"},
    }
    made = {"resource": record, "request": {"method": "PUT", "url": url}}
    taken, stood = read({"resourceType": "Bundle", "type": "history", "entry": [gone, made]})
    (event,) = stood.events
    assert event.header.record_key in [e.header.retracts for e in taken.events]
    assert {e.header.type for e in taken.events} == {"nhs.retraction"}
    assert {e.header.recorded_at for e in taken.events} == {datetime(2026, 3, 2, 10, tzinfo=UTC)}


def test_what_a_deletion_shows_once_more_does_not_stand() -> None:
    gone = {"method": "DELETE", "url": "Encounter/r1"}
    shown = resource("Encounter", **{"class": {"code": "EMER"}})
    of_patient = {"resource": patient(), "request": {"method": "DELETE", "url": "Patient/p1"}}
    taken, kept = read({"resourceType": "Bundle", "entry": [{"resource": shown, "request": gone}, of_patient]})
    assert only_event(shown).header.record_key in [event.header.retracts for event in taken.events]
    assert {event.header.type for event in taken.events} == {"nhs.retraction"}
    assert reason(kept) == (2, "resource_missing", "Bundle.entry[1].resource")


@pytest.mark.parametrize("url", ["Encounter/other", "Patient/p1", 7, None])
def test_a_deletion_of_what_the_file_does_not_show_is_told(url: Any) -> None:
    entries = [{"request": {"method": "DELETE", "url": url}}, {"resource": patient()}]
    gone, _ = read({"resourceType": "Bundle", "type": "history", "entry": entries})
    assert reason(gone) == (1, "resource_missing", "Bundle.entry[0].resource")


def test_a_line_that_is_not_json_does_not_lose_the_others() -> None:
    one, two, three = sample("lines.ndjson")
    assert [told(e)[:3] for e in (*one.events, *two.events)] == [
        ("nhs.person_details", "MRN-9", "2010-01-01"),
        ("nhs.appointment", "MRN-9", "2026-01-05T09:00:00Z"),
    ]
    assert reason(three) == (3, "unreadable_record", None)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"], ids=ascii)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=ascii)
def test_a_line_ends_where_lines_of_json_end_and_nowhere_else(mark: str, end: str) -> None:
    lines = [patient(id=f"p{n}", name=[{"family": f"Exam{mark}ple", "given": ["Robin"]}]) for n in (1, 2)]
    reads = read(end.join(json.dumps(line, ensure_ascii=False) for line in lines).encode())
    assert [one.rejection for one in reads] == [None, None]
    assert [one.events[0].header.subject for one in reads] == ["p1", "p2"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [('"id": "p2"', "has one key twice in an object: send each key once"), ('"n": NaN', "has NaN or Infinity")],
)
def test_what_other_readers_take_for_json_is_told_what_it_has(fault: str, told: str) -> None:
    whole = json.dumps(patient())
    broken = f"{whole[:-1]}, {fault}}}"
    (file,) = read(broken.encode())
    _, line = read(f"{whole}\n{broken}".encode())
    assert (reason(file), reason(line)) == ((0, "unreadable_file", None), (2, "unreadable_record", None))
    for one, what in ((file, "the file"), (line, "this line")):
        assert one.rejection is not None
        assert one.rejection.message.startswith(f"{what} {told}")


@pytest.mark.parametrize("between", ["\n", "", "\n\ufeff", "\r\n\r\n"])
def test_files_of_many_lines_that_were_put_into_one_are_read(between: str) -> None:
    sent = [json.dumps(patient(identifier=[number(value)]), indent=2) for value in ("9990000018", "9990000026")]
    reads = read(between.join(sent).encode())
    assert [(one.position, one.events[0].header.subject) for one in reads] == [(1, "9990000018"), (2, "9990000026")]


@pytest.mark.parametrize("rest", ['{"resourceType": "Pat', "}", "sent by us", '"sent"'])
def test_files_of_many_lines_of_which_one_is_broken_are_refused(rest: str) -> None:
    (one,) = read(f"{json.dumps(patient(identifier=[number('9990000018')]), indent=2)}\n{rest}".encode())
    assert reason(one) == (0, "unreadable_file", None)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_is_read_in_the_encoding_that_its_byte_order_mark_says(encoding: str) -> None:
    sent = patient(identifier=[number("9990000018")], name=[{"family": "Zo\u00eb"}])
    event = only(read(json.dumps(sent, ensure_ascii=False).encode(encoding)))
    assert event.person is not None
    assert event.person.family_name == "Zo\u00eb"


def test_files_with_a_byte_order_mark_that_were_put_into_one_are_read() -> None:
    marked = f"\ufeff{json.dumps(patient())}\n".encode()
    assert [one.rejection for one in read(marked * 2)] == [None, None]


@pytest.mark.parametrize("form", ["{0}", "[{0}, {0}]", "{0}\n{0}"])
def test_bundles_without_entries_are_an_empty_file(form: str) -> None:
    page = json.dumps({"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []})
    (one,) = read(form.format(page).encode())
    assert reason(one) == (0, "empty_bundle", None)


@pytest.mark.parametrize("lines", [1, 2])
def test_the_mark_that_windows_ends_joined_files_with_is_no_record(lines: int) -> None:
    joined = f"{json.dumps(patient())}\r\n" * lines + "\x1a"
    assert [one.rejection for one in read(joined.encode())] == [None] * lines


def test_a_search_that_found_nothing_among_others_is_no_record() -> None:
    nothing: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": patient()}]}
    answers = {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [{"resource": nothing}, {"resource": found}],
    }
    for sent in ([nothing, found], answers):
        (one,) = read(sent)
        assert (one.position, one.rejection) == (1, None)
    (none,) = read(answers | {"entry": [{"resource": nothing}]})
    assert reason(none) == (0, "empty_bundle", None)


def test_two_records_under_one_stand_in_for_a_number_stay_two() -> None:
    sent = resource("Condition", code={"text": "x"}, identifier=[{"system": "https://example.org", "value": "UNKNOWN"}])
    del sent["id"]
    reads = read([sent, sent | {"onsetDateTime": "2026-01-01"}])
    assert len({event.header.record_key for one in reads for event in one.events}) == 2


def test_a_control_character_within_a_line_costs_that_line_alone() -> None:
    lines = [json.dumps(patient(id=f"p{n}")) for n in (1, 2)]
    one, two = read("\n".join([lines[0], lines[1].replace("p2", "p\x0c2")]).encode())
    assert (one.rejection, reason(two)) == (None, (2, "unreadable_record", None))


def test_a_line_that_is_not_json_is_kept_as_it_was_sent() -> None:
    broken = '{"resourceType": "Patient", "id": "p2", "name": [{"family": "É'
    one, two = read("\n".join([json.dumps(patient(id="p1")), broken]).encode())
    assert one.events
    assert two.rejection is not None
    assert two.rejection.raw == broken.encode()


@pytest.mark.parametrize(
    ("name", "position", "code", "field"),
    [
        ("empty.json", 0, "empty_file", None),
        ("truncated.json", 0, "unreadable_file", None),
        ("not_json.json", 0, "unreadable_file", None),
        ("repeated_key.json", 0, "unreadable_file", None),
        ("not_a_number.json", 0, "unreadable_file", None),
        ("empty_bundle.json", 0, "empty_bundle", None),
        ("operation_outcome.json", 1, "resource_not_carried", "resourceType"),
        ("type_unknown.json", 1, "resource_not_carried", "resourceType"),
        ("cloud_event.json", 1, "resource_type_missing", "resourceType"),
        ("name_of_the_wrong_type.json", 1, "invalid_resource", "Patient.name[0].given"),
        ("patient_unknown.json", 1, "subject_missing", "Encounter.subject"),
        ("undated.json", 1, "occurred_missing", "Flag.meta.lastUpdated"),
    ],
)
def test_a_fault_is_named_and_never_quoted(name: str, position: int, code: str, field: str | None) -> None:
    (one,) = sample(name)
    assert reason(one) == (position, code, field)
    assert one.rejection is not None
    assert "CANARY" not in one.rejection.message
    assert one.rejection.raw is not None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(b"\xff\xfe{}", (0, "unreadable_file", None), id="utf_16"),
        pytest.param(b"[" * 100_000, (0, "unreadable_file", None), id="nested_too_deeply"),
        pytest.param(b"42", (0, "unreadable_file", None), id="a_number"),
        pytest.param({"resourceType": "Bundle", "entry": "x"}, (1, "invalid_resource", "Bundle.entry"), id="no_list"),
        pytest.param({"resourceType": "Bundle", "entry": [7]}, (1, "invalid_resource", "Bundle.entry[0]"), id="number"),
        pytest.param(
            {"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE"}}]},
            (1, "resource_missing", "Bundle.entry[0].resource"),
            id="deletion",
        ),
        pytest.param(
            {"resourceType": "Bundle", "entry": [{"fullUrl": 1, "resource": {"resourceType": "Patient"}}]},
            (1, "invalid_resource", "Bundle.entry[0].fullUrl"),
            id="url_of_the_wrong_type",
        ),
        pytest.param(patient(id=7), (1, "invalid_resource", "Patient.id"), id="id_is_a_number"),
        pytest.param(
            patient(modifierExtension=[{"url": "https://example.org/not", "valueBoolean": True}]),
            (1, "modifier_unknown", "Patient.modifierExtension"),
            id="turned_round",
        ),
        pytest.param(
            resource("Encounter", **{"class": {"code": "EMER"}}, participant=[{"modifierExtension": [{"url": "x"}]}]),
            (1, "modifier_unknown", "Encounter.participant[0].modifierExtension"),
            id="turned_round_within",
        ),
        pytest.param(
            resource("Flag", implicitRules="https://example.org/rules"),
            (1, "modifier_unknown", "Flag.implicitRules"),
            id="rules_of_its_own",
        ),
        pytest.param(
            {
                "resourceType": "Bundle",
                "implicitRules": "https://example.org/rules",
                "entry": [{"resource": patient()}],
            },
            (1, "modifier_unknown", "Bundle.implicitRules"),
            id="a_bundle_with_rules_of_its_own",
        ),
        pytest.param(
            resource("Flag", contained=[{"resourceType": "CANARY", "id": 5}], subject={"reference": "#x"}),
            (1, "invalid_resource", "Resource.id"),
            id="a_type_that_is_none",
        ),
        pytest.param(patient(gender="\ud800"), (1, "invalid_resource", "Patient.gender"), id="lone_surrogate"),
        pytest.param(patient(id=None), (1, "subject_missing", "Patient.identifier"), id="nobody"),
        pytest.param(
            resource("Encounter", status="finished"), (1, "invalid_resource", "Encounter.class"), id="no_class"
        ),
        pytest.param(
            resource("Flag", code={"text": "x"}, subject={"reference": "Location/9990000018"}),
            (1, "subject_missing", "Flag.subject"),
            id="flag_on_a_place",
        ),
        pytest.param(
            resource("Appointment", participant=[{"actor": {"reference": "Practitioner/1"}}]),
            (1, "subject_missing", "Appointment.participant"),
            id="appointment_without_patient",
        ),
    ],
)
def test_whatever_is_sent_becomes_a_rejection_with_a_code(document: Any, expected: tuple[int, str, str | None]) -> None:
    assert [reason(one) for one in read(document)] == [expected]


@pytest.mark.parametrize(
    ("identifiers", "subject", "marks"),
    [
        pytest.param([{"value": "MRN"}, number("9990000018")], "9990000018", (), id="nhs_number_before_others"),
        pytest.param([number("9990000000"), {"value": "M"}], "9990000000", ("check_failed:nhs_number",), id="failed"),
        pytest.param([number("9876543210"), {"value": "M"}], "M", ("check_failed:nhs_number",), id="dummy_and_other"),
        pytest.param([number("not known")], "p1", ("check_failed:nhs_number",), id="dummy_and_id"),
        pytest.param([{"value": "9990000026"}], "9990000026", (), id="number_of_no_stated_kind"),
        pytest.param([{"system": "urn:x", "value": "9990000026"}], "9990000026@urn:x", (), id="number_of_another_kind"),
        pytest.param([ASSIGNED | {"value": "M1"}], "M1@RXX", (), id="number_of_an_organisation"),
        pytest.param(
            [{"system": "urn:x", "value": "1234567890"}], "p1", ("check_failed:hospital_number",), id="stand_in"
        ),
        pytest.param([], "p1", (), id="only_an_id"),
    ],
)
def test_a_patient_is_known_by_the_nhs_number_else_the_first_identifier(
    identifiers: list[Any], subject: str, marks: tuple[str, ...]
) -> None:
    event = only_event(patient(identifier=identifiers))
    assert event.header.subject == subject
    assert event.header.marks == tuple(sorted((*marks, "assumed:occurred")))


@pytest.mark.parametrize("former", [{"use": "old"}, {"period": {"end": "2020-01-01"}}])
def test_a_patient_is_not_known_by_a_number_that_is_no_more_theirs(former: dict[str, Any]) -> None:
    identifiers = [number("9990000026") | former, number("9990000018")]
    assert only_event(patient(identifier=identifiers)).header.subject == "9990000018"


def verified(url: str, status: str) -> dict[str, Any]:
    return {"extension": [{"url": url, "valueCodeableConcept": {"coding": [{"code": status}]}}]}


@pytest.mark.parametrize(
    ("doubt", "is_known"),
    [
        (verified("https://fhir.hl7.org.uk/.../Extension-UKCore-NHSNumberVerificationStatus", "01"), True),
        (verified("https://fhir.hl7.org.uk/.../Extension-UKCore-NHSNumberVerificationStatus", "05"), False),
        (
            verified("https://fhir.hl7.org.uk/.../Extension-UKCore-NHSNumberVerificationStatus", "trace-attempted"),
            False,
        ),
        (verified("https://fhir.hl7.org.uk/.../Extension-CareConnect-NHSNumberVerificationStatus-1", "04"), False),
        ({"use": "old"}, False),
    ],
)
def test_nobody_is_known_by_an_nhs_number_that_is_in_doubt(doubt: dict[str, Any], is_known: bool) -> None:
    hospital = {"system": "https://hospital.example/mrn", "value": "M1"}
    event = only_event(patient(identifier=[number("9990000018") | doubt, hospital]))
    assert event.header.subject == ("9990000018" if is_known else "M1@https://hospital.example/mrn")
    assert event.person is not None
    assert {n.system: n.valid for n in event.person.identifiers} == {"nhs-number": is_known, "hospital-number": True}


@pytest.mark.parametrize(
    "reference",
    ["Patient?identifier=https://hospital.example/mrn|9990000018", "https://server.example/Patient/1234567881"],
)
def test_a_number_of_ten_digits_in_a_url_may_be_a_hospitals(reference: str) -> None:
    (one,) = read(resource("Flag", code={"text": "x"}, subject={"reference": reference}))
    assert reason(one) == (1, "subject_missing", "Flag.subject")


def test_a_patients_old_number_beside_a_reference_is_no_other_patients() -> None:
    beside = {"reference": "Patient/p1", "identifier": number("9990000026")}
    here = patient(identifier=[number("9990000018"), number("9990000026") | {"use": "old"}])
    bundle = [{"resource": here}, {"resource": resource("Flag", code={"text": "x"}, subject=beside)}]
    *_, one = read({"resourceType": "Bundle", "type": "collection", "entry": bundle})
    assert [event.header.subject for event in one.events] == ["9990000018"]


@pytest.mark.parametrize(
    ("other", "aliases"),
    [
        ({"use": "official", "period": {"end": "2020-01-01"}}, ("Morgan Farleigh",)),
        ({"use": "old"}, ("Morgan Farleigh",)),
        ({"use": "anonymous"}, ()),
    ],
)
def test_a_patient_is_called_by_a_name_still_borne_and_by_none_that_hides_who_it_is(
    other: dict[str, Any], aliases: tuple[str, ...]
) -> None:
    names = [{"family": "Farleigh", "given": ["Morgan"]} | other, {"use": "usual", "family": "Ashdown"}]
    person = only_event(patient(meta={"lastUpdated": "2026"}, identifier=[number("9990000018")], name=names)).person
    assert person is not None
    assert (person.family_name, person.aliases) == ("Ashdown", aliases)


@pytest.mark.parametrize(("gender", "sex"), [("female", "female"), ("female (was male)", None)])
def test_what_is_more_than_a_code_of_gender_is_left_out(gender: str, sex: str | None) -> None:
    person = only_event(patient(id="p1", gender=gender)).person
    assert person is not None
    assert person.sex == sex


@pytest.mark.parametrize("separator", ["|", "%7C"])
@pytest.mark.parametrize("system", ["https://fhir.nhs.uk/Id/nhs-number", "https://hospital.example/mrn"])
def test_a_search_means_the_patient_of_the_file_whatever_server_it_is_of(system: str, separator: str) -> None:
    here = patient(identifier=[number("9990000018"), {"system": "https://hospital.example/mrn", "value": "9990000018"}])
    flag = resource(
        "Flag", code={"text": "x"}, subject={"reference": f"Patient?identifier={system}{separator}9990000018"}
    )
    entries = [{"fullUrl": f"https://a.example/{r['resourceType']}/{r['id']}", "resource": r} for r in (here, flag)]
    *_, one = read({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert [event.person and event.person.birth_date for event in one.events] == ["2011-04-12"]


def test_a_patient_is_found_by_the_search_that_a_transaction_names() -> None:
    actor = {"reference": "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"}
    flag = resource("Flag", code={"text": "Latex"}, subject=actor)
    visit = resource("Appointment", status="noshow", start="2026-03-01", participant=[{"actor": actor}])
    assert [only_event(one).header.subject for one in (flag, visit)] == ["9990000018"] * 2


def test_two_hospitals_that_number_alike_mean_two_children() -> None:
    sent = [patient(identifier=[{"system": f"https://{name}.example/mrn", "value": "12345"}]) for name in ("a", "b")]
    assert len({only_event(one).header.subject_key for one in sent}) == 2


@pytest.mark.parametrize(
    "code", ["https://fhir.nhs.uk/Id/ods-site-code", "http://fhir.nhs.uk/id/ods-organization-code"]
)
def test_a_hospital_is_known_by_its_ods_code_however_the_system_of_these_is_written(code: str) -> None:
    assigner = {"identifier": {"system": code, "value": "RXX01"}}
    sent = patient(identifier=[ASSIGNED | {"value": "12345", "assigner": assigner}])
    assert only_event(sent).header.subject == "12345@RXX01"


@pytest.mark.parametrize("system", [ASSIGNED["system"], "http://fhir.nhs.net/Id/local-patient-identifier"])
@pytest.mark.parametrize("assigner", [None, {"reference": "Organization/7"}, {"display": "PAS"}])
def test_englands_one_system_for_the_numbers_of_all_hospitals_says_nobodys(system: str, assigner: Any) -> None:
    sent = json.dumps(patient(identifier=[{"system": system, "value": "12345", "assigner": assigner}])).encode()
    subjects = []
    for hospital in (None, "RXX", "RYY"):
        (one,) = FhirR4Json().read([Source(name="sent.json", data=sent)], replace(CONTEXT, organisation=hospital))
        subjects += [event.header.subject for event in one.events]
    assert subjects == ["12345", "12345@RXX", "12345@RYY"]


@pytest.mark.parametrize(
    ("named", "subject"),
    [
        ({"identifier": {"system": "urn:a", "value": "12345"}}, "9990000018"),
        ({"identifier": {"system": "urn:a", "value": "12345"}, "type": "Patient"}, "9990000018"),
        ({"reference": "Patient?identifier=urn:a|12345"}, "9990000018"),
        ({"identifier": {"value": "777"}}, "9990000018"),
        ({"identifier": {"value": "777"}, "reference": "Patient/of-another-file"}, "9990000018"),
        ({"identifier": {"value": "777"}, "reference": "Patient/p0"}, "9990000018"),
        ({"identifier": {"value": "777"}, "reference": "Patient/p1"}, None),
        ({"identifier": {"value": "777"}, "reference": "Group/of-another-file"}, None),
        ({"identifier": {"value": "12345"}}, "12345"),  # two of the file have it
        ({"identifier": {"system": "urn:c", "value": "12345"}}, "12345@urn:c"),
    ],
)
def test_a_number_means_the_one_patient_of_the_file_who_has_it(named: dict[str, Any], subject: str | None) -> None:
    numbers = [
        [number("9990000018"), {"system": "urn:a", "value": "12345"}, {"system": "urn:a", "value": "777"}],
        [{"system": "urn:b", "value": "12345"}],
    ]
    patients = [patient(id=f"p{place}", identifier=held) for place, held in enumerate(numbers)]
    flag = resource("Flag", code={"text": "Latex"}, subject=named)
    *_, one = read({"resourceType": "Bundle", "entry": [{"resource": each} for each in (*patients, flag)]})
    assert [event.header.subject for event in one.events] == ([] if subject is None else [subject])


def test_a_number_of_a_practitioner_is_no_patients() -> None:
    someone = patient(identifier=[{"system": "urn:a", "value": "12345"}])
    actor = {"type": "Practitioner", "identifier": {"system": "urn:a", "value": "12345"}}
    visit = resource("Appointment", status="noshow", start="2026-03-01", participant=[{"actor": actor}])
    *_, one = read({"resourceType": "Bundle", "entry": [{"resource": someone}, {"resource": visit}]})
    assert reason(one) == (2, "subject_missing", "Appointment.participant")
    del actor["type"]
    *_, one = read({"resourceType": "Bundle", "entry": [{"resource": someone}, {"resource": visit}]})
    assert [event.header.subject for event in one.events] == ["12345@urn:a"]
    actor["identifier"] = {"value": "12345"}  # a room's number, perhaps
    *_, one = read({"resourceType": "Bundle", "entry": [{"resource": someone}, {"resource": visit}]})
    assert reason(one) == (2, "subject_missing", "Appointment.participant")


@pytest.mark.parametrize("status", ["noshow", "fulfilled"])
def test_whoever_declined_was_neither_waited_for_nor_there(status: str) -> None:
    answers = {"9990000018": "declined", "9990000026": "accepted"}
    actors = [{"actor": {"reference": f"Patient/{n}"}, "status": answer} for n, answer in answers.items()]
    (one,) = read(resource("Appointment", status=status, start="2026-03-01", participant=actors))
    declined, other = one.events
    assert (declined.header.type, declined.body["status"]) == ("nhs.appointment", "declined")
    assert (other.header.type, other.body.get("status")) == (
        ("nhs.was_not_brought", None) if status == "noshow" else ("nhs.appointment", "fulfilled")
    )


def test_two_children_under_one_dummy_number_stay_two() -> None:
    sent = [patient(id=i, identifier=[number("9999999999")]) for i in ("9999999999", None)]
    keys = {only_event(one | {"name": [{"family": str(n)}]}).header.subject_key for n, one in enumerate(sent)}
    assert len(keys) == 2


def test_two_patients_of_one_name_in_a_bundle_are_not_guessed_between() -> None:
    two = [{"resource": patient(identifier=[number(n)])} for n in ("9990000018", "9990000026")]
    flag = resource("Flag", code={"text": "x"}, subject={"reference": "Patient/p1"})
    *_, last = read({"resourceType": "Bundle", "entry": [*two, {"resource": flag}]})
    assert reason(last) == (3, "subject_missing", "Flag.subject")
    assert last.rejection is not None
    assert last.rejection.message == TWO_PATIENTS


def test_a_patient_of_another_server_is_not_this_servers_patient() -> None:
    here = {"fullUrl": "https://a.example/Patient/p1", "resource": patient(identifier=[number("9990000018")])}
    flag = resource("Flag", code={"text": "x"}, subject={"reference": "https://b.example/Patient/p1"})
    _, last = read({"resourceType": "Bundle", "entry": [here, {"resource": flag}]})
    assert reason(last) == (2, "subject_missing", "Flag.subject")


@pytest.mark.parametrize(
    ("servers", "visited", "expected"),
    [
        (["https://a.example"], "https://a.example", "9990000018"),
        (["https://a.example"], "https://b.example", None),
        (["https://a.example", "https://b.example"], "https://b.example", "9990000026"),
        (["https://a.example", "https://b.example"], None, None),
        ([None], "https://b.example", "9990000018"),
    ],
)
def test_a_relative_reference_is_to_the_server_that_the_record_is_of(
    servers: list[str | None], visited: str | None, expected: str | None
) -> None:
    def entry(server: str | None, content: dict[str, Any]) -> dict[str, Any]:
        url = {"fullUrl": f"{server}/{content['resourceType']}/{content['id']}"} if server is not None else {}
        return {"resource": content} | url

    patients = [
        entry(server, patient(identifier=[number(value)]))
        for server, value in zip(servers, ("9990000018", "9990000026"), strict=False)
    ]
    flag = entry(visited, resource("Flag", subject={"reference": "Patient/p1"}, code={"text": "CPP"}))
    *_, one = read({"resourceType": "Bundle", "type": "searchset", "entry": [*patients, flag]})
    assert [event.header.subject for event in one.events] == ([expected] if expected is not None else [])


def test_a_contained_patient_is_found() -> None:
    inside = patient(identifier=[number("9990000034")])
    flag = resource("Flag", code={"text": "Safeguarding"}, subject={"reference": "#p1"}, contained=[inside])
    event = only_event(flag)
    assert (event.header.type, event.header.subject) == ("nhs.child_protection_flag", "9990000034")
    assert event.person is not None
    assert event.person.birth_date == "2011-04-12"


def test_the_id_of_a_contained_patient_is_nobodys_key() -> None:
    inside = patient(name=[{"family": "Ashdown"}])
    flag = resource("Flag", code={"text": "Safeguarding"}, subject={"reference": "#p1"}, contained=[inside])
    (one,) = read(flag)
    assert reason(one) == (1, "subject_missing", "Patient.identifier")
    numbered = flag | {"subject": {"reference": "#p1", "identifier": number("9990000034")}}
    assert only_event(numbered).header.subject == "9990000034"


def test_two_contained_patients_of_one_id_are_not_guessed_between() -> None:
    inside = [patient(identifier=[number(value)]) for value in ("9990000018", "9990000026")]
    (one,) = read(resource("Flag", code={"text": "x"}, subject={"reference": "#p1"}, contained=inside))
    assert reason(one) == (1, "subject_missing", "Flag.subject")


def test_a_relative_is_not_the_patient_whose_number_stands_beside() -> None:
    mother = {"fullUrl": "urn:uuid:m", "resource": {"resourceType": "RelatedPerson", "id": "m"}}
    subject = {"reference": "urn:uuid:m", "identifier": number("9990000018")}
    *_, one = read({"resourceType": "Bundle", "entry": [mother, {"resource": resource("Flag", subject=subject)}]})
    assert reason(one) == (2, "subject_missing", "Flag.subject")


@pytest.mark.timeout(20)  # it takes a second; where each is sought from the first on, five minutes
def test_thousands_of_contained_resources_hold_nobody_up() -> None:
    inside = [{"resourceType": "Condition", "id": f"c{n}", "code": {"text": f"Cut {n}"}} for n in range(3000)]
    reasons = [{"reference": f"#c{n}"} for n in range(3000)]
    event = only_event(resource("Encounter", **ATTENDED, contained=inside, reasonReference=reasons))
    assert len(event.body["diagnosis"]) == 3000


@pytest.mark.timeout(20)  # it takes no time; where each mark is sought its end to the end of the text, ten minutes
def test_a_narrative_of_tags_that_never_end_holds_nobody_up() -> None:
    event = only_event(resource("Flag", code={"text": "Latex"}, text={"div": "<p>See <b>mother</b>" + "<" * 1_000_000}))
    assert str(event.body["notes"]).startswith("Latex\nSee mother <<<")


@pytest.mark.parametrize("named", ["Patient/p1", "#p1", "Patient/9990000018"])
def test_a_reference_with_another_patients_number_beside_it_means_neither(named: str) -> None:
    def flag_of(beside: str) -> Read:
        subject = {"reference": named, "identifier": number(beside)}
        known = patient(identifier=[number("9990000018")])
        flag = resource("Flag", code={"text": "CPP"}, subject=subject, contained=[known])
        *_, one = read({"resourceType": "Bundle", "entry": [{"resource": known}, {"resource": flag}]})
        return one

    assert reason(flag_of("9990000026")) == (2, "subject_missing", "Flag.subject")
    assert [event.header.subject for event in flag_of("9990000018").events] == ["9990000018"]


@pytest.mark.parametrize("code", ["R", "V", "r", "LOCIS", "DEMO"])
def test_a_restricted_patients_address_is_protected(code: str) -> None:
    event = only_event(patient(meta={"security": [{"code": code}]}))
    assert event.person is not None
    assert event.person.address_withheld
    assert event.header.sensitivities == ("protected_address",)


@pytest.mark.timeout(20)  # it takes a second; where each resource bears each label, minutes
def test_thousands_of_labels_of_a_bundle_hold_nobody_up() -> None:
    labels = [{"code": f"C{number}"} for number in range(2000)]
    patients = [{"resource": patient(id=f"p{number}", meta={"lastUpdated": "2026"})} for number in range(300)]
    bundle = {"resourceType": "Bundle", "meta": {"security": [*labels, {"code": "R"}]}, "entry": patients}
    assert all(event.person and event.person.address_withheld for one in read(bundle) for event in one.events)


def test_what_restricts_a_bundle_restricts_all_that_is_in_it() -> None:
    ward = resource("Encounter", subject={"reference": "Patient/p1"}, **{"class": {"code": "IMP"}})
    inner = {"resourceType": "Bundle", "entry": [{"resource": ward}]}
    patients = {"resource": patient(identifier=[number("9990000018")], meta={"lastUpdated": "2026"})}
    restricted = {
        "resourceType": "Bundle",
        "meta": {"security": [{"code": "R"}]},
        "entry": [patients, {"resource": inner}],
    }
    details, admission = (event for one in read(restricted) for event in one.events)
    assert details.person is not None
    assert details.person.address_withheld
    assert (admission.header.handling, admission.header.sensitivities) == (("restricted",), ("protected_address",))
    (one,) = read(restricted | {"meta": {"security": {"code": "R"}}})
    assert reason(one) == (1, "invalid_resource", "Bundle.meta.security")


@pytest.mark.parametrize("depth", [100, 480, 900, 940, 960, 980, 990])
def test_nesting_of_any_depth_is_read_or_refused(depth: int) -> None:
    text = b'{"resourceType":"Patient","birthDate":"2011-04-12","x":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    (one,) = read(text)
    assert one.rejection is not None
    assert one.rejection.code in ("subject_missing", "unreadable_file", "unreadable_record")


def test_a_file_or_line_that_is_nested_too_deeply_is_told_so() -> None:
    deep = b'{"resourceType":"Patient","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    (file,) = read(deep)
    _, line = read(json.dumps(patient()).encode() + b"\n" + deep)
    for one, what in ((file, "the file"), (line, "this line")):
        assert one.rejection is not None
        assert one.rejection.message.startswith(f"{what} is nested too deeply: ")


def test_nobody_is_known_by_a_patient_whose_meaning_is_turned_round() -> None:
    nobody = patient(modifierExtension=[{"url": "https://example.org/test-patient"}])
    visit = resource("Encounter", **{"class": {"code": "EMER"}}, subject={"reference": "Patient/p1"})
    assert [reason(one)[1] for one in read([nobody, visit])] == ["modifier_unknown", "subject_missing"]


def test_a_restricted_record_waits_for_a_person() -> None:
    flag = resource(
        "Flag", code={"text": "Safeguarding"}, meta={"lastUpdated": "2026-01-01", "security": [{"code": "R"}]}
    )
    assert only_event(flag).header.handling == ("restricted",)


@pytest.mark.parametrize(
    ("elements", "event_type"),
    [
        ({"class": {"code": "ACUTE"}}, "nhs.admission"),
        ({"class": {"code": "IMP"}, "status": "planned"}, "nhs.appointment"),
        ({"class": {"code": "EMER"}, "status": "cancelled"}, "nhs.appointment"),
        ({"class": {"code": "E"}}, "nhs.emergency_attendance"),
        ({"class": {"code": "i"}}, "nhs.admission"),
        ({"class": {"code": "emergency"}}, "nhs.emergency_attendance"),
        ({"class": {"code": "inpatient"}}, "nhs.admission"),
        ({"class": {"code": "outpatient"}}, "nhs.appointment"),
        ({"class": {"code": "emer"}}, "nhs.emergency_attendance"),
        ({"class": {"code": "ED"}}, "nhs.emergency_attendance"),
        ({"class": {"code": "DC"}}, "nhs.admission"),
        ({"class": {"code": "VR"}}, "nhs.appointment"),
        ({"class": {"code": "new"}}, "nhs.appointment"),
        ({"class": {"code": "IMP"}, "status": "finished", "period": {"end": "2026-02-01"}}, "nhs.discharge"),
        ({"class": {"code": "IMP"}, "status": "onleave", "period": {"end": "2026-02-01"}}, "nhs.admission"),
        ({"class": {"code": "IMP"}, "status": "Planned"}, "nhs.appointment"),
    ],
)
def test_an_encounter_is_what_its_class_and_status_say(elements: dict[str, Any], event_type: str) -> None:
    event = only_event(resource("Encounter", status="in-progress") | elements)
    assert event.header.type == event_type
    is_new = elements["class"]["code"] == "new"
    assert ("unknown_code:class" in event.header.marks) == is_new
    assert event_type != "nhs.appointment" or (event.body.get("status") is None) == is_new
    assert (event.body.get("notes") == "new") == is_new


@pytest.mark.parametrize("status", ["arrived", "triaged", "in-progress", "onleave"])
def test_a_visit_that_goes_on_has_not_ended_yet(status: str) -> None:
    planned = {"status": status, "period": {"start": "2026-03-01T09:00:00Z", "end": "2026-03-04T09:00:00Z"}}
    assert only_event(resource("Encounter", **planned, **{"class": {"code": "IMP"}})).header.type == "nhs.admission"
    seen = only_event(resource("Encounter", **planned, **{"class": {"code": "EMER"}}))
    assert seen.body.get("departed") is None


IN_ERROR = ["Entered-In-Error", "entered_in_error", "ENTERED IN ERROR"]


@pytest.mark.parametrize("written", IN_ERROR)
@pytest.mark.parametrize("kind", ["Encounter", "Flag", "Appointment"])
def test_a_status_is_heard_however_its_letters_are_written(kind: str, written: str) -> None:
    who = {"participant": [{"actor": {"reference": "Patient/9990000018"}}], "start": "2026-03-01"}
    (one,) = read(resource(kind, status=written, **who))
    assert {event.header.type for event in one.events} == {"nhs.retraction"}


def test_a_status_is_kept_as_fhir_writes_it_and_marked_where_fhir_has_none_such() -> None:
    who = {"participant": [{"actor": {"reference": "Patient/9990000018"}}], "start": "2026-03-01"}
    flag = only_event(resource("Flag", status="Inactive", code={"coding": [{"code": "CPP"}]}))
    assert (flag.body["status"], flag.header.marks) == ("inactive", ())
    missed = only_event(resource("Appointment", status="NoShow", **who))
    assert (missed.header.type, missed.header.marks) == ("nhs.was_not_brought", ())
    odd = only_event(resource("Appointment", status="DNA", **who))
    assert (odd.body["status"], odd.header.marks) == ("DNA", ("unknown_code:status",))
    assert only_event(patient(identifier=[number("9990000018")], status=5)).header.type == "nhs.person_details"


@pytest.mark.parametrize(
    "verification",
    [
        *({"coding": [{"code": written}]} for written in IN_ERROR),
        {"coding": [{"system": "https://example.org/local", "code": "E"}, {"code": "entered-in-error"}]},
        {"text": "Entered in error"},
    ],
)
def test_a_condition_in_error_is_taken_back_by_any_code_that_says_so(verification: dict[str, Any]) -> None:
    event = only_event(resource("Condition", code={"text": "x"}, verificationStatus=verification))
    assert event.header.type == "nhs.retraction"


@pytest.mark.parametrize(
    ("kind", "elements", "sensitivities"),
    [
        ("Condition", {"code": {"coding": [{"code": "A56.0"}]}}, ("sexual_health",)),
        ("Condition", {"code": {"coding": [{"code": "F64.2"}]}}, ("gender_recognition", "mental_health")),
        ("Condition", {"code": {"text": "Infertility"}}, ("fertility",)),
        ("Condition", {"code": {"text": "Adopted person"}}, ("adoption",)),
        ("Condition", {"code": {"coding": [{"code": "S52.5", "display": "Fracture"}]}}, ()),
        ("Encounter", {"class": {"code": "AMB"}, "serviceType": {"coding": [{"code": "711"}]}}, ("mental_health",)),
        ("Encounter", {"class": {"code": "AMB"}, "location": [{"location": {"display": "CAMHS"}}]}, ("mental_health",)),
        (
            "Encounter",
            {"class": {"code": "IMP"}, "hospitalization": {"admitSource": {"coding": [{"code": "53"}]}}},
            ("mental_health",),
        ),
        (
            "Encounter",
            {
                "class": {"code": "IMP"},
                "hospitalization": {"admitSource": {"coding": [{"code": "mw", "display": "From maternity ward"}]}},
            },
            ("sexual_health",),
        ),
        (
            "Flag",
            {"code": {"text": "x"}, "meta": {"lastUpdated": "2026", "security": [{"code": "HIV"}]}},
            ("sexual_health",),
        ),
        (
            "Encounter",
            {"class": {"code": "EMER"}, "meta": {"lastUpdated": "2026", "security": [{"code": "ETHUD"}]}},
            ("mental_health",),
        ),
        (
            "Encounter",
            {"class": {"code": "AMB"}, "meta": {"lastUpdated": "2026", "security": [{"code": "GENDER"}]}},
            ("gender_recognition",),
        ),
        # It stands on the record of the child's mother.
        ("Flag", {"code": {"coding": [{"code": "818901000000100"}]}}, ("sexual_health",)),
    ],
)
def test_protected_content_is_recognised_by_its_codes(
    kind: str, elements: dict[str, Any], sensitivities: tuple[str, ...]
) -> None:
    assert only_event(resource(kind, **elements)).header.sensitivities == sensitivities


@pytest.mark.parametrize(
    ("reasons", "category"),
    [
        ([{"coding": [{"code": "X99.1"}]}], "assault"),
        ([{"coding": [{"code": "self-harm"}]}], "self_harm"),
        ([{"coding": [{"code": "1", "display": "Alcohol intoxication"}]}], "intoxication"),
        ([{"coding": [{"code": "1", "display": "No evidence of assault"}]}], "other"),
        ([{"coding": [{"code": "J45"}]}, {"coding": [{"code": "S01.0"}]}], "injury"),
        ([], None),
    ],
)
def test_an_attendance_has_a_coarse_reason(reasons: list[Any], category: str | None) -> None:
    sent = resource("Encounter", status="finished", reasonCode=reasons, **{"class": {"code": "EMER"}})
    assert only_event(sent).body.get("category") == category


@pytest.mark.parametrize(
    ("code", "event_type"),
    [
        ({"coding": [{"code": "CP-IS"}]}, "nhs.child_protection_flag"),
        ({"coding": [{"code": "1188261000000103"}]}, "nhs.child_protection_flag"),
        ({"text": "Child protection plan in force"}, "nhs.child_protection_flag"),
        ({"coding": [{"code": "child-protection-information-system-flag"}]}, "nhs.child_protection_flag"),
        ({"coding": [{"code": "national-reasonable-adjustment-flag"}]}, "nhs.health_condition"),
        ({"coding": [{"code": "NRAF"}]}, "nhs.health_condition"),
        ({"coding": [{"code": "225444004", "display": "At risk for suicide"}]}, "nhs.health_condition"),
    ],
)
def test_only_a_known_safeguarding_flag_is_a_child_protection_flag(code: dict[str, Any], event_type: str) -> None:
    assert only_event(resource("Flag", status="active", code=code)).header.type == event_type


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026", Moment(value="2026", precision=Precision.YEAR)),
        ("2026-07", Moment(value="2026-07", precision=Precision.MONTH)),
        ("2026-07-01", Moment(value="2026-07-01", precision=Precision.DAY)),
        ("2026-07-01T09:30:00.123+01:00", Moment(value="2026-07-01T08:30:00Z", precision=Precision.SECOND)),
        ("2026-07-01T09:30", Moment(value="2026-07-01T08:30:00Z", precision=Precision.MINUTE)),
    ],
)
def test_a_date_is_never_more_exact_than_it_was_sent(written: str, moment: Moment) -> None:
    assert only_event(resource("Flag", code={"text": "x"}, period={"start": written})).header.occurred == moment


@pytest.mark.parametrize(
    ("written", "kept", "accuracy", "marks"),
    [
        ("2011", "2011", "UUA", ()),
        ("2011-04", "2011-04", "UAA", ()),
        ("2011-02-30", None, "UUU", ("invalid_date:birth_date",)),
        ("12/04/2011", None, "UUU", ("invalid_date:birth_date",)),
        ("2011-04-12T00:00:00", "2011-04-12", "AAA", ()),
        ("2011-04-11T23:00:00.000Z", "2011-04-12", "AAA", ()),
        ("2011-04-12T25:00:00Z", None, "UUU", ("invalid_date:birth_date",)),
        ("2030-01-01", "2030-01-01", "AAA", ("date_order:birth_date",)),
    ],
)
def test_a_birth_date_says_how_exact_it_is(
    written: str, kept: str | None, accuracy: str, marks: tuple[str, ...]
) -> None:
    event = only_event(patient(birthDate=written, meta={"lastUpdated": "2026-03-01T10:00:00Z"}))
    assert event.person is not None
    assert (event.person.birth_date, event.person.birth_date_accuracy, event.header.marks) == (kept, accuracy, marks)


def test_alike_resources_without_a_name_stay_two() -> None:
    sent = {k: v for k, v in resource("Condition", code={"text": "x"}).items() if k != "id"}
    reads = read({"resourceType": "Bundle", "entry": [{"resource": sent}, {"resource": sent}]})
    assert len({event.header.record_key for one in reads for event in one.events}) == 2


FREE_TEXT_POSITIONS = {
    "Encounter": {
        "text": {"div": f"<p>{CANARY}</p>"},
        "participant": [{"individual": {"display": CANARY}}],
        "location": [{"location": {"display": CANARY}}],
        "reasonCode": [{"text": CANARY}],
        "diagnosis": [{"condition": {"display": CANARY}}],
        "serviceProvider": {"display": CANARY, "reference": f"Organization/{CANARY}"},
        "serviceType": {"text": CANARY},
        "type": [{"coding": [{"code": f"{CANARY} said so"}]}],
        "hospitalization": {
            "admitSource": {"text": CANARY, "coding": [{"code": f"{CANARY} came"}]},
            "dischargeDisposition": {"text": CANARY},
        },
    },
    "Flag": {"text": {"div": CANARY}, "code": {"text": f"safeguarding {CANARY}"}, "author": {"display": CANARY}},
    "Condition": {
        "text": {"div": CANARY},
        "note": [{"text": CANARY}],
        "recorder": {"display": CANARY},
        "code": {"text": CANARY},
    },
    "Appointment": {
        "text": {"div": CANARY},
        "comment": CANARY,
        "description": CANARY,
        "patientInstruction": CANARY,
        "reasonCode": [{"text": CANARY}],
        "specialty": [{"text": CANARY, "coding": [{"code": "420"}]}],
        "participant": [
            {"actor": {"reference": "Patient/9990000018", "display": CANARY}},
            {"actor": {"reference": "Practitioner/1", "display": CANARY}},
            {"actor": {"reference": "Location/1", "display": CANARY}},
        ],
    },
}


@pytest.mark.parametrize("encounter_class", ["EMER", "IMP", "AMB"])
@pytest.mark.parametrize("status", ["finished", "noshow", "active"])
@pytest.mark.parametrize("kind", FREE_TEXT_POSITIONS)
def test_free_words_are_only_in_fields_labelled_for_them(kind: str, status: str, encounter_class: str) -> None:
    sent = resource(kind, status=status, **{"class": {"code": encounter_class}}) | FREE_TEXT_POSITIONS[kind]
    (one,) = read(sent)
    assert one.events
    for event in one.events:
        assert_guarded(event)


def test_a_contact_of_the_patient_is_nowhere() -> None:
    third = {
        "contact": [{"name": {"text": CANARY}}],
        "generalPractitioner": [{"display": CANARY}],
        "link": [{"x": CANARY}],
    }
    event = only_event(patient(**third))
    assert CANARY not in json.dumps([as_record(event.header), as_record(event.person), dict(event.body)], default=str)
    assert set(person_labels()) >= {"given_name", "postcode"}


def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [at, *(path for key, child in inner for path in paths(child, (*at, key)))]


RUBBISH = st.sampled_from(
    [
        None,
        "",
        " ",
        "x",
        0,
        1.5,
        True,
        [],
        {},
        [[]],
        [None],
        {"code": 7},
        "\ud800",
        "9999999999",
        "#",
        "Patient/",
        {"coding": 1},
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(paths(STORIES)[1:]), RUBBISH, st.booleans()), min_size=1, max_size=4))
def test_no_mutation_of_a_bundle_raises_or_loses_a_record(changes: list[tuple[tuple[Any, ...], Any, bool]]) -> None:
    bundle = copy.deepcopy(STORIES)
    for path, value, remove in changes:
        mutate(bundle, path, value, remove)
    reads = read(bundle)
    assert all(bool(one.events) != (one.rejection is not None) for one in reads)
    assert all(one.rejection is None or one.rejection.code != "unreadable_record" for one in reads)
    assert all(encode_event(event) for one in reads for event in one.events)
    entries = bundle.get("entry")
    if bundle.get("resourceType") == "Bundle" and isinstance(entries, list) and entries:
        assert [one.position for one in reads] == list(range(1, len(entries) + 1))


def mutate(document: Any, path: tuple[Any, ...], value: Any, remove: bool) -> None:
    *way, last = path
    try:
        for step in way:
            document = document[step]
        if remove:
            del document[last]
        else:
            document[last] = copy.deepcopy(value)
    except (KeyError, IndexError, TypeError):
        return  # an earlier change took the place away


@pytest.mark.skipif(not SHARED.is_dir(), reason="no partner files beside the repository")
@pytest.mark.parametrize("folder", ["nhs/fhir-r4-json", "nhs/mns-event-json", "identity-linkage/nhs-number-matching"])
def test_partner_files_are_read_with_nothing_lost(folder: str) -> None:
    for path in sorted((SHARED / folder).rglob("*.json")):
        document = json.loads(path.read_bytes())
        reads = read(path.read_bytes(), path.name)
        entries = document.get("entry") if isinstance(document, dict) else None
        assert len(reads) == (len(entries) if entries else 1), path.name
        assert all(one.rejection is None or one.rejection.code != "unreadable_record" for one in reads), path.name
        assert all(encode_event(event) for one in reads for event in one.events)


ATTENDED = {"status": "finished", "class": {"code": "EMER"}}


def test_a_date_that_is_none_is_marked_where_the_last_update_tells_when() -> None:
    sent = resource("Encounter", **ATTENDED, period={"start": "31/02/2026", "end": "2026-02-30"})
    event = only_event(sent)
    assert event.header.occurred.value == "2026-03-01T10:00:00Z"
    assert {"assumed:occurred", "invalid_date:Encounter.period.end", "invalid_date:Encounter.period.start"} <= set(
        event.header.marks
    )


def test_a_record_whose_only_date_is_none_is_refused_by_the_place_of_that_date() -> None:
    sent = resource("Encounter", **ATTENDED, period={"start": CANARY}, meta={})
    (one,) = read(sent)
    assert reason(one) == (1, "invalid_date", "Encounter.period.start")
    assert CANARY not in str(one)


def test_only_what_has_no_date_of_its_own_is_assumed_to_be_of_its_last_update() -> None:
    dated = only_event(resource("Encounter", **ATTENDED, period={"start": "2026-02-01"}))
    undated = only_event(resource("Encounter", **ATTENDED))
    patient = only_event(resource("Patient", identifier=[{"value": "A1"}]))
    marked = ["assumed:occurred" in e.header.marks for e in (dated, undated, patient)]
    assert marked == [False, True, False]


def test_a_url_that_is_none_costs_its_entry_and_no_other() -> None:
    entries = [{"fullUrl": 7, "resource": resource("Patient")}, {"resource": resource("Patient")}]
    one, two = read({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert reason(one) == (1, "invalid_resource", "Bundle.entry[0].fullUrl")
    assert two.events


def test_a_practitioner_of_the_bundle_is_named_among_the_clinicians() -> None:
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"prefix": ["Dr"], "family": "Example"}]}
    sent = resource("Encounter", **ATTENDED, participant=[{"individual": {"reference": "Practitioner/d1"}}])
    reads = read({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": doctor}, {"resource": sent}]})
    assert reads[1].events[0].body["clinicians"] == ["Dr Example"]


def test_whatever_plays_a_part_in_an_encounter_is_named_as_its_kind_names_itself() -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/d"},
            "code": [{"text": "Paediatrician"}]}  # fmt: skip
    unnamed = {"resourceType": "PractitionerRole", "id": "u", "code": [{"text": "Nurse"}]}
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"prefix": ["Dr"], "family": "Example"}]}
    team = {"resourceType": "CareTeam", "id": "t", "name": "Ward team"}
    people = [{"individual": {"reference": r}} for r in ("PractitionerRole/r", "PractitionerRole/u", "CareTeam/t")]
    (event,) = among(resource("Encounter", **ATTENDED, participant=people), role, unnamed, doctor, team)
    assert event.body["clinicians"] == ["Dr Example", "Nurse", "Ward team"]


def among(sent: dict[str, Any], *others: dict[str, Any]) -> tuple[Event, ...]:
    """What a resource becomes that stands in a bundle with others."""
    entries = [{"resource": each} for each in (*others, sent)]
    return read({"resourceType": "Bundle", "type": "collection", "entry": entries})[-1].events


CLINIC = {"resourceType": "Location", "id": "l", "name": "Riverside contraception clinic"}
TRUST = {"resourceType": "Organization", "id": "o", "name": "Northshire CAMHS"}
PREGNANCY = {
    "resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/9990000018"},
    "code": {"coding": [{"code": "77386006"}]},
}  # fmt: skip
PSYCHIATRIST = {"resourceType": "PractitionerRole", "id": "p", "specialty": [{"coding": [{"code": "711"}]}]}
SERVICE = {"resourceType": "HealthcareService", "id": "h", "type": [{"text": "Counselling"}]}
FLOOR = {
    "resourceType": "Location",
    "id": "f",
    "name": "Floor 2",
    "managingOrganization": {"reference": "Organization/o"},
}
ROOM = {"resourceType": "Location", "id": "m", "name": "Room 3", "partOf": {"reference": "Location/f"}}
FLOOR["partOf"] = {"reference": "Location/m"}  # nothing is sought round and round
NURSE = {"resourceType": "PractitionerRole", "id": "n", "healthcareService": [{"reference": "HealthcareService/h"}]}
SLOT = {"resourceType": "Slot", "id": "s", "specialty": [{"text": "Midwifery"}]}


@pytest.mark.parametrize(
    ("elements", "sensitivity"),
    [
        ({"location": [{"location": {"reference": "Location/l"}}]}, "sexual_health"),
        ({"location": [{"location": {"reference": "Location/l", "display": "Room 3"}}]}, "sexual_health"),
        ({"serviceProvider": {"reference": "Organization/o"}}, "mental_health"),
        ({"serviceProvider": {"display": "Northshire CAMHS"}}, "mental_health"),
        ({"diagnosis": [{"condition": {"reference": "Condition/c"}}]}, "sexual_health"),
        ({"diagnosis": [{"condition": {"display": "Pregnancy"}}]}, "sexual_health"),
        ({"reasonReference": [{"reference": "Condition/c"}]}, "sexual_health"),
        ({"participant": [{"individual": {"reference": "PractitionerRole/p"}}]}, "mental_health"),
        ({"participant": [{"individual": {"reference": "PractitionerRole/n"}}]}, "mental_health"),
        ({"location": [{"location": {"reference": "Location/m"}}]}, "mental_health"),
        ({"partOf": {"display": "CAMHS admission"}}, "mental_health"),
        ({"extension": [{"extension": [{"valueCodeableConcept": {"text": "Mental Health Act"}}]}]}, "mental_health"),
        ({"appointment": [{"reference": "Slot/s"}]}, "sexual_health"),
        ({"hospitalization": {"destination": {"display": "Adolescent psychiatric unit"}}}, "mental_health"),
        ({"class": {"code": "B"}}, "sexual_health"),
        ({"class": {"code": "AMB", "display": "Gender identity clinic"}}, "gender_recognition"),
    ],
)
def test_an_encounter_is_protected_by_what_it_refers_to(elements: dict[str, Any], sensitivity: str) -> None:
    stay = {"status": "in-progress", "class": {"code": "IMP"}, "period": {"start": "2026-02-01"}}
    others = (CLINIC, TRUST, PREGNANCY, PSYCHIATRIST, SERVICE, FLOOR, ROOM, NURSE, SLOT)
    (event,) = among(resource("Encounter", **stay | elements), *others)
    assert event.header.sensitivities == (sensitivity,)


@pytest.mark.parametrize(
    ("kind", "elements", "category"),
    [
        ("Condition", {}, "assault"),
        ("Condition", {"verificationStatus": {"coding": [{"code": "refuted"}]}}, None),
        ("Procedure", {"status": "completed"}, "assault"),
        ("Procedure", {"status": "not-done"}, None),
        ("Observation", {"status": "final"}, None),
    ],
)
def test_an_encounter_is_also_about_what_says_that_it_belongs_to_it(
    kind: str, elements: dict[str, Any], category: str | None
) -> None:
    code = {"coding": [{"display": "Assault"}, {"display": "Emergency contraception"}]}
    visits = [
        resource("Encounter", id=f"e{n}", period={"start": "2026-02-01"}, **{"class": {"code": "EMER"}}) for n in "12"
    ]
    said = resource(kind, id="c", code=code, encounter={"reference": "Encounter/e1"}, **elements)
    first, second, _ = read({"resourceType": "Bundle", "entry": [{"resource": each} for each in (*visits, said)]})
    protected = ("sexual_health",) if kind != "Observation" else ()
    told = [(event.header.sensitivities, event.body.get("category")) for event in (*first.events, *second.events)]
    assert told == [(protected, category), ((), None)]


@pytest.mark.parametrize(
    ("status", "left", "protected"),
    [
        ("1066311000000101", True, ()),
        ("182992009", False, ()),
        ("1077041000000107", None, ("mental_health",)),
    ],
)
def test_how_an_attendance_ended_is_told(status: str, left: bool | None, protected: tuple[str, ...]) -> None:
    ended = {"url": "https://fhir.hl7.org.uk/.../Extension-UKCore-EmergencyCareDischargeStatus"}
    ended |= {"valueCodeableConcept": {"coding": [{"code": status}]}}
    event = only_event(
        resource("Encounter", period={"start": "2026-02-01"}, extension=[ended], **{"class": {"code": "EMER"}})
    )
    assert (event.body.get("left_before_seen"), event.header.sensitivities) == (left, protected)


def test_what_belongs_to_a_visit_is_told_in_any_order_and_as_of_now() -> None:
    def condition(own_id: str, text: str, updated: str) -> dict[str, Any]:
        said = {"id": own_id, "code": {"text": text}, "encounter": {"reference": "Encounter/r1"}}
        return resource("Condition", **said) | {"meta": {"lastUpdated": updated}}

    visit = resource("Encounter", period={"start": "2026-02-01"}, **{"class": {"code": "EMER"}})
    told = [
        visit,
        condition("c1", "Assault", "2026-02-02T10:00:00Z"),
        condition("c1", "Sprain", "2026-02-03T10:00:00Z"),
        condition("c2", "Bruise", "2026-02-02T10:00:00Z"),
    ]
    ids = set()
    for order in (told, told[::-1], told[2:] + told[:2]):
        reads = read({"resourceType": "Bundle", "entry": [{"resource": each} for each in order]})
        (event,) = (e for one in reads for e in one.events if e.header.type == "nhs.emergency_attendance")
        assert (event.body["category"], sorted(event.body["diagnosis"])) == ("injury", ["Bruise", "Sprain"])
        ids.add(event.header.event_id)
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("fault", "category"),
    [
        ({"verificationStatus": "confirmed"}, "assault"),
        ({"verificationStatus": "refuted"}, None),
        ({"verificationStatus": 7}, None),
        ({"code": "assault"}, None),
    ],
)
@pytest.mark.parametrize("refers", [True, False])
def test_a_condition_that_cannot_be_read_costs_no_visit(
    fault: dict[str, Any], category: str | None, refers: bool
) -> None:
    told = {"id": "c", "code": {"text": "Assault"}, "encounter": {"reference": "Encounter/r1"}} | fault
    visit = resource("Encounter", period={"start": "2026-02-01"}, **{"class": {"code": "EMER"}})
    if refers and isinstance(fault.get("verificationStatus"), str):
        visit |= {"diagnosis": [{"condition": {"reference": "Condition/c"}}]}
    (event,) = among(visit, resource("Condition", **told))
    assert event.body.get("category") == category


def test_the_code_of_a_procedure_is_no_diagnosis() -> None:
    done = resource("Procedure", id="c", status="completed", encounter={"reference": "Encounter/r1"})
    done |= {"code": {"coding": [{"system": "https://fhir.hl7.org.uk/Id/opcs-4", "code": "X86.1"}, {"code": "F34.1"}]}}
    visit = resource("Encounter", period={"start": "2026-02-01"}, **{"class": {"code": "EMER"}})
    (event,) = among(visit, done)
    assert (event.header.sensitivities, event.body["category"]) == ((), "other")


def test_what_was_refuted_is_no_diagnosis_of_a_visit() -> None:
    refuted = PREGNANCY | {"verificationStatus": {"coding": [{"code": "refuted"}]}}
    visit = {"period": {"start": "2026-02-01"}, "diagnosis": [{"condition": {"reference": "Condition/c"}}]}
    event, *_ = among(resource("Encounter", **visit, **{"class": {"code": "EMER"}}), refuted)
    assert (event.body["diagnosis"], event.header.sensitivities) == ([], ("sexual_health",))


def test_a_place_is_that_of_the_server_that_the_record_is_of() -> None:
    bases = ("https://a.example", "https://b.example")
    wards = [{"resourceType": "Location", "id": "l", "name": f"Ward of {base}"} for base in bases]
    stays = [resource("Encounter", status="in-progress", location=[{"location": {"reference": "Location/l"}}],
                      **{"class": {"code": "IMP"}}) for _ in bases]  # fmt: skip
    entries = [{"fullUrl": f"{base}/{sent['resourceType']}/{sent['id']}", "resource": sent}
               for base, both in zip(bases, zip(wards, stays, strict=True), strict=True) for sent in both]  # fmt: skip
    reads = read({"resourceType": "Bundle", "entry": entries})
    assert [event.body["location"] for one in reads for event in one.events] == [f"Ward of {base}" for base in bases]


def actor(reference: str) -> list[dict[str, Any]]:
    return [{"actor": {"reference": "Patient/9990000018"}}, {"actor": {"reference": reference}}]


@pytest.mark.parametrize(
    ("elements", "sensitivity"),
    [
        ({"serviceCategory": [{"text": "Mental health"}]}, "mental_health"),
        ({"appointmentType": {"text": "Antenatal check"}}, "sexual_health"),
        ({"description": "CAMHS follow-up"}, "mental_health"),
        ({"reasonReference": [{"reference": "Condition/c"}]}, "sexual_health"),
        ({"participant": actor("PractitionerRole/p")}, "mental_health"),
        ({"participant": actor("HealthcareService/h")}, "mental_health"),
        ({"participant": actor("PractitionerRole/n")}, "mental_health"),
        ({"slot": [{"reference": "Slot/s"}]}, "sexual_health"),
    ],
)
def test_a_missed_appointment_is_protected_by_what_it_was_for(elements: dict[str, Any], sensitivity: str) -> None:
    sent = {"resourceType": "Appointment", "id": "a", "status": "noshow", "start": "2026-03-02T10:00:00Z"}
    others = (PREGNANCY, PSYCHIATRIST, SERVICE, NURSE, SLOT)
    (event,) = among(sent | {"participant": actor("Slot/x")[:1]} | elements, *others)
    assert (event.header.type, event.header.sensitivities) == ("nhs.was_not_brought", (sensitivity,))


def test_the_category_of_a_condition_and_the_condition_that_is_a_reason_are_heard() -> None:
    for text in ("Mental health", "F32.1"):
        event = only_event(resource("Condition", code={"text": "Referral"}, category=[{"text": text}]))
        assert event.header.sensitivities == ("mental_health",)
    hurt = {"resourceType": "Condition", "id": "i", "code": {"coding": [{"code": "X99"}], "text": "Stabbed"}}
    sent = resource("Encounter", status="finished", reasonReference=[{"reference": "Condition/i"}],
                    **{"class": {"code": "EMER"}})  # fmt: skip
    (event,) = among(sent, hurt)
    assert (event.body["category"], event.body["diagnosis"]) == ("assault", ["Stabbed"])


@pytest.mark.parametrize(
    "system",
    [
        "https://fhir.nhs.uk/Id/nhs-number",
        "http://fhir.nhs.uk/Id/nhs-number",
        "https://fhir.nhs.uk/id/nhs-number/",
        "https://fhir.hl7.org.uk/Id/nhs-number",
    ],
)
def test_an_nhs_number_is_one_however_its_system_is_written(system: str) -> None:
    event = only_event(patient(identifier=[{"value": "M1"}, {"system": system, "value": "999 000 0018"}]))
    assert event.person is not None
    assert (event.header.subject, event.person.identifiers[1].system) == ("9990000018", "nhs-number")


@pytest.mark.parametrize(
    ("start", "end", "marked"),
    [
        ("2026-02-03", "2026-02-01", True),
        ("2026-02-03T10:00:00Z", "2026-02-03T09:00:00Z", True),
        ("2026-02-03T10:00:00Z", "2026-02-03", False),
        ("2026-02-03", "2026-02", False),
        ("2026-02-03", "2026-02-03", False),
        ("2026-02-03T10:00:30Z", "2026-02-03T10:00Z", False),
    ],
)
def test_an_end_before_its_beginning_is_marked(start: str, end: str, marked: bool) -> None:
    period = {"start": start, "end": end}
    seen = only_event(resource("Encounter", status="finished", period=period, **{"class": {"code": "EMER"}}))
    assert ("date_order:departed" in seen.header.marks) is marked
    (stay,) = read(resource("Encounter", status="finished", period=period, **{"class": {"code": "IMP"}}))
    assert ("date_order:admitted" in stay.events[1].header.marks) is marked
    flag = only_event(resource("Flag", status="inactive", period=period, code={"coding": [{"code": "CPP"}]}))
    assert ("date_order:ended" in flag.header.marks) is marked


@pytest.mark.parametrize("code", ["EMER", "AMB"])
def test_a_visit_of_which_only_the_end_is_known_was_then(code: str) -> None:
    event = only_event(
        resource("Encounter", status="finished", period={"end": "2026-03-01"}, **{"class": {"code": code}})
    )
    assert event.header.occurred == Moment(value="2026-03-01", precision=Precision.DAY)
    assert event.header.marks == ("assumed:occurred",)


def test_a_patient_of_whom_only_the_birth_is_dated_is_of_that_day() -> None:
    event = only_event(patient(birthDate="2011-04-11T23:00:00Z", meta={}))
    assert event.header.occurred == Moment(value="2011-04-12", precision=Precision.DAY)


def test_whoever_has_an_nhs_number_in_an_appointment_is_its_patient() -> None:
    numbered = {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}}
    doctor = {"identifier": {"system": "https://fhir.hl7.org.uk/Id/gmc-number", "value": "1234567"}}
    participants = [{"actor": actor} for actor in (doctor, numbered)]
    event = only_event(resource("Appointment", status="noshow", start="2026-03-01", participant=participants))
    assert (event.header.type, event.header.subject) == ("nhs.was_not_brought", "9990000018")
