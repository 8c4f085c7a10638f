"""The resources of one FHIR file in order, and who each of them is about.

References are resolved within the file only: `Patient/1` of another file may be another system's patient 1.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from connectors.connector import Refused
from connectors.dates import parse_moment
from connectors.fhir_element import Element, wrong_type
from connectors.fhir_patient import identifiers_of, whose_patient
from connectors.fhir_types import RESOURCE_TYPES, UNKNOWN_TYPE
from connectors.identifiers import closed_up, is_placeholder
from connectors.nhs import NHS_NUMBER, Whose, identity_marks, nhs_identifier, subject_of
from schemas.events import Identifier, Moment

ENTERED_IN_ERROR = "entered-in-error"
TWO_PATIENTS = (
    "two Patients of the file, or two versions with other numbers, are what this refers to: "
    "give each an id of its own, or send the newest version alone"
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
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
            for name in _references_to(entry):
                # Of two different patients under one name neither is meant.
                known = self._by_reference.get(name, entry)
                self._by_reference[name] = known if known is not None and _are_versions(known, entry) else None

    def find(self, reference: Element, within: Element, full_url: str | None = None) -> Element | None:
        """The resource that a Reference points to, if it is in the file; `full_url` is that of the referring entry."""
        target = reference.text("reference")
        if target is None:
            return None
        if target.startswith("#"):
            return next((c for c in contained(within) if c.text("id") == target[1:]), None)
        entry = self._entry_at(_unversioned(target), _server(target) or _server(full_url))
        return entry.resource if entry is not None else None

    def _entry_at(self, target: str, server: str | None) -> Entry | None:
        """The record that a reference to `target` means, in a file of this server."""
        relative = _relative(target)
        exact = self._by_reference.get(target if "://" in target else f"{server}/{relative}")
        entry = exact or self._by_reference.get(relative)
        # The same id on another server is another resource.
        is_elsewhere = entry is not None and server is not None and _server(entry.full_url) not in (None, server)
        return None if is_elsewhere else entry

    def _patient_by_number(self, reference: Element) -> Element | None:
        """The one patient of the file who has the number by which a reference means a patient."""
        if "reference" in reference.node or reference.text("type") not in (None, "Patient"):
            return None
        stated = reference.child("identifier")
        entry = self._by_reference.get(_number_search(stated.text("system"), stated.text("value") or ""))
        return entry.resource if entry is not None else None

    def deleted(self, record: Broken) -> Entry | None:
        """The record that an entry of a history deletes, as its source would send it to take it back.

        The entry itself does not say whose it was; an earlier version in the same file does.
        """
        sent = record.node if isinstance(record.node, dict) else {}
        request, response = sent.get("request"), sent.get("response")
        url = request.get("url") if isinstance(request, dict) and request.get("method") == "DELETE" else None
        entry = self._by_reference.get(_relative(url)) if isinstance(url, str) else None
        if entry is None or entry.kind == "Patient":
            return None
        at = response.get("lastModified") if isinstance(response, dict) else None
        status = {"status": ENTERED_IN_ERROR, "verificationStatus": {"coding": [{"code": ENTERED_IN_ERROR}]}}
        node = {**entry.resource.node, **status, "meta": {"lastUpdated": at}}
        return replace(entry, position=record.position, resource=Element(entry.kind, node))

    def whose(self, reference: Element, entry: Entry) -> Whose:
        """Who a reference to a patient means: a patient of the file, an identifier, or an NHS number in the URL.

        Raises Refused where it means nobody who can be told, or two.
        """
        beside = identifiers_of((reference.child("identifier"),))
        patient = self.find(reference, entry.resource, entry.full_url) or self._patient_by_number(reference)
        if patient is not None and patient.path == "Patient":
            is_contained = (reference.text("reference") or "").startswith("#")
            whose = whose_patient(patient, ":".join(entry.key), is_contained=is_contained, beside=beside)
            _refuse_two(reference, beside, whose.person.identifiers if whose.person is not None else ())
            return whose
        # A transaction may name a patient by a search: Patient?identifier=system|value.
        named = (reference.text("reference") or "").partition("?")[0]
        kind = reference.text("type") or _relative(named).partition("/")[0]
        if kind in ("", "Patient") or kind.startswith("urn:"):
            number = _number_in(reference)
            _refuse_two(reference, beside, number)
            identifiers = beside or number
            subject = subject_of(identifiers, own_id=None, record=":".join(entry.key))
            if subject is not None:
                return Whose(subject=subject, marks=identity_marks(identifiers))
        raise Refused("subject_missing", self._why_nobody(reference), reference.path)

    def _why_nobody(self, reference: Element) -> str:
        """Why a reference means nobody, and what to do."""
        target = _unversioned(reference.text("reference") or "")
        if any(name in self._by_reference and self._by_reference[name] is None for name in (target, _relative(target))):
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
    if resource is not None:
        yield _Place(resource, full_url=full_url, assembled=assembled)
        return
    sentence = "this entry holds no resource; to take a record back, send it with the status entered-in-error"
    yield _Place(node, Refused("resource_missing", sentence, f"{path}.resource"))


def _references_to(entry: Entry) -> set[str]:
    """What a reference may say that means an entry: its type and id, its URL, and searches for a patient's numbers."""
    own_id = entry.resource.node.get("id")
    names = {f"{entry.kind}/{own_id}"} if isinstance(own_id, str) else set()
    if entry.full_url is not None:
        names |= {entry.full_url, _relative(entry.full_url)}
    return names | (_number_searches(entry.resource) if entry.kind == "Patient" else set())


def _number_searches(patient: Element) -> set[str]:
    """The searches that a patient's numbers answer: what a number is of need not be said."""
    try:
        stated = [(each.text("system"), each.text("value")) for each in patient.children("identifier")]
    except Refused:
        return set()  # it is refused when it is read
    return {_number_search(said, value) for system, value in stated if value for said in (system, None)}


def _number_search(system: str | None, value: str) -> str:
    return f"Patient?identifier={value if system is None else f'{system}|{value}'}"


def _are_versions(one: Entry, other: Entry) -> bool:
    """Whether two entries that one reference may mean are versions of one record; two different patients are not."""
    if one is other or "Patient" not in (one.kind, other.kind):
        return True
    try:
        return whose_patient(one.resource, "").subject == whose_patient(other.resource, "").subject
    except Refused:
        return False


def contained(resource: Element) -> Iterator[Element]:
    """The resources that stand within another, and are no records of their own."""
    for each in resource.children("contained"):
        yield Element(_kind(each.text("resourceType") or ""), each.node)


def _refuse_two(reference: Element, beside: tuple[Identifier, ...], meant: tuple[Identifier, ...]) -> None:
    """Refuse a reference to one patient that has the NHS number of another beside it: whom it means is a guess."""
    one, other = ({closed_up(i.value) for i in held if i.system == NHS_NUMBER and i.valid} for held in (beside, meant))
    if one and other and not one & other:
        sentence = "the reference is to one patient, its identifier is another's NHS number: send the right one"
        raise Refused("subject_missing", sentence, reference.path)


def _number_in(reference: Element) -> tuple[Identifier, ...]:
    """The NHS number by which the URL of a reference means a patient."""
    number = nhs_identifier(re.split(r"[/|]", _unversioned(reference.text("reference") or ""))[-1])
    return (number,) if number.valid else ()


def _unversioned(target: str) -> str:
    return target.partition("/_history/")[0]


def _server(url: str | None) -> str | None:
    """The server whose resource a URL is, None where it tells of none."""
    return _unversioned(url).rsplit("/", 2)[0] if url is not None and "://" in url else None


def _relative(target: str) -> str:
    """Type and id of a reference, whatever server it names."""
    target = _unversioned(target)
    return target if target.startswith("urn:") else "/".join(target.split("/")[-2:])
