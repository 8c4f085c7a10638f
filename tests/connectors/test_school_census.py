from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.connector import Context, Read, Source
from connectors.school_census import SchoolCensusCsv
from schemas.events import Event, Identifier, Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Precision

SAMPLES = Path(__file__).parent / "samples" / "school_census"
PUPILS = "2024_autumn_pupilonroll.csv"
SESSIONS = "2024_autumn_termlysessiondetailsonroll.csv"
UPN = "K999000125001"
EXCLUSIONS = "2024_autumn_termlyexclusionsonroll.csv"
CONTEXT = Context(
    key=DeploymentKey(bytes(range(32))),
    agency=Agency.SCHOOL,
    feed="school.school-census-csv",
    received_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
)


def reads_of(*names: str) -> list[Read]:
    sources = [Source(name=name, data=(SAMPLES / name).read_bytes()) for name in names]
    return list(SchoolCensusCsv().read(sources, CONTEXT))


def text(data: str, name: str = "file.csv") -> list[Read]:
    return list(SchoolCensusCsv().read([Source(name=name, data=data.encode())], CONTEXT))


def events_of(*names: str) -> list[Event]:
    return [event for read in reads_of(*names) for event in read.events]


def refusals(reads: list[Read]) -> list[tuple[int, str, str | None]]:
    return [(r.position, r.rejection.code, r.rejection.field) for r in reads if r.rejection is not None]


def day(value: str) -> Moment:
    return Moment(value=value, precision=Precision.DAY)


def test_a_pupil_on_roll_is_read_with_everything_that_identifies_them() -> None:
    event = events_of(PUPILS)[0]
    assert event.person == Person(
        given_name="Robin",
        middle_names="Sky",
        family_name="Example",
        aliases=("Robin Sample",),
        birth_date="2011-03-04",
        birth_date_accuracy="AAA",
        sex="M",
        identifiers=(
            Identifier(system="upn", value="K999000125001", valid=True),
            Identifier(system="former-upn", value="J99900012501A", valid=True),
            Identifier(system="pupil-id", value="aaaaaaaa-001", valid=True),
        ),
    )
    assert (event.header.type, event.header.subject, event.header.occurred) == (
        "school.on_roll",
        "K999000125001",
        day("2022-09-01"),
    )
    assert event.body == {
        "school": "SCH1",
        "enrolment_status": "C",
        "year_group": "8",
        "part_time": False,
        "sen_provision": "K",
    }


@pytest.mark.parametrize(
    ("written", "year"), [("8", "8"), ("8.0", "8"), ("Year 8", "8"), ("r", "R"), ("15", "15"), ("Jo Sample", None)]
)
def test_a_year_group_is_a_code_and_never_somebodys_name(written: str, year: str | None) -> None:
    (event,) = text(f"upn,dob,entrydate,ncyearactual\nK999000125001,2012-05-04,2022-09-05,{written}\n")[0].events
    assert event.body.get("year_group") == year
    assert ("unknown_code:NCYEARACTUAL" in event.header.marks) is (year in (None, "15"))


def test_a_number_that_is_no_upn_is_still_the_schools_own_key_and_never_matched_on() -> None:
    event = events_of(PUPILS)[1]
    assert event.header.subject == "5ff4489b-998"
    assert event.header.marks == ("check_failed:UNIQUELEARNERNUMBER", "check_failed:UPN")


def test_a_pupil_without_upn_is_known_by_the_tables_id() -> None:
    assert events_of(PUPILS)[2].header.subject == "aaaaaaaa-003"


def test_pupils_whose_upns_say_that_there_is_none_stay_as_many() -> None:
    header = "pupilonrolltableid,upn,dob,entrydate\n"
    upns = (("a1", "N/A"), ("a2", "N/A"), ("a3", "Awaiting UPN"), ("a4", "Awaiting UPN"), ("", "TBC"))
    reads = text(header + "".join(f"{own_id},{upn},2012-05-04,2022-09-05\n" for own_id, upn in upns))
    assert [event.header.subject for read in reads for event in read.events] == ["a1", "a2", "a3", "a4"]
    assert refusals(reads) == [(6, "subject_missing", "upn")]


def test_a_birth_month_is_what_is_known_of_a_birth_date() -> None:
    (event,) = text("upn,dob,entrydate\nK999000125001,2011-07,2022-09-05\n")[0].events
    assert (event.person and event.person.birth_date, event.header.marks) == ("2011-07", ())


def test_a_pupil_without_a_day_of_entry_is_refused() -> None:
    assert refusals(reads_of(PUPILS)) == [(5, "date_missing", "entrydate")]


def test_sessions_say_what_their_code_counted_as() -> None:
    noted, agreed_holiday = events_of(SESSIONS)
    assert noted.header.occurred == Moment(value="2024-05", precision=Precision.MONTH)
    assert noted.body == {
        "school": "SCH1",
        "term": "2024 summer, half term 1",
        "code": "N",
        "meaning": "unauthorised",
        "sessions": 12.0,
    }
    assert agreed_holiday.body == {
        "school": "SCH1",
        "term": "2024 summer, half term 1",
        "code": "H",
        "meaning": "authorised",
    }
    assert agreed_holiday.header.marks == ()


@pytest.mark.parametrize(
    ("reason", "kept", "protected"),
    [
        ("Custody", "custody", ("criminal_justice",)),
        ("Adopted", "Adopted", ("adoption",)),
        ("Moved to adopters out of county", None, ("adoption",)),
        ("Moved abroad", "left_country", ()),
    ],
)
def test_why_a_pupil_left_may_tell_of_protected_content(
    reason: str, kept: str | None, protected: tuple[str, ...]
) -> None:
    (read,) = text(f"upn,leavingdate,leavingreason\nK999000125001,2026-09-20,{reason}\n")
    (event,) = read.events
    assert (event.body.get("leaving_reason"), event.header.sensitivities) == (kept, protected)


def test_sessions_in_detention_are_protected_as_such() -> None:
    header = "upn,termlysessiondetailsonrolltableid,sessions,attendancereason"
    (read,) = text(f"{header}\nK999000125001,d,12.0,Y5\n", "2026_spring_sessions.csv")
    assert read.events[0].header.sensitivities == ("criminal_justice",)


def test_a_number_of_sessions_that_is_none_is_refused() -> None:
    assert refusals(reads_of(SESSIONS)) == [(4, "invalid_number", "sessions")]
    less = text("upn,termlysessiondetailsonrolltableid,sessions,attendancereason\nK999000125001,s1,-2,N\n")
    assert refusals(less) == [(2, "invalid_number", "sessions")]


def test_a_row_may_say_when_it_was_written() -> None:
    rows = "upn,entrydate,updated_at\nK999000125001,2025-09-01,2026-01-15 09:30\nK999000125001,2025-09-01,\n"
    events = [event for read in text(rows) for event in read.events]
    written = [event.header.recorded_at for event in events]
    assert written == [datetime(2026, 1, 15, 9, 30, tzinfo=UTC), None]
    assert len({event.header.record_key for event in events}) == 1


def test_each_census_says_of_one_pupil_on_roll_what_it_knew_on_its_day() -> None:
    rows = "upn,nativeid,entrydate,termlysessionspossible\nK999000125001,S,2025-09-01,{}\n"
    tables = [
        Source(name=f"{name}_pupilonroll.csv", data=rows.format(number).encode())
        for number, name in enumerate(("2026_autumn", "2026_spring", "2026_summer"))
    ]
    headers = [event.header for read in SchoolCensusCsv().read(tables, CONTEXT) for event in read.events]
    written = [header.recorded_at for header in headers if header.type == "school.on_roll"]
    assert [at and at.isoformat() for at in written] == [
        "2026-09-30T23:00:00+00:00",
        "2026-01-15T00:00:00+00:00",
        "2026-05-20T23:00:00+00:00",
    ]
    assert len({header.record_key for header in headers if header.type == "school.on_roll"}) == 1


def test_sex_is_read_from_the_column_that_was_called_gender_until_2024() -> None:
    (read,) = text("upn,entrydate,gender\nK999000125001,2021-09-06,M\n", "2023_spring_pupilonroll.csv")
    assert read.events[0].person is not None
    assert read.events[0].person.sex == "M"
    (read,) = text("upn,entrydate,gender\nK999000125001,2021-09-06,Q\n", "2023_spring_pupilonroll.csv")
    assert read.events[0].header.marks == ("unknown_code:GENDER",)


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ("upn,surname,date of admission", "entrydate"),
        ("pupilnolongeronrolltableid,entrydate", "leavingdate"),
        ("upn,termlyexclusionsonrolltableid,category", "startdate"),
        ("upn,termlysessiondetailsonrolltableid,attendancereason", "sessions"),
    ],
)
def test_a_table_without_the_column_that_it_is_there_for_is_refused_whole(columns: str, missing: str) -> None:
    assert refusals(text(f"{columns}\n1,2,3\n1,2,3\n")) == [(0, "column_missing", missing)]


def test_details_are_joined_to_the_pupils_of_their_set() -> None:
    alone, joined = events_of(SESSIONS)[0], events_of(SESSIONS, PUPILS)[0]
    assert alone.header.subject == "aaaaaaaa-001"
    assert alone.person == Person(identifiers=(Identifier(system="pupil-id", value="aaaaaaaa-001", valid=True),))
    assert joined.header.subject == "K999000125001"
    assert joined.person == events_of(PUPILS)[0].person


ON_ROLL = "pupilonrolltableid,NativeId,upn,surname,entrydate\n"
OFF_ROLL = "pupilnolongeronrolltableid,NativeId,upn,surname,leavingdate\n"
EXCLUDED = "pupilonrolltableid,NativeId,upn,termlyexclusionsonrolltableid,startdate,category\n"


@pytest.mark.parametrize(
    ("other", "excluded"),
    [
        pytest.param(
            ("2026_autumn_off.csv", f"{OFF_ROLL}5,A,Z999000125002,Other,2026-09-20\n"),
            "5,A,,e1,2026-09-22,SUSP", id="a leaver",
        ),
        pytest.param(
            ("2025_spring_on.csv", f"{ON_ROLL}5,A,Z999000125002,Other,2022-09-05\n"),
            "5,A,,e1,2026-09-22,SUSP", id="of another census",
        ),
        pytest.param(
            ("2026_autumn_b.csv", f"{ON_ROLL}5,B,Z999000125002,Other,2022-09-05\n"),
            "5,A,,e1,2026-09-22,SUSP", id="of another school",
        ),
        pytest.param(
            ("2026_autumn_b.csv", f"{ON_ROLL}5,A,Z999000125002,Other,2022-09-05\n"),
            "5,A,K999000125001,e1,2026-09-22,SUSP", id="named by UPN",
        ),
        pytest.param(
            ("2026_autumn_b.csv", f"{ON_ROLL}5,A,Z999000125002,Other,2022-09-05\n"),
            "5,A,,e1,2026-09-22,SUSP", id="nobody can tell",
        ),
    ],
)  # fmt: skip
def test_a_detail_is_never_of_another_pupil_with_the_same_id(
    other: tuple[str, str], excluded: str, request: pytest.FixtureRequest
) -> None:
    files = {
        "2026_autumn_on.csv": f"{ON_ROLL}5,A,K999000125001,Example,2022-09-05\n",
        other[0]: other[1],
        "2026_autumn_excluded.csv": f"{EXCLUDED}{excluded}\n",
    }
    for order in (list(files), list(files)[::-1]):
        sources = [Source(name=name, data=files[name].encode()) for name in order]
        reads = list(SchoolCensusCsv().read(sources, CONTEXT))
        (read,) = (read for read in reads if "excluded" in read.source)
        if "nobody" in request.node.callspec.id:
            assert refusals([read]) == [(2, "subject_missing", "pupilonrolltableid")]
        else:
            assert [(e.header.subject, e.person and e.person.family_name) for e in read.events] == [
                ("K999000125001", "Example")
            ]


def test_an_id_is_looked_for_in_another_census_only_where_its_own_has_no_pupil_table() -> None:
    spring = Source(name="2025_spring_on.csv", data=f"{ON_ROLL}5,A,K999000125001,Example,2022-09-05\n".encode())
    autumn = Source(name="2026_autumn_on.csv", data=f"{ON_ROLL}6,A,Z999000125002,Other,2022-09-05\n".encode())
    excluded = Source(name="2026_autumn_excluded.csv", data=f"{EXCLUDED}5,A,,e1,2026-09-22,SUSP\n".encode())
    for tables, subject in (([spring], "K999000125001"), ([spring, autumn], "5"), ([autumn, spring], "5")):
        (event,) = list(SchoolCensusCsv().read([*tables, excluded], CONTEXT))[-1].events
        assert event.header.subject == subject


@pytest.mark.parametrize(
    ("other", "is_another"),
    [
        ("Kit,Sample,2012-11-20", True),
        ("Kit,Example,2012-11-20", True),
        ("Robyn,Example,2011-03-04", False),  # perhaps a slip
        ("Robin,Sample,2011-03-04", False),
        ("ROBIN,Sample,", False),
        (",,", False),
    ],
)
def test_pupils_who_have_one_upn_and_little_else_in_common_are_known_by_their_ids(other: str, is_another: bool) -> None:
    header = "pupilonrolltableid,upn,forename,surname,dob,entrydate\n"
    rows = f"5,{UPN},Robin,Example,2011-03-04,2022-09-05\n6,{UPN},{other},2022-09-05\n"
    kit = "7,Z999000125002,Kit,Sample,2012-11-20,2022-09-05\n"
    told = [
        (event.header.subject, "shared:UPN" in event.header.marks)
        for read in text(header + rows + kit)
        for event in read.events
    ]
    them = [("5", True), ("6", True)] if is_another else [(UPN, False), (UPN, False)]
    assert told == [*them, ("Z999000125002", False)]


def test_pupils_who_share_upn_and_id_are_refused() -> None:
    header = "pupilonrolltableid,upn,forename,surname,dob,entrydate\n"
    files = {
        "2026_autumn_on.csv": f"{header}5,{UPN},Robin,Example,2011-03-04,2022-09-05\n",
        "2026_spring_on.csv": f"{header}5,{UPN},Kit,Sample,2012-11-20,2022-09-05\n",
    }
    sources = [Source(name=name, data=data.encode()) for name, data in files.items()]
    refused = [(2, "subject_missing", "pupilonrolltableid")] * 2
    assert refusals(list(SchoolCensusCsv().read(sources, CONTEXT))) == refused


def test_a_row_that_names_its_pupil_by_a_upn_of_several_alone_is_refused() -> None:
    pupils = "pupilonrolltableid,upn,forename,surname,dob,entrydate\n"
    pupils += f"5,{UPN},Robin,Example,2011-03-04,2022-09-05\n6,{UPN},Kit,Sample,2012-11-20,2022-09-05\n"
    exclusions = "pupilonrolltableid,upn,termlyexclusionsonrolltableid,startdate,sessions,reason1,category\n"
    exclusions += f",{UPN},e1,2024-09-17,3,DB,SUSP\n"
    sources = [Source(name=name, data=data.encode()) for name, data in (("on.csv", pupils), (EXCLUSIONS, exclusions))]
    assert refusals(list(SchoolCensusCsv().read(sources, CONTEXT))) == [(2, "subject_missing", "upn")]


def test_pupils_without_upn_whom_two_tables_gave_one_id_are_not_made_one() -> None:
    files = {
        "2026_autumn_on.csv": f"{ON_ROLL}5,A,,Example,2022-09-05\n6,A,,Sample,2022-09-05\n",
        "2026_autumn_off.csv": f"{OFF_ROLL}5,A,,Other,2026-09-20\n6,A,,Sample,2026-09-20\n",
        "2026_autumn_excluded.csv": f"{EXCLUDED}5,A,,e1,2026-09-22,SUSP\n6,A,,e2,2026-09-22,SUSP\n",
    }
    reads = list(SchoolCensusCsv().read([Source(name=name, data=files[name].encode()) for name in files], CONTEXT))
    kinds = ("pupilonrolltableid", "pupilnolongeronrolltableid", "pupilonrolltableid")
    assert refusals(reads) == [(2, "subject_missing", kind) for kind in kinds]
    assert [e.header.subject for read in reads for e in read.events] == ["6", "6", "6"]


@pytest.mark.parametrize(
    "rows",
    [
        {"2026_autumn_on.csv": "5,A,,Example,2022-09-05\n5,B,,Other,2022-09-05\n"},
        {"2026_autumn_on.csv": "5,A,,Example,2022-09-05\n", "2026_spring_on.csv": "5,A,,Other,2022-09-05\n"},
    ],
    ids=["two schools", "two censuses"],
)
def test_pupils_without_upn_to_whom_one_id_was_given_twice_are_not_made_one(rows: dict[str, str]) -> None:
    known = "6,A,,Same,2022-09-05\n6,B,,SAME,2022-09-05\n"
    sources = [Source(name=name, data=f"{ON_ROLL}{text}{known}".encode()) for name, text in rows.items()]
    reads = list(SchoolCensusCsv().read(sources, CONTEXT))
    assert {code for _, code, _ in refusals(reads)} == {"subject_missing"}
    assert {event.header.subject for read in reads for event in read.events} == {"6"}


def test_an_id_is_good_for_one_pupil_where_the_other_who_has_it_is_told_by_upn() -> None:
    files = {
        "2026_autumn_on.csv": f"{ON_ROLL}5,A,K999000125001,Example,2022-09-05\n",
        "2026_autumn_off.csv": f"{OFF_ROLL}5,A,,Other,2026-09-20\n",
    }
    reads = list(SchoolCensusCsv().read([Source(name=name, data=files[name].encode()) for name in files], CONTEXT))
    assert [e.header.subject for read in reads for e in read.events] == ["K999000125001", "5"]


def test_two_rows_of_one_id_that_say_of_nobody_who_it_is_may_be_of_two() -> None:
    files = {
        "2026_autumn_on.csv": f"{ON_ROLL}5,A,K999000125001,,2022-09-05\n5,A,,,2022-09-05\n",
        "2026_autumn_excluded.csv": f"{EXCLUDED}5,A,,e1,2026-09-22,SUSP\n",
    }
    reads = list(SchoolCensusCsv().read([Source(name=name, data=files[name].encode()) for name in files], CONTEXT))
    assert refusals(reads) == [(2, "subject_missing", "pupilonrolltableid")]
    assert [e.header.subject for read in reads for e in read.events] == ["K999000125001", "5"]


def test_a_detail_with_a_upn_of_its_own_is_about_that_pupil_whatever_its_id() -> None:
    sources = [
        Source(name="2026_autumn_on.csv", data=f"{ON_ROLL}5,A,K999000125001,Example,2022-09-05\n".encode()),
        Source(name="2026_autumn_excluded.csv", data=f"{EXCLUDED}5,A,Z999000125002,e1,2026-09-22,SUSP\n".encode()),
    ]
    (event,) = list(SchoolCensusCsv().read(sources, CONTEXT))[-1].events
    assert (event.header.subject, event.person and event.person.family_name) == ("Z999000125002", None)


def test_of_two_rows_on_one_pupil_the_same_counts_in_any_order() -> None:
    rows = ["5,A,K999000125001,Example,2022-09-05\n", "5,A,K999000125001,Exampel,2022-09-05\n"]
    excluded = Source(name="excluded.csv", data=f"{EXCLUDED}5,A,,e1,2026-09-22,SUSP\n".encode())
    found = []
    for pupils in (rows, rows[::-1]):
        sources = [Source(name="on.csv", data=(ON_ROLL + "".join(pupils)).encode()), excluded]
        found.append(list(SchoolCensusCsv().read(sources, CONTEXT))[-1].events)
    assert found[0] == found[1]


def test_a_pupil_listed_twice_is_meant_by_the_number_that_passes_its_check() -> None:
    header = "pupilonrolltableid,NativeId,upn,forename,surname,dob,entrydate\n"
    rows = [f"5,A,{upn},Sam,Example,2012-03-04,2022-09-05\n" for upn in ("A999000125001", "K999000125001")]
    excluded = Source(name="excluded.csv", data=f"{EXCLUDED}5,A,,e1,2026-09-22,SUSP\n".encode())
    for pupils in (rows, rows[::-1]):
        sources = [Source(name="on.csv", data=(header + "".join(pupils)).encode()), excluded]
        (event,) = list(SchoolCensusCsv().read(sources, CONTEXT))[-1].events
        assert event.header.subject == "K999000125001"


def test_a_table_whose_name_tells_no_term_is_of_the_year_it_came() -> None:
    read = text((SAMPLES / SESSIONS).read_text())[0]
    assert read.events[0].header.occurred == Moment(value="2026", precision=Precision.YEAR)
    assert read.events[0].header.marks == ("assumed:occurred",)


ROLL = "2024_autumn_pupilonroll.csv"
TOTALS = "termlysessionspossible,termlysessionsauthorised,termlysessionsunauthorised"
PUPIL = f"pupilonrolltableid,NativeId,upn,entrydate,{TOTALS}"


def attendance(reads: list[Read]) -> dict[str, float]:
    events = [event for read in reads for event in read.events if event.header.type == "school.attendance_summary"]
    return {
        f"{event.body['meaning']} {event.body.get('code', 'in total')}": event.body.get("sessions", 0.0)
        for event in events
    }


def roll(possible: str, authorised: str, unauthorised: str) -> str:
    return f"{PUPIL}\na1,SCH1,K999000125001,2022-09-01,{possible},{authorised},{unauthorised}\n"


def test_a_pupil_table_says_what_was_attended_and_missed_over_the_term() -> None:
    joined, missed, _, present = text(roll("134.0", "8.0", "2.0"), ROLL)[0].events
    assert (joined.header.type, joined.header.marks) == ("school.on_roll", ())
    assert (missed.header.subject, missed.header.occurred.value) == ("K999000125001", "2024-05")
    assert missed.body == {
        "school": "SCH1",
        "term": "2024 summer, half term 1",
        "meaning": "authorised",
        "sessions": 8.0,
    }
    assert (present.body["meaning"], present.body["sessions"]) == ("present", 124.0)
    assert len({event.header.record_key for event in (missed, present)}) == 2


def test_a_leaver_has_attended_too() -> None:
    leaver = roll("134", "8", "2").replace("entrydate", "leavingdate").replace("pupilonroll", "pupilnolongeronroll")
    found = attendance(text(leaver, "2024_autumn_pupilnolongeronroll.csv"))
    assert found == {"authorised in total": 8.0, "unauthorised in total": 2.0, "present in total": 124.0}


@pytest.mark.parametrize(
    ("numbers", "found", "marks"),
    [
        (("134", "8", ""), {"authorised in total": 8.0}, ()),
        (("134", "8", "-1.0"), {"authorised in total": 8.0}, ()),
        (("", "8", "2"), {"authorised in total": 8.0, "unauthorised in total": 2.0}, ()),
        (("134", "0", "0"), {"present in total": 134.0}, ()),
        (("0", "0", "0"), {}, ()),
        (("", "", ""), {}, ()),
        (("9", "8", "2"), {}, ("invalid_number:TERMLYSESSIONS",)),
        (("9", "10", ""), {}, ("invalid_number:TERMLYSESSIONS",)),
        (("134", "-8", "2"), {}, ("invalid_number:TERMLYSESSIONS",)),
        (("many", "8", "2"), {}, ("invalid_number:TERMLYSESSIONS",)),
    ],
)
def test_only_sessions_that_can_be_are_told_and_a_slip_in_them_does_not_cost_the_pupil(
    numbers: tuple[str, str, str], found: dict[str, float], marks: tuple[str, ...]
) -> None:
    reads = text(roll(*numbers), ROLL)
    assert (attendance(reads), reads[0].events[0].header.marks) == (found, marks)


def test_what_session_tables_say_by_code_is_not_counted_again_in_total() -> None:
    details = "upn,termlysessiondetailsonrolltableid,sessions,attendancereason\nK999000125001,s1,8.0,I\n"
    sources = [Source(name=ROLL, data=roll("134", "8", "2").encode()), Source(name=SESSIONS, data=details.encode())]
    together = {"authorised I": 8.0, "unauthorised in total": 2.0, "present in total": 124.0}
    assert attendance(list(SchoolCensusCsv().read(sources, CONTEXT))) == together
    assert attendance(list(SchoolCensusCsv().read(sources[::-1], CONTEXT))) == together


def test_what_another_school_says_by_code_takes_nothing_from_the_total_of_the_school_that_was_left() -> None:
    left = roll("60", "2", "28").replace("entrydate", "leavingdate").replace("pupilonroll", "pupilnolongeronroll")
    columns = "pupilonrolltableid,nativeid,termlysessiondetailsonrolltableid,sessions,attendancereason"
    details = f"{columns}\na1,SCH1,s1,8.0,I\na1,SCH1,s2,2.0,O\n"
    files = (
        ("2024_autumn_pupilnolongeronroll.csv", left.replace("SCH1", "SCH2")),
        (ROLL, roll("134", "8", "2")),
        (SESSIONS, details),
    )
    reads = SchoolCensusCsv().read([Source(name=name, data=data.encode()) for name, data in files], CONTEXT)
    told = [event.body for read in reads for event in read.events if event.header.type == "school.attendance_summary"]
    missed = [(body["school"], body["sessions"]) for body in told if body["meaning"] == "unauthorised"]
    assert missed == [("SCH2", 28.0), ("SCH1", 2.0)]


@pytest.mark.parametrize("told", ["", "-1.0", "some"])
def test_sessions_are_counted_in_total_where_their_table_does_not_say_how_many(told: str) -> None:
    details = f"upn,termlysessiondetailsonrolltableid,sessions,attendancereason\nK999000125001,s1,{told},I\n"
    sources = [Source(name=ROLL, data=roll("134", "8", "2").encode()), Source(name=SESSIONS, data=details.encode())]
    assert attendance(list(SchoolCensusCsv().read(sources, CONTEXT)))["authorised in total"] == 8.0


@pytest.mark.parametrize(
    ("name", "table", "term", "occurred"),
    [
        ("2025_spring_", "termlysessiondetailsonroll", "2024 autumn", "2024-12"),
        ("2025_summer_", "termlysessiondetailsoffroll", "2025 spring", "2025-03"),
        ("2025_autumn_", "termlysessiondetailsonroll", "2025 summer, half term 1", "2025-05"),
        ("2025_autumn_", "summerhalfterm2sessiondetailsonroll", "2025 summer, half term 2", "2025-07"),
        ("2024-2025 Spring ", "termlysessiondetailsonroll", "2024 autumn", "2024-12"),
        ("2025-2026 Autumn ", "termlysessiondetailsonroll", "2025 summer, half term 1", "2025-05"),
        ("Autumn 2025 ", "termlysessiondetailsonroll", "2025 summer, half term 1", "2025-05"),
        ("census_spring_term_2025_", "termlysessiondetailsonroll", "2024 autumn", "2024-12"),
        ("Spring 2024-25 ", "termlysessiondetailsonroll", "2024 autumn", "2024-12"),
        ("Spring Term School Census 2025 ", "termlysessiondetailsonroll", "2024 autumn", "2024-12"),
        ("2025 School Census - Spring ", "termlysessiondetailsonroll", "2024 autumn", "2024-12"),
        ("2024-25_summer_", "termlysessiondetailsoffroll", "2025 spring", "2025-03"),
        ("2026_03_spring_", "termlysessiondetailsonroll", "2025 autumn", "2025-12"),  # a month is no second year
        ("", "summerhalfterm2sessiondetailsonroll", "summer, half term 2", "2026"),
    ],
)
def test_a_census_tells_of_the_sessions_of_the_term_before_it(name: str, table: str, term: str, occurred: str) -> None:
    header = f"pupilonrolltableid,NativeId,{table}tableid,sessions,attendancereason"
    (event,) = text(f"{header}\np,S,d,1.0,I\n", f"{name}{table}.csv")[0].events
    assert (event.body["term"], event.header.occurred.value) == (term, occurred)


def test_the_pupil_table_of_autumn_counts_both_halves_of_the_summer_term() -> None:
    columns = f"upn,entrydate,{TOTALS},{TOTALS.replace('termly', 'summerhalfterm2')}"
    (read,) = text(f"{columns}\nK999000125001,2022-09-01,60,2,0,70,5,80\n", ROLL)
    joined, missed = read.events[0], read.events[1:]
    assert [(e.body["term"], e.body["meaning"], e.body["sessions"]) for e in missed] == [
        ("2024 summer, half term 1", "authorised", 2.0),
        ("2024 summer, half term 1", "present", 58.0),
    ]
    assert joined.header.marks == ("invalid_number:SUMMERHALFTERM2SESSIONS",)
    (read,) = text(f"{columns}\nK999000125001,2022-09-01,,,,70,5,0\n", ROLL)
    assert [(e.body["term"], e.header.occurred.value, e.body["sessions"]) for e in read.events[1:]] == [
        ("2024 summer, half term 2", "2024-07", 5.0),
        ("2024 summer, half term 2", "2024-07", 65.0),
    ]


def test_an_exclusion_that_two_censuses_tell_of_is_one_and_what_each_counts_is_its_own() -> None:
    """Each census numbers its rows anew, and tells of the exclusions of two terms."""

    def keys(table: str, columns: str, *rows: str) -> list[str]:
        data = [f"upn,{table}tableid,{columns}\nK999000125001,{row}\n" for row in rows]
        reads = text(data[0], f"2025_spring_{table}.csv") + text(data[1], f"2025_summer_{table}.csv")
        return [event.header.record_key for read in reads for event in read.events]

    columns = "startdate,category,sessions"
    told_twice = keys("termlyexclusionsonroll", columns, "7,2024-10-07,SUSP,4", "3,2024-10-07,Suspension,4")
    assert len(told_twice) == 2
    assert len(set(told_twice)) == 1
    assert len(set(keys("termlyexclusionsonroll", columns, "7,2024-10-07,SUSP,4", "7,2025-02-03,SUSP,4"))) == 2
    assert len(set(keys("termlysessiondetailsonroll", "sessions,attendancereason", "7,3,I", "7,5,O"))) == 2


def test_the_category_tells_a_suspension_from_a_permanent_exclusion() -> None:
    permanent, suspension = events_of(EXCLUSIONS)
    assert permanent.header.type == "school.permanent_exclusion"
    assert permanent.header.marks == ("unknown_code:REASON2",)
    assert permanent.body == {
        "reference": "fea20214",
        "school": "SCH1",
        "category": "PERM",
        "sessions": 10.0,
        "reasons": ["PP", "QQ"],
    }
    assert (suspension.header.type, suspension.header.occurred) == ("school.suspension", day("2024-11-01"))
    assert suspension.body["sen_provision"] == "K"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("perm", ("school.permanent_exclusion", "PERM", ())),
        ("Permanent", ("school.permanent_exclusion", "PERM", ())),
        ("Permanent exclusion", ("school.permanent_exclusion", "PERM", ())),
        ("Permanent - upheld by governors", ("school.permanent_exclusion", None, ("CATEGORY", "category"))),
        ("Suspension", ("school.suspension", "SUSP", ())),
        ("lnch", ("school.suspension", "LNCH", ())),
        ("LATR", ("school.suspension", "LATR", ("CATEGORY",))),
    ],
)
def test_a_category_in_words_is_its_code(written: str, expected: tuple[str, str | None, tuple[str, ...]]) -> None:
    (read,) = text(f"{EXCLUDED}5,A,,e1,2026-09-22,{written}\n")
    (event,) = read.events
    event_type, code, marked = expected
    assert (event.header.type, event.body.get("category")) == (event_type, code)
    assert event.header.marks == tuple(f"unknown_code:{name}" for name in marked)


def test_codes_in_small_letters_count_as_the_codes_and_what_is_neither_yes_nor_no_is_marked() -> None:
    (read,) = text(
        "pupilonrolltableid,termlysessiondetailsonrolltableid,sessions,attendancereason\np,s,4,n\n", "2026_autumn_s.csv"
    )
    assert (read.events[0].body["code"], read.events[0].body["meaning"]) == ("N", "unauthorised")
    (read,) = text("pupilonrolltableid,entrydate,senprovision,parttime\np,2026-09-01,sen support,mornings\n")
    assert read.events[0].body["sen_provision"] == "K"
    assert read.events[0].header.marks == ("unknown_code:PARTTIME",)


def test_a_leaver_is_read_with_fewer_columns_too() -> None:
    (event,) = events_of("2025_spring_pupilnolongeronroll.csv")
    assert (event.header.type, event.header.subject, event.header.occurred) == (
        "school.off_roll",
        "K999000125001",
        day("2025-01-31"),
    )
    assert event.body == {"school": "SCH1", "entry_date": "2022-09-01"}


def test_an_address_is_a_detail_of_the_person() -> None:
    (event,) = [e for e in events_of("2024_autumn_addressesonroll.csv", PUPILS) if e.header.type.endswith("details")]
    assert event.header.subject == "K999000125001"
    assert event.person is not None
    assert (event.person.postcode, event.person.address, event.body) == ("ZZ99 3VZ", None, {})
    columns = "pupilonrolltableid,upn,addressesonrolltableid,saon,paon,street,town,postcode"
    (sent,) = text(f"{columns}\n1,K999000125001,7,NULL,12,Synthetic Road,nan,<NA>\n")
    person = sent.events[0].person
    assert person is not None
    assert (person.address, person.postcode) == ("12, Synthetic Road", None)


@pytest.mark.parametrize(
    "table",
    [
        ("pupilnolongeronrolltableid,NativeId,upn,leavingdate,surname\n", "b,S,K999000125001,2025-01-31,{}\n"),
        ("pupilonrolltableid,addressesonrolltableid,upn,street\n", "b,7,K999000125001,{} Street\n"),
    ],
    ids=["leavers", "addresses"],
)
def test_equal_rows_are_one_event_and_different_rows_under_one_key_are_two_of_one_record(
    table: tuple[str, str],
) -> None:
    header, row = table
    rows = [row.format(name) for name in ("Example", "Example", "Sample")]
    keys = [(e.header.event_id, e.header.record_key) for read in text(header + "".join(rows)) for e in read.events]
    turned = [(e.header.event_id, e.header.record_key) for r in text(header + "".join(rows[::-1])) for e in r.events]
    assert keys[0] == keys[1]
    assert keys[0][0] != keys[2][0]
    assert keys[0][1] == keys[2][1]
    assert keys == turned[::-1]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", [(0, "empty_file", None)]),
        ("a,b\n1,2\n", [(0, "column_missing", "upn")]),
        ("pupilonrolltableid,tutorgroup\n1,2\n", [(0, "table_unknown", None)]),
        ("pupilonrolltableid,upn,entrydate\n,,2023-Sep-01 00:00:00\n", [(2, "subject_missing", "upn")]),
        ("pupilonrolltableid,upn,entrydate\np,,01/02/99\n", [(2, "invalid_date", "entrydate")]),
        (
            "pupilonrolltableid,termlysessiondetailsonrolltableid,sessions\np,s," + "9" * 400,
            [(2, "invalid_number", "sessions")],
        ),
    ],
)
def test_what_cannot_be_read_says_why(data: str, expected: list[tuple[int, str, str | None]]) -> None:
    assert refusals(text(data)) == expected


def test_a_pupil_table_without_ids_of_its_own_is_known_by_its_upns() -> None:
    (read,) = text("UPN,Surname,Forename,DOB,EntryDate\nK999000125001,Example,Robin,04/03/2011,2023-09-01\n")
    assert [(e.header.type, e.header.subject) for e in read.events] == [("school.on_roll", "K999000125001")]


@pytest.mark.parametrize("nothing", ["NULL", "nan", "<NA>"])
def test_what_a_database_writes_for_no_id_is_no_pupils_and_for_no_code_is_none(nothing: str) -> None:
    columns = "pupilonrolltableid,upn,termlysessiondetailsonrolltableid,sessions,attendancereason,nativeid"
    reads = text(f"{columns}\n{nothing},,a1,3.0,I,A\n0,{nothing},a2,4.0,{nothing},{nothing}\n")
    assert refusals(reads) == [(2, "subject_missing", "upn")]
    (event,) = reads[1].events
    assert (event.header.subject, event.body.keys() & {"code", "school"}) == ("0", set())
    assert event.header.marks == ("assumed:occurred",)


def test_what_a_database_writes_for_no_number_is_no_reference() -> None:
    (read,) = text("upn,termlyexclusionsonrolltableid,startdate,category\nK999000125001,NULL,2026-09-22,SUSP\n")
    assert "reference" not in read.events[0].body


def test_a_detail_row_that_has_only_a_upn_is_about_that_pupil() -> None:
    (read,) = text("upn,termlyexclusionsonrolltableid,startdate,category\nK999000125001,e1,2026-09-22,SUSP\n")
    assert [e.header.subject for e in read.events] == ["K999000125001"]


def test_a_detail_row_without_an_id_is_not_about_a_pupil_who_has_none_either() -> None:
    pupils = Source(
        name="pupilonroll.csv",
        data=b"pupilonrolltableid,upn,entrydate\n,K999000125001,2023-09-01\n",
    )
    details = Source(
        name="exclusions.csv",
        data=b"pupilonrolltableid,termlyexclusionsonrolltableid,startdate\n,e1,2026-09-22\n",
    )
    reads = list(SchoolCensusCsv().read([pupils, details], CONTEXT))
    assert reads[0].events
    assert refusals(reads) == [(2, "subject_missing", "upn")]


def test_a_sentence_in_a_coded_column_goes_into_the_notes() -> None:
    sentence = "another pupil, whose name stands here, hit him in the playground"
    columns = "pupilonrolltableid,termlyexclusionsonrolltableid,startdate,category,reason1"
    (read,) = text(f'{columns}\np1,e1,2026-09-22,SUSP,"{sentence}"\n')
    (event,) = read.events
    assert event.body["reasons"] == []
    assert event.body["notes"] == sentence
    assert "unknown_code:reasons" in event.header.marks
