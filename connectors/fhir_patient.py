"""FHIR Patient → the person block, and the key by which the source knows the patient."""

import re
from collections.abc import Callable
from dataclasses import replace

from connectors.connector import Refused
from connectors.dates import day_moment, parse_date, parse_moment
from connectors.fhir_element import Element, coded, extension_codings
from connectors.nhs import (
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

#: However the host is written, and what stands around it.
_NHS_NUMBER_SYSTEM = re.compile(
    r"https?://fhir\.(?:nhs\.uk|nhs\.net|hl7\.org\.uk)/id/nhs-number/?|urn:oid:2\.16\.840\.1\.113883\.2\.1\.4\.1",
    re.IGNORECASE,
)
#: England's one system for the numbers that each of its hospitals gives.
_OF_ANY_HOSPITAL = re.compile(
    r"https?://fhir\.(?:nhs\.uk|nhs\.net|hl7\.org\.uk)/id/local-patient-identifier/?", re.IGNORECASE
)
#: v3-Confidentiality: PDS marks a patient whose whereabouts must not be told as restricted or very restricted. Others
#: say by v3-ActCode that it is the demographics, where somebody lives or where they are that must not, as ARV does.
_RESTRICTING = frozenset({"R", "V", "DEMO", "LIVARG", "LOCIS", "PATLOC"})
_BIRTH_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
#: A day as programs write their times: midnight there, and of what clock they say.
_BIRTH_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.+")
_FORMER = ("old", "maiden", "nickname")


def whose_patient(patient: Element, identifiers: tuple[Identifier, ...], *, own_id: str | None, record: str) -> Whose:
    """The subject and person of a Patient resource, known by these identifiers, else by its own id."""
    subject = subject_of(identifiers, own_id=own_id, record=record)
    if subject is None:
        sentence = "the patient has neither identifier nor an id outside this record: send one of them"
        raise Refused("subject_missing", sentence, "Patient.identifier")
    person, marks = person_of(patient, identifiers)
    return Whose(subject=subject, person=person, marks=(*identity_marks(identifiers), *marks))


def identifiers_of(
    elements: tuple[Element, ...], giver: Callable[[Element], str | None] = lambda _: None
) -> tuple[Identifier, ...]:
    """Every identifier that has a value, those still in use first: a former NHS number may be another patient's.
    `giver` tells who gave a number that is none of the nation's."""
    return tuple(
        _nhs_number(element, value) if _is_nhs_number(element, value) else hospital_number(value, giver(element))
        for element in sorted(elements, key=_is_former)
        if (value := element.text("value")) is not None
    )


def person_of(patient: Element, identifiers: tuple[Identifier, ...]) -> tuple[Person, tuple[str, ...]]:
    """The person block, with a mark for each value that was left out of it."""
    chosen, aliases = _names(patient.children("name"))
    given = chosen.texts("given") if chosen else ()
    birth_date, accuracy, marks = born(patient.text("birthDate"), birth_moment(patient))
    address = _home(patient.children("address"))
    person = Person(
        given_name=given[0] if given else None,
        middle_names=joined(given[1:], " "),
        family_name=chosen.text("family") if chosen else None,
        aliases=aliases,
        birth_date=birth_date,
        birth_date_accuracy=accuracy,
        sex=as_code(patient.text("gender")),  # words there may tell of another gender before
        ethnicity=coded(patient.extension("EthnicCategory").child("valueCodeableConcept")),
        postcode=address.text("postalCode"),
        address=_one_line(address),
        address_withheld=is_restricted(patient),
        identifiers=identifiers,
    )
    return person, marks


def is_restricted(resource: Element) -> bool:
    """Whether the resource's security labels restrict it."""
    return any(map(restricts, resource.child("meta").children("security")))


def restricts(label: Element) -> bool:
    """Whether a security label restricts what bears it."""
    return (label.text("code") or "").upper() in _RESTRICTING


def is_nhs_number_system(system: str | None) -> bool:
    """Whether it is the system of NHS numbers, as one of many write it."""
    return _NHS_NUMBER_SYSTEM.fullmatch(system or "") is not None


def _is_nhs_number(element: Element, value: str) -> bool:
    system = element.text("system")
    if is_nhs_number_system(system) or coded(element.child("type")) in ("NH", "NHS"):
        return True
    return system is None and not element.child("type") and looks_like_nhs_number(value)


def _nhs_number(element: Element, value: str) -> Identifier:
    number = nhs_identifier(value, (status.code for status in extension_codings(element)))
    # FHIR: an old identifier is no longer considered valid.
    return replace(number, valid=False) if element.text("use") == "old" else number


def system_of(identifier: Element) -> str | None:
    """The system that a number is of, None where many hospitals have one that is called so."""
    return hospital_named(own_system(identifier))


def own_system(identifier: Element) -> str | None:
    """The system that a number is of, None where it is England's one for all hospitals."""
    system = identifier.text("system")
    return None if system is not None and _OF_ANY_HOSPITAL.fullmatch(system) else system


def _is_former(identifier: Element) -> bool:
    return identifier.text("use") == "old" or identifier.child("period").text("end") is not None


def _names(names: tuple[Element, ...]) -> tuple[Element | None, tuple[str, ...]]:
    """The name to call the person by (one that has not ended, official, else usual, else the first not former), and
    every other but one that hides who it is."""
    names = tuple(name for name in names if name.text("use") != "anonymous")
    order = {"official": 0, "usual": 1}
    current = [n for n in names if n.text("use") not in _FORMER and (n.text("family") or n.texts("given"))]
    current.sort(key=lambda n: (n.child("period").text("end") is not None, order.get(n.text("use") or "", 2)))
    chosen = current[0] if current else None
    spoken = (_spoken(name) for name in names if name is not chosen)
    own = _spoken(chosen) if chosen is not None else None
    return chosen, tuple(dict.fromkeys(name for name in spoken if name is not None and name != own))


def _spoken(name: Element) -> str | None:
    return joined([*name.texts("given"), name.text("family")], " ") or name.text("text")


def birth_moment(patient: Element) -> Moment | None:
    """The birth of a patient as far as it is known; None where nothing or no date is written."""
    text = patient.text("birthDate") or ""
    day = parse_date(text) if _BIRTH_TIME.fullmatch(text) else None
    if day is not None:
        return day_moment(day)
    return parse_moment(text) if _BIRTH_DATE.fullmatch(text) else None


def _home(addresses: tuple[Element, ...]) -> Element:
    """The home address now: not temporary, not old, open-ended before ended, the latest begun."""
    homes = [a for a in addresses if a.text("use") in ("home", None)]
    homes.sort(key=lambda a: a.child("period").text("start") or "", reverse=True)
    homes.sort(key=lambda a: (a.text("use") is None, a.child("period").text("end") is not None))
    return homes[0] if homes else Element("Patient.address", {})


def _one_line(address: Element) -> str | None:
    parts = [*address.texts("line"), *(address.text(name) for name in ("city", "district", "country"))]
    return joined(parts, ", ") or address.text("text")
