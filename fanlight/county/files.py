"""The ledger as partner files, each in its own format."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from fanlight.county import care, police, schools
from fanlight.county.ledger import Ledger
from schemas.vocabulary import Agency

PATIENTS_A_BUNDLE = 25
#: The months of the three censuses of a year.
CENSUSES = {1: "spring", 5: "summer", 10: "autumn"}
#: When a school's office writes down what happened on a day.
OFFICE_CLOCK = time(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One `fanlight publish`: these files, this format, this agency. `planted` of its records cannot be accepted."""

    format: str
    paths: tuple[Path, ...]
    agency: Agency
    feed: str
    mapping: str | None = None
    planted: int = 0


#: CSV with a mapping: folder, table, agency, mapping.
MAPPED = (
    ("police", police.MISSING, Agency.POLICE, "police-missing-episodes"),
    ("police", police.ARRESTS, Agency.POLICE, "police-arrests"),
    ("police", police.SEARCHES, Agency.POLICE, "police-stop-search"),
    ("police", police.ENCOMPASS, Agency.POLICE, "police-encompass"),
    ("police", police.INTELLIGENCE, Agency.POLICE, "police-intelligence"),
    ("police", police.VICTIMS, Agency.POLICE, "police-victims"),
    ("school", schools.MARKS, Agency.SCHOOL, "school-register-marks"),
    ("school", schools.CONCERNS, Agency.SCHOOL, "school-concerns"),
    ("social-care", care.REFERRALS, Agency.SOCIAL_CARE, "social-care-referrals"),
    ("social-care", care.CLOSURES, Agency.SOCIAL_CARE, "social-care-closures"),
    ("social-care", care.SCALINGS, Agency.SOCIAL_CARE, "social-care-scalings"),
)
RETURN = (care.HEADER, care.EPISODES, care.MISSING, care.REVIEWS, care.OC2, care.OC3, care.WORKERS, care.UASC)
CENSUS = (
    schools.ON_ROLL,
    schools.OFF_ROLL,
    schools.ADDRESSES,
    schools.FORMER_ADDRESSES,
    schools.SESSIONS,
    schools.EXCLUSIONS,
)
#: What schools go on writing into the tables of a census that has been taken: who came, who left, who was suspended.
WRITTEN_SINCE = (schools.ON_ROLL, schools.OFF_ROLL, schools.EXCLUSIONS)


def write(ledger: Ledger, directory: Path) -> tuple[Delivery, ...]:
    """Every file of the county, and how each would be published."""
    return (*_bundles(ledger, directory), _messages(ledger, directory), _census(ledger, directory),
            _return(ledger, directory), *_mapped(ledger, directory))  # fmt: skip


def _put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _table(ledger: Ledger, name: str, line_end: str) -> bytes:
    return _csv((row for _, row in ledger.table(name)), line_end)


def _csv(rows: Iterable[dict[str, str]], line_end: str) -> bytes:
    text = io.StringIO(newline="")
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(text, row, lineterminator=line_end)
            writer.writeheader()
        writer.writerow(row)
    return text.getvalue().encode()


def _mapped(ledger: Ledger, directory: Path) -> Iterator[Delivery]:
    for folder, table, agency, mapping in MAPPED:
        if table in ledger.rows:
            path = _put(directory / folder / table, _table(ledger, table, "\r\n"))
            yield Delivery(
                format="csv", paths=(path,), agency=agency, feed=mapping, mapping=mapping, planted=ledger.broken[table]
            )


def _return(ledger: Ledger, directory: Path) -> Delivery:
    tables = [table for table in RETURN if table in ledger.rows]
    return Delivery(
        format="ssda903-csv",
        paths=tuple(_put(directory / "social-care" / t, _table(ledger, t, "\n")) for t in tables),
        agency=Agency.SOCIAL_CARE,
        feed="ssda903",
        planted=sum(ledger.broken[t] for t in tables),
    )


def _terms(today: date) -> tuple[tuple[date, str], tuple[date, str]]:
    """The last census that has been taken, and the one before it: from which day, and as extracts name their files."""
    days = [date(year, month, 1) for year in (today.year - 1, today.year) for month in CENSUSES]
    before, last = [day for day in days if (day.year, day.month) < (today.year, today.month)][-2:]
    return (last, f"{last.year}_{CENSUSES[last.month]}"), (before, f"{before.year}_{CENSUSES[before.month]}")


def _census_table(ledger: Ledger, name: str, taken: date) -> bytes:
    """A table of the last census. A row that was written into it since says when: the others are as of census day."""
    rows = ledger.table(name)
    if name not in WRITTEN_SINCE:
        return _csv((row for _, row in rows), "\n")
    since = {day: datetime.combine(day, OFFICE_CLOCK).isoformat(sep=" ") for day, _ in rows if day >= taken}
    return _csv((row | {"updated_at": since.get(day, "")} for day, row in rows), "\n")


def _census(ledger: Ledger, directory: Path) -> Delivery:
    (taken, last), (_, before) = _terms(ledger.today)
    folder = directory / "school" / "census"
    names = {t: f"{last}_{t}" for t in CENSUS} | {schools.SESSIONS_BEFORE: f"{before}_{schools.SESSIONS}"}
    written = {t: name for t, name in names.items() if t in ledger.rows}
    return Delivery(
        format="school-census-csv",
        paths=tuple(_put(folder / f"{name}.csv", _census_table(ledger, t, taken)) for t, name in written.items()),
        agency=Agency.SCHOOL,
        feed="school-census",
        planted=sum(ledger.broken[t] for t in written),
    )


def _messages(ledger: Ledger, directory: Path) -> Delivery:
    messages = [text for _, text in sorted(ledger.messages, key=lambda entry: entry[0])]
    stamp = f"{ledger.today:%Y%m%d}0300"
    opening = f"FHS|^~\\&|PAS|ZZ903|FANLIGHT|SYN|{stamp}\rBHS|^~\\&|PAS|ZZ903|FANLIGHT|SYN|{stamp}\r"
    closing = f"BTS|{len(messages)}\rFTS|1\r"
    path = _put(directory / "nhs" / "adt-batch.hl7", (opening + "".join(messages) + closing).encode())
    return Delivery(
        format="hl7v2-adt", paths=(path,), agency=Agency.NHS, feed="hospital-adt", planted=ledger.broken["messages"]
    )


def _bundles(ledger: Ledger, directory: Path) -> Iterator[Delivery]:
    patients = sorted(ledger.patients)
    paths = []
    for start in range(0, len(patients), PATIENTS_A_BUNDLE):
        number = start // PATIENTS_A_BUNDLE + 1
        bundle = {
            "resourceType": "Bundle",
            "id": f"syn-bundle-{number:04d}",
            "type": "collection",
            "timestamp": ledger.at(1, "23:30").isoformat(),
            "entry": [
                {"fullUrl": f"https://example.org/fhir/{r['resourceType']}/{r['id']}", "resource": r}
                for patient in patients[start : start + PATIENTS_A_BUNDLE]
                for r in ledger.patients[patient]
            ],
        }
        text = json.dumps(bundle, indent=1, ensure_ascii=False) + "\n"
        paths.append(_put(directory / "nhs" / "fhir" / f"bundle-{number:04d}.json", text.encode()))
    yield Delivery(
        format="fhir-r4-json",
        paths=tuple(paths),
        agency=Agency.NHS,
        feed="hospital-fhir",
        planted=ledger.broken["resources"],
    )
