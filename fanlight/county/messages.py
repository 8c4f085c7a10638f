"""What the hospital trust that speaks HL7 v2 would send: ADT messages as its integration engine lets them out."""

from datetime import datetime

from fanlight.county.identifiers import telephone
from fanlight.county.ledger import Ledger, later
from fanlight.county.people import Child

TRUST = "ZZ903"
_STRUCTURES = {"A04": "ADT_A01", "A08": "ADT_A01", "A31": "ADT_A05", "A40": "ADT_A39"}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S%z")


def _opening(ledger: Ledger, trigger: str, sent: datetime) -> list[str]:
    control = ledger.number("ADT")
    structure = _STRUCTURES.get(trigger, f"ADT_{trigger}")
    kind = f"ADT^{trigger}^{structure}"
    header = f"MSH|^~\\&|PAS|{TRUST}|FANLIGHT|SYN|{_stamp(sent)}||{kind}|{control}|T|2.4|||||GBR|UNICODE UTF-8"
    return [header, f"EVN|{trigger}|{_stamp(sent)}"]


def _pid(child: Child, *, numbers: str | None = None) -> str:
    home = child.household
    known = numbers or f"{child.nhs_number}^^^NHS^NH~{child.hospital_number}^^^{TRUST}^MR"
    name = f"{child.family}^{child.given}^{child.middle}^^^^L"
    address = f"{home.line}^^{home.town}^^{home.postcode}^^H"
    fields = ["PID", "1", "", known, "", name, "", f"{child.born:%Y%m%d}", child.sex, "", "", address]
    return "|".join([*fields, "", telephone(child.serial), *[""] * 8, child.ethnic_nhs])


def _pv1(patient_class: str, ward: str, visit: str, start: datetime, end: datetime | None = None) -> str:
    fields = [""] * 46
    fields[0], fields[1], fields[2], fields[3] = "PV1", "1", patient_class, f"{ward}^^^{TRUST}"
    fields[7] = "SYN0001^HOLLIS^ROSALIND^^^DR"
    fields[19] = f"{visit}^^^{TRUST}^VN"
    fields[44] = _stamp(start)
    fields[45] = _stamp(end) if end else ""
    if patient_class == "I":
        fields[4], fields[14] = "21", "19"
    if end:
        fields[36], fields[37] = "1", "19"
    return "|".join(fields).rstrip("|")


def _pv2(reason: str) -> str:
    return f"PV2|||^{reason}"


def attendance(ledger: Ledger, child: Child, arrived: datetime, reason: str, *, minutes: int = 170) -> None:
    """An attendance at the emergency department: registered, then left."""
    visit, left = ledger.number("ED"), later(arrived, minutes)
    opening = _opening(ledger, "A04", arrived)
    ledger.message(arrived, "\r".join([*opening, _pid(child), _pv1("E", "ED", visit, arrived), _pv2(reason)]) + "\r")
    closing = _opening(ledger, "A03", left)
    ledger.message(left, "\r".join([*closing, _pid(child), _pv1("E", "ED", visit, arrived, left), _pv2(reason)]) + "\r")


def stay(ledger: Ledger, child: Child, admitted: datetime, reason: str, *, minutes: int, kin: str = "") -> None:
    """A stay on a ward: admitted, then discharged."""
    visit, left = ledger.number("SPELL"), later(admitted, minutes)
    relatives = [f"NK1|1|{kin}|GRD"] if kin else []
    opening = _opening(ledger, "A01", admitted)
    pv1 = _pv1("I", "CHILDREN", visit, admitted)
    ledger.message(admitted, "\r".join([*opening, _pid(child), *relatives, pv1, _pv2(reason)]) + "\r")
    closing = _opening(ledger, "A03", left)
    pv1 = _pv1("I", "CHILDREN", visit, admitted, left)
    ledger.message(left, "\r".join([*closing, _pid(child), pv1, _pv2(reason)]) + "\r")


def update(ledger: Ledger, child: Child, sent: datetime) -> None:
    """A changed person record, outside any visit."""
    ledger.message(sent, "\r".join([*_opening(ledger, "A31", sent), _pid(child)]) + "\r")


def amend(ledger: Ledger, child: Child, sent: datetime) -> None:
    """A changed record during a visit."""
    visit = ledger.number("OP")
    ledger.message(
        sent, "\r".join([*_opening(ledger, "A08", sent), _pid(child), _pv1("O", "CLINIC", visit, sent)]) + "\r"
    )


def merge(ledger: Ledger, child: Child, first: datetime, merged: datetime, *, old: str) -> None:
    """A child registered in a hurry without an NHS number, and the two records made one afterwards."""
    stranger = _pid(child, numbers=f"{old}^^^{TRUST}^MR")
    visit = ledger.number("ED")
    opening = _opening(ledger, "A04", first)
    ledger.message(first, "\r".join([*opening, stranger, _pv1("E", "ED", visit, first), _pv2("Injury")]) + "\r")
    closing = _opening(ledger, "A40", merged)
    ledger.message(merged, "\r".join([*closing, _pid(child), f"MRG|{old}^^^{TRUST}^MR"]) + "\r")
