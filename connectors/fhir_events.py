"""FHIR Patient, Flag, Condition and Appointment → events; Encounter has a module of its own."""

from collections.abc import Callable, Mapping

from connectors.connector import Refused
from connectors.fhir_element import Element, coded, codings, stray_words, title, words
from connectors.fhir_encounter import encounter
from connectors.fhir_patient import birth_moment, identifiers_of, whose_patient
from connectors.fhir_reader import Reader, each, service_codes
from connectors.nhs import NHS_NUMBER, Body, Whose, as_code, joined
from connectors.nhs_codes import Coded, is_flag_code, safeguarding_flag
from schemas.events import Event, Moment

MODES = {"in-person": "in_person", "telephone": "telephone", "video": "video", "home": "home"}


def patient(read: Reader) -> tuple[Event, ...]:
    """Patient → person_details. Undated demographics are dated by the bundle, else by the birth they begin with."""
    whose = whose_patient(read.resource, ":".join(read.entry.key))
    occurred = read.last_updated or read.entry.assembled
    marks: tuple[str, ...] = ()
    if occurred is None and read.resource.text("birthDate") is not None:
        occurred, marks = birth_moment(read.resource), ("assumed:occurred",)
    return (read.event("nhs.person_details", whose, occurred, {}, marks=marks),)


def flag(read: Reader) -> tuple[Event, ...]:
    """Flag → a child protection flag only if it is known to be one; any other flag is health information."""
    resource = read.resource
    whose = read.whose(resource.child("subject"))
    period, code = resource.child("period"), resource.child("code")
    start = period.moment("start")
    if resource.text("status") == "entered-in-error":
        return read.retractions(whose, start, ("nhs.child_protection_flag", "nhs.health_condition"))
    codes = (*codings(code), *(c for category in resource.children("category") for c in codings(category)))
    kind = safeguarding_flag(codes)
    annotation = resource.extension("FlagNotes").child("valueAnnotation").text("text")
    notes = joined([annotation, stray_words(code), resource.narrative()])
    occurred, marks = read.stood(start)
    author = read.named(resource.child("author"))
    if kind is None:
        body: Body = {
            "reference": read.reference,
            "code": coded(code),
            "text": words(code),
            "clinical_status": resource.text("status"),
            "recorder": author,
            "notes": notes,
        }
        return (read.event("nhs.health_condition", whose, occurred, body, codes=codes, marks=marks),)
    displays = (c.text("display") for c in code.children("coding"))
    # A hospital's own code tells nobody else what flag it is, nor a rule card.
    sent, known = coded(code), next((c.code for c in codes if is_flag_code(c.code)), None)
    body = {
        "reference": read.reference,
        "flag_code": known or kind,
        "flag_text": next((d for d in displays if d), kind.replace("_", " ")),
        "status": as_code(resource.text("status")),
        "ended": period.moment("end"),
        "author": author,
        "notes": notes if sent == known else joined([notes, sent]),
    }
    marks += ("unknown_code:flag_code",) if sent is not None and known is None else ()
    return (read.event("nhs.child_protection_flag", whose, occurred, body, codes=codes, marks=marks),)


def condition(read: Reader) -> tuple[Event, ...]:
    """Condition → a health condition; one that was refuted says so."""
    resource = read.resource
    whose = read.whose(resource.child("subject"))
    began = resource.moment("onsetDateTime") or resource.child("onsetPeriod").moment("start")
    onset = began or resource.moment("recordedDate")
    verification = coded(resource.child("verificationStatus"))
    if verification == "entered-in-error":
        return read.retractions(whose, onset, ("nhs.health_condition",))
    code = resource.child("code")
    occurred, marks = read.stood(onset)
    notes = [note.text("text") for note in resource.children("note")]
    refuted = verification if verification == "refuted" else None
    body: Body = {
        "reference": read.reference,
        "code": coded(code),
        "text": words(code),
        "clinical_status": refuted or coded(resource.child("clinicalStatus")),
        "recorder": read.named(resource.child("recorder")) or read.named(resource.child("asserter")),
        "notes": joined([*notes, stray_words(code), resource.narrative()]),
    }
    codes = tuple(c for concept in resource.concepts("code", "category") for c in codings(concept))
    return (read.event("nhs.health_condition", whose, occurred, body, codes=codes, marks=marks),)


def appointment(read: Reader) -> tuple[Event, ...]:
    """Appointment → one event for each patient who takes part; `noshow` is a child who was not brought."""
    resource = read.resource
    actors = [p.child("actor") for p in resource.children("participant")]
    patients = [a for a in actors if _points_to(read, a, "Patient") or _is_numbered(a)]
    if not patients:
        raise Refused("subject_missing", "no participant is a Patient: send one", "Appointment.participant")
    requested = next(iter(resource.children("requestedPeriod")), Element("Appointment.requestedPeriod", {}))
    occurred = resource.moment("start") or requested.moment("start") or resource.moment("created")
    events: list[Event] = []
    for actor in patients:
        whose = read.whose(actor)
        if resource.text("status") == "entered-in-error":
            events += read.retractions(whose, occurred, ("nhs.appointment", "nhs.was_not_brought"))
        else:
            events.append(_appointment(read, whose, occurred, actors))
    return tuple({e.header.event_id: e for e in events}.values())


def _appointment(read: Reader, whose: Whose, occurred: Moment | None, actors: list[Element]) -> Event:
    resource = read.resource
    specialties = [*resource.children("specialty"), *resource.children("serviceType")]
    clinics = [read.named(a) for a in actors if _points_to(read, a, "Location", "HealthcareService")]
    reasons = resource.children("reasonCode")
    body: Body = {
        "reference": read.reference,
        "provider": read.provider(resource.extension("BookingOrganization").child("valueReference")),
        "specialty": next((named for s in specialties if (named := title(s))), None),
        "clinic": joined(clinics, ", "),
        "clinicians": each(read.named(a) for a in actors if _points_to(read, a, "Practitioner", "PractitionerRole")),
        "notes": joined(
            [
                *(resource.text(name) for name in ("description", "comment", "patientInstruction")),
                *(stray_words(specialty) for specialty in specialties),
                *(words(reason) for reason in reasons),
                *(read.named(reason) for reason in resource.children("reasonReference")),
                resource.narrative(),
            ]
        ),
    }
    codes = (*_appointment_codes(read, actors), *(c for reason in reasons for c in codings(reason)))
    if resource.text("status") != "noshow":
        body["status"] = as_code(resource.text("status"))
        return read.event("nhs.appointment", whose, occurred, body, codes=codes)
    channel = coded(resource.extension("DeliveryChannel").child("valueCodeableConcept")) or ""
    body["mode"] = MODES.get(channel.lower())
    return read.event("nhs.was_not_brought", whose, occurred, body, codes=codes)


def _appointment_codes(read: Reader, actors: list[Element]) -> tuple[Coded, ...]:
    """What tells which service it is: also its title, and whom and where the patient was to meet."""
    resource = read.resource
    services = resource.concepts("specialty", "serviceType", "serviceCategory", "appointmentType")
    others = [actor for actor in actors if not _points_to(read, actor, "Patient", "RelatedPerson")]
    told = read.told_by([*others, *resource.children("reasonReference"), *resource.children("basedOn")])
    return (*service_codes(services), *told, Coded(display=resource.text("description")))


def _is_numbered(actor: Element) -> bool:
    """Whether an actor is named by an NHS number alone, which only patients have."""
    named = identifiers_of((actor.child("identifier"),)) if "reference" not in actor.node else ()
    return actor.text("type") is None and any(identifier.system == NHS_NUMBER for identifier in named)


def _points_to(read: Reader, actor: Element, *kinds: str) -> bool:
    found = read.collection.find(actor, read.resource)
    kind = found.path if found is not None else actor.text("type")
    named = (actor.text("reference") or "").partition("?")[0].rstrip("/")
    return (kind or named.split("/")[-2:][0]) in kinds


READERS: Mapping[str, Callable[[Reader], tuple[Event, ...]]] = {
    "Appointment": appointment,
    "Condition": condition,
    "Encounter": encounter,
    "Flag": flag,
    "Patient": patient,
}
