"""The records of one FHIR file in order: its resources, taken out of their bundles."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Any, NamedTuple

from connectors.connector import Refused
from connectors.dates import parse_moment
from connectors.fhir_element import Element, wrong_type
from connectors.fhir_patient import restricts
from connectors.fhir_types import RESOURCE_TYPES, UNKNOWN_TYPE
from connectors.identifiers import is_placeholder
from connectors.nhs_codes import Coded, sensitivities
from schemas.events import Moment

ENTERED_IN_ERROR = "entered-in-error"


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
        return (self.kind, content_digest(self.resource.node), str(self.ordinal))

    @cached_property
    def contained(self) -> Mapping[str, Element | None]:
        """The resources that stand within it and are no records of their own, by id; None for two patients' id."""
        found: dict[str, Element | None] = {}
        for each in contained(self.resource):
            if (own_id := each.text("id")) is not None:
                known = found.get(own_id, each)
                is_one = known is not None and ("Patient" not in (known.path, each.path) or known.node == each.node)
                found[own_id] = known if is_one else None
        return found


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Broken:
    """What stands in the place of a record and cannot be one."""

    position: int
    node: Any
    fault: Refused


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
        digest = "" if "id" in place.node else content_digest(place.node)
        yield Entry(
            position=position,
            resource=resource,
            full_url=place.full_url,
            assembled=place.assembled,
            ordinal=seen[digest],
        )
        seen[digest] += 1


class _Place(NamedTuple):
    """What stands in a file where a resource should; `fault` is why it is none, where that is known already, and
    `labels` are the security labels of the bundles that it stands in."""

    node: Any
    fault: Refused | None = None
    full_url: str | None = None
    assembled: Moment | None = None
    labels: tuple[Any, ...] = ()

    def resource(self) -> Element:
        """The resource. Raises Refused where it is none, or may not be read."""
        if self.fault is not None:
            raise self.fault
        return Element(_kind(_resource_type(self.node)), _labelled(self.node, self.labels))


def _labelled(node: dict[str, Any], labels: tuple[Any, ...]) -> dict[str, Any]:
    """A resource with these security labels beside its own: what is said of a bundle is said of all that is in it."""
    meta = node.get("meta") or {}
    own = meta.get("security") or [] if isinstance(meta, dict) else None
    if not labels or not isinstance(own, list):  # it is refused when it is read
        return node
    return {**node, "meta": {**meta, "security": [*own, *labels]}}


def _resource_type(node: Any) -> str:
    kind = node.get("resourceType") if isinstance(node, dict) else None
    if not isinstance(kind, str):
        raise Refused("resource_type_missing", "this is not a FHIR resource: it has no resourceType", "resourceType")
    return kind


def _kind(name: str) -> str:
    """The type of a resource as part of a path, which a rejection repeats."""
    return name if name in RESOURCE_TYPES else UNKNOWN_TYPE


def content_digest(node: Any) -> str:
    """What names a resource by its content alone: the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(node, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _places_of(document: Any) -> Iterator[_Place]:
    """The places of a document: itself, or of a Bundle its entries, and theirs where one is a Bundle."""
    if isinstance(document, Broken):
        yield _Place(document.node, document.fault)
    elif not isinstance(document, dict) or document.get("resourceType") != "Bundle" or document.get("implicitRules"):
        yield _Place(document)  # a Bundle of rules of its own is refused for them, whole
    elif not isinstance(document.get("entry") or [], list):
        yield _Place(document, wrong_type("Bundle.entry", "a list"))
    else:
        yield from _places_in(document)


def _places_in(bundle: dict[str, Any]) -> Iterator[_Place]:
    timestamp = bundle.get("timestamp")
    assembled = parse_moment(timestamp) if isinstance(timestamp, str) else None
    try:
        labels = _telling(Element("Bundle", bundle).child("meta").children("security"))
    except Refused as fault:
        yield _Place(bundle, fault)
        return
    server = _searched(bundle.get("link"))
    # A search that found nothing has no entry at all: FHIR knows no empty list.
    for number, node in enumerate(bundle.get("entry") or ()):
        for place in _places_of_entry(node, f"Bundle.entry[{number}]", assembled, server):
            yield place._replace(labels=(*place.labels, *labels))


def _searched(links: Any) -> str | None:
    """The server that a bundle's link to itself names, None where it has none."""
    found = (each for each in links if isinstance(each, dict)) if isinstance(links, list) else ()
    own = next((each.get("url") for each in found if each.get("relation") == "self"), None)
    if not isinstance(own, str) or "://" not in own:
        return None
    scheme, _, path = own.partition("?")[0].partition("://")
    # What stands after the server is what was asked of it.
    parts = takewhile(lambda part: part not in RESOURCE_TYPES and part[:1] not in ("_", "$"), path.split("/"))
    return f"{scheme}://{'/'.join(parts)}".rstrip("/")


def _telling(labels: Sequence[Element]) -> tuple[Any, ...]:
    """One of the labels for each thing that they say: however many there are, everything in the bundle bears them."""
    told = {(restricts(label), sensitivities([Coded(code=label.text("code"))])): label.node for label in labels}
    return tuple(told.values())


def _places_of_entry(node: Any, path: str, assembled: Moment | None, server: str | None) -> Iterator[_Place]:
    if not isinstance(node, dict):
        yield _Place(node, wrong_type(path, "an object"))
        return
    resource = node.get("resource")
    if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
        yield from _places_of(resource)
        return
    try:
        full_url = Element(path, node).text("fullUrl")
    except Refused as fault:
        yield _Place(node, fault)
        return
    if isinstance(resource, dict) and deletes(node):
        # A Patient has no status, and cannot be taken back.
        resource = taken_back(resource, node) if resource.get("resourceType") != "Patient" else None
    if resource is not None:
        url = full_url or _url_at(server, resource)
        yield _Place(resource, full_url=url, assembled=assembled)
        return
    sentence = "this entry gives no resource; to take a record back, send it with the status entered-in-error"
    yield _Place(node, Refused("resource_missing", sentence, f"{path}.resource"))


def _url_at(server: str | None, resource: Any) -> str | None:
    """The URL of a resource of a server whose bundle does not give it one."""
    told = [resource.get(name) for name in ("resourceType", "id")] if isinstance(resource, dict) else [None]
    return "/".join([server, *told]) if server is not None and all(isinstance(each, str) for each in told) else None


def deletes(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of a history or a transaction deletes a resource."""
    request = entry.get("request")
    return isinstance(request, dict) and request.get("method") == "DELETE"


def taken_back(node: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """A resource that an entry deletes, as its source would send it to take it back."""
    response = entry.get("response")
    at = response.get("lastModified") if isinstance(response, dict) else None
    status = {"status": ENTERED_IN_ERROR, "verificationStatus": {"coding": [{"code": ENTERED_IN_ERROR}]}}
    return {**node, **status, "meta": {"lastUpdated": at}}


def contained(resource: Element) -> Iterator[Element]:
    """The resources that stand within another, and are no records of their own."""
    for each in resource.children("contained"):
        yield Element(_kind(each.text("resourceType") or ""), each.node)
