import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import hl7
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Read, Source
from connectors.hl7v2 import CARRIED, Hl7v2Adt
from connectors.hl7v2_message import messages, parse
from schemas.codec import encode_event
from schemas.events import Event, Moment, as_record
from schemas.vocabulary import Precision
from tests.connectors.health_reads import CANARY, CONTEXT, assert_guarded, only, reason, told

SAMPLES = Path(__file__).parent / "samples" / "hl7"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "nhs" / "hl7v2-adt"
STORIES = (SAMPLES / "stories.hl7").read_bytes()


def read(data: bytes, name: str = "sent.hl7") -> list[Read]:
    return list(Hl7v2Adt().read([Source(name=name, data=data)], CONTEXT))


def sample(name: str) -> list[Read]:
    return read((SAMPLES / name).read_bytes(), name)


def segment(name: str, **fields: str) -> str:
    last = max(int(key[1:]) for key in fields)
    return "|".join([name, *(fields.get(f"f{number}", "") for number in range(1, last + 1))])


def message(
    trigger: str = "A31",
    *more: str,
    pid: dict[str, str] | None = None,
    time: str = "20260301120000",
    control: str = "C1",
    separator: str = "\r",
) -> bytes:
    who = {"f3": "9990000018^^^NHS^NH", "f5": "Ashdown^Morgan", "f7": "20110412"} | (pid or {})
    lines = [
        f"MSH|^~\\&|PAS|RZZ|||{time}||ADT^{trigger}|{control}|P|2.4",
        f"EVN|{trigger}|{time}",
        segment("PID", **who),
        *more,
    ]
    return (separator.join(lines) + separator).encode()


def only_event(data: bytes) -> Event:
    return only(read(data))


def test_a_batch_tells_what_happened_to_its_patient() -> None:
    reads = sample("stories.hl7")
    assert [one.position for one in reads] == [1, 2, 3, 4, 5, 6, 7]
    prior = CONTEXT.key.subject_key("nhs", "MRN-77@RZZ")
    assert [told(event) for one in reads[:5] for event in one.events] == [
        (
            "nhs.emergency_attendance",
            "9990000018",
            "2026-03-01T23:10:00Z",
            {
                "reference": "V100",
                "provider": "RZZ",
                "category": "assault",
                "arrival_mode": "1",
                "chief_complaint": "52684005 Assault",
                "diagnosis": ["S00.9 Superficial injury of head"],
                "clinicians": ["Dr Test Attending"],
                "location": "ED, Bay 3, RZZ",
                "notes": "seen with & without a friend\nTriage: very quiet",
            },
        ),
        (
            "nhs.admission",
            "9990000018",
            "2026-03-02",
            {
                "reference": "V101",
                "provider": "RZZ",
                "admission_method": "21",
                "admission_source": "19",
                "patient_class": "I",
                "clinicians": ["Dr Test Consultant"],
                "location": "Ward 4, 2, RZZ",
                "next_of_kin": ["Sam Ashdown (Mother)"],
            },
        ),
        (
            "nhs.discharge",
            "9990000018",
            "2026-03-04T14:00:00Z",
            {
                "reference": "V101",
                "provider": "RZZ",
                "discharge_destination": "66",
                "discharge_method": "1",
                "admitted": {"value": "2026-03-02", "precision": "day"},
                "patient_class": "I",
                "diagnosis": ["J45.9 Asthma"],
                "location": "Ward 4",
            },
        ),
        ("nhs.person_details", "9990000018", "2026-03-05T10:15:00Z", {"change": "updated"}),
        (
            "nhs.patient_merged",
            "9990000018",
            "2026-03-06T09:00:00Z",
            {
                "reference": "C5",
                "prior_subject": "MRN-77@RZZ",
                "prior_subject_key": prior,
                "prior_identifiers": [{"system": "hospital-number", "value": "MRN-77@RZZ", "valid": True}],
            },
        ),
    ]
    assert all(encode_event(event) for one in reads for event in one.events)


def test_a_cancellation_takes_back_the_records_of_its_visit() -> None:
    reads = sample("stories.hl7")
    sent = {event.header.record_key: event.header.type for one in reads[:5] for event in one.events}
    back = [[sent.get(event.header.retracts) for event in one.events] for one in reads[5:]]
    assert back == [[None, None, "nhs.emergency_attendance"], ["nhs.discharge"]]


def test_every_event_carries_the_patient() -> None:
    person = sample("stories.hl7")[1].events[0].person
    assert person is not None
    assert as_record(person) == {
        "given_name": "Morgan",
        "middle_names": "Lee",
        "family_name": "Ashdown",
        "aliases": ["Mo Ashdown"],
        "birth_date": "2011-04-12",
        "birth_date_accuracy": "AAA",
        "birth_date_expected": False,
        "sex": "F",
        "ethnicity": None,
        "postcode": "ZZ99 3VZ",
        "address": "1 Test Street, Testham",
        "address_withheld": False,
        "identifiers": [
            {"system": "nhs-number", "value": "9990000018", "valid": True},
            {"system": "hospital-number", "value": "MRN-1@RZZ", "valid": True},
        ],
    }


@pytest.mark.parametrize("separator", ["\r", "\n", "\r\n"])
def test_line_endings_make_no_difference(separator: str) -> None:
    assert only_event(message(separator=separator)) == only_event(message())


@pytest.mark.parametrize("name", ["byte_order_mark_and_lf.hl7", "mllp_frames.hl7"])
def test_framing_makes_no_difference(name: str) -> None:
    expected = [event for one in sample("stories.hl7") for event in one.events]
    found = [event for one in sample(name) for event in one.events]
    assert found == expected[: len(found)]


def test_a_backslash_that_a_programs_text_doubled_is_one() -> None:
    (one,) = read(message(pid={"f5": "Ash\\T\\down^Morgan"}).replace(b"MSH|^~\\&|", b"MSH|^~\\\\&|"))
    assert one.events[0].person is not None
    assert one.events[0].person.family_name == "Ash&down"


def test_a_mark_of_a_sentence_is_a_separator_where_it_is_declared() -> None:
    sent = [message(control=control).replace(b"|", b";") for control in ("C1", "C2")]
    assert [one.events[0].header.subject for one in read(b"".join(sent))] == ["9990000018", "9990000018"]


def test_separators_are_those_the_message_declares() -> None:
    (one,) = sample("own_separators.hl7")
    (event,) = one.events
    assert event.person is not None
    assert (event.header.subject, event.person.family_name) == ("9990000018", "Ash#down")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_that_an_editor_saved_in_utf_16_is_read(encoding: str) -> None:
    (sent,) = read(message(pid={"f5": "Łukasz^Zoë"}).decode().encode(encoding))
    assert sent.events[0].person is not None
    assert (sent.events[0].person.family_name, sent.events[0].person.given_name) == ("Łukasz", "Zoë")


def test_a_message_dated_as_other_formats_are_says_when_it_was_recorded() -> None:
    assert only_event(message(time="2026-03-01 12:00:00")).header.recorded_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "names",
    ["Moz^^^^^^N~Ashdown^Morgan^^^^^L", "Moz^^^^^^N~Ashdown^Morgan", "Moz^^^^^^PREVIOUS~Ashdown^Morgan^^^^^CURRENT"],
)
def test_a_patient_is_called_by_the_legal_name_and_not_by_a_nickname(names: str) -> None:
    person = only_event(message(pid={"f5": names})).person
    assert person is not None
    assert (person.family_name, person.given_name, person.aliases) == ("Ashdown", "Morgan", ("Moz",))


@pytest.mark.parametrize(
    ("names", "family_name", "aliases"),
    [
        ("Ashdown^Morgan^^^^^L~Farleigh^Pat^^^^^P", "Ashdown", ()),
        ("Ashdown^Morgan^^^^^L~Zed^Zed^^^^^S", "Ashdown", ()),
        # Who was adopted is not known by the name before.
        ("Farleigh^Morgan^^^^^B~Ashdown^Morgan^^^^^C", "Ashdown", ()),
        ("Ashdown^Morgan^^^^^C~Ashdown^Mo^^^^^N~Farleigh^Morgan^^^^^L", "Ashdown", ()),
        ("Ashdown^Morgan^^^^^L~Farleigh^Morgan^^^^^B", "Ashdown", ("Morgan Farleigh",)),
    ],
)
def test_a_name_that_is_not_the_patients_own_or_from_before_an_adoption_is_not_told(
    names: str, family_name: str, aliases: tuple[str, ...]
) -> None:
    person = only_event(message(pid={"f5": names})).person
    assert person is not None
    assert (person.family_name, person.aliases) == (family_name, aliases)


def test_an_old_character_set_is_read() -> None:
    (one,) = sample("windows_1252.hl7")
    assert one.events[0].person is not None
    assert one.events[0].person.family_name == "O’Ashé"


@pytest.mark.parametrize(
    ("declared", "sent_as", "name"),
    [
        ("8859/1", "cp1252", "O’Ashé"),
        ("8859/2", "iso8859-2", "Łukaszę"),
        ("8859/5", "iso8859-5", "Иванов"),
        ("8859/10", "iso8859-10", "Ņikita"),
        ("8859/15~UNICODE UTF-8", "iso8859-15", "Zoë €"),
        ("8859/12", "cp1252", "Zoë"),
    ],
)
def test_a_name_is_read_in_the_character_set_that_is_declared(declared: str, sent_as: str, name: str) -> None:
    sent = message(pid={"f5": name}).decode().replace("|2.4", f"|2.4||||||{declared}").encode(sent_as)
    person = only_event(sent).person
    assert person is not None
    assert person.family_name == name


def test_a_patient_whose_header_was_lost_is_not_the_patient_before() -> None:
    visit, reason = segment("PV1", f2="I", f19="V1"), segment("DG1", f3="S06^Head injury")
    other = message("A01", segment("PV1", f2="I", f19="V2"), segment("DG1", f3="F32^Depression"), pid={"f3": "M2"})
    lines = other.split(b"\r")
    first, lost = read(message("A01", visit, reason) + b"\r".join(lines[1:]))
    assert [event.body["reason"] for event in first.events] == ["S06 Head injury"]
    assert lost.rejection is not None
    assert (lost.position, lost.rejection.code) == (2, "message_header_missing")
    (both,) = read(message("A01", visit, reason) + b"\r".join(lines[2:]))
    assert both.rejection is not None
    assert (both.rejection.code, both.rejection.field) == ("invalid_message", "PID")


@pytest.mark.parametrize(
    ("before", "after", "accepted"),
    [
        (b"BHS|^~\\&\r", b"", [True, False]),
        (b"BHS|^~\\&\r", b"\r", [True, True]),
        (b"FHS|^~\\&\r", b"\rFTS|1", [True, True]),
        (b"", b"", [True, True]),
    ],
    ids=["batch cut off", "batch without end", "batch", "no batch"],
)
def test_a_message_within_which_the_file_ends_is_not_read(before: bytes, after: bytes, accepted: list[bool]) -> None:
    whole, cut = message(), message(control="C2", pid={"f3": "12345^^^RZZ^MR"}).rstrip(b"\r")
    assert [bool(one.events) for one in read(before + whole + cut + after)] == accepted
    framed = b"\x0b" + whole + b"\x1c\r\x0b" + cut
    assert [bool(one.events) for one in read(framed)] == [True, False]
    assert [bool(one.events) for one in read(framed + b"\r\x1c\r")] == [True, True]


def test_files_without_a_last_line_end_that_were_put_into_one_are_read() -> None:
    visit = segment("PV1", f2="E", f19="V1")
    reads = read(b"".join(message("A04", visit, pid={"f3": name}).rstrip() for name in ("M1", "M2")))
    assert [(e.header.subject, e.body["reference"]) for one in reads for e in one.events] == [
        ("M1@RZZ", "V1"),
        ("M2@RZZ", "V1"),
    ]


def test_a_line_break_inside_a_value_stays_inside() -> None:
    visit = segment("PV1", f2="I", f19="V1", f44="20260301")
    event = only_event(message("A01", visit, "NTE|1||first line\nsecond line, THEN more"))
    assert event.body["notes"] == "first line\nsecond line, THEN more"


@pytest.mark.parametrize("word", ["BTS concert", "FTS, later", "MSHome", "EVNing ward", "MSH", "BHS: no"])
def test_a_line_of_a_text_that_begins_as_an_envelope_does_ends_no_message(word: str) -> None:
    visit, reason = segment("PV1", f2="I", f19="V1"), segment("DG1", f3="F32^Depression")
    event = only_event(message("A01", visit, f"NTE|1||seen after\n{word} and sent home", reason))
    assert (event.body["notes"], event.header.sensitivities) == (
        f"seen after\n{word} and sent home",
        ("mental_health",),
    )


@pytest.mark.timeout(20)  # it takes half a second; where each line copies those before it, more than a minute
def test_an_attachment_of_a_hundred_thousand_lines_holds_nobody_up() -> None:
    scan = "OBX|1|ED|SCAN||^^PDF^Base64^" + "\r\n".join(["JVBERi0x" * 9] * 100_000)
    event = only_event(message("A01", segment("PV1", f2="I", f19="V1", f44="20260301"), scan, "NTE|1||seen"))
    assert event.body["notes"] == "seen"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (r"A\T\B", "A&B"),
        (r"A\F\B\S\C\R\D\E\E", "A|B^C~D\\E"),
        (r"A\X26\B", "A&B"),
        (r"A\.br\B", "A\nB"),
        (r"A\H\B\N\C", "ABC"),
        (r"C:\folder", r"C:\folder"),
        (r"A\Zlocal\B", r"A\Zlocal\B"),
        (r"A\X2\B", r"A\X2\B"),
        (r"A\.spbad\B", r"A\.spbad\B"),
    ],
)
def test_escapes_are_decoded_and_what_is_none_stays(
    written: str, read_as: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        event = only_event(message("A01", segment("PV1", f2="I", f44="20260301"), f"NTE|1||{written}"))
    assert event.body["notes"] == read_as
    assert caplog.records == []


@pytest.mark.parametrize(
    ("name", "position", "code", "field"),
    [
        ("empty.hl7", 0, "empty_file", None),
        ("no_message.hl7", 0, "unreadable_file", None),
        ("vaccination.hl7", 1, "message_not_carried", "MSH-9"),
        ("trigger_unknown.hl7", 1, "message_not_carried", "MSH-9"),
        ("no_identifier.hl7", 1, "subject_missing", "PID-3"),
        ("no_date.hl7", 1, "invalid_date", "MSH-7"),
        ("header_missing.hl7", 1, "message_header_missing", "MSH"),
        ("merge_without_prior.hl7", 1, "prior_missing", "MRG-1"),
        ("cancels_no_visit.hl7", 1, "visit_missing", "PV1-19"),
        ("separators_alike.hl7", 1, "invalid_message", "MSH-2"),
    ],
)
def test_a_fault_is_named_and_never_quoted(name: str, position: int, code: str, field: str | None) -> None:
    first = sample(name)[0]
    assert reason(first) == (position, code, field)
    assert first.rejection is not None
    assert "CANARY" not in first.rejection.message
    assert first.rejection.raw is not None


def test_a_trigger_is_named_where_it_is_one() -> None:
    (one,) = sample("vaccination.hl7")
    assert one.rejection is not None
    assert one.rejection.message == f"trigger V04 is not carried: ADT {', '.join(CARRIED)} are"


@pytest.mark.parametrize(
    ("trigger", "patient_class", "event_type"),
    [
        ("A01", "I", "nhs.admission"),
        ("A01", "E", "nhs.emergency_attendance"),
        ("A01", "ED", "nhs.emergency_attendance"),
        ("A01", "A\\T\\E", "nhs.emergency_attendance"),
        ("A01", "O", "nhs.appointment"),
        ("A01", "OP", "nhs.appointment"),
        ("A03", "I", "nhs.discharge"),
        ("A03", "O", "nhs.appointment"),
        ("A03", "E", "nhs.discharge"),
        ("A04", "E", "nhs.emergency_attendance"),
        ("A04", "O", "nhs.appointment"),
        ("A04", "", "nhs.appointment"),
        ("A08", "I", "nhs.person_details"),
        ("A28", "", "nhs.person_details"),
        ("A31", "", "nhs.person_details"),
    ],
)
def test_a_trigger_and_a_patient_class_name_the_event(trigger: str, patient_class: str, event_type: str) -> None:
    event = only_event(message(trigger, segment("PV1", f2=patient_class, f19="V1")))
    assert event.header.type == event_type


@pytest.mark.parametrize(
    ("identifiers", "subject", "marks"),
    [
        pytest.param("M1^^^RZZ^MR~999 000 0018^^^NHS^NH", "9990000018", (), id="nhs_number_before_others"),
        pytest.param("9990000026", "9990000026", (), id="number_of_no_stated_kind"),
        pytest.param("M1^^^RZZ^MR~9990000026^^^^", "9990000026", (), id="number_of_no_stated_kind_second"),
        pytest.param("M1^^^RZZ^MR~9990000026^^^^NHSNMBR", "9990000026", (), id="number_of_a_type_in_letters"),
        pytest.param("M1^^^RZZ^MR~9990000026^^^^NHS Number", "9990000026", (), id="number_of_a_type_in_words"),
        pytest.param("M1^^^RZZ^MR~9990000026^^^^nh", "9990000026", (), id="number_of_a_type_in_small_letters"),
        pytest.param("M1^^^RZZ^MR~9990000026^03^^^NI", "9990000026", (), id="national_number"),
        pytest.param("3112000026^^^^NI", "3112000026@RZZ", (), id="national_number_of_another_nation"),
        pytest.param("9990000026^^^https://fhir.nhs.uk/Id/nhs-number", "9990000026", (), id="authority_as_in_fhir"),
        pytest.param("9990000026^^^RZZ^MR", "9990000026@RZZ", (), id="hospital_number_that_looks_like_one"),
        pytest.param("9990000000^^^NHS^NH~M1", "9990000000", ("check_failed:nhs_number",), id="failed_check"),
        pytest.param("9999999999^^^NHS^NH~M1", "M1@RZZ", ("check_failed:nhs_number",), id="dummy_and_other"),
        pytest.param('""~M1^^^RZZ', "M1@RZZ", (), id="deleted_and_other"),
        pytest.param(
            "9990000026^^^NHS^NH^^20110412^20200101~9990000018^^^NHS^NH", "9990000018", (), id="expired_and_present"
        ),
    ],
)
def test_a_patient_is_known_by_the_nhs_number_else_the_first_identifier(
    identifiers: str, subject: str, marks: tuple[str, ...]
) -> None:
    header = only_event(message(pid={"f3": identifiers})).header
    assert (header.subject, header.marks) == (subject, marks)


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("M1^^^RXX&2.16.1&ISO^MR", "M1@RXX"),
        ("M1^^^&2.16.1&ISO^MR", "M1@2.16.1"),
        ("M1^^^^MR^RXX01", "M1@RXX01"),
        ("M1^^^^MR^&2.16.1&ISO", "M1@2.16.1"),
        ("M1^^^^MR", "M1@RZZ"),
        ("M1^^^UNKNOWN^MR", "M1@RZZ"),
        ("M1^^^N/A&2.16.1&ISO^MR", "M1@2.16.1"),
        # Many hospitals call whoever numbers their patients by the kind of system that does.
        ("M1^^^PAS^PI", "M1@RZZ"),
        ("M1^^^pas^MR^RXX01", "M1@RXX01"),
        ("M1^^^PAS&2.16.1&ISO^MR", "M1@2.16.1"),
        ("M1^^^RXX-PAS^MR", "M1@RXX-PAS"),
        # So they do by a figure that is their own system's.
        ("M1^^^1^MR", "M1@RZZ"),
        ("M1^^^100^MR^RXX01", "M1@RXX01"),
        ("M1^^^1&2.16.1&ISO^MR", "M1@2.16.1"),
    ],
)
def test_a_hospitals_number_is_known_with_whoever_gave_it_else_sent_it(written: str, subject: str) -> None:
    assert only_event(message(pid={"f3": written})).header.subject == subject


@pytest.mark.parametrize(
    ("header", "event", "giver"),
    [
        ("RZZ", "", "RZZ"),
        ("", "", None),
        ("PAS", "", "PAS"),
        ("PAS", "||||||RXX01", "RXX01"),
        ("PAS^2.16.1^ISO", "", "2.16.1"),
        ("|||||||||||Testham^^^^^^^^^RXX", "", "RXX"),
        ("|||||||||||Testham", "", "Testham"),
        ("", "||||||RXX01", "RXX01"),
    ],
)
def test_a_hospital_is_known_by_whatever_the_header_says_of_it(header: str, event: str, giver: str | None) -> None:
    first, _, rest = header.partition("|")
    said = f"MSH|^~\\&|ADT|{first}|||20260301120000||ADT^A31|C1|P|2.7{rest}"
    data = "\r".join([said, f"EVN|A31{event}", "PID|||M1^^^^MR||Ashdown^Morgan||20110412"]).encode()
    subjects = []
    for organisation in (None, "RYY"):
        (one,) = Hl7v2Adt().read([Source(name="sent.hl7", data=data)], replace(CONTEXT, organisation=organisation))
        subjects += [event.header.subject for event in one.events]
    assert subjects == (["M1", "M1@RYY"] if giver is None else [f"M1@{giver}"] * 2)


def test_a_figure_is_who_gave_a_number_where_nothing_else_says() -> None:
    sent = message(pid={"f3": "M1^^^2^MR"}).replace(b"|PAS|RZZ|", b"|PAS||")
    assert only_event(sent).header.subject == "M1@2"


@pytest.mark.parametrize(
    ("survivor", "ended", "prior"),
    [
        ("9990000018^^^NHS^NH", "M7^^^RXX^MR", "M7@RXX"),
        ("9990000018^^^NHS^NH~M1^^^RXX^MR", "M7", "M7@RXX"),
        ("9990000018^^^NHS^NH", "M7", "M7@RZZ"),
        ("M7^^^RXX^MR", "M7^^^RYY^MR", "M7@RYY"),
        ("M1^^^PAS^PI", "M7^^^PAS^PI", "M7@RZZ"),
    ],
)
def test_a_number_that_ends_is_of_the_hospital_of_the_one_that_survives(survivor: str, ended: str, prior: str) -> None:
    event = only_event(message("A40", f"MRG|{ended}", pid={"f3": survivor}))
    assert event.body["prior_subject"] == prior
    assert event.body["prior_subject_key"] == CONTEXT.key.subject_key("nhs", prior)


@pytest.mark.parametrize(
    ("reliability", "subject"),
    [("NSTS01", "9990000018"), ("NSTS02", "9990000018"), ("NSTS04", "M1@RZZ"), ("ED~NSTS05", "M1@RZZ")],
)
def test_nobody_is_known_by_an_nhs_number_that_their_hospital_doubts(reliability: str, subject: str) -> None:
    event = only_event(message(pid={"f3": "9990000018^^^NHS^NH~M1^^^RZZ^MR", "f32": reliability}))
    assert event.header.subject == subject
    assert event.person is not None
    valid = {number.system: number.valid for number in event.person.identifiers}
    assert valid == {"nhs-number": subject == "9990000018", "hospital-number": True}


@pytest.mark.parametrize(
    ("reliability", "born"),
    [("AL", ("2011-04-12", "AAA")), ("ED", ("2011-04-12", "EEE")), ("UD", (None, "UUU"))],
)
def test_a_birth_date_is_never_surer_than_its_hospital_says(reliability: str, born: tuple[str | None, str]) -> None:
    person = only_event(message(pid={"f32": reliability})).person
    assert person is not None
    assert (person.birth_date, person.birth_date_accuracy) == born


def test_older_places_of_the_nhs_number_are_read() -> None:
    for place in ("f2", "f4", "f19"):
        assert only_event(message(pid={"f3": "M1^^^RZZ^MR", place: "9990000018"})).header.subject == "9990000018"


@pytest.mark.parametrize("written", ["9999999999^^^NHS^NH", "SEE MOTHER^^^RZZ^MR"])
def test_two_children_under_one_dummy_number_or_remark_stay_two(written: str) -> None:
    visits = [segment("PV1", f2="E", f19=number) for number in ("V1", "V2")]
    sent = [message("A04", visit, pid={"f3": written}) for visit in visits]
    assert len({only_event(one).header.subject_key for one in sent}) == 2


@pytest.mark.parametrize(
    ("written", "kept", "accuracy", "marks"),
    [
        ("19610615", "1961-06-15", "AAA", ()),
        ("196106", "1961-06", "UAA", ()),
        ("1961", "1961", "UUA", ()),
        ("198808181126+0215", "1988-08-18", "AAA", ()),
        ("19850101000000+0700", "1985-01-01", "AAA", ()),
        ("2011-04-12", "2011-04-12", "AAA", ()),
        ("2011-04-12 00:00:00", "2011-04-12", "AAA", ()),
        ("2011-13-12", None, "UUU", ("invalid_date:birth_date",)),
        ("10131113", None, "UUU", ("invalid_date:birth_date",)),
        ("20110230", None, "UUU", ("invalid_date:birth_date",)),
        ("12/04/2011", None, "UUU", ("invalid_date:birth_date",)),
        ("20300101", "2030-01-01", "AAA", ("date_order:birth_date",)),
        ('""', None, "UUU", ()),
    ],
)
def test_an_odd_birth_date_is_read_or_kept_out(
    written: str, kept: str | None, accuracy: str, marks: tuple[str, ...]
) -> None:
    event = only_event(message(pid={"f7": written}))
    assert event.person is not None
    assert (event.person.birth_date, event.person.birth_date_accuracy, event.header.marks) == (kept, accuracy, marks)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026", Moment(value="2026", precision=Precision.YEAR)),
        ("202607", Moment(value="2026-07", precision=Precision.MONTH)),
        ("20260701", Moment(value="2026-07-01", precision=Precision.DAY)),
        ("2026070109", Moment(value="2026-07-01", precision=Precision.DAY)),
        ("202607010930", Moment(value="2026-07-01T08:30:00Z", precision=Precision.MINUTE)),
        ("202601010930", Moment(value="2026-01-01T09:30:00Z", precision=Precision.MINUTE)),
        ("20260701093015.4+0000", Moment(value="2026-07-01T09:30:15Z", precision=Precision.SECOND)),
        ("20260701000000", Moment(value="2026-07-01", precision=Precision.DAY)),
        ("20260701093000Z", Moment(value="2026-07-01T09:30:00Z", precision=Precision.SECOND)),
        ("2026-07-01", Moment(value="2026-07-01", precision=Precision.DAY)),
        ("2026-07-01 09:30:15", Moment(value="2026-07-01T08:30:15Z", precision=Precision.SECOND)),
    ],
)
def test_a_time_is_english_and_never_more_exact_than_it_was_sent(written: str, moment: Moment) -> None:
    event = only_event(message("A01", segment("PV1", f2="I", f19="V1", f44=written)))
    assert event.header.occurred == moment


@pytest.mark.parametrize(
    ("visit", "occurred"),
    [
        ({"f45": "20260302"}, "2026-03-02"),
        ({"f44": "20260301"}, "2026-03-01T12:00:00Z"),
        ({"f45": "soon"}, "2026-03-01T12:00:00Z"),
    ],
)
def test_a_discharge_happened_when_the_visit_ended_else_when_it_was_recorded(
    visit: dict[str, str], occurred: str
) -> None:
    event = only_event(message("A03", segment("PV1", f2="I", f19="V1", **visit)))
    assert event.header.occurred.value == occurred


def test_messages_of_one_visit_are_versions_of_one_record() -> None:
    visit = segment("PV1", f2="I", f19="V1", f44="20260301")
    first, second = (only_event(message("A01", visit, time=t, control=t)) for t in ("20260301120000", "20260302"))
    assert first.header.record_key == second.header.record_key
    assert first.header.event_id != second.header.event_id


@pytest.mark.parametrize("facility", [b"^2.16.1^ISO", b'""^2.16.1^ISO'])
def test_a_hospital_that_sends_no_name_is_known_by_its_universal_id(facility: bytes) -> None:
    def sent(number: str, trigger: str, more: str, of: bytes = facility) -> Event:
        return only_event(message(trigger, more, pid={"f3": number}).replace(b"|RZZ|", b"|" + of + b"|"))

    visit = segment("PV1", f2="I", f19="V1")
    assert sent("M1", "A01", visit).header.subject == "M1@2.16.1"
    assert sent("M1", "A40", "MRG|M7").body["prior_subject"] == "M7@2.16.1"
    here, elsewhere = (sent("9990000018^^^NHS^NH", "A01", visit, of=of) for of in (facility, b"^2.16.2^ISO"))
    assert here.header.record_key != elsewhere.header.record_key


@pytest.mark.parametrize("number", ["UNKNOWN", "N/A", "0", "0000000", "-", "#####"])
def test_what_stands_for_no_visit_number_is_no_visits_key(number: str) -> None:
    visit = segment("PV1", f2="I", f19=number)
    march, august = (only_event(message("A01", visit, time=time)) for time in ("20260301120000", "20260801120000"))
    assert march.header.record_key != august.header.record_key
    (cancelled,) = read(message("A11", visit))
    assert reason(cancelled) == (1, "visit_missing", "PV1-19")


def test_two_visits_under_one_control_id_stay_two() -> None:
    first, second = (
        only_event(message("A01", segment("PV1", f2="I"), time=t)) for t in ("202603011200", "202603051200")
    )
    assert first.header.record_key != second.header.record_key


def test_alike_messages_without_any_name_stay_two() -> None:
    nameless = message("A01", segment("PV1", f2="I"), control="")
    assert len({event.header.record_key for one in read(nameless * 2) for event in one.events}) == 2


@pytest.mark.parametrize(
    ("written", "status", "marks"),
    [("O", "arrived", ()), ("r", "arrived", ()), ("", "arrived", ()), ("X9", None, ("unknown_code:PV1-2",))],
)
def test_of_a_class_that_nobody_knows_it_is_not_said_that_an_appointment_was_kept(
    written: str, status: str | None, marks: tuple[str, ...]
) -> None:
    event = only_event(message("A04", segment("PV1", f2=written, f19="V1")))
    assert (event.header.type, event.body.get("status"), event.header.marks) == ("nhs.appointment", status, marks)
    assert event.body.get("notes") == ("X9" if marks else None)


def test_a_message_of_two_visits_is_not_read_as_one() -> None:
    (one,) = read(message("A01", segment("PV1", f2="I", f19="V1"), segment("PV1", f2="E", f19="V2")))
    assert reason(one) == (1, "invalid_message", "PV1")


def test_of_an_a04_that_was_cut_off_before_its_visit_nothing_is_concluded() -> None:
    (one,) = read(message("A04"))
    assert reason(one) == (1, "visit_missing", "PV1-2")


def test_words_in_the_place_of_a_code_are_notes_and_marked() -> None:
    event = only_event(message("A01", segment("PV1", f2="I", f4="Brought in by an uncle", f19="V1")))
    assert (event.body.get("admission_method"), event.body["notes"]) == (None, "Brought in by an uncle")
    assert event.header.marks == ("unknown_code:PV1-4",)


@pytest.mark.parametrize(("written", "kept"), [("Q", ("Q", None)), ("on the ward", (None, "on the ward"))])
def test_an_unknown_class_of_an_admission_is_kept_and_marked(written: str, kept: tuple[str | None, ...]) -> None:
    event = only_event(message("A01", segment("PV1", f2=written, f19="V1")))
    assert (event.body.get("patient_class"), event.body.get("notes")) == kept
    assert event.header.marks == ("unknown_code:PV1-2",)


def test_an_unknown_code_is_kept_and_marked() -> None:
    event = only_event(message("A01", segment("PV1", f2="I", f4="21", f14="new", f19="V1")))
    assert (event.body["admission_method"], event.body["admission_source"]) == ("21", "new")
    assert event.header.marks == ("unknown_code:admission_source",)


def test_the_end_of_a_visit_to_a_clinic_is_a_version_of_the_visit_until_it_is_cancelled() -> None:
    visit = segment("PV1", f2="O", f19="V1", f44="202603010930", f45="202603012359")
    registered, ended = (only_event(message(trigger, visit)) for trigger in ("A04", "A03"))
    (cancelled,) = read(message("A13", visit))
    again = next(event for event in cancelled.events if event.header.type == "nhs.appointment")
    told = [(e.header.record_key, e.header.occurred.value, e.body["status"]) for e in (registered, ended, again)]
    key = registered.header.record_key
    assert told == [(key, "2026-03-01T09:30:00Z", status) for status in ("arrived", "fulfilled", "arrived")]


def test_the_end_of_an_attendance_tells_why_somebody_came() -> None:
    visit = segment("PV1", f2="E", f19="V1", f44="202603010930", f45="202603011200")
    registered = only_event(message("A04", visit))
    (left,) = read(message("A03", visit, "DG1|1||X99^Assault by sharp object^I10"))
    attended, discharged = left.events
    assert attended.header.record_key == registered.header.record_key
    assert (attended.header.occurred, attended.body["category"]) == (registered.header.occurred, "assault")
    assert discharged.header.type == "nhs.discharge"
    # A03 without a reason would take away what A04 said of it.
    assert only_event(message("A03", visit)).header.type == "nhs.discharge"


@pytest.mark.parametrize(
    ("status", "left"), [("1066301000000103", True), ("1066321000000107", False), ("01", None), ("", None)]
)
def test_whoever_left_before_being_seen_did(status: str, left: bool | None) -> None:
    event = only_event(message("A04", segment("PV1", f2="E", f19="V1", f36=status)))
    assert event.body.get("left_before_seen") is left


def test_whoever_went_on_to_a_mental_health_service_has_one() -> None:
    event = only_event(message("A04", segment("PV1", f2="E", f19="V1", f36="1077041000000107")))
    assert event.header.sensitivities == ("mental_health",)


@pytest.mark.parametrize("processing", ["T", "D"])
def test_a_message_of_training_is_read_as_any_other(processing: str) -> None:
    assert read(message().replace(b"|P|2.4", f"|{processing}|2.4".encode())) == read(message())


def test_a_home_is_the_one_where_the_patient_still_lives_and_a_name_the_one_still_borne() -> None:
    old, new = "1 Old St^^^^ZZ1 1AA^^H^^^^^20190101&20200101", "2 New St^^^^ZZ2 2BB^^H^^^^^20200101"
    older = "3 Older St^^^^ZZ3 3CC^^H" + "^" * 7 + "20190101"
    names = "Former^Morgan^^^^^L^^^^^^20200101~Ashdown^Morgan^^^^^L"
    person = only_event(message(pid={"f5": names, "f11": "~".join((older, old, new))})).person
    assert person is not None
    assert (person.postcode, person.family_name, person.aliases) == ("ZZ2 2BB", "Ashdown", ("Morgan Former",))


def test_words_in_the_place_of_a_code_tell_the_reason() -> None:
    event = only_event(message("A04", segment("PV1", f2="E", f19="V1"), "PV2|||Alleged assault"))
    assert event.body["category"] == "assault"


def test_a_merge_that_names_no_hospital_is_of_the_one_that_delivers() -> None:
    data = message("A40", "MRG|M7", pid={"f3": "M6"}).replace(b"PAS|RZZ", b"PAS|")
    (one,) = Hl7v2Adt().read([Source(name="sent.hl7", data=data)], replace(CONTEXT, organisation="RXX"))
    (event,) = one.events
    assert (event.header.subject, event.body["prior_subject"]) == ("M6@RXX", "M7@RXX")
    assert event.body["prior_subject_key"] == CONTEXT.key.subject_key("nhs", "M7@RXX")
    assert [number.value for number in event.body["prior_identifiers"]] == ["M7@RXX"]


def test_a_merge_as_systems_before_a40_send_it_is_the_same_merge() -> None:
    older, newer = (only_event(message(trigger, "MRG|M7^^^RZZ^MR")) for trigger in ("A34", "A40"))
    assert older == newer


def test_a_merge_of_several_records_is_several_merges() -> None:
    more = ["MRG|M7^^^RZZ^MR", "PID|1||9990000026^^^NHS^NH", "MRG|M8^^^RZZ^MR"]
    (one,) = read(message("A40", *more))
    merges = [(event.header.subject, event.body["prior_subject"]) for event in one.events]
    assert merges == [("9990000018", "M7@RZZ"), ("9990000026", "M8@RZZ")]


@pytest.mark.parametrize(
    ("ended", "priors"),
    [
        ("9990000026^^^NHS^NH~M7^^^RZZ^MR", ["9990000026", "M7@RZZ"]),
        ("M7^^^RXX^MR~M8^^^RYY^MR", ["M7@RXX", "M8@RYY"]),
        ("999 000 0018^^^NHS^NH~M7^^^RZZ^MR", ["M7@RZZ"]),
        ("9999999999^^^NHS^NH~see mother^^^RZZ^MR~M7^^^RZZ^MR", ["M7@RZZ"]),
        ("M7|M8||9990000026^^^NHS^NH", ["M7@RZZ", "M8@RZZ", "9990000026"]),
    ],
)
def test_a_merge_ends_the_record_under_each_of_its_numbers(ended: str, priors: list[str]) -> None:
    (one,) = read(message("A40", f"MRG|{ended}"))
    assert [event.body["prior_subject"] for event in one.events] == priors
    assert [[i.value for i in event.body["prior_identifiers"]] for event in one.events] == [[p] for p in priors]


def test_a_merge_of_which_a_part_was_lost_is_not_read_in_part() -> None:
    (one,) = read(message("A40", "MRG|M7", "PID|2||M8"))
    assert reason(one) == (1, "prior_missing", "MRG-1")


@pytest.mark.timeout(20)  # it takes a second; where each merge repeats the numbers of all, half a minute
def test_a_merge_of_thousands_of_numbers_holds_nobody_up() -> None:
    (one,) = read(message("A40", "MRG|" + "~".join(f"M{n}" for n in range(2000))))
    assert len(one.events) == 2000


@pytest.mark.parametrize(
    "prior",
    [
        "9990000018^^^NHS^NH",
        "999 000 0018^^^NHS^NH",
        "9999999999^^^NHS^NH",
        "see mother^^^NHS^NH",
        "unknown",
        '""',
    ],
)
def test_a_merge_names_another_record(prior: str) -> None:
    (one,) = read(message("A40", f"MRG|{prior}"))
    assert reason(one) == (1, "prior_missing", "MRG-1")


@pytest.mark.parametrize(
    ("more", "withheld"),
    [
        (["PD1||||||||||||Y"], True),
        (["PD1||||||||||||yes"], True),
        (["PD1||||||||||||No"], False),
        (["ARV|1|A|DEM"], True),
        (["ARV|1|A|STD~LOC"], True),
        (["ARV|1|D|DEM"], False),
        (["ARV|1|A|PID-7"], False),
        ([], False),
    ],
)
def test_a_protected_address_is_recognised(more: list[str], withheld: bool) -> None:
    event = only_event(message("A31", *more))
    assert event.person is not None
    assert event.person.address_withheld is withheld
    assert ("protected_address" in event.header.sensitivities) is withheld


@pytest.mark.parametrize(
    ("more", "sensitivities"),
    [
        (["DG1|1||A56.0^Chlamydial infection^I10"], ("sexual_health",)),
        (["DG1|1||X|Deliberate overdose, depression"], ("mental_health",)),
        (["DG1|1||L7^Seen in clinic^L^Z33^Pregnant state^I10"], ("sexual_health",)),
        (["DG1|1||^F32.1"], ("mental_health",)),
        (["DG1|1|||Z33"], ("sexual_health",)),
        (["DG1|1||L7^Seen in clinic^L~A56.0^Infection^I10"], ("sexual_health",)),
        (["PV2|||L7^Review^L^^Pregnancy test"], ("sexual_health",)),
        ([segment("PV2", f1="Maternity^1^1")], ("sexual_health",)),
        ([segment("PV2", f12="Maternity booking")], ("sexual_health",)),
        ([segment("PV2", f23="Riverside CAMHS^^^RXX")], ("mental_health",)),
        (["ARV|1|A|PSY"], ("mental_health",)),
        (["DG1|1||S52.5^Fracture of radius^I10"], ()),
    ],
)
def test_protected_content_is_recognised(more: list[str], sensitivities: tuple[str, ...]) -> None:
    event = only_event(message("A01", segment("PV1", f2="I", f19="V1"), *more))
    assert event.header.sensitivities == sensitivities


@pytest.mark.parametrize(
    ("procedure", "sensitivities"),
    [
        ("PR1|1||Q11.1^Termination of pregnancy^OPCS4", ("sexual_health",)),
        ("PR1|1||X|Antenatal scan", ("sexual_health",)),
        ("PR1|1||F09.1^Extraction of a wisdom tooth^OPCS4", ()),
    ],
)
def test_a_procedure_tells_of_protected_content_by_its_words(procedure: str, sensitivities: tuple[str, ...]) -> None:
    event = only_event(message("A03", segment("PV1", f2="I", f19="V1", f45="20260302"), procedure))
    assert event.header.sensitivities == sensitivities


def test_a_message_that_is_no_adt_is_not_called_by_a_trigger_that_is_carried() -> None:
    (one,) = read(message("A01", "PV1|1|I").replace(b"ADT^A01", b"ACK^A01"))
    assert reason(one) == (1, "message_not_carried", "MSH-9")
    assert one.rejection is not None
    assert "trigger" not in one.rejection.message


@pytest.mark.parametrize(
    ("trigger", "fields", "sensitivities"),
    [
        ("A01", {"f2": "B"}, ("sexual_health",)),
        ("A01", {"f6": "Maternity^1^1"}, ("sexual_health",)),
        ("A01", {"f18": "Maternity"}, ("sexual_health",)),
        ("A01", {"f39": "Riverside CAMHS"}, ("mental_health",)),
        ("A01", {"f43": "Maternity^2"}, ("sexual_health",)),
        ("A01", {"f10": "L7^Clinic^L^711^Child psychiatry"}, ("mental_health",)),
        ("A03", {"f37": "Riverside CAMHS Unit"}, ("mental_health",)),
        ("A03", {"f37": "X1^Adolescent psychiatric unit"}, ("mental_health",)),
        ("A01", {"f14": "53"}, ("mental_health",)),
        ("A01", {"f14": "52"}, ("sexual_health",)),
        ("A01", {"f4": "31"}, ("sexual_health",)),
        ("A03", {"f37": "49"}, ("mental_health",)),
        ("A03", {"f37": "19"}, ()),
    ],
)
def test_from_which_ward_and_to_which_can_be_protected_content(
    trigger: str, fields: dict[str, str], sensitivities: tuple[str, ...]
) -> None:
    event = only_event(message(trigger, segment("PV1", **{"f2": "I", "f19": "V1", "f45": "20260302"} | fields)))
    assert event.header.sensitivities == sensitivities


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("|PAS|RZZ|", "|PAS|Riverside CAMHS^RZZ01|"),
        ("|PAS|RZZ|", "|CAMHS-PAS|RZZ|"),
        ("EVN|A01|20260301120000", "EVN|A01|20260301120000|||||Riverside CAMHS"),
    ],
)
def test_the_program_or_hospital_that_sent_a_visit_can_be_protected_content(place: str, named: str) -> None:
    sent = message("A01", segment("PV1", f2="I", f19="V1")).decode().replace(place, named)
    assert only_event(sent.encode()).header.sensitivities == ("mental_health",)


def test_a_diagnosis_is_told_by_the_code_that_it_has() -> None:
    event = only_event(message("A03", segment("PV1", f2="I", f19="V1"), "DG1|1||^^^J45.9^Asthma^I10"))
    assert event.body["diagnosis"] == ["J45.9 Asthma"]
    hurt = message("A04", segment("PV1", f2="E", f19="V1"), "PV2|||L7^Walk in^L^52684005^Assault^SCT")
    assert only_event(hurt).body["category"] == "assault"


def test_the_service_of_a_visit_tells_of_protected_content() -> None:
    event = only_event(message("A04", segment("PV1", f2="O", f3="Maternity", f10="711", f19="V1")))
    assert event.header.sensitivities == ("mental_health", "sexual_health")


@pytest.mark.parametrize(
    ("trigger", "patient_class"), [("A01", "I"), ("A03", "I"), ("A04", "E"), ("A04", "O"), ("A31", ""), ("A40", "")]
)
def test_free_words_are_only_in_fields_labelled_for_them(trigger: str, patient_class: str) -> None:
    words = f"{CANARY} said so"
    visit = {f"f{n}": words for n in (3, 4, 7, 8, 9, 10, 14, 17, 36, 37, 39)} | {"f2": patient_class, "f19": "V1"}
    more = [
        segment("PV1", **visit),
        segment("PV2", f3=words, f12=words, f38=words),
        f"NK1|1|{CANARY}^Sam|{CANARY}",
        f"GT1|1||{CANARY}",
        f"IN1|1|{CANARY}",
        f"DG1|1||{words}|{words}",
        f"NTE|1||{words}",
        f"OBX|1|TX|{words}||{words}",
        "MRG|M7",
    ]
    event = only_event(message(trigger, *more))
    assert_guarded(event)
    assert CANARY not in json.dumps(as_record(event.person))
    assert encode_event(event)


RUBBISH = st.sampled_from(
    [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"MSH", b'""', b"\xff", b"\x0b", b"9", b"", b"PID"]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(STORIES)), st.integers(0, 12), RUBBISH), min_size=1, max_size=6))
def test_no_mutation_of_a_message_raises_or_loses_a_record(changes: list[tuple[int, int, bytes]]) -> None:
    data = STORIES
    for place, length, put in changes:
        data = data[:place] + put + data[place + length :]
    reads = read(data)
    assert all(bool(one.events) != (one.rejection is not None) for one in reads)
    assert all(one.rejection is None or one.rejection.code != "unreadable_record" for one in reads)
    assert all(encode_event(event) for one in reads for event in one.events)
    assert [one.position for one in reads] == (list(range(1, len(reads) + 1)) if reads[0].position else [0])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    for content in (data, b"MSH|^~\\&|" + data):
        assert all(bool(one.events) != (one.rejection is not None) for one in read(content))


def test_values_are_those_that_python_hl7_reads() -> None:
    for lines in messages(STORIES):
        ours, theirs = parse(lines), hl7.parse(b"\r".join(lines).decode())
        for number, segment_of_ours in enumerate(ours.segments):
            segment_of_theirs = theirs[number]
            for field in range(3, len(segment_of_theirs)):
                for component in range(1, 8):
                    try:
                        expected = segment_of_theirs.extract_field(number, field, 1, component, 1)
                    except IndexError:
                        expected = ""
                    assert (segment_of_ours.value(field, component) or "") == expected.strip()


@pytest.mark.skipif(not SHARED.is_dir(), reason="no partner files beside the repository")
def test_partner_files_are_read_with_nothing_lost() -> None:
    for path in sorted(SHARED.rglob("*.hl7")):
        reads = read(path.read_bytes(), path.name)
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
        assert len(reads) == sum(line.startswith(b"MSH|") for line in lines), path.name
        assert all(one.rejection is None or one.rejection.code == "message_not_carried" for one in reads), path.name
        assert all(encode_event(event) for one in reads for event in one.events)


def test_a_message_without_any_date_says_where_one_belongs() -> None:
    (one,) = read((SAMPLES / "no_date.hl7").read_bytes().replace(b"CANARY", b""))
    assert reason(one) == (1, "occurred_missing", "EVN-6")


def test_a_date_that_is_none_is_marked_where_another_tells_when() -> None:
    visit = segment("PV1", f2="I", f19="V1", f44="20261399", f45="yesterday")
    event = only_event(message("A01", visit))
    assert {m for m in event.header.marks if m.startswith("invalid")} == {"invalid_date:PV1-44", "invalid_date:PV1-45"}


@pytest.mark.parametrize(
    ("identifier", "subject", "system"),
    [
        ("H12345^^^NHS^MR", "H12345@RZZ", "hospital-number"),
        ("12345^^^NHS", "12345@RZZ", "hospital-number"),
        ("999 000 0018^^^NHS^PI", "9990000018", "nhs-number"),
        ("9990000018^^^NHS", "9990000018", "nhs-number"),
    ],
)
def test_a_hospitals_own_number_is_no_nhs_number_though_the_nhs_is_named_as_its_authority(
    identifier: str, subject: str, system: str
) -> None:
    for trigger in ("A31", "A04"):
        event = only_event(message(trigger, segment("PV1", f2="E", f19="V1"), pid={"f3": identifier}))
        assert event.person is not None
        assert (event.header.subject, event.person.identifiers[0].system) == (subject, system)


@pytest.mark.parametrize(
    ("more", "handling"),
    [
        (segment("PV2", f22="Y"), ("restricted",)),
        (segment("PV2", f22="true"), ("restricted",)),
        (segment("PV2", f22="N"), ()),
        (segment("DG1", f1="1", f3="S52", f18="Y"), ("restricted",)),
        (segment("DG1", f1="1", f3="S52", f18="N"), ()),
    ],
)
def test_a_visit_that_the_hospital_protects_waits_for_a_person(more: str, handling: tuple[str, ...]) -> None:
    for trigger, kind in (("A01", "I"), ("A03", "I"), ("A04", "E")):
        visit = segment("PV1", f2=kind, f19="V1", f45="20260302")
        assert only_event(message(trigger, visit, more)).header.handling == handling
