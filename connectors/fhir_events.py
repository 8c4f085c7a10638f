"""FHIR Patient, Flag, Condition and Appointment → events; Encounter has a module of its own."""

from collections.abc import Callable, Mapping

from connectors.connector import Refused
from connectors.fhir_bundle import ENTERED_IN_ERROR
from connectors.fhir_element import Element, coded, codings, extension_codings, stray_words, title, words
from connectors.fhir_encounter import encounter
from connectors.fhir_patient import birth_moment, identifiers_of
from connectors.fhir_record import VERIFICATIONS, Record, distinct, known_status, service_codes
from connectors.nhs import NHS_NUMBER, Body, as_code, joined
from connectors.nhs_codes import Coded, is_flag_code, safeguarding_flag
from schemas.events import Event
from schemas.forms import is_sentence

MODES = {"in-person": "in_person", "telephone": "telephone", "video": "video", "home": "home"}


def patient(record: Record) -> tuple[Event, ...]:
    """Patient → person_details. Undated demographics are dated by the bundle, else by the birth they begin with."""
    whose = record.collection.patient(record.entry)
    occurred = record.last_updated or record.entry.assembled
    marks: tuple[str, ...] = ()
    if occurred is None and record.resource.text("birthDate") is not None:
        occurred, marks = birth_moment(record.resource), ("assumed:occurred",)
    return (record.event("nhs.person_details", whose, occurred, {}, marks=marks),)


def flag(record: Record) -> tuple[Event, ...]:
    """Flag → a child protection flag only if it is known to be one; any other flag is health information."""
    resource = record.resource
    whose = record.whose(resource.child("subject"))
    period, code = resource.child("period"), resource.child("code")
    start = period.moment("start")
    if record.status == ENTERED_IN_ERROR:
        return record.retractions(whose, start, ("nhs.child_protection_flag", "nhs.health_condition"))
    codes = (*codings(code), *(c for category in resource.children("category") for c in codings(category)))
    kind = safeguarding_flag(codes)
    annotation = resource.extension("FlagNotes").child("valueAnnotation").text("text")
    notes = joined([annotation, stray_words(code), resource.narrative()])
    occurred, marks = record.stood(start)
    author = record.named(resource.child("author"))
    if kind is None:
        body: Body = {
            "reference": record.reference,
            "code": coded(code),
            "text": words(code),
            "clinical_status": record.status,
            "recorder": author,
            "notes": notes,
        }
        return (record.event("nhs.health_condition", whose, occurred, body, codes=codes, marks=marks),)
    displays = [d for c in code.children("coding") if (d := c.text("display"))]
    # A hospital's own code tells nobody else what flag it is, nor a rule card.
    sent, known = coded(code), next((c.code for c in codes if is_flag_code(c.code)), None)
    body = {
        "reference": record.reference,
        "flag_code": known or kind,
        "flag_text": next((d for d in displays if not is_sentence(d)), kind.replace("_", " ")),
        "status": as_code(record.status),
        "ended": period.moment("end"),
        "author": author,
        "notes": joined([notes, sent if sent != known else None, *filter(is_sentence, displays)]),
    }
    marks += ("unknown_code:flag_code",) if sent is not None and known is None else ()
    return (record.event("nhs.child_protection_flag", whose, occurred, body, codes=codes, marks=marks),)


def condition(record: Record) -> tuple[Event, ...]:
    """Condition → a health condition; one that was refuted says so."""
    resource = record.resource
    whose = record.whose(resource.child("subject"))
    began = resource.moment("onsetDateTime") or resource.child("onsetPeriod").moment("start")
    onset = began or resource.moment("recordedDate")
    verified = [known_status(VERIFICATIONS, c.code or c.display) for c in codings(resource.child("verificationStatus"))]
    if ENTERED_IN_ERROR in verified:
        return record.retractions(whose, onset, ("nhs.health_condition",))
    code = resource.child("code")
    occurred, marks = record.stood(onset)
    notes = [note.text("text") for note in resource.children("note")]
    refuted = "refuted" if "refuted" in verified else None
    body: Body = {
        "reference": record.reference,
        "code": coded(code),
        "text": words(code),
        "clinical_status": refuted or coded(resource.child("clinicalStatus")),
        "recorder": record.named(resource.child("recorder")) or record.named(resource.child("asserter")),
        "notes": joined([*notes, stray_words(code), resource.narrative()]),
    }
    codes = tuple(c for concept in resource.concepts("code", "category") for c in codings(concept))
    return (record.event("nhs.health_condition", whose, occurred, body, codes=codes, marks=marks),)


def appointment(record: Record) -> tuple[Event, ...]:
    """Appointment → one event for each patient who takes part; `noshow` is a child who was not brought."""
    resource = record.resource
    participants = [(p.child("actor"), p.text("status")) for p in resource.children("participant")]
    actors = [actor for actor, _ in participants]
    patients = [(a, s) for a, s in participants if _points_to(record, a, "Patient") or _is_numbered(record, a)]
    if not patients:
        raise Refused("subject_missing", "no participant is a Patient: send one", "Appointment.participant")
    requested = next(iter(resource.children("requestedPeriod")), Element("Appointment.requestedPeriod", {}))
    occurred = resource.moment("start") or requested.moment("start") or resource.moment("created")
    body, codes = _appointment(record, actors), _appointment_codes(record, actors)
    events: list[Event] = []
    for actor, answer in patients:
        whose = record.whose(actor)
        if record.status == ENTERED_IN_ERROR:
            events += record.retractions(whose, occurred, ("nhs.appointment", "nhs.was_not_brought"))
        elif record.status == "noshow" and answer != "declined":
            channel = coded(resource.extension("DeliveryChannel").child("valueCodeableConcept")) or ""
            missed = body | {"mode": MODES.get(channel.lower())}
            events.append(record.event("nhs.was_not_brought", whose, occurred, missed, codes=codes))
        else:
            # Whoever declined was neither waited for nor there, whatever became of the appointment.
            status = answer if answer == "declined" else as_code(record.status)
            events.append(record.event("nhs.appointment", whose, occurred, body | {"status": status}, codes=codes))
    return tuple({e.header.event_id: e for e in events}.values())


def _appointment(record: Record, actors: list[Element]) -> Body:
    resource = record.resource
    specialties = [*resource.children("specialty"), *resource.children("serviceType")]
    clinics = [record.named(a) for a in actors if _points_to(record, a, "Location", "HealthcareService")]
    return {
        "reference": record.reference,
        "provider": record.provider(resource.extension("BookingOrganization").child("valueReference")),
        "specialty": next((named for s in specialties if (named := title(s))), None),
        "clinic": joined(clinics, ", "),
        "clinicians": distinct(
            record.named(a) for a in actors if _points_to(record, a, "Practitioner", "PractitionerRole")
        ),
        "notes": joined(
            [
                *(resource.text(name) for name in ("description", "comment", "patientInstruction")),
                *(stray_words(specialty) for specialty in specialties),
                *(words(reason) for reason in resource.children("reasonCode")),
                *(record.named(reason) for reason in resource.children("reasonReference")),
                resource.narrative(),
            ]
        ),
    }


def _appointment_codes(record: Record, actors: list[Element]) -> tuple[Coded, ...]:
    """What tells which service it is: also its title, and whom and where the patient was to meet."""
    resource = record.resource
    services = resource.concepts("specialty", "serviceType", "serviceCategory", "appointmentType")
    others = [actor for actor in actors if not _points_to(record, actor, "Patient", "RelatedPerson")]
    booked = [resource.extension("BookingOrganization").child("valueReference")]
    told = record.told_by(
        [*others, *booked, *resource.concepts("reasonReference", "basedOn", "slot", "supportingInformation")]
    )
    reasons = (c for reason in resource.children("reasonCode") for c in codings(reason))
    described = Coded(display=resource.text("description"))
    return (*service_codes(services), *told, described, *reasons, *extension_codings(resource))


def _is_numbered(record: Record, actor: Element) -> bool:
    """Whether an actor is named by a number alone that only patients have, or of its system a patient of the file."""
    number = actor.child("identifier")
    if "reference" in actor.node or actor.text("type") is not None:
        return False
    is_of_file = number.text("system") is not None and record.collection.patient_by_number(actor) is not None
    return is_of_file or any(identifier.system == NHS_NUMBER for identifier in identifiers_of((number,)))


def _points_to(record: Record, actor: Element, *kinds: str) -> bool:
    found = record.found(actor)
    kind = found.path if found is not None else actor.text("type")
    named = (actor.text("reference") or "").partition("?")[0].rstrip("/")
    return (kind or named.split("/")[-2:][0]) in kinds


#: The resource types that are carried → what makes events of each.
CARRIED: Mapping[str, Callable[[Record], tuple[Event, ...]]] = {
    "Appointment": appointment,
    "Condition": condition,
    "Encounter": encounter,
    "Flag": flag,
    "Patient": patient,
}
