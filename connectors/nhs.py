"""What FHIR and HL7 share: whose record it is, and which values may pass as codes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.connector import Context, build_event
from connectors.dates import birth_of, day_of, is_before
from connectors.identifiers import closed_up, identifier, is_nhs_number, is_placeholder, says_nothing
from connectors.nhs_codes import Coded, sensitivities
from schemas.catalogue import event_records
from schemas.codes import attribute, known, told_by_codes
from schemas.events import HOSPITAL_NUMBER, Event, Identifier, Moment, Person
from schemas.forms import is_sentence
from schemas.vocabulary import Label, Role, Sensitivity

Body = dict[str, object]
NHS_NUMBER = "nhs-number"
#: Fields whose codes are national, and the list that has them.
CODE_LISTS = {
    "admission_method": "nhs_admission_method",
    "admission_source": "nhs_admission_source",
    "discharge_destination": "nhs_discharge_destination",
    "discharge_method": "nhs_discharge_method",
}
#: What a field of these labels holds can tell of protected content.
_TELLING = (Label.ROUTINE, Label.SPECIAL_CATEGORY, Label.SENSITIVE_SERVICE)
#: NHS number status indicator, as the Data Dictionary, HL7 (table 0445) and UK Core write it: a trace found no match or
#: several, or the number and the patient's details conflict.
_DOUBTED = re.compile(r"(?:NSTS)?0?[45]|trace-(?:attempted|needs)[a-z-]*", re.IGNORECASE)
#: By which name of who gave a number it is known as an NHS number.
NHS_NAMES = re.compile(
    r"NHS(?:N|NBR|NMBR| ?NO| ?NUMBER)?|NSTS|2\.16\.840\.1\.113883\.2\.1\.4\.1|https://fhir\.nhs\.uk/id/nhs-number",
    re.IGNORECASE,
)
#: By which name of who gave a number no hospital is known: the NHS, and kinds of system that many a hospital has.
_NO_HOSPITAL = re.compile(rf"{NHS_NAMES.pattern}|PAS|PMI|E?MPI|EPR|EHR|EMR|HIS|MRN|LOCAL", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]*")
_ODS = re.compile(r"R[A-Z0-9]{2}(?:[A-Z0-9]{2,3})?|(?=.*[0-9])[A-Z0-9]{3,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose a record is: the source's key of a person, what it says of them, and marks on what it says."""

    subject: str
    person: Person | None = None
    marks: tuple[str, ...] = ()

    @property
    def sensitivities(self) -> tuple[Sensitivity, ...]:
        """What is protected by what is known of the person: an address that is withheld."""
        withheld = self.person is not None and self.person.address_withheld
        return (Sensitivity.PROTECTED_ADDRESS,) if withheld else ()


def nhs_identifier(value: str, statuses: Iterable[str | None] = ()) -> Identifier:
    """An NHS number as sent, with whether it is one, and the patient's: `statuses` say how it was verified."""
    number = identifier(NHS_NUMBER, value)
    is_doubted = any(status is not None and _DOUBTED.fullmatch(status) for status in statuses)
    return replace(number, valid=False) if is_doubted else number


def hospital_number(value: str, authority: str | None) -> Identifier:
    """A hospital's number of a patient, with the authority that gave it where that is known."""
    number = identifier(HOSPITAL_NUMBER, value)
    if is_placeholder(value):
        return replace(number, valid=False)
    return number if authority is None else replace(number, value=f"{value}@{authority}")


def hospital_named(text: str | None) -> str | None:
    """The name of whoever gave a number, None where it stands for no hospital: it tells no two of them apart."""
    names_none = text is None or says_nothing(text) or _NO_HOSPITAL.fullmatch(text) is not None
    return None if names_none else text


def looks_like_nhs_number(value: str) -> bool:
    """Whether a value of no stated kind is a valid NHS number of England and Wales, or a synthetic one."""
    digits = closed_up(value)
    return digits[:1] in tuple("4679") and nhs_identifier(digits).valid


def key_of(identifier: Identifier) -> str | None:
    """The key by which an identifier names a person; None for a dummy, or a remark: many may have been told to see
    their mother. A number that is an NHS number and yet not valid is perhaps another patient's, as its source says."""
    if identifier.system != NHS_NUMBER:
        return identifier.value if identifier.valid else None
    digits = closed_up(identifier.value)
    is_doubted = not identifier.valid and is_nhs_number(digits)
    return digits if re.fullmatch(r"[0-9]{10}", digits) and not is_placeholder(digits) and not is_doubted else None


def subject_of(identifiers: Sequence[Identifier], *, own_id: str | None, record: str) -> str | None:
    """The source's key of a person: the NHS number, else the first other identifier, else the source's own id.

    A dummy, a remark or a number that its source doubts names nobody, and two children under one must stay two: a
    record that has only that is a subject of its own, named by `record`.
    """
    # Those that are not valid after those that are, and both before all that is no NHS number.
    best_first = sorted(identifiers, key=lambda i: (i.system != NHS_NUMBER, not i.valid))
    found = next(filter(None, map(key_of, best_first)), None)
    if found is not None:
        return found
    if own_id and not is_placeholder(own_id):
        return own_id
    dummy = next((i.value for i in identifiers), own_id)
    return f"{dummy}#{record}" if dummy is not None else None


def identity_marks(identifiers: Sequence[Identifier]) -> tuple[str, ...]:
    """A mark for each kind of identifier that failed its check."""
    return tuple(sorted({f"check_failed:{i.system.replace('-', '_')}" for i in identifiers if not i.valid}))


def born(text: str | None, moment: Moment | None) -> tuple[str | None, str, tuple[str, ...]]:
    """A birth date and its accuracy letters, as `dates.birth_of` has them, and a mark where what was written is none.

    `text` is what was written, and `moment` the date that it is; each is None where there is none.
    """
    if moment is None:
        return None, "UUU", () if text is None else ("invalid_date:birth_date",)
    return (*birth_of(moment), ())


def as_code(value: str | None) -> str | None:
    """The value if it can be a code; a sentence in a coded field is free text, and goes where free text goes."""
    return value if value is not None and _CODE.fullmatch(value) and not is_sentence(value) else None


def as_provider(value: str | None) -> str | None:
    """The value if it has the form of an ODS code; the name of a clinic is not one."""
    return value if value is not None and _ODS.fullmatch(value.strip()) else None


def patient_class(code: str | None, display: str | None = None) -> Coded:
    """A patient class as a code; that of obstetrics (HL7 table 0004) tells of a pregnancy by itself."""
    return Coded(code=code, display="obstetrics" if (code or "").upper() == "B" else display)


def left_before_seen(discharge_status: str | None) -> bool | None:
    """Whether a patient left the emergency department before being seen, None where its status does not say."""
    said = attribute("ed_discharge_status", discharge_status or "", "left_before_seen")
    return None if said is None else said == str(True)


def joined(parts: Sequence[str | None], separator: str = "\n") -> str | None:
    """The parts that are there, each once, in order; None where there is none."""
    return separator.join(dict.fromkeys(part.strip() for part in parts if part and part.strip())) or None


def told_by_words(event_type: str, body: Mapping[str, object], strays: Sequence[str]) -> set[Sensitivity]:
    """The kinds of protected content that a body tells of, and `strays`: words that stood in its coded fields.

    Of each value it is not known whether it is a code, a title, or a code and its title, so it is looked up as each.
    """
    labels = event_records()[event_type].labels
    values = ((name, v) for name, held in body.items() for v in (held if isinstance(held, list) else [held]))
    told = [Coded(display=stray) for stray in strays]
    for name, value in values:
        if labels[name] in _TELLING and isinstance(value, str) and value:
            told.append(Coded(code=value.split()[0], display=value, specialty=name == "specialty"))
            told += [patient_class(value)] if name == "patient_class" else []
    return {*sensitivities(told), *told_by_codes(_national_codes(body))}


def _national_codes(body: Mapping[str, object]) -> list[tuple[str, str]]:
    """The national codes of a body, each after its list: they may tell by themselves what their field does not mean."""
    return [(listed, str(body[name])) for name, listed in CODE_LISTS.items() if name in body]


def _out_of_order(body: Mapping[str, object], occurred: Moment) -> Iterator[str]:
    """Ends before their beginning, and a stay that began after its end."""
    for name in ("admitted", "departed", "ended"):
        other = body.get(name)
        first, last = (other, occurred) if name == "admitted" else (occurred, other)
        if isinstance(first, Moment) and isinstance(last, Moment) and is_before(last, first):
            yield f"date_order:{name}"


def nhs_event(
    context: Context,
    event_type: str,
    whose: Whose,
    natural_key: Sequence[str],
    occurred: Moment,
    *,
    body: Body,
    recorded_at: datetime | None,
    system: str | None,
    protected: Sequence[Sensitivity],
    handling: Sequence[str],
    marks: Sequence[str],
) -> Event:
    """An event about a patient, as `build_event` makes it.

    Added are what is protected by the person or by a national code, and marks for unknown codes and dates out of order.
    """
    body = {name: value for name, value in body.items() if value is not None}
    birth_date = whose.person.birth_date if whose.person is not None else None
    unknown = [name for name, listed in CODE_LISTS.items() if name in body and not known(listed, str(body[name]))]
    is_before_birth = birth_date is not None and len(birth_date) == 10 and birth_date > day_of(occurred).isoformat()
    return build_event(
        context,
        event_type,
        subject=whose.subject,
        natural_key=natural_key,
        occurred=occurred,
        person=whose.person,
        body=body,
        role=Role.PATIENT,
        recorded_at=recorded_at,
        system=system,
        handling=handling,
        sensitivities=sorted({*whose.sensitivities, *protected, *told_by_codes(_national_codes(body))}),
        marks=(
            *whose.marks,
            *marks,
            *(f"unknown_code:{name}" for name in unknown),
            *(("date_order:birth_date",) if is_before_birth else ()),
            *_out_of_order(body, occurred),
        ),
    )
