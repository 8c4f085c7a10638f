"""Two hospitals that number alike are two children, by whatever a FHIR file says of whose patients they are."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.connector import Source
from connectors.fhir import FhirR4Json
from tests.connectors.health_reads import CONTEXT

#: A number that by itself says of no hospital that it gave it.
NUMBER = {"system": "https://fhir.nhs.uk/Id/local-patient-identifier", "value": "40017"}
RXX = {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RXX"}}
RYY = {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RYY"}}
TRUST = {"resourceType": "Organization", "id": "o1", "identifier": [RXX["identifier"]], "name": "Testham"}
NAMED = {"resourceType": "Organization", "id": "o1", "name": "Testham"}
REFERRED = {"reference": "Organization/o1"}


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p1", "birthDate": "2011-04-12", "identifier": [NUMBER]} | elements


WITHIN = patient(managingOrganization={"reference": "#o1"})


def given_by(assigner: dict[str, Any]) -> dict[str, Any]:
    return patient(identifier=[NUMBER | {"assigner": assigner}])


def visit(patient: str = "p1", **elements: Any) -> dict[str, Any]:
    known = {"resourceType": "Encounter", "id": f"of-{patient}", "status": "finished", "class": {"code": "EMER"}}
    return known | {"period": {"start": "2026-02-01"}, "subject": {"reference": f"Patient/{patient}"}} | elements


def bundle(*resources: dict[str, Any], server: str | None = None, **elements: Any) -> dict[str, Any]:
    urls = [{"fullUrl": f"{server}/{r['resourceType']}/{r['id']}"} if server else {} for r in resources]
    return {
        "resourceType": "Bundle", "entry": [u | {"resource": r} for u, r in zip(urls, resources, strict=True)]
    } | elements  # fmt: skip


def subjects(*documents: dict[str, Any], organisation: str | None = None) -> list[str]:
    """Whose each record of one file is that is carried."""
    data = "\n".join(map(json.dumps, documents)).encode()
    context = replace(CONTEXT, organisation=organisation)
    reads = FhirR4Json().read([Source(name="sent.json", data=data)], context)
    return [event.header.subject for read in reads for event in read.events]


@pytest.mark.parametrize(
    ("sent", "giver"),
    [
        ([given_by(REFERRED), TRUST], "RXX"),
        ([given_by({"reference": "#o1"}) | {"contained": [TRUST]}], "RXX"),
        ([given_by(REFERRED), NAMED], "Testham"),
        ([given_by({"display": "The Infirmary"})], "The Infirmary"),
        ([given_by({"identifier": {"system": "urn:x", "value": "T-44"}})], "T-44"),
        ([given_by({"reference": "Organization/RYY"})], "RYY"),
        ([patient(managingOrganization=REFERRED), TRUST], "RXX"),
        ([patient(), visit(serviceProvider=REFERRED), TRUST], "RXX"),
        ([patient(), {"resourceType": "MessageHeader", "id": "m", "sender": RXX}], "RXX"),
        ([patient(), {"resourceType": "Composition", "id": "c", "custodian": RXX}], "RXX"),
        ([visit(subject={"identifier": NUMBER}, serviceProvider=RXX)], "RXX"),
        ([visit(subject={"reference": "#p1"}, contained=[WITHIN, TRUST])], "RXX"),
        # What names a kind of system, or what cannot be found, names no hospital.
        ([given_by({"display": "PAS"})], None),
        ([given_by(REFERRED)], None),
        ([patient(identifier=[{"system": "MRN", "value": "40017"}])], "MRN"),
        ([patient(identifier=[{"system": "MRN", "value": "40017"}], managingOrganization=RXX)], "RXX"),
    ],
)  # fmt: skip
def test_a_number_is_of_the_hospital_that_its_file_names(sent: list[dict[str, Any]], giver: str | None) -> None:
    assert set(subjects(bundle(*sent))) == {"40017" if giver is None else f"40017@{giver}"}


def test_a_site_counts_as_its_trust_where_it_is_a_visits() -> None:
    site = {"identifier": RXX["identifier"] | {"value": "RXX01"}}
    assert subjects(bundle(patient(), visit(serviceProvider=site))) == ["40017@RXX"] * 2


def test_the_visits_of_each_patient_tell_two_hospitals_of_one_file_apart() -> None:
    sent = [patient(), patient(id="p2"), visit(serviceProvider=RXX), visit("p2", serviceProvider=RYY)]
    assert subjects(bundle(*sent)) == ["40017@RXX", "40017@RYY"] * 2


@pytest.mark.parametrize("identifiers", [[NUMBER], []])
def test_two_servers_that_number_alike_are_told_apart(identifiers: Sequence[dict[str, Any]]) -> None:
    server = ["https://a.example/fhir", "https://b.example/fhir"]
    known = "40017" if identifiers else "p1"
    sent = [patient(identifier=list(identifiers)), visit()]
    by_url = [bundle(*sent, server=each) for each in server]
    asked = [f"{server[0]}/Encounter?_include=*", f"{server[1]}?_getpages=1"]
    by_link = [bundle(*sent, link=[{"relation": "self", "url": each}]) for each in asked]
    expected = [f"{known}@{each}" for each in server for _ in sent]
    assert subjects(*by_url) == subjects(*by_link) == expected
    # Nor does whoever delivers them speak for both.
    assert subjects(*by_url, organisation="RXX") == expected


def test_a_system_is_told_by_the_source_that_a_patient_names() -> None:
    sent = [patient(identifier=[], meta={"source": f"https://{name}.example#request"}) for name in "ab"]
    assert subjects(*sent) == ["p1@https://a.example", "p1@https://b.example"]
    passing = [patient(identifier=[], meta={"source": source}) for source in ("#request", "urn:uuid:7")]
    assert subjects(*passing) == ["p1", "p1"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (given_by({"display": "The Infirmary"}), "40017@RYY"),
        (patient(managingOrganization={"reference": "Organization/123"}), "40017@RYY"),
        (given_by(RXX), "40017@RXX"),
        (patient(managingOrganization=RXX), "40017@RXX"),
    ],
)
def test_who_delivers_is_believed_before_a_name_and_after_a_code(sent: dict[str, Any], expected: str) -> None:
    assert subjects(bundle(sent, server="https://a.example"), organisation="RYY") == [expected]
