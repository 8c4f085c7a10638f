"""Small partner files about one synthetic young person, known to four agencies under four keys."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.connector import Source

POLICE, NHS, UPN, CHILD = "SYN-REF-77", "9990000018", "K999000125001", "SYN77"
#: Of another young person.
OTHER_NHS = "9990000026"
GIVEN, FAMILY, BORN, POSTCODE = "Robin", "Quillfeather", "2011-05-04", "ZZ1 1AZ"

WHO = {
    "person_ref": POLICE,
    "forename": GIVEN,
    "surname": FAMILY,
    "date_of_birth": BORN,
    "sex": "M",
    "postcode": POSTCODE,
}
#: What lets the police's record be joined to the others.
LINKED = {"nhs_number": NHS, "upn": UPN}


#: Whom police and a school know with birth dates of which one figure differs: it may be one child, or two.
DOUBTFUL = {"forename": "Tamsin", "surname": "Thistlewhit", "sex": "F"}


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> Source:
    """Rows as a CSV file, with every column that any of them has."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return Source(name=name, data=text.getvalue().encode())


def missing(number: int, reported: str, **more: str) -> dict[str, str]:
    """A row of police-missing-episodes."""
    episode = {
        "report_ref": f"SYN-MISPER-{number}",
        "reported_at": f"{reported}T21:00+00:00",
        "updated_at": f"{reported}T23:00+00:00",
        "risk_level": "medium",
        "missing_from": "home",
    }
    return WHO | episode | more


def arrest(number: int, day: str, **more: str) -> dict[str, str]:
    """A row of police-arrests."""
    custody = {"custody_ref": f"SYN-CUST-{number}", "arrested_at": f"{day}T18:00+00:00", "offence_group": "drugs"}
    return WHO | custody | {"disposal": "NFA", "strip_search": "N"} | more


def closure(day: str, **more: str) -> dict[str, str]:
    """A row of social-care-closures."""
    who = {"child_id": CHILD, "forename": GIVEN, "surname": FAMILY, "date_of_birth": BORN, "sex": "M", "upn": UPN}
    return who | {"case_ref": "SYN-CASE-1", "closed_on": day, "reason": "RC8", "disengaged": "true"} | more


def concern(number: int, day: str, **more: str) -> dict[str, str]:
    """A row of school-concerns."""
    who = {"upn": UPN, "forename": GIVEN, "surname": FAMILY, "date_of_birth": BORN, "sex": "M", "school_urn": "SYN001"}
    noted = {"concern_ref": f"SYN-CONCERN-{number}", "recorded_on": f"{day}T10:00+00:00", "category": "Neglect"}
    return who | noted | more


def episodes() -> list[Source]:
    """A 903 set: in care since the summer, missing once."""
    header = {"CHILD": CHILD, "SEX": "M", "DOB": "04/05/2011", "ETHNIC": "WBRI", "UPN": UPN, "MOTHER": "", "MC_DOB": ""}
    episode = {
        "CHILD": CHILD, "DECOM": "01/07/2026", "RNE": "S", "LS": "C2", "CIN": "N1", "PLACE": "U4",
        "PLACE_PROVIDER": "PR1", "DEC": "", "REC": "", "REASON_PLACE_CHANGE": "", "HOME_POST": POSTCODE,
        "PL_POST": "ZZ99 9ZZ", "URN": "XXXXXXX",
    }  # fmt: skip
    away = {"CHILD": CHILD, "DOB": "04/05/2011", "MISSING": "M", "MIS_START": "10/10/2026", "MIS_END": "11/10/2026"}
    return [table("header.csv", [header]), table("episodes.csv", [episode]), table("missing.csv", [away])]


def census() -> list[Source]:
    """The pupil table of a census and its sessions and exclusions."""
    pupil = {
        "pupilonrolltableid": "syn77", "NativeId": "SYN001", "dob": "2011-May-04 00:00:00", "surname": FAMILY,
        "forename": GIVEN, "upn": UPN, "sex": "M", "entrydate": "2022-Sep-05 00:00:00", "enrolstatus": "C",
    }  # fmt: skip
    excluded = {
        "pupilonrolltableid": "syn77", "NativeId": "SYN001", "termlyexclusionsonrolltableid": "SYN-EXCL-77",
        "termlyexclusionsonrollorderseqcolumn": "1", "startdate": "2026-Sep-22 00:00:00", "sessions": "4.0",
        "reason1": "VA", "category": "SUSP",
    }  # fmt: skip
    return [
        table("2026_autumn_pupilonroll.csv", [pupil]),
        table("2026_autumn_termlyexclusionsonroll.csv", [excluded]),
    ]


def patient() -> dict[str, Any]:
    """A FHIR Patient."""
    return {
        "resourceType": "Patient",
        "id": "syn-77",
        "meta": {"lastUpdated": "2026-01-02T09:00:00+00:00"},
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NHS}],
        "name": [{"use": "official", "family": FAMILY, "given": [GIVEN]}],
        "gender": "male",
        "birthDate": BORN,
        "address": [{"use": "home", "postalCode": POSTCODE}],
    }


def attendance(number: int, day: str, status: str = "finished", text: str = "Assault") -> dict[str, Any]:
    """A FHIR Encounter in an emergency department."""
    return {
        "resourceType": "Encounter",
        "id": f"syn-ed-{number}",
        "meta": {"lastUpdated": f"{day}T23:59:00+00:00"},
        "identifier": [{"system": "https://example.org/visit", "value": f"SYN-ED-{number}"}],
        "status": status,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
        "subject": {"reference": "Patient/syn-77"},
        "period": {"start": f"{day}T22:40:00+00:00", "end": f"{day}T23:50:00+00:00"},
        "reasonCode": [{"text": text}],
    }


def bundle(*resources: Mapping[str, Any], name: str = "bundle.json") -> Source:
    """Resources as a collection."""
    entries = [{"fullUrl": f"https://example.org/{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    text = json.dumps({"resourceType": "Bundle", "id": name, "type": "collection", "entry": entries})
    return Source(name=name, data=text.encode())


def doubtful(address: str = "") -> tuple[dict[str, str], dict[str, str]]:
    """What makes an episode and a concern be about two records that a person has to look at."""
    seen = {"person_ref": "SYN-REF-88", "date_of_birth": "2012-02-03", "postcode": "", "address": address}
    noted = {"upn": "Z999000125002", "date_of_birth": "2012-03-03"}
    return DOUBTFUL | seen, DOUBTFUL | noted


def unlinked(row: dict[str, str]) -> dict[str, str]:
    """As the police knew the child before anybody told them a birth date or a postcode."""
    return {k: v for k, v in row.items() if k not in ("postcode", "date_of_birth")}
