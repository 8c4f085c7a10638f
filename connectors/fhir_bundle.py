"""The resources of one FHIR file in order, and who each of them is about.

References are resolved within the file only: `Patient/1` of another file may be another system's patient 1.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import unquote

from connectors.connector import Refused
from connectors.dates import parse_instant, parse_moment
from connectors.fhir_element import Element, wrong_type
from connectors.fhir_patient import identifiers_of, whose_patient
from connectors.fhir_reference import local_name, names_of, number_in, number_search, server_of, unversioned
from connectors.fhir_types import RESOURCE_TYPES, UNKNOWN_TYPE
from connectors.identifiers import closed_up, is_placeholder
from connectors.nhs import NHS_NUMBER, Whose, identity_marks, subject_of
from schemas.events import Identifier, Moment

ENTERED_IN_ERROR = "entered-in-error"
TWO_PATIENTS = (
    "two Patients of the file, or two versions with other numbers, are what this refers to: "
    "give each an id of its own, or send the newest version alone"
)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, repr=False)
class Entry:
    """One record: a resource, the name its file gave it, and when the file says it was put together.

    `ordinal` counts earlier resources of the same content in the file, so that two that look alike stay two.
    """

    position: int
    resource: Element
    full_url: str | None = None
    assembled: Moment | None = None
    ordinal: int = 0

    @property
    def kind(self) -> str:
        """The type of the resource, as Patient; of one that FHIR does not have, UNKNOWN_TYPE."""
        return self.resource.path

    @property
    def key(self) -> tuple[str, ...]:
        """What the source calls this record: the resource's id, else its first identifier, else its URL in the file.

        The id comes first because a server keeps it when it takes a resource back with little else in it.
        """
        own_id = self.resource.text("id")
        if own_id is not None:
            return (self.kind, own_id)
        for identifier in identifier_elements(self.resource):
            if (value := identifier.text("value")) is not None and not is_placeholder(value):
                return (self.kind, identifier.text("system") or "", value)
        if self.full_url is not None:
            return (self.kind, self.full_url)
        return (self.kind, _content_digest(self.resource.node), str(self.ordinal))

    @cached_property
    def contained(self) -> Mapping[str, Element | None]:
        """The resources that stand within it and are no records of their own, by id; None for two patients' id."""
        found: dict[str, Element | None] = {}
        for each in contained(self.resource):
            if (own_id := each.text("id")) is not None:
                known = found.get(own_id, each)
                found[own_id] = known if known is not None and _are_versions(known, each) else None
        return found


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Broken:
    """What stands in the place of a record and cannot be one."""

    position: int
    node: Any
    fault: Refused


@dataclass(frozen=True, slots=True, repr=False)
class Collection:
    """The records of one file."""

    entries: tuple[Entry, ...]
    _by_reference: dict[str, Entry | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            for name in names_of(entry.resource, entry.full_url):
                # Of two different patients under one name neither is meant.
                known = self._by_reference.get(name, entry)
                is_one = known is not None and _are_versions(known.resource, entry.resource)
                self._by_reference[name] = _newest(known, entry) if known is not None and is_one else None

    def find(self, reference: Element, entry: Entry) -> Element | None:
        """The resource that a Reference within an entry points to, if it is in the file."""
        target = reference.text("reference")
        if target is None:
            return None
        if target.startswith("#"):
            return entry.contained.get(target[1:])
        if "?" in target:  # as a transaction may name a patient: Patient?identifier=system|value
            found = self._by_reference.get(unquote(target))
        else:
            found = self._entry_at(unversioned(target), server_of(target) or server_of(entry.full_url))
        return found.resource if found is not None else None

    def _entry_at(self, target: str, server: str | None) -> Entry | None:
        """The record that a reference to `target` means, in a file of this server."""
        relative = local_name(target)
        exact = self._by_reference.get(target if "://" in target else f"{server}/{relative}")
        entry = exact or self._by_reference.get(relative)
        # The same id on another server is another resource.
        is_elsewhere = entry is not None and server is not None and server_of(entry.full_url) not in (None, server)
        return None if is_elsewhere else entry

    def patient_by_number(self, reference: Element) -> Element | None:
        """The one patient of the file who has the number by which a reference means a patient."""
        if reference.text("type") not in (None, "Patient"):
            return None
        stated = reference.child("identifier")
        entry = self._by_reference.get(number_search(stated.text("system"), stated.text("value") or ""))
        return entry.resource if entry is not None else None

    def deleted(self, record: Broken) -> Entry | None:
        """The record that an entry of a history deletes, as its source would send it to take it back.

        The entry itself does not say whose it was; an earlier version in the same file does.
        """
        sent = record.node if isinstance(record.node, dict) else {}
        url = sent["request"].get("url") if _deletes(sent) else None
        entry = self._by_reference.get(local_name(url)) if isinstance(url, str) else None
        if entry is None or entry.kind == "Patient":
            return None
        return replace(
            entry, position=record.position, resource=Element(entry.kind, _taken_back(entry.resource.node, sent))
        )

    def whose(self, reference: Element, entry: Entry) -> Whose:
        """Who a reference to a patient means: a patient of the file, an identifier, or an NHS number in the URL.

        Raises Refused where it means nobody who can be told, or two.
        """
        beside = identifiers_of((reference.child("identifier"),))
        # A transaction may name a patient by a search: Patient?identifier=system|value.
        named = (reference.text("reference") or "").partition("?")[0]
        kind = reference.text("type") or local_name(named).partition("/")[0]
        may_be_patient = kind in ("", "Patient") or kind.startswith("urn:")
        found, numbered = self.find(reference, entry), self.patient_by_number(reference) if may_be_patient else None
        patient = found or numbered
        if patient is not None and patient.path == "Patient":
            is_contained = (reference.text("reference") or "").startswith("#")
            whose = whose_patient(patient, ":".join(entry.key), is_contained=is_contained, beside=beside)
            _refuse_two(reference, beside, whose.person.identifiers if whose.person is not None else ())
            if numbered is not None and not is_contained and not _are_versions(patient, numbered):
                raise _two_at_once(reference)
            return whose
        if patient is None and may_be_patient:
            number = number_in(reference)
            _refuse_two(reference, beside, number)
            identifiers = beside or number
            subject = subject_of(identifiers, own_id=None, record=":".join(entry.key))
            if subject is not None:
                return Whose(subject=subject, marks=identity_marks(identifiers))
        raise Refused("subject_missing", self._why_nobody(reference), reference.path)

    def _why_nobody(self, reference: Element) -> str:
        """Why a reference means nobody, and what to do."""
        target = unversioned(reference.text("reference") or "")
        if any(
            name in self._by_reference and self._by_reference[name] is None for name in (target, local_name(target))
        ):
            return TWO_PATIENTS
        return "whose record this is cannot be told: send the Patient in the same bundle, or an identifier"


def identifier_elements(resource: Element) -> tuple[Element, ...]:
    """The resource's identifiers; a Bundle or QuestionnaireResponse has one, not a list."""
    if isinstance(resource.node.get("identifier"), dict):
        return (resource.child("identifier"),)
    return resource.children("identifier")


def entries_of(documents: Sequence[Any]) -> Iterator[Entry | Broken]:
    """Every record of a file in order, from its documents: a resource, a Bundle, or Broken in place of one."""
    seen: Counter[str] = Counter()
    places = (place for document in documents for place in _places_of(document))
    for position, place in enumerate(places, 1):
        try:
            resource = place.resource()
        except Refused as fault:
            yield Broken(position=position, node=place.node, fault=fault)
            continue
        digest = "" if "id" in place.node else _content_digest(place.node)
        yield Entry(
            position=position,
            resource=resource,
            full_url=place.full_url,
            assembled=place.assembled,
            ordinal=seen[digest],
        )
        seen[digest] += 1


class _Place(NamedTuple):
    """What stands in a file where a resource should; `fault` is why it is none, where that is known already."""

    node: Any
    fault: Refused | None = None
    full_url: str | None = None
    assembled: Moment | None = None

    def resource(self) -> Element:
        """The resource. Raises Refused where it is none, or may not be read."""
        if self.fault is not None:
            raise self.fault
        return Element(_kind(_resource_type(self.node)), self.node)


def _resource_type(node: Any) -> str:
    kind = node.get("resourceType") if isinstance(node, dict) else None
    if not isinstance(kind, str):
        raise Refused("resource_type_missing", "this is not a FHIR resource: it has no resourceType", "resourceType")
    return kind


def _kind(name: str) -> str:
    """The type of a resource as part of a path, which a rejection repeats."""
    return name if name in RESOURCE_TYPES else UNKNOWN_TYPE


def _content_digest(node: Any) -> str:
    """What names a resource by its content alone: the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(node, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _places_of(document: Any) -> Iterator[_Place]:
    """The places of a document: itself, or of a Bundle its entries, and theirs where one is a Bundle."""
    if isinstance(document, Broken):
        yield _Place(document.node, document.fault)
    elif not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        yield _Place(document)
    elif not isinstance(document.get("entry"), list):
        yield _Place(document, wrong_type("Bundle.entry", "a list"))
    else:
        timestamp = document.get("timestamp")
        assembled = parse_moment(timestamp) if isinstance(timestamp, str) else None
        for number, node in enumerate(document["entry"]):
            yield from _places_of_entry(node, f"Bundle.entry[{number}]", assembled)


def _places_of_entry(node: Any, path: str, assembled: Moment | None) -> Iterator[_Place]:
    if not isinstance(node, dict):
        yield _Place(node, wrong_type(path, "an object"))
        return
    resource = node.get("resource")
    if isinstance(resource, dict) and resource.get("resourceType") == "Bundle" and resource.get("entry"):
        yield from _places_of(resource)
        return
    try:
        full_url = Element(path, node).text("fullUrl")
    except Refused as fault:
        yield _Place(node, fault)
        return
    if isinstance(resource, dict) and _deletes(node):
        # A Patient has no status, and cannot be taken back.
        resource = _taken_back(resource, node) if resource.get("resourceType") != "Patient" else None
    if resource is not None:
        yield _Place(resource, full_url=full_url, assembled=assembled)
        return
    sentence = "this entry gives no resource; to take a record back, send it with the status entered-in-error"
    yield _Place(node, Refused("resource_missing", sentence, f"{path}.resource"))


def _deletes(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of a history or a transaction deletes a resource."""
    request = entry.get("request")
    return isinstance(request, dict) and request.get("method") == "DELETE"


def _taken_back(node: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """A resource that an entry deletes, as its source would send it to take it back."""
    response = entry.get("response")
    at = response.get("lastModified") if isinstance(response, dict) else None
    status = {"status": ENTERED_IN_ERROR, "verificationStatus": {"coding": [{"code": ENTERED_IN_ERROR}]}}
    return {**node, **status, "meta": {"lastUpdated": at}}


def _are_versions(one: Element, other: Element) -> bool:
    """Whether two resources that one reference may mean are versions of one record; two different patients are not."""
    if one is other or "Patient" not in (one.path, other.path):
        return True
    try:
        return one.path == other.path and whose_patient(one, "").subject == whose_patient(other, "").subject
    except Refused:
        return False


def _newest(one: Entry, other: Entry) -> Entry:
    """The later of two versions of a record; where neither says so always the same one, wherever in the file it is."""
    return one if one is other else max(one, other, key=lambda entry: _version(entry.resource.node))


def _version(node: Mapping[str, Any]) -> tuple[datetime, str]:
    meta = node.get("meta")
    updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return (parse_instant(updated) if isinstance(updated, str) else None) or _NEVER, _content_digest(node)


def contained(resource: Element) -> Iterator[Element]:
    """The resources that stand within another, and are no records of their own."""
    for each in resource.children("contained"):
        yield Element(_kind(each.text("resourceType") or ""), each.node)


def _refuse_two(reference: Element, beside: tuple[Identifier, ...], meant: tuple[Identifier, ...]) -> None:
    """Refuse a reference to one patient that has the NHS number of another beside it: whom it means is a guess."""
    one, other = ({closed_up(i.value) for i in held if i.system == NHS_NUMBER and i.valid} for held in (beside, meant))
    if one and other and not one & other:
        raise _two_at_once(reference)


def _two_at_once(reference: Element) -> Refused:
    sentence = "the reference is to one patient, its identifier is another's number: send the right one"
    return Refused("subject_missing", sentence, reference.path)
