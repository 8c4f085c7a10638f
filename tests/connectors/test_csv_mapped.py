import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Context, Read, Source
from connectors.csv_mapped import CsvMapped, left_out, mapping_of
from connectors.mapping import load_mapping, parse, shipped
from schemas.codec import decode, encode_event
from schemas.events import Event, Grading, Identifier, Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Precision

SAMPLES = Path(__file__).parent / "samples" / "csv"
TEMPLATES = Path(__file__).parents[2] / "connectors" / "templates"
CONTEXT = Context(
    key=DeploymentKey(bytes(range(32))),
    agency=Agency.POLICE,
    feed="police.csv",
    received_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
)
MINUTE = Precision.MINUTE


def reads_of(data: bytes, context: Context = CONTEXT) -> list[Read]:
    return list(CsvMapped().read([Source(name="file.csv", data=data)], context))


def sample(name: str) -> list[Read]:
    return reads_of((SAMPLES / name).read_bytes())


def only(reads: list[Read]) -> Event:
    (event,) = [event for read in reads for event in read.events]
    return event


def refusals(reads: list[Read]) -> list[tuple[int, str, str | None]]:
    return [(r.position, r.rejection.code, r.rejection.field) for r in reads if r.rejection is not None]


def one(mapping: str, context: Context = CONTEXT, **values: str) -> Event:
    data = ",".join(values) + "\n" + ",".join(values.values()) + "\n"
    return only(reads_of(data.encode(), replace(context, mapping=load_mapping(mapping))))


EPISODE = {"report_ref": "M1", "person_ref": "P1", "reported_at": "2026-03-01 22:15"}
STOP = {"search_ref": "S1", "person_ref": "P1", "searched_at": "2026-02-14 18:20"}
ARREST = {"custody_ref": "C1", "person_ref": "P1", "arrested_at": "2026-04-10 19:05"}
REPORT = {
    "report_urn": "I1", "person_ref": "P1", "information_date": "2026-02-20",
    "source_evaluation": "2", "intelligence_assessment": "b", "handling_code": "P",
}  # fmt: skip
MARK = {"school_urn": "S1", "upn": "K999000125001", "date": "2026-03-02", "session": "AM", "code": "L"}
REFERRAL = {"referral_ref": "R1", "child_id": "SYN1", "referral_date": "2026-03-04", "referral_source": "6"}
SOCIAL_CARE = replace(CONTEXT, agency=Agency.SOCIAL_CARE)
SCHOOL = replace(CONTEXT, agency=Agency.SCHOOL)


def test_a_missing_episode_becomes_what_was_reported_and_where_it_ended() -> None:
    reported, located = sample("missing_episodes.csv")[0].events
    robin = Person(
        given_name="Robin",
        family_name="Example",
        birth_date="2011-03-04",
        birth_date_accuracy="AAA",
        identifiers=(Identifier(system="nhs-number", value="999 000 0018", valid=True),),
    )
    assert (reported.header.type, reported.header.subject, reported.header.role) == (
        "police.missing_reported",
        "P1",
        "missing_person",
    )
    assert reported.person == located.person == robin
    assert reported.header.occurred == Moment(value="2026-03-01T22:15:00Z", precision=MINUTE)
    assert reported.header.recorded_at == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert reported.body == {"reference": "M1", "risk_level": "medium", "notes": "Came back,\ntired"}
    assert located.header.type == "police.missing_located"
    assert located.header.occurred == Moment(value="2026-03-02T06:40:00Z", precision=MINUTE)
    assert located.body == {
        "reference": "M1",
        "missing_since": Moment(value="2026-03-01T22:15:00Z", precision=MINUTE),
        "duration_hours": 8.4,
        "notes": "Came back,\ntired",
    }


@pytest.mark.parametrize(
    ("since", "until", "stated", "hours", "marks"),
    [
        ("2026-11-10T21:40", "2026-11-12T04:40", "", 31.0, ()),
        ("2026-11-10T21:40", "2026-11-12T04:40", "30", 30.0, ()),
        ("2026-11-10T21:40", "2026-11-12T04:40", "0", 0.0, ()),
        ("2026-11-10 21:40", "2026-11-11 21:39", "", 23.9, ()),
        ("2026-03-28 22:00", "2026-03-29 22:00", "", 23.0, ()),
        ("2026-11-10", "2026-11-12 04:40", "", None, ()),
        ("2026-11-10 21:40", "2026-11-12", "", None, ()),
        ("2026-11-10T21:40", "2026-11-12T04:40", "NULL", 31.0, ()),
        ("2026-11-12 04:40", "2026-11-10 21:40", "", None, ("date_order:occurred",)),
        ("2026-11-12 04:40", "2026-11-10 21:40", "31", 31.0, ("date_order:occurred",)),
        ("2026-11-12", "2026-11-10", "", None, ("date_order:occurred",)),
    ],
    ids=[
        *(
            "31 hours",
            "as stated",
            "stated as none",
            "a minute short",
            "summer time",
            "day",
            "to a day",
            "a database's none",
        ),
        *("turned round", "turned round, though hours are stated", "days turned round"),
    ],
)
def test_hours_missing_are_those_stated_else_those_between_two_times(
    since: str, until: str, stated: str, hours: float | None, marks: tuple[str, ...]
) -> None:
    episode = {"report_ref": "M1", "person_ref": "P1", "reported_at": since, "located_at": until}
    data = ",".join([*episode, "duration_hours"]) + "\n" + ",".join([*episode.values(), stated]) + "\n"
    _, located = reads_of(data.encode())[0].events
    assert (located.body.get("duration_hours"), located.header.marks) == (hours, marks)


def test_an_unknown_code_and_a_dummy_number_are_kept_and_marked() -> None:
    event = only(sample("missing_episodes.csv")[1:])
    assert event.body["risk_level"] == "Purple"
    assert event.person is not None
    assert event.person.identifiers == (Identifier(system="nhs-number", value="9999999999", valid=False),)
    assert event.header.marks == ("check_failed:nhs_number", "unknown_code:risk_level")


def test_a_sentence_in_a_coded_column_goes_where_free_text_goes() -> None:
    sentence = "Robin was seen with an older man near the station at night"
    event = one("police-arrests", **ARREST, offence_group=sentence, notes="Calm")
    assert event.body == {"reference": "C1", "notes": f"Calm\n{sentence}"}
    assert event.header.marks == ("unknown_code:offence_group",)


def test_words_that_no_code_list_knows_are_nobodys_code() -> None:
    found = {"located_at": "2026-03-02 10:00", "located_by": "Uncle Rob Sample", "out_of_area": "in Leeds"}
    data = ",".join([*EPISODE, "missing_from", *found]) + "\n"
    data += ",".join([*EPISODE.values(), "12 Example Street ZZ1 1AB", *found.values()]) + "\n"
    reported, located = reads_of(data.encode())[0].events
    assert reported.body == {"reference": "M1", "notes": "12 Example Street ZZ1 1AB"}
    assert reported.header.marks == ("unknown_code:missing_from",)
    assert located.body["notes"] == "Uncle Rob Sample\nin Leeds"
    assert located.header.marks == ("unknown_code:located_by", "unknown_code:out_of_area")
    assert "located_by" not in located.body


@pytest.mark.parametrize(
    "written", ["CSE, CCE", "CSE/CCE", "cse & criminal exploitation", "CSE;CCE", "CSE\nCCE", "CSE cce"]
)
def test_codes_are_told_apart_whatever_stands_between_them(written: str) -> None:
    event = one("police-missing-episodes", **EPISODE, exploitation_flags=f'"{written}"')
    assert (event.body["exploitation_flags"], event.header.marks) == (["CSE", "CCE"], ())


@pytest.mark.parametrize(
    ("written", "flags", "notes"),
    [
        ("CSE,ZZ", ["CSE", "ZZ"], None),
        ("CSE; county lines/ZZ", ["CSE", "county_lines"], "county lines/ZZ"),
        ("Specimen, CSE", ["CSE"], "Specimen, CSE"),
        ("with R/S, X", [], "with R/S, X"),
    ],
)
def test_a_code_among_others_is_found_beside_what_is_none(written: str, flags: list[str], notes: str | None) -> None:
    event = one("police-missing-episodes", **EPISODE, exploitation_flags=f'"{written}"')
    assert (event.body.get("exploitation_flags", []), event.body.get("notes")) == (flags, notes)
    assert event.header.marks == ("unknown_code:exploitation_flags",)


def test_two_words_of_one_code_are_said_once() -> None:
    report = one("police-intelligence", **REPORT | {"themes": "CSE; drugs; CCE"})
    assert report.body["themes"] == ["exploitation", "drugs"]


def test_a_sentence_in_a_column_without_a_code_list_is_free_text_as_well() -> None:
    sentence = "Robin was seen with an older man near the station at night"
    event = one("police-arrests", **ARREST, offence_code=sentence)
    assert event.body == {"reference": "C1", "notes": sentence}
    assert event.header.marks == ("unknown_code:offence_code",)


def test_columns_that_no_mapping_reads_are_left_out_and_named() -> None:
    source = Source(name="file.csv", data=(SAMPLES / "missing_episodes.csv").read_bytes())
    mapping = mapping_of(source)
    assert mapping is not None
    assert (mapping["name"], left_out(source, mapping)) == ("police-missing-episodes", ("shoe_size",))


def test_a_file_without_a_header_has_no_columns_to_leave_out() -> None:
    assert left_out(Source(name="file.csv", data=b""), shipped()["police-arrests"]) == ()


def test_a_first_row_that_may_be_a_record_is_not_repeated() -> None:
    """A mapping may demand no column, so that no column is missed."""
    mapping = {**shipped()["police-arrests"], "required": []}
    assert left_out(Source(name="file.csv", data=b"A-1,Robin,Specimen,2011-03-27\n"), mapping) == ()


def test_semicolons_and_crlf_are_read_as_well() -> None:
    assert only(sample("semicolons_and_crlf.csv")).body == {"reference": "M1"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("empty.csv", [(0, "empty_file", None)]),
        ("workbook.csv", [(0, "not_csv", None)]),
        ("unknown_columns.csv", [(0, "mapping_missing", None)]),
        ("unclosed_quote.csv", [(3, "quote_unclosed", None)]),
        ("ragged_rows.csv", [(3, "ragged_row", None), (4, "ragged_row", None)]),
    ],
)
def test_a_broken_file_costs_no_more_than_what_is_broken(
    name: str, expected: list[tuple[int, str, str | None]]
) -> None:
    assert refusals(sample(name)) == expected


def test_a_file_that_no_mapping_fits_is_told_the_shipped_ones() -> None:
    rejection = sample("unknown_columns.csv")[0].rejection
    assert rejection is not None
    assert all(name in rejection.message for name in shipped())


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"person_ref": ""}, "subject_missing", "person_ref"),
        ({"custody_ref": ""}, "record_key_missing", "custody_ref"),
        ({"person_ref": "Unknown"}, "subject_missing", "person_ref"),
        ({"person_ref": "#########"}, "subject_missing", "person_ref"),
        ({"person_ref": "1.23E+09"}, "subject_missing", "person_ref"),
        ({"person_ref": "#N/A"}, "subject_missing", "person_ref"),
        ({"person_ref": "0"}, "subject_missing", "person_ref"),
        ({"person_ref": "Not on system"}, "subject_missing", "person_ref"),
        ({"person_ref": "SYN-N-1; SYN-N-2"}, "subject_missing", "person_ref"),
        ({"custody_ref": "1.23E+09"}, "record_key_missing", "custody_ref"),
        ({"custody_ref": "TBC"}, "record_key_missing", "custody_ref"),
        ({"custody_ref": "not yet allocated"}, "record_key_missing", "custody_ref"),
        ({"action": "cancelled"}, "action_unknown", "action"),
        ({"arrested_at": ""}, "date_missing", "arrested_at"),
        ({"arrested_at": "31/02/2026"}, "invalid_date", "arrested_at"),
        ({"date_of_birth": "Robin"}, "invalid_date", "date_of_birth"),
        ({"spent_on": "Robin"}, "invalid_date", "spent_on"),
        ({"updated_at": "Robin"}, "invalid_date", "updated_at"),
    ],
)
def test_a_row_that_cannot_be_an_event_says_which_field_and_never_its_value(
    values: dict[str, str], code: str, field: str
) -> None:
    cells = ARREST | {"date_of_birth": "", "spent_on": "", "updated_at": ""} | values
    data = (",".join(cells) + "\n" + ",".join(cells.values()) + "\n").encode()
    (read,) = reads_of(data, replace(CONTEXT, mapping=load_mapping("police-arrests")))
    assert read.rejection is not None
    assert (read.position, read.rejection.code, read.rejection.field, read.rejection.raw) == (2, code, field, data)
    assert "Robin" not in read.rejection.message


@pytest.mark.parametrize(
    ("mapping", "row"),
    [
        ("police-missing-episodes", EPISODE | {"previous_episodes": "-1"}),
        ("police-missing-episodes", EPISODE | {"located_at": "2026-03-02 01:15", "duration_hours": "-3"}),
        ("school-register-marks", MARK | {"minutes_late": "-5"}),
    ],
)
def test_less_than_nothing_is_no_number_of_anything(mapping: str, row: dict[str, str]) -> None:
    context = replace(CONTEXT, agency=load_mapping(mapping)["agency"], mapping=load_mapping(mapping))
    (read,) = reads_of((",".join(row) + "\n" + ",".join(row.values()) + "\n").encode(), context)
    assert read.rejection is not None
    assert (read.rejection.code, read.rejection.field) == ("invalid_number", list(row)[-1])
    assert read.rejection.message == f"{list(row)[-1]} is off its scale; write a number from 0 on"


def test_a_number_that_is_none_is_refused() -> None:
    for value in ("inf", "1e5", "ten", "1.5", "9" * 30):
        data = f"report_ref,person_ref,reported_at,previous_episodes\nM1,P1,2026-03-01,{value}\n"
        assert refusals(reads_of(data.encode())) == [(2, "invalid_number", "previous_episodes")]


def test_a_mapping_of_another_agency_is_refused_for_the_file() -> None:
    context = replace(CONTEXT, mapping=load_mapping("school-concerns"))
    data = b"concern_ref,upn,recorded_on,category\nC1,K999000125001,2026-03-03,Neglect\n"
    assert refusals(reads_of(data, context)) == [(0, "wrong_agency", None)]


def test_a_column_the_mapping_needs_is_named() -> None:
    context = replace(CONTEXT, mapping=load_mapping("police-arrests"))
    assert refusals(reads_of(b"custody_ref,person_ref\nC1,P1\n", context)) == [(0, "column_missing", "arrested_at")]


def test_a_mapping_that_misspells_its_subject_is_told_so_once() -> None:
    text = "{name: s, title: s, agency: police, required: [at], subject: hwo, events: [%s]}"
    mapping = parse(text % "{type: police.stop_search, occurred: at}", "s.yaml")
    reads = reads_of(b"who,at\nP1,2026-03-01\nP2,2026-03-01\n", replace(CONTEXT, mapping=mapping))
    assert refusals(reads) == [(0, "column_missing", "hwo")]


@pytest.mark.parametrize(
    ("born", "role"),
    [
        ("2016-04-10", "suspect"),
        ("2016-04-11", "child_under_10"),
        ("2015", "suspect"),
        ("2016", "child_under_10"),
        ("", "suspect"),
    ],
)
def test_a_suspect_under_ten_is_a_child_under_ten(born: str, role: str) -> None:
    assert one("police-arrests", **ARREST, date_of_birth=born, sex="M").header.role == role


def test_none_grades_no_risk_and_refuses_no_interview() -> None:
    header = "report_ref,person_ref,reported_at,risk_level,located_at,return_interview"
    reported, located = reads_of(f"{header}\nM1,P1,2026-03-01,None,2026-03-02,None\n".encode())[0].events
    assert "risk_level" not in reported.body
    assert "return_interview" not in located.body


@pytest.mark.parametrize("word", ["Aggrieved", "IP", "Injured Party", "victim"])
def test_a_child_who_was_harmed_at_home_is_a_victim_in_the_words_of_any_force(word: str) -> None:
    notified = {"incident_ref": "D1", "person_ref": "P1", "incident_at": "2026-01-18", "child_present": "yes"}
    event = one("police-encompass", **notified, role=word)
    assert (event.header.role, event.header.marks) == ("victim", ())


def test_law_enforcement_records_say_so() -> None:
    assert one("police-arrests", **ARREST).header.regime == "DPA_PT3"
    assert one("police-stop-search", **STOP).header.regime == "DPA_PT3"
    assert one("social-care-referrals", SOCIAL_CARE, **REFERRAL).header.regime == "UKGDPR"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"disposal": "Youth caution", "spent_on": ""}, ("spent",)),
        ({"disposal": "Given a youth caution on 3 March", "spent_on": ""}, ("spent",)),
        ({"disposal": "charged", "spent_on": "2026-11-22"}, ("spent",)),
        ({"disposal": "charged", "spent_on": "2026-11-23"}, ()),
    ],
)
def test_a_spent_disposal_is_sensitive(values: dict[str, str], expected: tuple[str, ...]) -> None:
    assert one("police-arrests", **ARREST, **values).header.sensitivities == expected


def test_a_day_has_passed_when_it_has_in_england() -> None:
    half_past_midnight = replace(CONTEXT, received_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    event = one("police-arrests", half_past_midnight, **ARREST, disposal="charged", spent_on="2026-07-01")
    assert event.header.sensitivities == ("spent",)


def test_the_grading_of_intelligence_is_in_the_header() -> None:
    event = one("police-intelligence", **REPORT, conditions="", themes="County lines; drugs", covert_source="yes")
    assert event.header.grading == Grading(source_evaluation="2", intelligence_assessment="B", handling_code="P")
    assert (event.header.handling, event.header.sensitivities) == ((), ("covert_source",))
    assert event.body == {"reference": "I1", "themes": ["county_lines", "drugs"]}


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("yes", True),
        ("CHIS 42", True),
        ("not for release", True),
        ("?", True),
        ("", False),
        ("no", False),
        ("N", False),
    ],
)
def test_whatever_is_said_of_a_covert_source_but_no_withholds(said: str, marked: bool) -> None:
    event = one("police-intelligence", **REPORT | {"covert_source": said})
    assert ("covert_source" in event.header.sensitivities) is marked


@pytest.mark.parametrize(
    ("code", "conditions", "handling"),
    [
        ("C", "A2; S2", ("A2", "S2")),
        ("C", "", ("C",)),
        ("P", "A2; S2", ("A2", "S2")),
        ("P", "a3", ("A3",)),
        ("P", "A9", ("A9",)),
        ("P", "A2;A9", ("A2", "A9")),
        ("P", "A2; ask us", ("A2", "unknown")),
        ("P", "", ()),
    ],
)
def test_conditions_are_in_force_whatever_the_handling_code(
    code: str, conditions: str, handling: tuple[str, ...]
) -> None:
    report = REPORT | {"handling_code": code, "conditions": conditions}
    assert one("police-intelligence", **report).header.handling == handling


@pytest.mark.parametrize("column", ["source_evaluation", "intelligence_assessment", "handling_code", "conditions"])
def test_a_sentence_in_the_place_of_a_grading_is_free_text_and_leaves_a_code_that_nobody_knows(column: str) -> None:
    event = one("police-intelligence", **REPORT | {"conditions": "A2", column: "Jo Sample told us"})
    assert event.header.grading is not None
    said = {name: getattr(event.header.grading, name) for name in REPORT if hasattr(event.header.grading, name)}
    assert (said | {"conditions": event.header.handling[-1]})[column] == "unknown"
    assert event.body["raw_text"] == "Jo Sample told us"
    assert event.header.marks == (f"unknown_code:{column}",)


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("Injured Party", "victim"),
        ("offender", "suspect"),
        ("WITNESS", "witness"),
        ("", "subject"),
        ("NULL", "subject"),
    ],
)
def test_the_part_that_a_young_person_had_is_kept_in_the_words_of_the_police(word: str, role: str) -> None:
    header = one("police-intelligence", **REPORT, role=word).header
    assert (header.role, header.marks) == (role, ())


@pytest.mark.parametrize("nothing", ["", "NULL", "n/a"])
def test_intelligence_without_its_grading_is_refused(nothing: str) -> None:
    report = REPORT | {"intelligence_assessment": nothing}
    data = ",".join(report) + "\n" + ",".join(report.values()) + "\n"
    assert refusals(reads_of(data.encode())) == [(2, "grading_missing", "intelligence_assessment")]


@pytest.mark.parametrize(
    ("source", "expected"), [("9", ("anonymous_referrer",)), ("1b", ("anonymous_referrer",)), ("6", ())]
)
def test_a_private_referrer_is_sensitive(source: str, expected: tuple[str, ...]) -> None:
    referral = REFERRAL | {"referral_source": source}
    assert one("social-care-referrals", SOCIAL_CARE, **referral).header.sensitivities == expected


@pytest.mark.parametrize("nothing", ["NULL", r"\N", "n/a", "None", "-", "nan", "<NA>"])
def test_what_a_database_writes_for_an_empty_cell_is_neither_a_code_nor_a_condition_nor_an_action(nothing: str) -> None:
    coded = {"exploitation_flags": nothing, "out_of_area": nothing, "address_protected": nothing, "action": nothing}
    event = one("police-missing-episodes", **EPISODE | coded)
    assert (event.header.marks, event.header.sensitivities) == ((), ())
    assert event == one("police-missing-episodes", **EPISODE | dict.fromkeys(coded, ""))
    report = one("police-intelligence", **REPORT | {"conditions": nothing, "covert_source": nothing})
    assert (report.header.handling, report.header.sensitivities, report.header.marks) == ((), (), ())


#: What systems make of an empty date on its way through a number or a text.
NO_DAYS = [
    "1900-01-01 00:00:00.000", "01/01/1900", "01-JAN-1900", "00/01/1900 00:00", "19000101", "30/12/1899", "0000-00-00",
]  # fmt: skip


@pytest.mark.parametrize("nothing", ["NULL", r"\N", "n/a", "NaT", "-", "nan", "(null)", *NO_DAYS])
def test_where_a_database_says_that_there_is_none_there_is_none(nothing: str) -> None:
    dated = ("located_at", "last_seen_at", "date_of_birth", "previous_episodes", "updated_at")
    empty = dict.fromkeys((*dated, "sex", "ethnicity", "postcode", "nhs_number", "notes"), nothing)
    event = one("police-missing-episodes", **EPISODE, **empty)
    assert (event.person, event.body, event.header.marks) == (None, {"reference": "M1"}, ())
    assert event.header.recorded_at is None


def test_whoever_is_called_as_a_database_calls_nothing_keeps_the_name() -> None:
    person = one("police-missing-episodes", **EPISODE, forename="Na", surname="Null").person
    assert person is not None
    assert (person.given_name, person.family_name) == ("Na", "Null")


def test_who_is_called_as_a_data_frame_calls_nothing_is_somebody() -> None:
    body = one("police-missing-episodes", **EPISODE, reported_by="Nan", associates="NULL").body
    assert body == {"reference": "M1", "reported_by": "Nan"}


@pytest.mark.parametrize("word", ["unknown", "still missing", "########"])
def test_a_return_at_a_time_that_nobody_knows_is_asked_back(word: str) -> None:
    data = ",".join([*EPISODE, "located_at"]) + "\n" + ",".join([*EPISODE.values(), word]) + "\n"
    assert refusals(reads_of(data.encode())) == [(2, "invalid_date", "located_at")]


@pytest.mark.parametrize(
    ("written", "born", "accuracy", "marks"),
    [
        ("05/07/2011", "2011-07-05", "AAA", ()),
        ("2011-07", "2011-07", "UAA", ()),
        ("2011", "2011", "UUA", ()),
        ("2027", "2027", "UUA", ("date_order:date_of_birth",)),
        ("2026-03-02", "2026-03-02", "AAA", ("date_order:date_of_birth",)),
    ],
)
def test_a_birth_date_is_as_exact_as_it_is_known(
    written: str, born: str, accuracy: str, marks: tuple[str, ...]
) -> None:
    event = one("police-missing-episodes", **EPISODE, date_of_birth=written)
    assert event.person is not None
    assert (event.person.birth_date, event.person.birth_date_accuracy) == (born, accuracy)
    assert event.header.marks == marks


@pytest.mark.parametrize(
    ("place", "protected"), [("Refuge", True), ("a women's refuge in Kent", True), ("home", False)]
)
def test_who_went_missing_from_a_refuge_lives_where_nobody_may_find_them(place: str, protected: bool) -> None:
    header = "report_ref,person_ref,reported_at,located_at,missing_from"
    (read,) = reads_of(f"{header}\nMP-1,P1,2026-03-01T22:15,2026-03-02T06:40,{place}\n".encode())
    assert ["protected_address" in event.header.sensitivities for event in read.events] == [protected] * 2


def test_any_word_but_no_protects_an_address() -> None:
    for word, protected in (("yes", True), ("refuge", True), ("no", False), ("", False)):
        event = one(
            "social-care-referrals", SOCIAL_CARE, **REFERRAL, address_protected=word, address="1 Example Street"
        )
        assert event.person is not None
        assert event.person.address_withheld is protected
        assert ("protected_address" in event.header.sensitivities) is protected


def test_a_case_closed_by_adoption_is_sensitive() -> None:
    closure = {"case_ref": "K1", "child_id": "SYN1", "closed_on": "2026-06-30", "reason": "RC1"}
    assert one("social-care-closures", SOCIAL_CARE, **closure).header.sensitivities == ("adoption",)


def test_a_register_mark_is_of_a_session_and_says_what_it_counts_as() -> None:
    mark = {"upn": "K999000125001", "date": "02/03/2026", "session": "morning", "code": "n"}
    event = one("school-register-marks", SCHOOL, school_urn="999001", **mark)
    assert event.header.occurred == Moment(value="2026-03-02", precision=Precision.SESSION)
    assert event.body == {"school": "999001", "session": "AM", "code": "N", "meaning": "unauthorised"}


def test_a_deleted_record_takes_back_every_event_it_made() -> None:
    header = "report_ref,person_ref,reported_at,located_at,action,delete_reason"
    data = f"{header}\nM1,P1,2026-03-01 22:15,2026-03-02 06:40,,\nM1,P1,,,Delete,NULL\n"
    made, taken_back = reads_of(data.encode())
    assert [event.header.type for event in taken_back.events] == ["police.retraction"] * 2
    assert [event.header.retracts for event in taken_back.events] == [event.header.record_key for event in made.events]
    assert taken_back.events[0].body == {"reason_code": "entered_in_error"}
    assert taken_back.events[0].header.marks == ("assumed:occurred",)


@pytest.mark.parametrize(("word", "known"), [("Unknown", False), ("not known", False), ("N", False), ("Known", True)])
def test_that_a_destination_is_unknown_says_that_nobody_knows_it(word: str, known: bool) -> None:
    removal = {"school_urn": "S1", "upn": "K999000125001", "removed_on": "2026-02-13", "destination_known": word}
    event = one("school-off-roll", SCHOOL, **removal)
    assert (event.body["destination_known"], event.header.marks) == (known, ())


@pytest.mark.parametrize("updated_at", ["2026-06-02", "02/06/2026 00:30"])
def test_a_record_was_taken_back_on_the_day_that_it_was_in_england(updated_at: str) -> None:
    data = f"report_ref,person_ref,reported_at,updated_at,action\nM1,P1,,{updated_at},delete\n"
    (read,) = reads_of(data.encode())
    assert {event.header.occurred.value for event in read.events} == {"2026-06-02"}


@pytest.mark.parametrize(("word", "event_type"), [("Withdraw", "retraction"), ("UPDATE", "arrest"), ("", "arrest")])
def test_an_action_takes_back_or_lets_stand(word: str, event_type: str) -> None:
    assert one("police-arrests", **ARREST, action=word).header.type == f"police.{event_type}"


@pytest.mark.parametrize(
    ("word", "expected"), [("Y - CHIS", ("covert_source",)), ("x", ("covert_source",)), ("No", ()), ("", ())]
)
def test_any_word_but_no_protects_a_source(word: str, expected: tuple[str, ...]) -> None:
    assert one("police-intelligence", **REPORT, covert_source=word).header.sensitivities == expected


@pytest.mark.parametrize("day", ["02/03/2026", "2-Mar-2026", "2026-03-02 00:00:00"])
def test_a_day_in_a_record_key_is_the_same_however_a_spreadsheet_writes_it(day: str) -> None:
    mark = {"school_urn": "999001", "upn": "K999000125001", "session": "AM", "code": "N"}
    days = ("2026-03-02", day)
    assert len({one("school-register-marks", SCHOOL, **mark, date=d).header.record_key for d in days}) == 1


@pytest.mark.parametrize(
    ("written", "sex"), [("F", "F"), ("Not known", "Not known"), ("Z", "Z"), ("Female (was male)", None)]
)
def test_what_is_more_than_a_code_of_sex_is_left_out(written: str, sex: str | None) -> None:
    event = one("police-arrests", **ARREST, sex=written)
    assert event.person is None or event.person.sex == sex
    assert ("unknown_code:sex" in event.header.marks) is (sex is None)


def test_a_record_published_again_with_other_content_is_a_version_of_itself() -> None:
    first, second = one("police-arrests", **ARREST), one("police-arrests", **ARREST, disposal="NFA")
    assert first.header.record_key == second.header.record_key
    assert first.header.event_id != second.header.event_id


def test_rows_without_a_key_of_their_own_are_separate_facts() -> None:
    text = "{name: s, title: s, agency: police, required: [who, at], subject: who, events: [%s]}"
    event = "{type: police.stop_search, occurred: at}"
    context = replace(CONTEXT, mapping=parse(text % event, "s.yaml"))
    once = [read.events[0].header.event_id for read in reads_of(b"who,at\nP1,2026-03-01\nP1,2026-03-01\n", context)]
    again = [read.events[0].header.event_id for read in reads_of(b"who,at\nP1,2026-03-01\nP1,2026-03-01\n", context)]
    assert len(set(once)) == 2
    assert once == again


def test_open_data_that_names_no_person_is_refused_row_by_row() -> None:
    header = "Type,Date,Part of a policing operation,Legislation,Object of search,Outcome,Age range"
    data = header + "\n" + "Person search,2026-03-01T10:00:00+00:00,False,,,,10-17\n" * 2
    assert refusals(reads_of(data.encode())) == [(2, "subject_missing", None), (3, "subject_missing", None)]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.csv")), ids=lambda path: path.stem)
def test_whatever_stands_in_a_column_it_is_in_no_refusal(path: Path) -> None:
    context = replace(CONTEXT, agency=Agency(shipped()[path.stem]["agency"]))
    header, first, *_ = csv.reader(path.read_text(encoding="utf-8").splitlines())
    for column in range(len(header)):
        out = io.StringIO()
        csv.writer(out).writerows([header, [*first[:column], "PLANTED " * 9, *first[column + 1 :]]])
        (read,) = reads_of(out.getvalue().encode(), context)
        assert read.rejection is None or "PLANTED" not in f"{read.rejection.message}{read.rejection.field}"
        assert read.rejection is not None or [encode_event(event) for event in read.events]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.csv")), ids=lambda path: path.stem)
def test_every_template_is_accepted_whole_and_fits_its_records(path: Path) -> None:
    agency = Agency(shipped()[path.stem]["agency"])
    reads = reads_of(path.read_bytes(), replace(CONTEXT, agency=agency))
    decoded: list[dict[str, Any]] = [decode(encode_event(event)) for read in reads for event in read.events]
    assert refusals(reads) == []
    assert decoded
    assert all(record["header"]["marks"] == [] for record in decoded)


def test_words_that_yaml_takes_for_truth_or_numbers_are_the_words_that_partners_write() -> None:
    mapping = parse(
        "{name: ours, title: Ours, agency: police, required: [ref], record: [ref], subject: who, events: [{type:"
        " police.missing_reported, occurred: at, body: {risk_level: {column: risk, list: missing_risk, values:"
        " {No: low, 01: medium, 2026-02-30: high}}}}]}",
        "ours.yaml",
    )
    data = b"ref,who,at,risk\n1,A,2026-03-01,no\n2,B,2026-03-01,01\n3,C,2026-03-01,2026-02-30\n"
    reads = reads_of(data, replace(CONTEXT, mapping=mapping))
    assert refusals(reads) == []
    assert [read.events[0].body["risk_level"] for read in reads] == ["low", "medium", "high"]


@pytest.mark.parametrize(
    ("written", "code", "notes"),
    [
        ("Early Help", "early_help", None),
        ("early help team", "early_help", None),
        ("No", "none", None),
        ("MASH", "MASH", None),
        ("Gran has them, ring Jane", None, "Gran has them, ring Jane"),
    ],
)
def test_who_a_closed_case_is_handed_to_is_a_code_and_never_a_sentence(
    written: str, code: str | None, notes: str | None
) -> None:
    closure = {"case_ref": "C1", "child_id": "SYN1", "closed_on": "2026-06-30", "reason": "RC7"}
    event = one("social-care-closures", SOCIAL_CARE, **closure, step_down=f'"{written}"')
    assert (event.body.get("step_down"), event.body.get("notes")) == (code, notes)


@pytest.mark.parametrize(
    "name", [name for name, mapping in shipped().items() if "postcode" in mapping.get("person", {})]
)
def test_every_shipped_mapping_that_reads_where_a_child_lives_reads_that_it_must_not_be_told(name: str) -> None:
    mapping = load_mapping(name)
    rows = list(csv.DictReader((TEMPLATES / f"{name}.csv").read_text().splitlines()))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerow(rows[0] | {"address_protected": "yes"})
    (read,) = reads_of(out.getvalue().encode(), replace(CONTEXT, agency=Agency(mapping["agency"]), mapping=mapping))
    for event in read.events:
        assert event.person is not None
        assert event.person.address_withheld
        assert "protected_address" in event.header.sensitivities


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"scale": "11"}, "invalid_number", "scale"),
        ({"scale": "-1"}, "invalid_number", "scale"),
        ({"scale": "6.5"}, "invalid_number", "scale"),
        ({"given_by": ""}, "value_missing", "given_by"),
        (
            {"given_by": "I spoke with her aunt at the school gate who was worried about the lodger"},
            "value_missing",
            "given_by",
        ),
    ],
)
def test_a_scaling_is_a_number_on_its_scale_under_a_name(said: dict[str, str], code: str, field: str) -> None:
    row = {
        "scaling_ref": "S1",
        "child_id": "SYN1",
        "given_on": "2026-06-12",
        "scale": "4",
        "given_by": "Sam Sample",
    } | said
    data = f"{','.join(row)}\n{','.join(row.values())}\n".encode()
    context = replace(SOCIAL_CARE, mapping=load_mapping("social-care-scalings"))
    assert refusals(reads_of(data, context)) == [(2, code, field)]


def own(agency: Agency, event: str) -> Context:
    """A delivery through a mapping that a partner wrote; `event` is how it fills one event."""
    text = f"{{name: own, title: Own, agency: {agency}, required: [who, at], subject: who, events: [{event}]}}"
    return replace(CONTEXT, agency=agency, mapping=parse(text, "own.yaml"))


@pytest.mark.parametrize(
    ("event_type", "role"),
    [
        ("police.victim_of_crime", "victim"),
        ("police.missing_reported", "missing_person"),
        ("police.arrest", "suspect"),
        ("police.stop_search", "subject"),
    ],
)
def test_a_mapping_that_says_no_role_means_the_one_its_events_are_about(event_type: str, role: str) -> None:
    told = f"{{type: {event_type}, occurred: at, role: {{column: part, values: {{W: witness}}}}}}"
    for event, part in ((f"{{type: {event_type}, occurred: at}}", ""), (told, ""), (told, "unheard of")):
        data = f"who,at,part\nP1,2026-03-01,{part}\n".encode()
        assert only(reads_of(data, own(Agency.POLICE, event))).header.role == role


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        ("values: [SH, mental health], is: sexual_health", "DV; sh", "sexual_health"),
        ("values: [SH, mental health], is: sexual_health", "Mental health (CAMHS)", "sexual_health"),
        ("values: [SH, mental health], is: sexual_health", "ash", None),
        ("list: disposal, is: legal_privilege", "charged", "legal_privilege"),
        ("list: disposal, is: legal_privilege", "Youth caution", "legal_privilege,spent"),
        ("list: disposal, values: [charged], is: legal_privilege", "Youth caution", "spent"),
        ("passed: true, is: spent", "22/11/2026", "spent"),
        ("passed: true, is: spent", "NULL", None),
        ("passed: true, is: spent", "31/02/2020", "invalid_date"),
        ("passed: true, is: spent", "yes", "invalid_date"),
    ],
)
def test_what_a_mapping_protects_is_protected_or_refused(rule: str, said: str, expected: str | None) -> None:
    event = f"{{type: police.arrest, occurred: at, sensitivities: [{{column: word, {rule}}}]}}"
    (read,) = reads_of(f"who,at,word\nP1,2026-03-01,{said}\n".encode(), own(Agency.POLICE, event))
    found = [",".join(event.header.sensitivities) or None for event in read.events]
    assert (found or [read.rejection and read.rejection.code]) == [expected]


def test_a_second_event_that_not_every_row_is_tells_how_a_mapping_says_so() -> None:
    events = "{type: police.missing_reported, occurred: at}, {type: police.missing_located, occurred: found}"
    (one,) = reads_of(b"who,at,found\nP1,2026-03-01,\n", own(Agency.POLICE, events))
    assert one.rejection is not None
    assert (
        one.rejection.message
        == "found is empty or missing; say when it happened, or name it under when of police.missing_located"
    )


@pytest.mark.parametrize(
    ("written", "level", "marks"),
    [("3", "high", ()), ("2", "medium", ()), ("1", "purple", ("unknown_code:risk",)), ("low", "low", ())],
)
def test_a_partners_word_is_put_into_a_word_of_the_list_and_that_is_its_code(
    written: str, level: str, marks: tuple[str, ...]
) -> None:
    risk = "{column: risk, list: missing_risk, values: {3: High, 2: Medium risk, 1: purple}}"
    event = f"{{type: police.missing_reported, occurred: at, body: {{risk_level: {risk}}}}}"
    found = only(reads_of(f"who,at,risk\nP1,2026-03-01,{written}\n".encode(), own(Agency.POLICE, event)))
    assert (found.body["risk_level"], found.header.marks) == (level, marks)


def test_an_attribute_is_that_of_the_code_that_a_partners_word_means() -> None:
    meaning = "{column: mark, list: attendance, values: {ill: I}, attribute: meaning}"
    event = f"{{type: school.attendance_session, occurred: at, body: {{meaning: {meaning}}}}}"
    found = only(reads_of(b"who,at,mark\nP1,2026-03-02,ill\n", own(Agency.SCHOOL, event)))
    assert found.body["meaning"] == "authorised"


@pytest.mark.parametrize(
    ("agency", "event_type", "body", "written", "expected"),
    [
        ("social_care", "placement_change", "placement_type: {column: said, list: 903_placement}", "A3", "adoption"),
        ("social_care", "case_closed", "reason: {column: said, list: cin_reason_for_closure}", "RC1", "adoption"),
        ("police", "arrest", "disposal: {column: said, list: disposal, values: {Y: YC}}", "Y", "spent"),
        ("social_care", "placement_change", "placement_type: said", "A3", "adoption"),
        ("social_care", "looked_after_episode", "placement_type: said", "With adopters", "adoption"),
        ("social_care", "referral", "referral_source: said", "9", "anonymous_referrer"),
        ("social_care", "placement_change", "placement_type: said", "K2", None),
        ("police", "arrest", "disposal: said", "Youth caution", "spent"),
        ("nhs", "was_not_brought", "clinic: said", "GUM clinic", "sexual_health"),
        ("nhs", "was_not_brought", "specialty: said", "501", "sexual_health"),
        ("nhs", "health_condition", "code: said", "F32.1", "mental_health"),
        ("nhs", "emergency_attendance", "diagnosis: {column: said, split: ;}", "J45; F43.0 Shock", "mental_health"),
        ("nhs", "admission", "patient_class: said", "B", "sexual_health"),
        ("nhs", "admission", "admission_source: {column: said, list: nhs_admission_source}", "53", "mental_health"),
        ("nhs", "discharge", "discharge_destination: said", "49", "mental_health"),
        ("nhs", "admission", "admission_source: said", "40", "criminal_justice"),
        ("nhs", "admission", "admission_source: said", "42", "criminal_justice"),
        ("social_care", "placement_change", "reason_place_change: said", "CUSTOD", "criminal_justice"),
        ("school", "attendance_session", "code: said", "Y5", "criminal_justice"),
        ("school", "off_roll", "leaving_reason: said", "In custody", "criminal_justice"),
        ("social_care", "placement_change", "legal_status: said", "J1", "criminal_justice"),
        ("nhs", "appointment", "clinic: said", "Fracture clinic", None),
    ],
)  # fmt: skip
def test_a_mapping_need_not_say_what_codes_and_names_tell_of_protected_content(
    agency: str, event_type: str, body: str, written: str, expected: str | None
) -> None:
    event = f"{{type: {agency}.{event_type}, occurred: at, body: {{{body}}}}}"
    found = only(reads_of(f"who,at,said\nP1,2026-03-01,{written}\n".encode(), own(Agency(agency), event)))
    assert found.header.sensitivities == ((expected,) if expected else ())
