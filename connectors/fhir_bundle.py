"""The resources of one FHIR file in order, and who each of them is about.

References are resolved within the file only: `Patient/1` of another file may be another system's patient 1.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.connector import Refused
from connectors.dates import parse_moment
from connectors.fhir_element import Element, wrong_type
from connectors.fhir_patient import identifiers_of, whose_patient
from connectors.fhir_types import RESOURCE_TYPES, UNKNOWN_TYPE
from connectors.identifiers import closed_up
from connectors.nhs import NHS_NUMBER, Whose, identity_marks, nhs_identifier, subject_of
from schemas.events import Identifier, Moment

ENTERED_IN_ERROR = "entered-in-error"


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
            if (value := identifier.text("value")) is not None:
                return (self.kind, identifier.text("system") or "", value)
        if self.full_url is not None:
            return (self.kind, self.full_url)
        return (self.kind, content_digest(self.resource.node), str(self.ordinal))


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
            for name in _names(entry):
                known = self._by_reference.get(name, entry)
                self._by_reference[name] = known if known is not None and _same(known, entry) else None

    def find(self, reference: Element, within: Element, full_url: str | None = None) -> Element | None:
        """The resource that a Reference points to, if it is in the file; `full_url` is that of the referring entry."""
        target = reference.text("reference")
        if target is None:
            return None
        if target.startswith("#"):
            return next((c for c in contained(within) if c.text("id") == target[1:]), None)
        entry = self._named(_unversioned(target), _server(target) or _server(full_url))
        return entry.resource if entry is not None else None

    def _named(self, target: str, server: str | None) -> Entry | None:
        relative = _relative(target)
        exact = self._by_reference.get(target if "://" in target else f"{server}/{relative}")
        entry = exact or self._by_reference.get(relative)
        # The same id on another server is another resource.
        is_elsewhere = entry is not None and server is not None and _server(entry.full_url) not in (None, server)
        return None if is_elsewhere else entry

    def _numbered(self, reference: Element) -> Element | None:
        """The one patient of the file who has the number by which a reference means a patient."""
        if "reference" in reference.node or reference.text("type") not in (None, "Patient"):
            return None
        stated = reference.child("identifier")
        entry = self._by_reference.get(_search(stated.text("system"), stated.text("value") or ""))
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
        """Who a reference to a patient means: a patient of the file, an identifier, or an NHS number in the URL."""
        beside = identifiers_of((reference.child("identifier"),))
        patient = self.find(reference, entry.resource, entry.full_url) or self._numbered(reference)
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
        raise Refused(
            "subject_missing",
            "whose record this is cannot be told: send the Patient in the same bundle, or an identifier",
            reference.path,
        )


def identifier_elements(resource: Element) -> tuple[Element, ...]:
    """The resource's identifiers; a Bundle or QuestionnaireResponse has one, not a list."""
    if isinstance(resource.node.get("identifier"), dict):
        return (resource.child("identifier"),)
    return resource.children("identifier")


def entries_of(documents: Sequence[Any]) -> Iterator[Entry | Broken]:
    """Every record of the file's documents in order."""
    seen: Counter[str] = Counter()
    items = (item for document in documents for item in _flattened(document))
    for position, (full_url, node, assembled, fault) in enumerate(items, 1):
        try:
            if fault is not None:
                raise fault
            resource = Element(_kind(resource_type(node)), node)
        except Refused as refusal:
            yield Broken(position=position, node=node, fault=refusal)
            continue
        digest = "" if "id" in node else content_digest(node)
        yield Entry(position=position, resource=resource, full_url=full_url, assembled=assembled, ordinal=seen[digest])
        seen[digest] += 1


def resource_type(node: Any) -> str:
    """The type of a resource."""
    kind = node.get("resourceType") if isinstance(node, dict) else None
    if not isinstance(kind, str):
        raise Refused("resource_type_missing", "this is not a FHIR resource: it has no resourceType", "resourceType")
    return kind


def _kind(name: str) -> str:
    """The type of a resource as part of a path, which a rejection repeats."""
    return name if name in RESOURCE_TYPES else UNKNOWN_TYPE


def content_digest(node: Any) -> str:
    return hashlib.sha256(json.dumps(node, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _flattened(document: Any) -> Iterator[tuple[str | None, Any, Moment | None, Refused | None]]:
    """The resources of a document; whatever stands in a resource's place comes with why it is none."""
    if isinstance(document, Broken):
        yield None, document.node, None, document.fault
    elif not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        yield None, document, None, None
    elif not isinstance(document.get("entry"), list):
        yield None, document, None, wrong_type("Bundle.entry", "a list")
    else:
        timestamp = document.get("timestamp")
        assembled = parse_moment(timestamp) if isinstance(timestamp, str) else None
        for number, node in enumerate(document["entry"]):
            yield from _entry(node, f"Bundle.entry[{number}]", assembled)


def _entry(
    node: Any, path: str, assembled: Moment | None
) -> Iterator[tuple[str | None, Any, Moment | None, Refused | None]]:
    if not isinstance(node, dict):
        yield None, node, None, wrong_type(path, "an object")
        return
    resource = node.get("resource")
    if isinstance(resource, dict) and resource.get("resourceType") == "Bundle" and resource.get("entry"):
        yield from _flattened(resource)
        return
    try:
        full_url = Element(path, node).text("fullUrl")
    except Refused as fault:
        yield None, node, None, fault
        return
    sentence = "this entry holds no resource; to take a record back, send it with the status entered-in-error"
    missing = Refused("resource_missing", sentence, f"{path}.resource")
    yield full_url, node if resource is None else resource, assembled, missing if resource is None else None


def _names(entry: Entry) -> set[str]:
    own_id = entry.resource.node.get("id")
    names = {f"{entry.kind}/{own_id}"} if isinstance(own_id, str) else set()
    if entry.full_url is not None:
        names |= {entry.full_url, _relative(entry.full_url)}
    return names | (_numbers(entry.resource) if entry.kind == "Patient" else set())


def _numbers(patient: Element) -> set[str]:
    """The searches that a patient's numbers answer: what a number is of need not be said."""
    try:
        stated = [(each.text("system"), each.text("value")) for each in patient.children("identifier")]
    except Refused:
        return set()  # it is refused when it is read
    return {_search(said, value) for system, value in stated if value for said in (system, None)}


def _search(system: str | None, value: str) -> str:
    return f"Patient?identifier={value if system is None else f'{system}|{value}'}"


def _same(one: Entry, other: Entry) -> bool:
    """Whether two resources of one name are versions of one; two patients of one name are not, and neither is meant."""
    if one is other or "Patient" not in (one.kind, other.kind):
        return True
    try:
        return whose_patient(one.resource, "").subject == whose_patient(other.resource, "").subject
    except Refused:
        return False


def contained(resource: Element) -> Iterator[Element]:
    """The resources within a resource."""
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
