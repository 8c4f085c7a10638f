"""HL7 v2 PV1, PV2, DG1, NK1, NTE and OBX → the bodies of attendances, admissions, discharges and appointments."""

from collections.abc import Sequence

from connectors.hl7v2_message import Message, Segment
from connectors.hl7v2_patient import hl7_moment, says_yes
from connectors.nhs import Body, as_code, as_provider, joined, left_before_seen, patient_class
from connectors.nhs_codes import Coded, attendance_category
from schemas.vocabulary import Handling

EMERGENCY = frozenset({"E", "EMER", "EMERGENCY", "ED", "AE", "A&E"})
OUTPATIENT = frozenset({"O", "AMB", "OUTPATIENT", "AMBULATORY", "OP"})
#: Patient classes (HL7 table 0004), in letters and as hospitals write them; DC is a day case.
CLASSES = EMERGENCY | OUTPATIENT | frozenset("BCINPRU") | {"IMP", "INPATIENT", "IP", "DC"}
#: PV1: attending, referring, consulting and admitting doctor.
_DOCTORS = (7, 8, 9, 17)
#: PV1 fields that hold codes: patient class, admission type, admit source, discharge disposition, discharged to.
_CODED = (2, 4, 14, 36, 37)
#: Where places and kinds of visit are named. MSH: the program and the hospital. EVN: where it happened. PV1: where the
#: patient is, was before, is for the while, is to be, and was for the while; the type of patient, and the hospital.
#: PV2: from where, the visit in words, and the clinic.
_NAMED = {"MSH": (3, 4), "EVN": (7,), "PV1": (3, 6, 11, 18, 39, 42, 43), "PV2": (1, 12, 23)}
#: Where a coded element has a code and its words, and another code for the same with its own.
_CODINGS = ((1, 2), (4, 5))
#: OBX-2 of what is not text: encapsulated data, and pointers to it.
_ATTACHED = ("ED", "RP")


def attendance(message: Message) -> Body:
    """The body of an emergency attendance: the time of discharge is when the patient left."""
    visit = message.first("PV1")
    return _common(message) | {
        "category": attendance_category(_reasons(message)),
        "arrival_mode": as_code(message.value("PV2", 38)),
        "departed": hl7_moment(visit.value(45)),
        "discharge_status": as_code(visit.value(36)),
        "left_before_seen": left_before_seen(visit.value(36)),
        "chief_complaint": _complaint(message),
        "diagnosis": _diagnoses(message),
        "location": _location(visit),
    }


def admission(message: Message) -> Body:
    """The body of an admission: how, whence, why and to which ward, with the next of kin."""
    visit = message.first("PV1")
    return _common(message) | {
        "admission_method": as_code(visit.value(4)),
        "admission_source": as_code(visit.value(14)),
        "patient_class": as_code(visit.value(2)),
        "reason": joined([_complaint(message), *_diagnoses(message)], "; "),
        "location": _location(visit),
        "next_of_kin": _next_of_kin(message),
    }


def discharge(message: Message) -> Body:
    """The body of a discharge: how and whereto, what was diagnosed, and when the patient had come."""
    visit = message.first("PV1")
    return _common(message) | {
        "discharge_destination": as_code(visit.value(37)),
        "discharge_method": as_code(visit.value(36)),
        "admitted": hl7_moment(visit.value(44)),
        "patient_class": as_code(visit.value(2)),
        "diagnosis": _diagnoses(message),
        "location": _location(visit),
        "next_of_kin": _next_of_kin(message),
    }


def unknown_codes(message: Message) -> tuple[str, ...]:
    """A mark for each field of the visit that should hold a code and holds none that is known."""
    fields = (*(() if _is_class_known(message) else (2,)), *_strays(message.first("PV1")))
    return tuple(f"unknown_code:PV1-{field}" for field in fields)


def _is_class_known(message: Message) -> bool:
    """Whether the message says no patient class, or one that is known."""
    return (message.value("PV1", 2) or "O").upper() in CLASSES


def appointment(message: Message) -> Body:
    """The body of an outpatient visit: the patient has come. Of a class that nobody knows that is not said."""
    common = _common(message)
    reasons = [_complaint(message), *_diagnoses(message)]
    is_known = _is_class_known(message)
    unknown = None if is_known else message.value("PV1", 2)
    return common | {
        "status": "arrived" if is_known else None,
        "specialty": message.value("PV1", 10),
        "clinic": _location(message.first("PV1")),
        # An appointment has no field for a class, nor for a reason, and a reason is never routine.
        "notes": joined([unknown, *reasons, str(common["notes"] or "")]),
    }


def codes_of(message: Message) -> tuple[Coded, ...]:
    """Every code and place name that may tell of protected content."""
    visit = message.first("PV1")
    restrictions = (Coded(code=arv.part(r, 1)) for arv in message.all("ARV") for r in arv.repetitions(3))
    services = _codings(visit, 10, specialty=True)
    places = (message.first(name).text(field) for name, fields in _NAMED.items() for field in fields)
    named = (Coded(display=words) for words in (*places, *(visit.text(field) for field in _CODED)))
    # Not their codes: those of OPCS-4 look like ICD-10 and mean something else.
    procedures = (Coded(display=procedure.text(field)) for procedure in message.all("PR1") for field in (3, 4))
    codes = (patient_class(visit.value(2)), Coded(code=visit.value(36)))
    return (*_reasons(message), *services, *named, *procedures, *codes, *restrictions)


def handling_of(message: Message) -> tuple[str, ...]:
    """A visit under protection (PV2-22), or with a confidential diagnosis (DG1-18), waits for a person."""
    confidential = (diagnosis.value(18) for diagnosis in message.all("DG1"))
    is_restricted = any(map(says_yes, (message.value("PV2", 22), *confidential)))
    return (Handling.RESTRICTED.value,) if is_restricted else ()


def _common(message: Message) -> Body:
    visit = message.first("PV1")
    return {
        "reference": visit.value(19),
        "provider": as_provider(message.value("MSH", 4)) or as_provider(visit.value(39)),
        "clinicians": _people(visit, _DOCTORS),
        "notes": joined([*_strays(visit).values(), message.value("PV2", 12), *_notes(message)]),
    }


def _reasons(message: Message) -> list[Coded]:
    found = _codings(message.first("PV2"), 3)
    for diagnosis in message.all("DG1"):
        found += [*_codings(diagnosis, 3), Coded(code=as_code(diagnosis.value(4)), display=diagnosis.value(4))]
    return [coded for coded in found if coded.words()]


def _codings(segment: Segment, field: int, *, specialty: bool = False) -> list[Coded]:
    """All that a coded field says; some write words in the place of the code, or the code in that of the words."""
    pairs = (
        (segment.part(repetition, code), segment.part(repetition, words))
        for repetition in segment.repetitions(field)
        for code, words in _CODINGS
    )
    return [
        Coded(code=code or as_code(words), display=joined([code, words], " "), specialty=specialty)
        for code, words in pairs
    ]


def _complaint(message: Message) -> str | None:
    return message.first("PV2").text(3)


def _diagnoses(message: Message) -> list[str]:
    found = (
        joined([d.value(3) or d.value(3, 4), d.value(3, 2) or d.value(3, 5) or d.value(4)], " ")
        for d in message.all("DG1")
    )
    return list(dict.fromkeys(diagnosis for diagnosis in found if diagnosis))


def _people(segment: Segment, fields: Sequence[int]) -> list[str]:
    """People as XCN has them: prefix, given and family name, else the identifier alone."""
    repetitions = [r for field in fields for r in segment.repetitions(field)]
    names = (joined([segment.part(r, part) for part in (6, 3, 4, 2)], " ") or segment.part(r, 1) for r in repetitions)
    return list(dict.fromkeys(name for name in names if name))


def _next_of_kin(message: Message) -> list[str]:
    return [kin for segment in message.all("NK1") if (kin := _kin(segment))]


def _kin(segment: Segment) -> str | None:
    name = next(iter(segment.repetitions(2)), "")
    relation = segment.value(3, 2) or segment.value(3)
    spoken = joined([segment.part(name, part) for part in (2, 3, 1)], " ")
    return joined([spoken, f"({relation})" if relation else None], " ")


def _location(visit: Segment) -> str | None:
    place = next(iter(visit.repetitions(3)), "")
    return joined([visit.part(place, part) for part in (1, 2, 3, 4, 7, 8, 9)], ", ")


def _strays(visit: Segment) -> dict[int, str]:
    """What stands in a coded field and is no code."""
    return {field: value for field in _CODED if (value := visit.value(field)) and as_code(value) is None}


def _notes(message: Message) -> list[str | None]:
    comments = [note.text(3) for note in message.all("NTE")]
    observations = [
        joined([observation.value(3, 2) or observation.value(3), observation.text(5)], ": ")
        for observation in message.all("OBX")
        if observation.value(2) not in _ATTACHED
    ]
    return comments + observations
