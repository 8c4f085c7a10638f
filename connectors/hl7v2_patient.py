"""HL7 v2 PID, PD1, ARV and MRG → the person block, and the key by which the source knows the patient."""

import re
from collections.abc import Sequence

from connectors.cells import truth
from connectors.connector import Refused
from connectors.dates import parse_moment
from connectors.hl7v2_message import Message, Segment
from connectors.nhs import (
    NHS_NAMES,
    Whose,
    as_code,
    born,
    hospital_named,
    hospital_number,
    identity_marks,
    joined,
    looks_like_nhs_number,
    nhs_identifier,
    subject_of,
)
from schemas.events import Identifier, Moment, Person

#: By which kind an NHS number is known as one, beside the names of who gave it.
_NHS_TYPES = ("NH", "NNGBR")
_FIGURES = re.compile(r"[0-9]{1,3}")
_TEN_DIGITS = re.compile(r"(?:[0-9][ -]*){10}")
#: ARV-3 (HL7 table 0717): demographics, location or everything is not to be disclosed. ARV-2 D takes that back.
_WITHHELD = frozenset({"ALL", "DEM", "LOC", "PID-11"})
#: Kinds of name (HL7 table 0200): the partner's, and one that stands for who the patient is.
_NOT_TOLD = ("P", "S")
_ADOPTED = "C"
_HOME = ("H", "HOME")
_ELSEWHERE = ("BA", "BDL", "B", "O", "C", "F", "L", "N", "RH", "S", "SH", "BI", "BR", "TM", "V")
_TIME = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?:(?P<day>[0-9]{2})"
    r"(?:(?P<hour>[0-9]{2})(?:(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?)?)?)?)?"
    r"(?P<offset>[+-][0-9]{4}|Z)?"
)
#: As other formats write it; some senders do so in HL7 as well.
_ISO_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].+)?")


def says_yes(protection: str | None) -> bool:
    """Whether an indicator asks for protection: whatever stands there that is no clear no."""
    return protection is not None and truth(protection) is not False


def whose_patient(message: Message, patient: Segment, record: str) -> Whose:
    """The subject and person of a PID segment. Raises Refused where it names nobody.

    `record` is what the source calls the record: it names the subject of one that has no other name.
    """
    identifiers = patient_identifiers(patient, message.facility)
    subject = subject_of(identifiers, own_id=None, record=record)
    if subject is None:
        raise Refused("subject_missing", "PID-3 names nobody: send the NHS number or the hospital number", "PID-3")
    birth_date, accuracy, marks = birth_date_of(patient.value(7), _reliability(patient))
    names = _names(patient)
    chosen = _own_name(patient, names)
    spoken = [each for name in names if (each := _spoken(patient, name))]
    address = _home(patient)
    person = Person(
        given_name=patient.part(chosen, 2),
        middle_names=patient.part(chosen, 3),
        family_name=patient.part(chosen, 1),
        aliases=tuple(dict.fromkeys(name for name in spoken if name != _spoken(patient, chosen))),
        birth_date=birth_date,
        birth_date_accuracy=accuracy,
        sex=as_code(patient.value(8)),
        ethnicity=as_code(patient.value(22)) or as_code(patient.value(10)),
        postcode=patient.part(address, 5),
        address=_one_line(patient, address),
        address_withheld=_is_withheld(message),
        identifiers=identifiers,
    )
    return Whose(subject=subject, person=person, marks=(*identity_marks(identifiers), *marks))


def patient_identifiers(patient: Segment, facility: str | None) -> tuple[Identifier, ...]:
    """PID-3, then where older systems put them: PID-2, PID-4, and PID-19 if an NHS number stands there. `facility` gave
    those that do not say who did."""
    statuses = _reliability(patient)
    found = [i for field in (3, 2, 4) for i in identifiers_of(patient, field, facility, statuses)]
    social_security = patient.value(19)
    if social_security is not None and looks_like_nhs_number(social_security):
        found.append(nhs_identifier(social_security, statuses))
    return tuple(dict.fromkeys(found))


def identifiers_of(
    segment: Segment, field: int, facility: str | None, statuses: Sequence[str] = ()
) -> list[Identifier]:
    """The identifiers of a field of type CX, those that have expired (CX-8) last: they may be another's by now.

    `statuses` say how the patient's NHS number was verified.
    """
    current_first = sorted(segment.repetitions(field), key=lambda r: segment.part(r, 8) is not None)
    found = ((segment.part(r, 1), r) for r in current_first)
    return [
        nhs_identifier(value, statuses)
        if _is_nhs_number(segment, r, value)
        else hospital_number(value, authority_of(segment, r) or facility or _figures_of(segment, r))
        for value, r in found
        if value is not None
    ]


def hl7_moment(text: str | None) -> Moment | None:
    """A time stamp as exactly as it was given, None where it is none; without an offset it is English local time."""
    iso = iso_time(text)
    return parse_moment(iso) if iso is not None else None


def birth_date_of(text: str | None, reliability: Sequence[str]) -> tuple[str | None, str, tuple[str, ...]]:
    """A birth date, its accuracy letters and marks, as `nhs.born` gives them. `text` is PID-7 as it was sent, and
    `reliability` the codes of PID-32: UD says that the date is a default, so that none is known, and ED that it is an
    estimate. The day is the one written, whatever offset stands behind it."""
    iso = iso_time(text) if "UD" not in reliability else None
    birth_date, accuracy, marks = born(text, parse_moment(iso.partition("T")[0]) if iso is not None else None)
    return birth_date, accuracy.replace("A", "E") if "ED" in reliability else accuracy, marks


def iso_time(text: str | None) -> str | None:
    """A time stamp in ISO 8601, as much of it as is known; None where it is none."""
    match = _TIME.fullmatch(text) if text is not None else None
    if match is None:
        return text.replace(" ", "T", 1) if text is not None and _ISO_TIME.fullmatch(text) else None
    day = "-".join(part for part in (match["year"], match["month"], match["day"]) if part)
    if match["minute"] is None:
        # An hour alone is less than a minute: what is known is the day.
        return day
    second = f":{match['second']}" if match["second"] else ""
    return f"{day}T{match['hour']}:{match['minute']}{second}{match['offset'] or ''}"


def _reliability(patient: Segment) -> list[str]:
    """What PID-32 says of how far the patient's details can be relied on (HL7 table 0445)."""
    return [code.upper() for each in patient.repetitions(32) if (code := patient.part(each, 1))]


def _is_nhs_number(segment: Segment, repetition: str, value: str) -> bool:
    kind = (segment.part(repetition, 5) or "").upper()
    authorities = [segment.part(repetition, 4, number) for number in (1, 2)]
    of_nhs_number = [a.upper() for a in authorities if a is not None and NHS_NAMES.fullmatch(a)]
    is_of_kind = kind in _NHS_TYPES or NHS_NAMES.fullmatch(kind) is not None
    if of_nhs_number == ["NHS"] and not is_of_kind:
        # Hospitals name the NHS as the authority of their own numbers, too.
        return _TEN_DIGITS.fullmatch(value) is not None
    if is_of_kind or of_nhs_number:
        return True
    # NI is the national number of whatever nation (HL7 table 0203).
    return kind in ("", "NI") and not any(authorities) and looks_like_nhs_number(value)


def authority_of(segment: Segment, repetition: str) -> str | None:
    """Who gave a number: CX-4, by name or else by universal id, or CX-6. None for what stands for no hospital: it tells
    no two of them apart."""
    named = (segment.part(repetition, *place) for place in ((4, 1), (4, 2), (6, 1), (6, 2)))
    return next((each for each in map(hospital_named, named) if each and not _FIGURES.fullmatch(each)), None)


def _figures_of(segment: Segment, repetition: str) -> str | None:
    """A few figures by which a system calls whoever gave a number: those of another hospital may be the same."""
    named = segment.part(repetition, 4)
    return named if named is not None and _FIGURES.fullmatch(named) else None


def _names(patient: Segment) -> list[str]:
    """Every name of the patient, PID-9 included: none that is a partner's or hides who it is, and of somebody adopted
    none that may be from before, as that link is told to nobody."""
    kinds = {name: (patient.part(name, 7) or "").upper() for field in (5, 9) for name in patient.repetitions(field)}
    own = [name for name, kind in kinds.items() if kind not in _NOT_TOLD]
    return [name for name in own if kinds[name] == _ADOPTED] or own


def _own_name(patient: Segment, names: Sequence[str]) -> str:
    """The name to call the patient by, one of PID-5: the first that is legal, current or does not say its kind, else
    the first; of several such one that has not ended (XPN-13, or the end of XPN-10)."""
    kinds = ("L", "CURRENT")

    def rank(name: str) -> tuple[bool, bool]:
        return (patient.part(name, 7) or "L").upper() not in kinds, _has_ended(patient, name, (13, 1), (10, 2))

    return min(filter(frozenset(names).__contains__, patient.repetitions(5)), key=rank, default="")


def _spoken(segment: Segment, name: str) -> str | None:
    return joined([segment.part(name, part) for part in (2, 3, 1)], " ")


def _home(patient: Segment) -> str:
    """The home address: one that says so, else the first that does not say it is another kind; of several such one that
    has not ended (XAD-14, or the end of XAD-12)."""
    addresses = sorted(patient.repetitions(11), key=lambda a: _has_ended(patient, a, (14, 1), (12, 2)))
    kinds = [(patient.part(a, 7) or "").upper() or None for a in addresses]
    stated = (a for a, kind in zip(addresses, kinds, strict=True) if kind in _HOME)
    unstated = (a for a, kind in zip(addresses, kinds, strict=True) if kind not in _ELSEWHERE)
    return next(stated, None) or next(unstated, "")


def _has_ended(segment: Segment, repetition: str, *ends: tuple[int, int]) -> bool:
    return any(segment.part(repetition, *end) is not None for end in ends)


def _one_line(patient: Segment, address: str) -> str | None:
    street = joined([patient.part(address, 1, number) for number in (1, 2, 3)], " ")
    return joined([street, *(patient.part(address, part) for part in (2, 3, 4, 6))], ", ")


def _is_withheld(message: Message) -> bool:
    if says_yes(message.value("PD1", 12)):
        return True
    restrictions = [arv for arv in message.all("ARV") if arv.value(2) != "D"]
    return any((arv.part(r, 1) or "").upper() in _WITHHELD for arv in restrictions for r in arv.repetitions(3))
