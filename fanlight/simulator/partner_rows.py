"""One row of `records.csv` as a partner would send it.

The county's own writers write it; then whatever else the row holds goes where the format, or the mapping of a table,
has room for it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import partial

from connectors.mapping import load_mapping
from fanlight.county import care, files, hospitals, messages, police, schools
from fanlight.county.ledger import Ledger
from fanlight.county.names import PLACES
from fanlight.county.people import Child, Household
from schemas.dates import LONDON

Row = Mapping[str, str]
#: Stands in a `Child`, which cannot do without a birth date, until the file says that there is none.
_NO_DATE = date(2020, 1, 1)
_SERIAL = re.compile(r"\d+")


def child_of(row: Row) -> Child:
    """The child as a row has them, under the key of the row's record."""
    serial, *more = map(int, _SERIAL.findall(row["record_id"]))
    line, _, town = row["address"].rpartition(", ")
    return Child(
        serial=serial,
        given=row["given_name"],
        middle=row["middle_names"],
        family=row["family_name"],
        born=_birth_date(row) or _NO_DATE,
        sex=row["sex"] or "F",
        ethnic="NOBT",
        ethnic_nhs="Z",
        language="",
        household=Household(line=line or town, town=town if line else "", postcode=row["postcode"]),
        nhs_number=row["nhs_number"],
        upn=row["upn"],
        school=more[0] if more else 0,
    )


def _birth_date(row: Row) -> date | None:
    return date.fromisoformat(row["birth_date"]) if len(row["birth_date"]) == 10 else None


def _observed(row: Row) -> date:
    return date.fromisoformat(row["observed_on"])


def _at(row: Row, clock: str = "10:30") -> datetime:
    return datetime.combine(_observed(row), time.fromisoformat(clock), LONDON)


def _turn(row: Row, kinds: int) -> int:
    """Which of so many kinds of record a row becomes: by its place, so that it needs no chance."""
    return int(row["seq"]) % kinds


def _nhs(ledger: Ledger, row: Row, child: Child) -> None:
    if child.serial % 2:
        hospitals.patient(ledger, child, _at(row))
        _complete_patient(ledger, row, child)
        return
    sent = len(ledger.messages)
    if _turn(row, 3):
        messages.update(ledger, child, _at(row))
    else:
        messages.attendance(ledger, child, _at(row), "Injury")
    ledger.messages[sent:] = [(when, _complete_message(text, row)) for when, text in ledger.messages[sent:]]


def _complete_patient(ledger: Ledger, row: Row, child: Child) -> None:
    resource = ledger.patients[child.serial][-1]
    resource["identifier"] = [i for i in resource["identifier"] if i["value"]]
    for name in _aliases(row):
        given, _, family = name.rpartition(" ")
        resource["name"].append({"use": "usual", "text": name, "family": family, "given": [given]})
    for key, said in (("birthDate", row["birth_date"]), ("gender", row["sex"])):
        if not said:
            del resource[key]
    if len(row["birth_date"]) not in (0, 10):
        resource["birthDate"] = row["birth_date"]


def _complete_message(text: str, row: Row) -> str:
    segments = text.split("\r")
    place = next(n for n, segment in enumerate(segments) if segment.startswith("PID|"))
    fields = segments[place].split("|")
    fields[3] = "~".join(i for i in fields[3].split("~") if not i.startswith("^"))
    others = [f"{family}^{given}^^^^^A" for given, _, family in (name.rpartition(" ") for name in _aliases(row))]
    fields[5] = "~".join([fields[5], *others])
    fields[7] = row["birth_date"].replace("-", "")
    fields[8] = row["sex"]
    segments[place] = "|".join(fields)
    return "\r".join(segments)


def _school(ledger: Ledger, row: Row, child: Child) -> None:
    kind = _turn(row, 4) if child.upn else 2
    if kind == 0:
        schools.concern(ledger, child, _at(row), "Attendance or punctuality", action="Monitored in school")
        _complete(ledger, schools.CONCERNS, row)
    elif kind == 1:
        schools.mark(ledger, child, _observed(row), "AM", "/")
        _complete(ledger, schools.MARKS, row)
    else:
        schools.on_roll(ledger, child, _observed(row))
        _say(ledger, schools.ON_ROLL, _undated(row, "dob") | _alias_at_school(row) | _if_blank(row, "sex"))


def _alias_at_school(row: Row) -> dict[str, str]:
    aliases = _aliases(row)
    return {"preferredsurname": aliases[0].rpartition(" ")[2]} if aliases else {}


def _social_care(ledger: Ledger, row: Row, child: Child) -> None:
    observed = _observed(row)
    if child.serial % 10 == 0:
        care.header(ledger, child, observed)
        _say(ledger, care.HEADER, _undated(row, "DOB") | _if_blank(row, "SEX"))
        care.episode(ledger, child, observed)
    if _turn(row, 4):
        care.referral(ledger, child, observed, source="1A")
        _complete(ledger, care.REFERRALS, row)
    else:
        care.closure(ledger, child, observed, ledger.number("REF"))
        _complete(ledger, care.CLOSURES, row)


def _police(ledger: Ledger, row: Row, child: Child) -> None:
    kind = _turn(row, len(_INCIDENTS))
    under_ten = row["birth_date"][:4] > str(_observed(row).year - 11)
    table, write = _INCIDENTS[0 if under_ten and kind in _FROM_TEN else kind]
    write(ledger, child, _at(row, "21:15"))
    _complete(ledger, table, row)


def _complete(ledger: Ledger, table: str, row: Row) -> None:
    """Fill every demographic column that the table's mapping reads, as the record has it."""
    mapping = load_mapping(_MAPPING[table])
    person, identifiers = mapping["person"], mapping["identifiers"]
    cells = {column: row[field] for field, column in person.items() if field in row and field != "sex"}
    cells |= {column: row[_IDENTIFIERS[system]] for system, column in identifiers.items() if system in _IDENTIFIERS}
    cells |= _undated(row, person["birth_date"]) | _if_blank(row, "sex", person["sex"])
    # The writer has said whose row this is; a record that has lost that number is still under its key.
    cells.pop(mapping["subject"], None)
    _say(ledger, table, cells)


def _say(ledger: Ledger, table: str, cells: Mapping[str, str]) -> None:
    """Change the row that a table was given last."""
    ledger.rows[table][-1][1].update(cells)


def _undated(row: Row, column: str) -> dict[str, str]:
    """Where there is no whole birth date, a column of dates is empty."""
    return {column: ""} if _birth_date(row) is None else {}


def _if_blank(row: Row, field: str, column: str = "") -> dict[str, str]:
    return {} if row[field.lower()] else {column or field: ""}


def _aliases(row: Row) -> list[str]:
    return [name for name in row["aliases"].split(";") if name]


#: What police write, table and writer; the last two are of nobody under ten.
_INCIDENTS: tuple[tuple[str, Callable[[Ledger, Child, datetime], None]], ...] = (
    (police.VICTIMS, partial(police.victim, offence="105/01", group="theft")),
    (police.MISSING, partial(police.missing, hours=4)),
    (police.ENCOMPASS, police.encompass),
    (
        police.SEARCHES,
        partial(
            police.search,
            sought="Controlled drugs",
            law="Misuse of Drugs Act 1971 (section 23)",
            outcome="A no further action disposal",
            place=PLACES[0],
        ),
    ),
    (police.ARRESTS, partial(police.arrest, offence="46", group="theft", disposal="Community resolution")),
)
_FROM_TEN = (3, 4)
_MAPPING = {table: mapping for _, table, _, mapping in files.MAPPED}
_IDENTIFIERS = {"nhs-number": "nhs_number", "upn": "upn", "la-child-id": "la_child_id"}
#: Source → what adds one of its rows to a ledger.
WRITERS: dict[str, Callable[[Ledger, Row, Child], None]] = {
    "nhs": _nhs,
    "school": _school,
    "social_care": _social_care,
    "police": _police,
}
