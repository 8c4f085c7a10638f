"""What the hospital trust that speaks FHIR R4 would send: UK Core shapes, one bundle for some patients."""

from datetime import datetime
from typing import Any

from fanlight.county.identifiers import telephone
from fanlight.county.ledger import Ledger, later
from fanlight.county.people import Child

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
HOSPITAL_NUMBER = "https://fhir.nhs.uk/Id/local-patient-identifier"
SNOMED = "http://snomed.info/sct"
TRUST = "ZZ901"
COMMUNITY_TRUST = "ZZ902"

#: Why children come to an emergency department: SNOMED CT code and words.
REASONS = {
    "assault": ("52684005", "Assault"),
    "injury": ("417163006", "Traumatic injury"),
    "self_harm": ("248062006", "Self-injurious behaviour"),
    "intoxication": ("25702006", "Alcohol intoxication"),
    "other": ("386661006", "Fever"),
}

#: Clinics, and the NHS main specialty they belong to.
CLINICS = {
    "Community paediatrics": ("420", "Paediatrics"),
    "Looked-after health": ("420", "Paediatrics"),
    "Asthma review": ("420", "Paediatrics"),
    "Allergy clinic": ("420", "Paediatrics"),
    "Children's dentistry": ("142", "Paediatric dentistry"),
    "Hearing and speech": ("310", "Audiological medicine"),
    "Eye clinic": ("130", "Ophthalmology"),
    "Oakapple Clinic": ("360", "Genitourinary medicine"),
}


def _coded(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _reference(child: Child) -> dict[str, Any]:
    return {"reference": f"Patient/{_patient_id(child)}"}


def _patient_id(child: Child) -> str:
    return f"syn-patient-{child.serial:06d}"


def _provider(ods: str) -> dict[str, Any]:
    return {"identifier": {"system": ODS, "value": ods}}


def _clinic(name: str) -> dict[str, Any]:
    return {"actor": {"type": "HealthcareService", "display": name}, "status": "accepted"}


def _start(kind: str, ledger: Ledger) -> dict[str, Any]:
    number = ledger.number(kind.upper())
    return {
        "resourceType": kind,
        "id": number.lower(),
        "meta": {"profile": [UK_CORE + kind]},
        "identifier": [{"system": f"https://example.org/{kind.lower()}", "value": number}],
    }


def patient(ledger: Ledger, child: Child, registered: datetime, *, restricted: bool = False, kin: str = "") -> None:
    """The patient record; a restricted one carries the mark that PDS gives a protected address."""
    home = child.household
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": _patient_id(child),
        "meta": {"profile": [UK_CORE + "Patient"], "lastUpdated": registered.isoformat()},
        "identifier": [
            {
                "extension": [
                    {
                        "url": EXTENSION + "NHSNumberVerificationStatus",
                        "valueCodeableConcept": _coded(
                            "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland",
                            "01",
                            "Number present and verified",
                        ),
                    }
                ],
                "system": NHS_NUMBER,
                "value": child.nhs_number,
            },
            {"system": HOSPITAL_NUMBER, "value": child.hospital_number, "assigner": _provider(TRUST)},
        ],
        "name": [{"use": "official", "family": child.family, "given": [n for n in (child.given, child.middle) if n]}],
        "telecom": [{"system": "phone", "value": telephone(child.serial), "use": "home"}],
        "gender": {"M": "male", "F": "female"}[child.sex],
        "birthDate": child.born.isoformat(),
        "address": [{"use": "home", "line": [home.line], "city": home.town, "postalCode": home.postcode}],
    }
    if restricted:
        resource["meta"]["security"] = [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R", "display": "restricted"}
        ]
    if kin:
        resource["contact"] = [{"name": {"text": kin}, "telecom": [{"system": "phone", "value": telephone(999)}]}]
    ledger.resource(child.serial, resource)


def _visit(ledger: Ledger, child: Child, code: str, start: datetime, minutes: int, reason: str) -> dict[str, Any]:
    snomed, display = REASONS[reason]
    return _start("Encounter", ledger) | {
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code},
        "subject": _reference(child),
        "period": {"start": start.isoformat(), "end": later(start, minutes).isoformat()},
        "reasonCode": [_coded(SNOMED, snomed, display)],
        "hospitalization": {
            "dischargeDisposition": _coded(
                "https://fhir.hl7.org.uk/CodeSystem/UKCore-DischargeDestinationEngland",
                "19",
                "Usual place of residence",
            )
        },
        "serviceProvider": _provider(TRUST),
    }


def emergency(ledger: Ledger, child: Child, arrived: datetime, reason: str, *, minutes: int) -> None:
    """An attendance at the emergency department."""
    ledger.resource(child.serial, _visit(ledger, child, "EMER", arrived, minutes, reason))


def stay(ledger: Ledger, child: Child, admitted: datetime, *, minutes: int) -> None:
    """A stay on a ward."""
    ledger.resource(child.serial, _visit(ledger, child, "IMP", admitted, minutes, "other"))


def flag(ledger: Ledger, child: Child, since: datetime) -> None:
    """The flag of a child protection plan on the record (CP-IS)."""
    ledger.resource(
        child.serial,
        _start("Flag", ledger)
        | {
            "status": "active",
            "code": _coded("https://fhir.nhs.uk/England/CodeSystem/PatientFlagCategory", "CP-IS", "CP-IS"),
            "subject": _reference(child),
            "period": {"start": since.isoformat()},
        },
    )


def appointment(
    ledger: Ledger, child: Child, start: datetime, clinic: str, *, kept: bool = True, community: bool = True
) -> None:
    """An appointment, kept or not: a child does not miss one, a child is not brought."""
    code, specialty = CLINICS[clinic]
    ods = COMMUNITY_TRUST if community else TRUST
    ledger.resource(
        child.serial,
        _start("Appointment", ledger)
        | {
            "extension": [{"url": EXTENSION + "BookingOrganization", "valueReference": _provider(ods)}],
            "status": "fulfilled" if kept else "noshow",
            "specialty": [_coded("https://fhir.hl7.org.uk/CodeSystem/UKCore-PracticeSettingCode", code, specialty)],
            "start": start.isoformat(),
            "end": later(start, 30).isoformat(),
            "participant": [{"actor": _reference(child), "status": "accepted"}, _clinic(clinic)],
        },
    )


def condition(ledger: Ledger, child: Child, recorded: datetime, code: str, display: str, note: str = "") -> None:
    """A diagnosis. Nothing of it leaves the bus for police; it is here so that this can be seen."""
    resource = _start("Condition", ledger) | {
        "clinicalStatus": _coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
        "code": _coded(SNOMED, code, display),
        "subject": _reference(child),
        "recordedDate": recorded.isoformat(),
    }
    if note:
        resource["note"] = [{"text": note}]
    ledger.resource(child.serial, resource)
