"""What schools would send: the flat tables of a census, register marks, and concerns."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from fanlight.county.ledger import Ledger
from fanlight.county.people import Child
from schemas.dates import MONTHS

ON_ROLL = "pupilonroll"
OFF_ROLL = "pupilnolongeronroll"
ADDRESSES = "addressesonroll"
FORMER_ADDRESSES = "addressesoffroll"
SESSIONS = "termlysessiondetailsonroll"
SESSIONS_BEFORE = "the term before: termlysessiondetailsonroll"
EXCLUSIONS = "termlyexclusionsonroll"
MARKS = "register-marks.csv"
CONCERNS = "concerns.csv"

_SESSIONS_OF_A_TERM = 120
#: A term in which nothing was the matter.
USUAL = {"I": 2, "M": 1}


def _census(day: date | None) -> str:
    return f"{day.year}-{MONTHS[day.month - 1][:3]}-{day.day:02d} 00:00:00" if day else ""


def school_name(number: int) -> str:
    """A school's number, from beyond those that have been given out."""
    return str(999_000 + number)


def school_year(child: Child, on: date) -> int:
    """The national curriculum year of a child of this age."""
    started = on.year if on.month >= 9 else on.year - 1
    turned = started - child.born.year - ((child.born.month, child.born.day) > (8, 31))
    return max(0, min(13, turned - 4))


def _in_both_tables(child: Child, entry: date) -> dict[str, str]:
    """What both pupil tables say of a pupil."""
    return {
        "NativeId": school_name(child.school),
        "dob": _census(child.born),
        "surname": child.family,
        "forename": child.given,
        "middlenames": child.middle,
        "preferredsurname": child.family,
        "formersurname": "",
        "upn": child.upn,
        "formerupn": "",
        "uniquelearnernumber": "",
        "sex": child.sex,
        "entrydate": _census(entry),
    }


def on_roll(ledger: Ledger, child: Child, entry: date, *, sen: str = "N") -> None:
    """A pupil of the school."""
    ledger.row(
        ON_ROLL,
        entry,
        {
            "pupilonrolltableid": child.pupil_id,
            **_in_both_tables(child, entry),
            "pupilonrollorderseqcolumn": 1,
            "parttime": False,
            "termlysessionspossible": f"{_SESSIONS_OF_A_TERM}.0",
            "language": child.language,
            "enrolstatus": "C",
            "senprovision": sen,
            "ncyearactual": school_year(child, ledger.today),
        },
    )
    _home(ledger, child, ADDRESSES, "pupilonrolltableid", entry)


def off_roll(ledger: Ledger, child: Child, entry: date, left: date) -> None:
    """A pupil who left."""
    ledger.row(
        OFF_ROLL,
        left,
        {
            "pupilnolongeronrolltableid": child.pupil_id,
            **_in_both_tables(child, entry),
            "leavingdate": _census(left),
            "pupilnolongeronrollorderseqcolumn": 1,
            "language": child.language,
            "ncyearleaving": school_year(child, left),
        },
    )
    _home(ledger, child, FORMER_ADDRESSES, "pupilnolongeronrolltableid", left)


def _home(ledger: Ledger, child: Child, table: str, pupil: str, filed: date) -> None:
    number, _, street = child.household.line.partition(" ")
    ledger.row(
        table,
        filed,
        {
            pupil: child.pupil_id,
            "NativeId": school_name(child.school),
            f"{table}tableid": f"{child.pupil_id}-home",
            f"{table}orderseqcolumn": 1,
            "sourceid": "",
            "uniquepropertyreferencenumber": "-1.0",
            "paon": number,
            "street": street,
            "town": child.household.town,
            "postcode": child.household.postcode,
        },
    )


def term(ledger: Ledger, child: Child, missed: Mapping[str, int], *, before: Mapping[str, int] = USUAL) -> None:
    """How many sessions were marked with which code, in the last term and in the one before it."""
    for table, name, codes in ((SESSIONS, "last", missed), (SESSIONS_BEFORE, "before", before)):
        mornings = (_SESSIONS_OF_A_TERM - sum(codes.values())) // 2
        counts = {"/": mornings, "\\": mornings} | dict(codes)
        for order, (code, count) in enumerate(counts.items(), start=1):
            ledger.row(
                table,
                ledger.day(1),
                {
                    "pupilonrolltableid": child.pupil_id,
                    "NativeId": school_name(child.school),
                    "termlysessiondetailsonrolltableid": f"{child.pupil_id}-{name}-{order}",
                    "termlysessiondetailsonrollorderseqcolumn": order,
                    "sourceid": "",
                    "sessions": f"{count}.0",
                    "attendancereason": code,
                },
            )


def suspension(ledger: Ledger, child: Child, start: date, *, sessions: int, reasons: Sequence[str]) -> None:
    """A suspension for so many sessions."""
    first, second, third = [*reasons, "", ""][:3]
    ledger.row(
        EXCLUSIONS,
        start,
        {
            "pupilonrolltableid": child.pupil_id,
            "NativeId": school_name(child.school),
            "termlyexclusionsonrolltableid": ledger.number("EXCL"),
            "termlyexclusionsonrollorderseqcolumn": 1,
            "sourceid": "",
            "startdate": _census(start),
            "sessions": f"{sessions}.0",
            "reason1": first,
            "reason2": second,
            "reason3": third,
            "category": "SUSP",
            "senprovision": "N",
        },
    )


def school_days(first: date, last: date) -> list[date]:
    """Weekdays. The county has no holidays, so that its stories say the same whatever the day they are told on."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def _pupil(child: Child) -> dict[str, object]:
    return {
        "upn": child.upn,
        "forename": child.given,
        "middle_names": child.middle,
        "surname": child.family,
        "date_of_birth": child.born.isoformat(),
        "sex": child.sex,
        "postcode": child.household.postcode,
        "school_urn": school_name(child.school),
    }


def mark(ledger: Ledger, child: Child, day: date, session: str, code: str) -> None:
    """One session's mark in the register."""
    ledger.row(
        MARKS,
        day,
        _pupil(child) | {"date": day.isoformat(), "session": session, "code": code, "minutes_late": "", "comment": ""},
    )


def concern(
    ledger: Ledger, child: Child, when: datetime, category: str, *, action: str, referred: bool = False, note: str = ""
) -> None:
    """A concern that somebody at school wrote down."""
    ledger.row(
        CONCERNS,
        when.date(),
        _pupil(child)
        | {
            "concern_ref": ledger.number("CONCERN"),
            "recorded_on": when.isoformat(timespec="minutes"),
            "category": category,
            "action_taken": action,
            "referred": "Y" if referred else "N",
            "details": note,
        },
    )
