"""What each row of a school census table says, as events."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import chain

from connectors.cells import code_in, date_in, day_in, moment_in, number_in, stated, truth, unknown_codes
from connectors.connector import Refused
from connectors.dates import day_moment, day_of
from connectors.school_census_pupils import NOBODY, SEX, Pupil, pupil_of
from connectors.school_census_record import Attended, Record
from connectors.school_census_terms import COUNTS
from connectors.tabular import Row
from schemas.codes import attribute
from schemas.events import Event, Person

UNKNOWN_NUMBER = -1.0
#: Columns and their code lists; a code that a list does not have is kept and marked.
CODED = {
    "attendancereason": "attendance",
    "category": "exclusion_category",
    "enrolstatus": "enrolment_status",
    "leavingreason": "leaving_reason",
    "ncyearactual": "year_group",
    "senprovision": "sen_provision",
    **dict.fromkeys(SEX, "sex"),
    **dict.fromkeys(("reason1", "reason2", "reason3"), "exclusion_reason"),
}
_code = partial(code_in, CODED)
_unknown_codes = partial(unknown_codes, CODED)
YES_OR_NO = ("fsmeligible", "parttime")
ADDRESS_COLUMNS = (
    "saon", "paon", "street", "locality", "town", "posttown", "administrativearea", "county",
    *(f"addressline{n}" for n in range(1, 6)),
)  # fmt: skip
Reader = Callable[[Record], tuple[Event, ...]]


def _neither_yes_nor_no(row: Row) -> list[str]:
    """Marks for the columns of yes or no that hold something else."""
    return [f"unknown_code:{name.upper()}" for name in YES_OR_NO if stated(row, name) and truth(row.get(name)) is None]


def _number(row: Row, column: str) -> float | None:
    """How many there were; -1.0 is how the census export writes that nobody knows. Raises Refused for less."""
    value = number_in(row, column)
    if value is None or value == UNKNOWN_NUMBER:
        return None
    if value < 0:
        raise Refused("invalid_number", f"{column} is less than 0; write how many there were", column)
    return value


def on_roll(record: Record) -> tuple[Event, ...]:
    """A pupil joined the roll."""
    row = record.row
    joined = day_in(row, "entrydate", "say when the pupil joined the roll")
    moment_in(row, "dob")
    body = {
        "school": record.school,
        "enrolment_status": _code(row, "enrolstatus"),
        "year_group": _code(row, "ncyearactual"),
        "part_time": truth(row.get("parttime")),
        "sen_provision": _code(row, "senprovision"),
        "free_school_meals": truth(row.get("fsmeligible")),
    }
    marks = [*_unknown_codes(row, ("enrolstatus", "ncyearactual", "senprovision", *SEX)), *_neither_yes_nor_no(row)]
    return _of_roll(record, "school.on_roll", joined, body, marks)


def off_roll(record: Record) -> tuple[Event, ...]:
    """A pupil left the roll."""
    row = record.row
    left = day_in(row, "leavingdate", "say when the pupil left the roll")
    joined = date_in(row, "entrydate")
    moment_in(row, "dob")
    body = {
        "school": record.school,
        "entry_date": joined.isoformat() if joined else None,
        "leaving_reason": _code(row, "leavingreason"),
        "sen_provision": _code(row, "senprovision"),
    }
    marks = list(_unknown_codes(row, ("leavingreason", "senprovision", *SEX)))
    marks += ["date_order:LEAVINGDATE"] if joined is not None and left < joined else []
    return _of_roll(record, "school.off_roll", left, body, marks)


def _of_roll(
    record: Record, event_type: str, day: date, body: Mapping[str, object], marks: Sequence[str]
) -> tuple[Event, ...]:
    """Joining or leaving, and the term's sessions in total. Sessions that cannot be do not cost the row its pupil."""
    pupil = pupil_of(record.row)
    totals = {counted: _totals(record.row, counted) for counted in COUNTS}
    marks = [*marks, *(f"invalid_number:{counted.upper()}" for counted, found in totals.items() if found is None)]
    event = record.event(event_type, pupil, (record.school, day.isoformat()), day_moment(day), body, marks)
    in_total = (_in_total(record, event_type, pupil, counted, found or {}) for counted, found in totals.items())
    return (event, *chain.from_iterable(in_total))


def _totals(row: Row, counted: str) -> Mapping[str, float] | None:
    """How many sessions of a term were attended and missed, as far as a pupil table says; None where it cannot be."""
    try:
        possible, *missed = (_number(row, f"{counted}{part}") for part in ("possible", "authorised", "unauthorised"))
    except Refused:
        return None
    absent = [count or 0.0 for count in missed]
    present = possible - sum(absent) if possible is not None else 0.0
    if present < 0:
        return None
    # Where one of them is empty, what is left need not be what was attended.
    found = dict(zip(("authorised", "unauthorised"), absent, strict=True))
    return found if None in missed else found | {"present": present}


def _in_total(
    record: Record, event_type: str, pupil: Pupil, counted: str, totals: Mapping[str, float]
) -> Iterator[Event]:
    """Sessions that the pupil table counts; not those that the session tables of the delivery say by their codes."""
    term, month = record.census.period(counted)
    occurred, marks = record.when(month)
    for meaning, count in totals.items():
        if not count or _is_told_by_code(record, (pupil.subject, term, meaning)):
            continue
        body = {"school": record.school, "term": term, "meaning": meaning, "sessions": count}
        key = (counted, event_type, record.school, record.census.name, meaning)
        yield record.event("school.attendance_summary", pupil, key, occurred, body, marks)


def _is_told_by_code(record: Record, total: Attended) -> bool:
    """Whether a session table of the delivery counts the same sessions. Who moved has some at each of two schools."""
    schools = record.delivery.by_code.get(total, frozenset())
    return bool(schools) and (not record.school or not schools.isdisjoint({record.school, ""}))


def is_counted(row: Row) -> bool:
    """Whether a row of a session table says how many sessions there were."""
    try:
        return _number(row, "sessions") is not None
    except Refused:
        return False


def attended(record: Record) -> Attended:
    """Of whom and of which term a row of a session table speaks, and what its sessions counted as."""
    return record.pupil().subject, record.census.period(record.census.table)[0], _meaning(record) or ""


def _meaning(record: Record) -> str | None:
    """What an attendance code counts as, by the list of the day: present, authorised and so on; None where unknown."""
    on = day_of(record.when(record.census.period(record.census.table)[1])[0])
    code = _code(record.row, "attendancereason", on)
    return attribute("attendance", code, "meaning", on) if code else None


def sessions(record: Record) -> tuple[Event, ...]:
    """Sessions under one attendance code over a term or half term."""
    row = record.row
    term, month = record.census.period(record.census.table)
    occurred, marks = record.when(month)
    body = {
        "school": record.school,
        "term": term,
        "code": _code(row, "attendancereason", day_of(occurred)),
        "meaning": _meaning(record),
        "sessions": _number(row, "sessions"),
    }
    marks += _unknown_codes(row, ("attendancereason",), day_of(occurred))
    return (record.event("school.attendance_summary", record.pupil(), record.key, occurred, body, marks),)


def exclusion(record: Record) -> tuple[Event, ...]:
    """A suspension, or a permanent exclusion where the category says so."""
    row, census = record.row, record.census
    began = day_in(row, "startdate", "say when the exclusion began")
    category = _code(row, "category")
    numbered = ("reason1", "reason2", "reason3")
    reasons = [reason for column in numbered if (reason := _code(row, column))]
    body = {
        "reference": stated(row, census.table),
        "school": record.school,
        "category": category,
        "sessions": _number(row, "sessions"),
        "reasons": reasons,
        "sen_provision": _code(row, "senprovision"),
    }
    marks = list(_unknown_codes(row, ("category", "senprovision", *numbered)))
    permanent = category.casefold().startswith("perm")  # also in words that no list has
    event_type = "school.permanent_exclusion" if permanent else "school.suspension"
    # Each is told in two censuses, under another id: a pupil is not excluded twice from one day on.
    key = (began.isoformat(), category)
    return (record.event(event_type, record.pupil(), key, day_moment(began), body, marks),)


def address(record: Record) -> tuple[Event, ...]:
    """Where a pupil lives."""
    row = record.row
    occurred, marks = record.when(record.census.held())
    pupil = record.pupil()
    line = ", ".join(part for column in ADDRESS_COLUMNS if (part := stated(row, column)))
    person = Person(
        address=line or None,
        postcode=stated(row, "postcode") or None,
        identifiers=pupil.person.identifiers,
    )
    lives = pupil if pupil is NOBODY else Pupil(pupil.subject, person, pupil.marks)
    return (record.event("school.person_details", lives, ("address", *record.key), occurred, {}, marks),)


#: The id column of a detail table → how its rows are read.
DETAILS: Mapping[str, Reader] = {
    r".*sessiondetails.*tableid": sessions,
    r".*exclusions.*tableid|.*suspensions.*tableid": exclusion,
    r"addresses.*tableid": address,
}
#: Columns without which no row of a table can say what such a table is for.
NEEDED: Mapping[Reader, Sequence[str]] = {
    on_roll: ("entrydate",),
    off_roll: ("leavingdate",),
    sessions: ("sessions",),
    exclusion: ("startdate",),
}
