"""Whom and what the references of one FHIR file mean.

They are resolved within the file only: `Patient/1` of another file may be another system's patient 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote

from connectors.connector import Refused
from connectors.dates import parse_instant
from connectors.fhir_bundle import Broken, Entry, content_digest, deletes, taken_back
from connectors.fhir_custodian import Custodians, organisation_code, organisation_name
from connectors.fhir_element import Element
from connectors.fhir_patient import identifiers_of, own_system, system_of, whose_patient
from connectors.fhir_reference import local_name, names_of, number_in, number_search, server_of, unversioned
from connectors.identifiers import closed_up, is_nhs_number, is_placeholder
from connectors.nhs import NHS_NUMBER, Whose, identity_marks, subject_of
from schemas.events import Identifier

TWO_PATIENTS = (
    "two Patients of the file, or two versions with other numbers, are what this refers to: "
    "give each an id of its own, or send the newest version alone"
)
#: What says of itself to which visit it belongs, and tells what that was about. A test tells but what was asked.
TOLD_OF_VISITS = ("Condition", "Procedure")
_NEVER = datetime.min.replace(tzinfo=UTC)


class Collection:
    """The records of one file. `organisation` is the hospital that delivers it, where that says who it is."""

    def __init__(self, entries: Sequence[Entry], organisation: str | None = None) -> None:
        self._by_reference: dict[str, Entry | None] = {}
        self._of_visits: dict[tuple[str | None, ...], list[Element]] = {}
        servers = {server for entry in entries if (server := server_of(entry.full_url)) is not None}
        #: Whether a hospital has to be told by what it is called, or by its server: whoever delivers says it better.
        self._by_name = organisation is None or len(servers) > 1
        # The patients last: whose they are is told by what stands beside them.
        patients = [entry for entry in entries if entry.kind == "Patient"]
        self._index(entry for entry in entries if entry.kind != "Patient")
        self._custodians = Custodians(entries, self._called)
        self._index(patients)
        for entry in entries:
            # Of several versions of a condition the newest tells what it was.
            name = entry.full_url or f"{entry.kind}/{entry.resource.node.get('id')}"
            if entry.kind in TOLD_OF_VISITS and self._by_reference.get(name, entry) in (entry, None):
                self._note_visit(entry)
        for told in self._of_visits.values():
            told.sort(key=lambda resource: content_digest(resource.node))

    def _index(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            for name in names_of(entry.resource, entry.full_url):
                # Of two different patients under one name neither is meant.
                known = self._by_reference.get(name, entry)
                is_one = known is not None and self._are_versions(known, entry)
                self._by_reference[name] = _newest(known, entry) if known is not None and is_one else None

    def _are_versions(self, one: Entry, other: Entry) -> bool:
        """Whether two records that one reference may mean are versions of one; two different patients are not."""
        if one is other or "Patient" not in (one.kind, other.kind):
            return True
        try:
            return one.kind == other.kind and self.patient(one).subject == self.patient(other).subject
        except Refused:
            return False

    def patient(self, entry: Entry, inside: Element | None = None, beside: tuple[Identifier, ...] = ()) -> Whose:
        """The subject and person of the Patient that an entry is, or that stands `inside` it. The id of such a one is
        that of a place in its record: many records have a `#p1` within them, each of another patient. `beside` are the
        identifiers of the reference to it. Raises Refused where it names nobody."""
        resource = entry.resource if inside is None else inside
        identifiers = identifiers_of(resource.children("identifier"), partial(self._giver, entry, resource))
        own_id = self._at_server(resource.text("id"), entry) if inside is None else None
        record = ":".join(entry.key)
        return whose_patient(resource, identifiers or (beside if inside else ()), own_id=own_id, record=record)

    def _giver(self, entry: Entry, resource: Element, identifier: Element) -> str | None:
        """Who gave a number that stands in an entry, in this resource: who assigned it, by ODS code as in HL7, else the
        system that it is of, else who assigned it, by name; else whose patient it is; else the server."""
        assigner = identifier.child("assigner")
        coded = organisation_code(assigner, self.find(assigner, entry))
        named = coded or system_of(identifier) or self._called(assigner, entry)
        told = named or self._custodians.of(entry, resource) or self._server(entry)
        return told or (own_system(identifier) if self._by_name else None)

    def _called(self, reference: Element, entry: Entry) -> str | None:
        """What an organisation is called that a reference within an entry means."""
        found = self.find(reference, entry)
        return organisation_code(reference, found) or (organisation_name(reference, found) if self._by_name else None)

    def _at_server(self, own_id: str | None, entry: Entry) -> str | None:
        """A resource's id, with the server whose it is: each counts for itself."""
        server = self._server(entry)
        return own_id if own_id is None or server is None or is_placeholder(own_id) else f"{own_id}@{server}"

    def _server(self, entry: Entry) -> str | None:
        """The server that an entry is of, else the system; None where it does not say, or need not."""
        if not self._by_name:
            return None
        source = entry.resource.child("meta").text("source") or ""
        # Servers put the id of each request there as a fragment, or a new one in the place of the whole.
        system = "" if source.lower().startswith("urn:uuid:") else source.partition("#")[0]
        return server_of(entry.full_url) or system or None

    def _note_visit(self, entry: Entry) -> None:
        with suppress(Refused):  # it is refused when it is read
            target = entry.resource.child("encounter").text("reference")
            visit = self._meant(target, entry) if target is not None else None
            if visit is not None:
                self._of_visits.setdefault(_visit_key(visit), []).append(entry.resource)

    def of_visit(self, entry: Entry) -> Sequence[Element]:
        """The conditions and procedures of the file that say of themselves that they belong to this visit."""
        return self._of_visits.get(_visit_key(entry), ())

    def find(self, reference: Element, entry: Entry) -> Element | None:
        """The resource that a Reference within an entry points to, if it is in the file."""
        target = reference.text("reference")
        if target is None:
            return None
        if target.startswith("#"):
            return entry.contained.get(target[1:])
        found = self._referred(reference, entry)
        return found.resource if found is not None else None

    def _referred(self, reference: Element, entry: Entry) -> Entry | None:
        target = reference.text("reference")
        return self._meant(target, entry) if target is not None else None

    def _meant(self, target: str, entry: Entry) -> Entry | None:
        """The record that a reference of an entry to `target` means."""
        if "?" in target:  # as a transaction may name a patient: Patient?identifier=system|value
            return self._by_reference.get(unquote(target))
        return self._entry_at(unversioned(target), server_of(target) or server_of(entry.full_url))

    def _entry_at(self, target: str, server: str | None) -> Entry | None:
        """The record that a reference to `target` means, in a file of this server."""
        relative = local_name(target)
        exact = self._by_reference.get(target if "://" in target else f"{server}/{relative}")
        entry = exact or self._by_reference.get(relative)
        # The same id on another server is another resource.
        is_elsewhere = entry is not None and server is not None and server_of(entry.full_url) not in (None, server)
        return None if is_elsewhere else entry

    def patient_by_number(self, reference: Element) -> Entry | None:
        """The one patient of the file who has the number by which a reference means a patient."""
        if reference.text("type") not in (None, "Patient"):
            return None
        stated = reference.child("identifier")
        return self._by_reference.get(number_search(stated.text("system"), stated.text("value") or ""))

    def deleted(self, record: Broken) -> Entry | None:
        """The record that an entry of a history deletes, as its source would send it to take it back.

        The entry itself does not say whose it was; an earlier version in the same file does.
        """
        sent = record.node if isinstance(record.node, dict) else {}
        url = sent["request"].get("url") if deletes(sent) else None
        entry = self._by_reference.get(local_name(url)) if isinstance(url, str) else None
        if entry is None or entry.kind == "Patient":
            return None
        return replace(
            entry, position=record.position, resource=Element(entry.kind, taken_back(entry.resource.node, sent))
        )

    def whose(self, reference: Element, entry: Entry) -> Whose:
        """Who a reference to a patient means: a patient of the file, an identifier, or an NHS number in the URL.

        Raises Refused where it means nobody who can be told, or two.
        """
        beside = identifiers_of((reference.child("identifier"),), partial(self._giver, entry, entry.resource))
        # A transaction may name a patient by a search: Patient?identifier=system|value.
        named = (reference.text("reference") or "").partition("?")[0]
        kind = reference.text("type") or local_name(named).partition("/")[0]
        may_be_patient = kind in ("", "Patient") or kind.startswith("urn:")
        found, numbered = self.find(reference, entry), self.patient_by_number(reference) if may_be_patient else None
        is_contained = found is not None and (reference.text("reference") or "").startswith("#")
        if found is not None and is_contained and found.path == "Patient":
            whose = self.patient(entry, found, beside)
            _refuse_two(reference, beside, whose.person.identifiers if whose.person is not None else ())
            return whose
        meant = numbered if found is None else None if is_contained else self._referred(reference, entry)
        if meant is not None and meant.kind == "Patient":
            whose = self.patient(meant)
            _refuse_two(reference, beside, whose.person.identifiers if whose.person is not None else ())
            if numbered is not None and not self._are_versions(meant, numbered):
                raise _two_at_once(reference)
            return whose
        if found is None and meant is None and may_be_patient:
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


def _visit_key(entry: Entry) -> tuple[str | None, ...]:
    """What all versions of a visit share."""
    return (server_of(entry.full_url), *entry.key)


def _newest(one: Entry, other: Entry) -> Entry:
    """The later of two versions of a record; where neither says so always the same one, wherever in the file it is."""
    return one if one is other else max(one, other, key=lambda entry: _version(entry.resource.node))


def _version(node: Mapping[str, Any]) -> tuple[datetime, str]:
    meta = node.get("meta")
    updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return (parse_instant(updated) if isinstance(updated, str) else None) or _NEVER, content_digest(node)


def _refuse_two(reference: Element, beside: tuple[Identifier, ...], meant: tuple[Identifier, ...]) -> None:
    """Refuse a reference to one patient that has the NHS number of another beside it: whom it means is a guess."""
    # Also a number of theirs that is old or in doubt.
    numbers = ({closed_up(i.value) for i in held if i.system == NHS_NUMBER} for held in (beside, meant))
    one, other = (set(filter(is_nhs_number, each)) for each in numbers)
    if one and other and not one & other:
        raise _two_at_once(reference)


def _two_at_once(reference: Element) -> Refused:
    sentence = "the reference is to one patient, its identifier is another's number: send the right one"
    return Refused("subject_missing", sentence, reference.path)
