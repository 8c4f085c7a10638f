"""FHIR Encounter → an attendance, an admission and a discharge, or an appointment, as its class says."""

from connectors.connector import Refused
from connectors.fhir_bundle import ENTERED_IN_ERROR
from connectors.fhir_element import Element, coded, codings, extension_codings, stray_words, title, words
from connectors.fhir_record import Record, distinct, service_codes, stands
from connectors.nhs import Body, as_code, joined, left_before_seen, patient_class
from connectors.nhs_codes import Coded, attendance_category
from schemas.events import Event, Moment

ADMITTED = frozenset({"IMP", "ACUTE", "NONAC", "SS", "OBSENC"})
UNDERWAY = frozenset({"arrived", "triaged", "in-progress", "onleave"})
#: An Encounter's status in the words of an Appointment's, so that one field has one vocabulary.
STATUSES = {
    "planned": "booked",
    "triaged": "arrived",
    "in-progress": "arrived",
    "onleave": "arrived",
    "finished": "fulfilled",
}
#: Patient classes of HL7 v2 (table 0004, or as hospitals write them), which a FHIR server that is fed by v2 often
#: passes on as they are, and those of FHIR before R4.
OLDER = {
    "B": "IMP", "E": "EMER", "I": "IMP", "O": "AMB", "P": "PRENC",
    "EMERGENCY": "EMER", "INPATIENT": "IMP", "OUTPATIENT": "AMB", "AMBULATORY": "AMB",
    "ED": "EMER", "AE": "EMER", "A&E": "EMER", "IP": "IMP", "DC": "IMP", "OP": "AMB",
}  # fmt: skip
OTHER_CLASSES = frozenset({"AMB", "VR", "HH", "FLD", "PRENC"})
KNOWN_CLASSES = ADMITTED | OTHER_CLASSES | {"EMER"}


def encounter(record: Record) -> tuple[Event, ...]:
    """Encounter → what its class says it is; a finished stay is an admission and a discharge."""
    resource = record.resource
    whose = record.whose(resource.child("subject"))
    period, status = resource.child("period"), record.status
    # While a visit goes on, its end is no more than planned.
    start, end = period.moment("start"), None if status in UNDERWAY else period.moment("end")
    is_dated = start is not None or end is None
    happened, marks = start if is_dated else end, [] if is_dated else ["assumed:occurred"]
    if status == ENTERED_IN_ERROR:
        types = ("nhs.admission", "nhs.appointment", "nhs.discharge", "nhs.emergency_attendance")
        return record.retractions(whose, happened, types)
    kind, codes = _class_of(record), _encounter_codes(record)
    if kind not in KNOWN_CLASSES:
        marks.append("unknown_code:class")
    if status in ("planned", "cancelled"):
        return (record.event("nhs.appointment", whose, happened, _visit(record, status), codes=codes, marks=marks),)
    if kind == "EMER":
        body = _attendance(record, end)
        return (record.event("nhs.emergency_attendance", whose, happened, body, codes=codes, marks=marks),)
    if kind not in ADMITTED:
        # Of a class that nobody knows it is not said that an appointment was kept.
        said = status if kind in OTHER_CLASSES else None
        return (record.event("nhs.appointment", whose, happened, _visit(record, said), codes=codes, marks=marks),)
    events = []
    if start is not None or end is None:
        events.append(record.event("nhs.admission", whose, start, _admission(record), codes=codes))
    if end is not None or (status == "finished" and record.last_updated is not None):
        assumed = () if end is not None else ("assumed:occurred",)
        events.append(record.event("nhs.discharge", whose, end, _discharge(record, start), codes=codes, marks=assumed))
    return tuple(events)


def _class_of(record: Record) -> str:
    """The class of an Encounter as FHIR R4 writes it, else as it was sent. Raises Refused where it has none."""
    written = record.resource.child("class").text("code")
    if written is None:
        raise Refused("invalid_resource", "Encounter.class has no code: FHIR requires one", "Encounter.class")
    return OLDER.get(written.upper(), written.upper())


def _encounter_codes(record: Record) -> tuple[Coded, ...]:
    resource = record.resource
    stay = resource.child("hospitalization")
    # From which ward, to which: that can be all that there is to tell.
    ways = (*codings(stay.child("admitSource")), *codings(stay.child("dischargeDisposition")))
    services = service_codes([resource.child("serviceType"), *resource.children("type")])
    places = [entry.child("location") for entry in resource.children("location")]
    people = [p.child("individual") for p in resource.children("participant")]
    others = resource.concepts("episodeOfCare", "basedOn", "appointment", "partOf")
    told = record.told_by(
        (*places, *people, *others, resource.child("serviceProvider"), stay.child("origin"), stay.child("destination"))
    )
    kind = resource.child("class")
    by_class = patient_class(kind.text("code"), kind.text("display"))
    return (*_why(record), *ways, *services, *told, by_class, *extension_codings(resource))


def _why(record: Record, *, standing: bool = False) -> tuple[Coded, ...]:
    """Why somebody came, in codes: by themselves, and of the conditions and procedures of the visit, where `standing`
    of those alone that stand. Content is protected also where it was no more than suspected."""
    own = (c for reason in record.resource.children("reasonCode") for c in codings(reason))
    conditions = _conditions(record) if standing else _references(record.resource)
    of_visit = (each for each in record.of_visit if not standing or stands(each))
    return (*own, *record.told_by(conditions), *(c for each in of_visit for c in record.told_in(each)))


def _references(resource: Element) -> list[Element]:
    diagnoses = (diagnosis.child("condition") for diagnosis in resource.children("diagnosis"))
    return [*resource.children("reasonReference"), *diagnoses]


def _conditions(record: Record) -> list[Element]:
    """The references to conditions that stand, as far as they are in the file."""
    found = ((each, record.found(each)) for each in _references(record.resource))
    return [each for each, condition in found if condition is None or stands(condition)]


def _attendance(record: Record, departed: Moment | None) -> Body:
    resource = record.resource
    diagnoses = [*_reasons(resource)[1:], *_diagnoses(record)]
    discharge_status = coded(resource.extension("DischargeStatus").child("valueCodeableConcept")) or coded(
        resource.child("hospitalization").child("dischargeDisposition")
    )
    return {
        **_staff_and_place(record),
        "category": attendance_category(_why(record, standing=True)),
        "arrival_mode": coded(resource.extension("ArrivalMode").child("valueCodeableConcept")),
        "departed": departed,
        "discharge_status": discharge_status,
        "left_before_seen": left_before_seen(discharge_status),
        "chief_complaint": next(iter(_reasons(resource)), None),
        "diagnosis": distinct(diagnoses),
    }


def _admission(record: Record) -> Body:
    stay = record.resource.child("hospitalization")
    return {
        **_staff_and_place(record),
        "admission_method": _extension_code(record.resource, "AdmissionMethod"),
        "admission_source": coded(stay.child("admitSource")),
        "patient_class": as_code(record.resource.child("class").text("code")),
        "reason": joined([*_reasons(record.resource), *_diagnoses(record)], "; "),
    }


def _discharge(record: Record, admitted: Moment | None) -> Body:
    return {
        **_staff_and_place(record),
        "discharge_destination": coded(record.resource.child("hospitalization").child("dischargeDisposition")),
        "discharge_method": _extension_code(record.resource, "DischargeMethod"),
        "admitted": admitted,
        "patient_class": as_code(record.resource.child("class").text("code")),
        "diagnosis": distinct([*_reasons(record.resource), *_diagnoses(record)]),
    }


def _visit(record: Record, status: str | None) -> Body:
    body = _staff_and_place(record)
    own_words = str(body["notes"] or "")
    body["clinic"] = body.pop("location")
    service = [record.resource.child("serviceType"), *record.resource.children("type")]
    reasons = _reasons(record.resource)
    kind = record.resource.child("class")
    # An appointment has no field for a class.
    unknown = None if _class_of(record) in KNOWN_CLASSES else joined([kind.text("code"), kind.text("display")], " ")
    return body | {
        "status": as_code(STATUSES.get(status or "", status)),
        "specialty": next((named for s in service if (named := title(s))), None),
        "notes": joined([unknown, *(stray_words(s) for s in service), *reasons, *_diagnoses(record), own_words]),
    }


def _staff_and_place(record: Record) -> Body:
    resource = record.resource
    stay = resource.child("hospitalization")
    strays = [stray_words(stay.child(name)) for name in ("admitSource", "dischargeDisposition")]
    return {
        "reference": record.reference,
        "provider": record.provider(resource.child("serviceProvider")),
        "location": joined([record.named(entry.child("location")) for entry in resource.children("location")], ", "),
        "clinicians": distinct(record.named(p.child("individual")) for p in resource.children("participant")),
        "notes": joined([*strays, resource.narrative()]),
    }


def _reasons(resource: Element) -> list[str]:
    concepts = [c for reason in resource.children("reasonCode") for c in [_reason(reason)] if c]
    return list(dict.fromkeys(concepts))


def _reason(concept: Element) -> str | None:
    return joined([coded(concept), words(concept)], " ")


def _diagnoses(record: Record) -> list[str]:
    named = (record.named(each) for each in _conditions(record))
    own = (words(each.child("code")) for each in record.of_visit if each.path == "Condition" and stands(each))
    return [name for name in (*named, *own) if name]


def _extension_code(resource: Element, ending: str) -> str | None:
    """UK Core has put these on the Encounter and on its hospitalization."""
    return coded(resource.extension(ending).child("valueCodeableConcept")) or coded(
        resource.child("hospitalization").extension(ending).child("valueCodeableConcept")
    )
