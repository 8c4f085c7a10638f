"""Which hospital a FHIR file says its patients are of, where their numbers do not say by themselves who gave them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Set
from contextlib import suppress

from connectors.connector import Refused
from connectors.fhir_bundle import Entry, identifier_elements
from connectors.fhir_element import Element, ods_code
from connectors.fhir_reference import local_name, names_of, server_of, unversioned
from connectors.nhs import as_provider, hospital_named

#: What an organisation is called that a reference within an entry means, None where that does not tell.
Called = Callable[[Element, Entry], str | None]
#: Where a record says whose it is.
_PLACES = {
    "Composition": "custodian", "Encounter": "serviceProvider", "MessageHeader": "sender",
    "Patient": "managingOrganization",
}  # fmt: skip
#: A hospital's site has the code of its trust and two figures or letters more.
_SITE = re.compile(r"(R[A-Z0-9]{2})[A-Z0-9]{2}")


class Custodians:
    """Whose patients the records of one file are, as far as they say it by name or code."""

    def __init__(self, entries: Iterable[Entry], called: Called) -> None:
        self._called = called
        self._of_patients: dict[str, set[str]] = defaultdict(set)
        self._of_file: set[str] = set()
        for entry in entries:
            with suppress(Refused):  # it is refused when it is read
                hospital = self._trust(entry, entry.resource)
                if hospital is not None:
                    self._of_file.add(hospital)
                    self._of_patients[_subject_of(entry)].add(hospital)

    def of(self, entry: Entry, resource: Element) -> str | None:
        """The hospital that a resource is of, which an entry is or holds: as it says itself, or its entry; else that of
        the patient's visits; else the only one of the file."""
        own = self._trust(entry, resource) or self._trust(entry, entry.resource)
        seen = [self._of_patients.get(name, set()) for name in names_of(entry.resource, entry.full_url)]
        return own or _only(set().union(*seen)) or _only(self._of_file)

    def _trust(self, entry: Entry, resource: Element) -> str | None:
        """The organisation that a resource of an entry says it is of; for a hospital's site its trust."""
        place = _PLACES.get(resource.path)
        if place is None:
            return None
        named = self._called(resource.child(place), entry)
        site = _SITE.fullmatch(named or "")
        return site[1] if site else named


def organisation_name(reference: Element, found: Element | None) -> str | None:
    """What an organisation is called that a reference means: by its id if that may be its code, by name, or by a number
    that is of no known system. `found` is what the reference points to, if that is in the file."""
    names = [code_in_url(reference), found.text("name") if found is not None else None, reference.text("display")]
    numbers = [each.text("value") for each in _stated(reference, found)]
    return next(filter(None, map(hospital_named, (*names, *numbers))), None)


def organisation_code(reference: Element, found: Element | None) -> str | None:
    """The ODS code of the organisation that a reference means, None where it has none."""
    return next(filter(None, map(ods_code, _stated(reference, found))), None)


def code_in_url(reference: Element) -> str | None:
    """What in a reference to an organisation has the form of an ODS code: an id of its own may have it, too."""
    return as_provider((reference.text("reference") or "").removeprefix("Organization/"))


def _stated(reference: Element, found: Element | None) -> list[Element]:
    return [reference.child("identifier"), *(identifier_elements(found) if found is not None else ())]


def _subject_of(entry: Entry) -> str:
    """By which name a record means the patient whom it is about; empty where it means none."""
    subject = entry.resource.node.get("subject")
    target = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(target, str):
        return ""
    server, name = server_of(entry.full_url), local_name(target)
    return unversioned(target) if "://" in target else name if server is None else f"{server}/{name}"


def _only(found: Set[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None
