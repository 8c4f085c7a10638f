from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.connector import Context, Read, Source
from connectors.ssda903 import Ssda903Csv
from schemas.events import Event, Identifier, Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Precision

SAMPLES = Path(__file__).parent / "samples" / "ssda903"
CONTEXT = Context(
    key=DeploymentKey(bytes(range(32))),
    agency=Agency.SOCIAL_CARE,
    feed="social_care.ssda903-csv",
    received_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
)


def reads_of(*names: str, context: Context = CONTEXT) -> list[Read]:
    sources = [Source(name=f"{n}.csv", data=(SAMPLES / name).read_bytes()) for n, name in enumerate(names)]
    return list(Ssda903Csv().read(sources, context))


def text(data: str) -> list[Read]:
    return list(Ssda903Csv().read([Source(name="file.csv", data=data.encode())], CONTEXT))


def events_of(*names: str) -> list[Event]:
    return [event for read in reads_of(*names) for event in read.events]


def refusals(reads: list[Read]) -> list[tuple[int, str, str | None]]:
    return [(r.position, r.rejection.code, r.rejection.field) for r in reads if r.rejection is not None]


def day(value: str) -> Moment:
    return Moment(value=value, precision=Precision.DAY)


def test_a_header_row_says_who_a_child_is() -> None:
    first, second, third = events_of("header.csv")
    assert first.person == Person(
        birth_date="2011-03-04",
        birth_date_accuracy="AAA",
        sex="2",
        ethnicity="WBRI",
        identifiers=(
            Identifier(system="la-child-id", value="SYN1", valid=True),
            Identifier(system="upn", value="K999000125001", valid=True),
        ),
    )
    assert (first.header.type, first.header.subject) == ("social_care.person_details", "SYN1")
    assert first.header.marks == ("assumed:occurred",)
    assert second.header.marks == ("assumed:occurred", "check_failed:UPN")
    assert third.header.marks == ("assumed:occurred", "unknown_code:ETHNIC")


@pytest.mark.parametrize(
    "child", ["1.23E+09", "######", "Unknown", "0000", "nan", "[NULL]", "Grand Total", "Not recorded"]
)
def test_what_many_children_would_share_is_no_childs_key(child: str) -> None:
    reads = text(f"CHILD,DOB,REVIEW,REVIEW_CODE\n{child},04/03/2011,01/05/2026,PN1\n")
    assert refusals(reads) == [(2, "subject_missing", "CHILD")]


def test_a_reason_for_having_no_upn_is_no_upn() -> None:
    person = events_of("header.csv")[2].person
    assert person is not None
    assert person.identifiers == (Identifier(system="la-child-id", value="SYN3", valid=True),)


def test_an_episode_that_ends_the_period_of_care_closes_the_case_as_well() -> None:
    began, change, closed, *_ = events_of("episodes.csv")
    assert [began.header.type, change.header.type, closed.header.type] == [
        "social_care.looked_after_episode",
        "social_care.placement_change",
        "social_care.case_closed",
    ]
    assert change.body == {
        "reason_for_episode": "P",
        "legal_status": "C2",
        "category_of_need": "N1",
        "placement_type": "K2",
        "placement_provider": "PR4",
        "ended": day("2026-01-30"),
        "reason_ended": "E4A",
        "reason_place_change": None,
        "home_postcode": "ZZ99 3VZ",
        "placement_postcode": "ZZ99 3WZ",
        "placement_urn": "SC999998",
    }
    assert (closed.header.occurred, closed.body) == (day("2026-01-30"), {"reason": "E4A"})


def test_an_episode_with_an_adoption_placement_or_order_is_sensitive() -> None:
    assert [event.header.sensitivities for event in events_of("episodes.csv")] == [(), (), (), ("adoption",), ()]


@pytest.mark.parametrize(("status", "closes"), [("V3", False), ("v4 Short breaks, one agreement", False), ("V2", True)])
def test_no_case_is_closed_by_the_end_of_a_short_break(status: str, closes: bool) -> None:
    (read,) = text(f'CHILD,DECOM,RNE,LS,DEC,REC\nSYN1,01/05/2025,S,"{status}",03/05/2025,E8\n')
    assert ("social_care.case_closed" in [event.header.type for event in read.events]) is closes


def sensitivities_of(columns: str, values: str) -> list[tuple[str, ...]]:
    data = f"CHILD,{columns}\nSYN1,{values}\n".encode()
    reads = Ssda903Csv().read([Source(name="sent.csv", data=data)], CONTEXT)
    return [event.header.sensitivities for read in reads for event in read.events]


@pytest.mark.parametrize(
    ("place", "ls", "rec", "expected"),
    [
        ("a3", "C2", "X1", [("adoption",)]),
        ("U1", "e1", "X1", [("adoption",)]),
        ("U1", "C2", "e11", [("adoption",), ("adoption",)]),
        ("U1", "C2", "Adopted, application unopposed", [("adoption",), ("adoption",)]),
        ("U1", "C2", "E15", [("immigration",), ("immigration",)]),
        ("U1", "j1", "X1", [("criminal_justice",)]),
        ("R5", "C2", "X1", [("criminal_justice",)]),
        ("A1", "C2", "X1", [("adoption",)]),
        ("a2", "C2", "X1", [("adoption",)]),
        ("U2", "C2", "X1", [("adoption",)]),
        ("u5", "C2", "X1", [("adoption",)]),
        ("U1", "C2", "E1", [("adoption",), ("adoption",)]),
        ("U1", "C2", "E9", [("criminal_justice",), ("criminal_justice",)]),
        ("U1", "C2", "x1", [()]),
    ],
)
def test_a_code_tells_of_protected_content_however_it_is_written(
    place: str, ls: str, rec: str, expected: list[tuple[str, ...]]
) -> None:
    quoted = f'01/01/2025,P,{ls},{place},01/02/2025,"{rec}"'
    assert sensitivities_of("DECOM,RNE,LS,PLACE,DEC,REC", quoted) == expected


def test_a_placement_that_changed_by_custody_is_sensitive() -> None:
    row = "01/01/2025,P,C2,U1,01/02/2025,X1,custod"
    assert sensitivities_of("DECOM,RNE,LS,PLACE,DEC,REC,REASON_PLACE_CHANGE", row) == [("criminal_justice",)]


@pytest.mark.parametrize(
    ("activ", "accom", "expected"),
    [
        ("F2", "U1", ()),
        ("G6", "U1", ("sexual_health",)),
        ("g3", "U1", ("sexual_health",)),
        ("G5", "H2", ("immigration",)),
        ("F2", "X2", ("criminal_justice",)),
    ],
)
def test_what_a_care_leaver_does_and_where_they_live_can_be_protected_content(
    activ: str, accom: str, expected: tuple[str, ...]
) -> None:
    assert sensitivities_of("DOB,IN_TOUCH,ACTIV,ACCOM", f"01/04/2006,YES,{activ},{accom}") == [expected]


@pytest.mark.parametrize(
    ("decom", "dec", "expected"),
    [("01/01/2025", "21/11/2025", ()), ("01/01/2025", "22/11/2025", ("adoption",)), ("01/12/2025", "", ("adoption",))],
)
def test_what_follows_a_placing_for_adoption_is_sensitive(decom: str, dec: str, expected: tuple[str, ...]) -> None:
    episode = f"CHILD,DECOM,RNE,LS,PLACE,DEC,REC\nSYN4,{decom},P,C2,U4,{dec},X1\n".encode()
    placed = (SAMPLES / "placed_for_adoption.csv").read_bytes()
    sources = [Source(name="a.csv", data=episode), Source(name="b.csv", data=placed)]
    (event,) = [event for read in Ssda903Csv().read(sources, CONTEXT) for event in read.events]
    assert event.header.sensitivities == expected


@pytest.mark.parametrize(("one", "other"), [("0101", "101"), ("101", "0101"), ("AB1", "ab1")])
def test_whoever_is_placed_for_adoption_is_protected_also_where_a_spreadsheet_took_zeros_off(
    one: str, other: str
) -> None:
    episode = f"CHILD,DECOM,RNE\n{one},01/04/2024,S\n".encode()
    placed = f"CHILD,DOB,DATE_PLACED\n{other},04/03/2011,01/05/2024\n".encode()
    sources = [Source(name="e.csv", data=episode), Source(name="p.csv", data=placed)]
    (event,) = [event for read in Ssda903Csv().read(sources, CONTEXT) for event in read.events]
    assert event.header.sensitivities == ("adoption",)
    assert event.header.subject == one


@pytest.mark.parametrize("broken", ["1001,04/03/2011,01/05/2024,,,", '"1001,04/03/2011,01/05/2024,,'])
def test_a_broken_row_about_a_placing_for_adoption_protects_whom_it_names(broken: str) -> None:
    episodes = "CHILD,DECOM,RNE\n1001,01/04/2024,S\n1002,01/04/2024,S\n"
    placed = f"CHILD,DOB,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED\n{broken}\n"
    sources = [Source(name="e.csv", data=episodes.encode()), Source(name="p.csv", data=placed.encode())]
    reads = Ssda903Csv().read(sources, CONTEXT)
    found = [event.header.sensitivities for read in reads for event in read.events]
    assert found == [("adoption",), ()]


@pytest.mark.parametrize(
    ("status", "placement", "ended"),
    [("e1", "U4", ""), ("E1 - Placement order", "U4", ""), ("C2", "a5", ""), ("C2", "A5) with carer", ""),
     ("C2", "U4", "e11"), ("Placement order", "U4", ""), ("C2", "U4", "Adopted")],
)  # fmt: skip
def test_adoption_is_known_in_whatever_way_its_code_is_written(status: str, placement: str, ended: str) -> None:
    reads = text(f"CHILD,DECOM,RNE,LS,PLACE,DEC,REC\nSYN1,01/04/2026,S,{status},{placement},01/05/2026,{ended}\n")
    assert all(event.header.sensitivities == ("adoption",) for event in reads[0].events)


def test_a_code_in_small_letters_or_with_its_title_is_the_code() -> None:
    (read,) = text("CHILD,DECOM,RNE,LS,PLACE,DEC,REC\nSYN1,01/04/2026,s,C2 - Full care order,u4,01/05/2026,e4b\n")
    told, closed = read.events
    codes = ("reason_for_episode", "legal_status", "placement_type", "reason_ended")
    assert [told.body[name] for name in codes] == ["S", "C2", "U4", "E4B"]
    assert (closed.body["reason"], told.header.marks) == ("E4B", ())


def test_words_that_are_no_code_are_in_no_coded_field() -> None:
    (read,) = text("CHILD,DECOM,RNE,LS,DEC,REC\nSYN1,01/04/2026,S,C2,01/05/2026,Back to Jo Sample\n")
    told, closed = read.events
    assert "Back to Jo Sample" not in told.body.values()
    assert closed.body == {"notes": "Back to Jo Sample"}
    assert all("unknown_code:REC" in event.header.marks for event in read.events)


def test_an_unknown_code_and_days_the_wrong_way_round_are_kept_and_marked() -> None:
    event = events_of("episodes.csv")[-1]
    assert event.header.type == "social_care.looked_after_episode"
    assert (event.body["reason_for_episode"], event.body["placement_type"]) == ("Q", "K9")
    assert event.header.marks == ("date_order:DEC", "unknown_code:PLACE", "unknown_code:RNE")


def test_rows_are_joined_to_the_header_by_child() -> None:
    alone, joined = events_of("episodes.csv")[0], events_of("header.csv", "episodes.csv")[3]
    assert alone.person == Person(identifiers=(Identifier(system="la-child-id", value="SYN1", valid=True),))
    assert joined.person == events_of("header.csv")[0].person
    assert alone.header.record_key == joined.header.record_key


def test_the_header_says_who_a_child_is_whatever_stands_before_it() -> None:
    header = Source(name="header.csv", data=b"CHILD,SEX,DOB,ETHNIC,UPN\nSYN1,F,04/03/2011,,K999000125001\n")
    uasc = Source(name="UASC.csv", data=b"CHILD,SEX,DOB,DUC\nSYN1,2,04/03/2011,\n")
    for sources in ([header, uasc], [uasc, header]):
        events = [event for read in Ssda903Csv().read(sources, CONTEXT) for event in read.events]
        assert [[i.value for i in e.person.identifiers] for e in events if e.person] == [["SYN1", "K999000125001"]] * 2


def test_a_file_without_dates_is_of_the_year_that_its_set_is_of() -> None:
    set_year = {event.header.occurred for event in events_of("header.csv", "episodes.csv")[:3]}
    assert set_year == {Moment(value="2026", precision=Precision.YEAR)}
    held = ("30/09/2025", "30/09/2025", "02/05/2026")  # the last by a slip
    reviews = ("CHILD,DOB,REVIEW\n" + "".join(f"SYN1,04/03/2011,{on}\n" for on in held)).encode()
    long_placed = b"CHILD,DECOM,RNE,DEC\nSYN1,01/05/2022,S,\n"
    outcomes = b"CHILD,DOB,SDQ_SCORE,SDQ_REASON\nSYN1,04/03/2011,12,\n"
    files = (("episodes.csv", long_placed), ("reviews.csv", reviews), ("oc2.csv", outcomes))
    *_, last = Ssda903Csv().read([Source(name=name, data=data) for name, data in files], CONTEXT)
    assert last.events[0].header.occurred.value == "2026"
    april = replace(CONTEXT, received_at=datetime(2026, 4, 1, tzinfo=UTC))
    march = replace(CONTEXT, received_at=datetime(2026, 3, 31, tzinfo=UTC))
    alone = [reads_of("oc2.csv", context=context)[0].events[0].header.occurred.value for context in (march, april)]
    assert alone == ["2025", "2026"]


def test_what_is_known_of_a_year_that_is_not_over_takes_the_place_of_no_year_before() -> None:
    """An extract of July is of the return that ends in the next March, and is dated by the year in which it came."""
    said = []
    for came, decom in (((2025, 5, 10), "30/03/2025"), ((2025, 7, 10), "30/06/2025"), ((2026, 1, 10), "30/12/2025")):
        context = replace(CONTEXT, received_at=datetime(*came, tzinfo=UTC))
        episodes = Source(name="e.csv", data=f"CHILD,DECOM,RNE\nSYN1,{decom},P\n".encode())
        outcomes = Source(name="oc2.csv", data=b"CHILD,DOB,SDQ_SCORE,SDQ_REASON\nSYN1,04/03/2011,12,\n")
        *_, last = [event for read in Ssda903Csv().read([episodes, outcomes], context) for event in read.events]
        said.append(last.header)
    assert [header.occurred.value for header in said] == ["2025", "2025", "2026"]
    final, summer, winter = [header.record_key for header in said]
    assert final != summer == winter


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("SSDA903_2024_oc2.csv", "2024"),
        ("oc2 2023-24.csv", "2024"),
        ("OC2_2023_2024.csv", "2024"),
        ("oc2_202324.csv", "2024"),
        ("oc2 2024-05-13.csv", "2024"),
        ("oc2 2099.csv", "2026"),
        ("E06002024_oc2_20240513.csv", "2025"),
        ("oc2 2023 to 2024.csv", "2024"),
        ("oc2 2023 - 24.csv", "2024"),
        ("oc2 2023\u201324.csv", "2024"),
        ("SSDA903_2024_oc2 2026-05-02.csv", "2024"),
        ("SSDA903_2024_oc2 02-05-2026.csv", "2024"),
        ("oc2 2023-24 (sent 14 Nov 2026).csv", "2024"),
        ("oc2 13.05.2024.csv", "2024"),
        ("oc2 April 2023 - March 2024.csv", "2025"),
        ("oc2 2023-04-01 to 2024-03-31.csv", "2025"),
        ("oc2_20240513_201530.csv", "2025"),
    ],
)
def test_a_file_whose_name_tells_the_year_is_of_it(name: str, year: str) -> None:
    episodes = Source(name="episodes.csv", data=b"CHILD,DECOM,DEC\nSYN1,01/05/2024,\n")
    outcomes = Source(name=name, data=b"CHILD,DOB,SDQ_SCORE,SDQ_REASON\nSYN1,04/03/2011,12,\n")
    *_, last = [event for read in Ssda903Csv().read([episodes, outcomes], CONTEXT) for event in read.events]
    assert last.header.occurred == Moment(value=year, precision=Precision.YEAR)


@pytest.mark.parametrize(
    ("dob", "expected"), [("2011-07", ("2011-07", "UAA")), ("2011", ("2011", "UUA")), ("NULL", (None, "UUU"))]
)
def test_a_birth_date_is_as_exact_as_it_is_known(dob: str, expected: tuple[str | None, str]) -> None:
    (event,) = text(f"CHILD,SEX,DOB,ETHNIC,UPN\nSYN1,M,{dob},WBRI,UN1\n")[0].events
    assert event.person is not None
    assert (event.person.birth_date, event.person.birth_date_accuracy) == expected


def test_several_returns_in_one_file_are_told_apart_by_their_year() -> None:
    reads = text("CHILD,DOB,IN_TOUCH,YEAR\nSYN1,04/03/2006,YES,2025\nSYN1,04/03/2006,NO,2026\n")
    first, second = [event.header for read in reads for event in read.events]
    assert [first.occurred.value, second.occurred.value] == ["2025", "2026"]
    assert first.record_key != second.record_key


@pytest.mark.parametrize("nothing", ["NULL", "nan", "<NA>", "(null)", r"\N"])
def test_where_a_database_says_that_there_is_none_there_is_none(nothing: str) -> None:
    columns = "CHILD,DECOM,RNE,LS,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN,SEX,ETHNIC,UPN"
    reads = text(f"{columns}\nSYN1,01/05/2025,P,C2,01/09/2025{f',{nothing}' * 8}\n")
    (moved,) = [event for read in reads for event in read.events]  # and no case closed for a reason called so
    said = {name: value for name, value in moved.body.items() if value is not None}
    assert said == {"reason_for_episode": "P", "legal_status": "C2", "ended": day("2025-09-01")}
    assert (moved.person, moved.header.marks) == (
        Person(identifiers=(Identifier(system="la-child-id", value="SYN1", valid=True),)),
        (),
    )
    (none,) = text(f"CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM\nSYN1,04/03/2011,Z1,{nothing},{nothing}\n")
    assert none.rejection is None


def test_a_row_may_say_when_it_was_written() -> None:
    rows = (
        "CHILD,DECOM,RNE,Updated at\nSYN1,01/05/2025,S,2026-06-01 09:30\nSYN1,01/05/2025,S,\nSYN1,01/05/2025,S,soon\n"
    )
    first, second, third = text(rows)
    assert [read.events[0].header.recorded_at for read in (first, second)] == [
        datetime(2026, 6, 1, 8, 30, tzinfo=UTC),
        None,
    ]
    assert first.events[0].header.record_key == second.events[0].header.record_key
    assert refusals([third]) == [(4, "invalid_date", "UPDATED_AT")]


def test_two_header_rows_on_one_child_each_say_their_own() -> None:
    rows = "CHILD,SEX,DOB,ETHNIC,UPN\nSYN1,F,04/03/2011,,K999000125001\nSYN1,F,04/03/2012,,R999000125001\n"
    events = [event for read in text(rows) for event in read.events]
    assert [event.person and event.person.birth_date for event in events] == ["2011-03-04", "2012-03-04"]


@pytest.mark.parametrize("years", [("2025", "2026"), ("2026", "2025")])
def test_of_the_headers_of_two_years_the_later_knows_better(years: tuple[str, str]) -> None:
    born = {"2025": "04/02/2011", "2026": "04/03/2011"}
    headers = [
        Source(name=f"{year}_header.csv", data=f"CHILD,DOB,UPN\nSYN1,{born[year]},UN1\n".encode()) for year in years
    ]
    episodes = Source(name="2025_episodes.csv", data=b"CHILD,DECOM,RNE\nSYN1,01/05/2024,S\n")
    *_, last = [event for read in Ssda903Csv().read([*headers, episodes], CONTEXT) for event in read.events]
    assert last.person is not None
    assert last.person.birth_date == "2011-03-04"


def test_a_missing_episode_may_last_and_a_bad_row_is_refused() -> None:
    reads = reads_of("missing.csv")
    bodies = [(event.header.occurred, event.body) for read in reads for event in read.events]
    assert bodies == [
        (day("2025-11-13"), {"missing_type": "M", "ended": day("2025-11-25")}),
        (day("2025-12-01"), {"missing_type": "A", "ended": None}),
    ]
    assert refusals(reads) == [
        (4, "invalid_date", "MIS_START"),
        (5, "subject_missing", "CHILD"),
        (6, "date_missing", "MIS_START"),
    ]


def test_a_rejection_never_repeats_a_value() -> None:
    rejection = reads_of("missing.csv")[2].rejection
    assert rejection is not None
    assert "31/02/2026" not in rejection.message
    assert rejection.raw == b"CHILD,DOB,MISSING,MIS_START,MIS_END\nSYN1,04/03/2011,M,31/02/2026,\r\n"


def test_equal_rows_are_one_event_and_different_rows_under_one_key_are_two() -> None:
    first, second, third = events_of("reviews.csv")
    assert first.header.event_id == second.header.event_id
    assert first.header.event_id != third.header.event_id
    assert first.header.record_key == third.header.record_key
    assert [first.body, third.body] == [{"participation": "PN1"}, {"participation": "PN4"}]


def test_yearly_outcomes_and_care_leavers_keep_their_codes() -> None:
    outcomes, leaver = events_of("oc2.csv", "oc3.csv")
    assert outcomes.body == {
        "sdq_score": "12",
        "sdq_reason": None,
        "convicted": "0",
        "health_check": "1",
        "immunisations": "1",
        "teeth_check": "1",
        "health_assessment": "1",
        "substance_misuse": "0",
        "intervention_received": None,
        "intervention_offered": None,
    }
    assert leaver.body == {"in_touch": "YES", "activity": "F1", "accommodation": "Z1"}


def test_an_unaccompanied_child_is_sensitive() -> None:
    (event,) = events_of("uasc.csv")
    assert (event.header.sensitivities, event.body) == (("immigration",), {"unaccompanied_until": "2028-01-31"})


def test_a_file_with_a_byte_order_mark_and_one_without_a_last_line_end_are_read() -> None:
    worker, liberty = events_of("sw_episodes.csv", "DoLo.csv")
    assert worker.body == {"worker_reference": "SW999", "ended": day("2026-01-03"), "reason": "SWLAZY"}
    assert worker.header.marks == ("unknown_code:SW_REASON",)
    assert (liberty.header.type, liberty.body) == ("social_care.deprivation_of_liberty", {"ended": day("2026-01-02")})


@pytest.mark.parametrize("name", ["ad1.csv", "placed_for_adoption.csv"])
def test_an_adoption_record_is_refused(name: str) -> None:
    (read,) = reads_of(name)
    assert read.rejection is not None
    assert (read.rejection.code, read.rejection.message) == (
        "adoption_record",
        "adoption and permanence records never travel on the bus (Adoption and Children Act 2002 ss.56-58);"
        " leave this record out",
    )


def test_a_previous_permanence_is_refused_and_none_says_only_who_the_child_is() -> None:
    reads = reads_of("previous_permanence.csv")
    assert refusals(reads) == [(3, "adoption_record", None)]
    assert [(e.header.type, e.header.subject, e.body) for read in reads for e in read.events] == [
        ("social_care.person_details", "SYN1", {}),
        ("social_care.person_details", "SYN3", {}),
    ]


def test_a_file_is_known_by_its_columns_in_any_order_and_case() -> None:
    (read,) = text("mis_start,missing,child\n13/11/2025,M,SYN1\n")
    assert [event.header.type for event in read.events] == ["social_care.missing_from_care"]


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ("CHILD,DOB,DECOM,MISSING,MIS_START,MIS_END", "M,05/06/2025,06/06/2025", "social_care.missing_from_care"),
        ("CHILD,DOB,DECOM,ETHNIC,UPN,MOTHER", "WBRI,K999000125001,", "social_care.person_details"),
    ],
)
def test_when_care_began_makes_no_episode_of_what_another_file_says(columns: str, row: str, expected: str) -> None:
    (read,) = text(f"{columns}\nSYN1,04/03/2011,01/04/2024,{row}\n")
    assert [event.header.type for event in read.events] == [expected]


@pytest.mark.parametrize("more", ["REVIEW,REVIEW_CODE", "DATE_PLACED,REASON_PLACED_CEASED", "MISSING,MIS_START"])
def test_several_files_in_one_table_are_refused_and_none_of_them_passed_over(more: str) -> None:
    (read,) = text(f"CHILD,DOB,DECOM,RNE,LS,DEC,REC,{more}\nSYN1,04/03/2011,01/04/2024,S,V2,,,,\n")
    assert refusals([read]) == [(0, "table_unknown", None)]


def test_a_file_of_no_known_kind_and_one_without_child_are_refused_whole() -> None:
    assert refusals(text("A,B\n1,2\n")) == [(0, "table_unknown", None)]
    assert refusals(reads_of("no_child_column.csv")) == [(0, "column_missing", "CHILD")]
    assert refusals(text("")) == [(0, "empty_file", None)]


def test_a_birth_after_the_event_is_marked() -> None:
    (read,) = text("CHILD,DOB,REVIEW,REVIEW_CODE\nSYN1,04/03/2027,30/08/2025,PN1\n")
    assert read.events[0].header.marks == ("date_order:DOB",)


def test_a_sentence_in_a_coded_column_is_no_code_and_goes_nowhere() -> None:
    sentence = "with his aunt, whose name and street stand here in full"
    (read,) = text(f'CHILD,DOB,MISSING,MIS_START,MIS_END\nSYN1,,"{sentence}",01/10/2026,\n')
    (event,) = read.events
    assert sentence not in str(event)
    assert "unknown_code:missing_type" in event.header.marks
