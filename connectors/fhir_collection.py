"""Whom and what the references of one FHIR file mean.

They are resolved within the file only: `Patient/1` of another file may be another system's patient 1.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from connectors.connector import Refused
from connectors.dates import parse_instant
from connectors.fhir_bundle import Broken, Entry, are_versions, content_digest, deletes, taken_back
from connectors.fhir_element import Element
from connectors.fhir_patient import identifiers_of, whose_patient
from connectors.fhir_reference import local_name, names_of, number_in, number_search, server_of, unversioned
from connectors.identifiers import closed_up, is_nhs_number
from connectors.nhs import NHS_NUMBER, Whose, identity_marks, subject_of
from schemas.events import Identifier

TWO_PATIENTS = (
    "two Patients of the file, or two versions with other numbers, are what this refers to: "
    "give each an id of its own, or send the newest version alone"
)
#: What says of itself to which visit it belongs, and tells what that was about. A test tells but what was asked.
TOLD_OF_VISITS = ("Condition", "Procedure")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False)
class Collection:
    """The records of one file."""

    entries: tuple[Entry, ...]
    _by_reference: dict[str, Entry | None] = field(default_factory=dict)
    _of_visits: dict[tuple[str | None, ...], list[Element]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            for name in names_of(entry.resource, entry.full_url):
                # Of two different patients under one name neither is meant.
                known = self._by_reference.get(name, entry)
                is_one = known is not None and are_versions(known.resource, entry.resource)
                self._by_reference[name] = _newest(known, entry) if known is not None and is_one else None
        for entry in self.entries:
            # Of several versions of a condition the newest tells what it was.
            name = entry.full_url or f"{entry.kind}/{entry.resource.node.get('id')}"
            if entry.kind in TOLD_OF_VISITS and self._by_reference.get(name, entry) in (entry, None):
                self._note_visit(entry)
        for told in self._of_visits.values():
            told.sort(key=lambda resource: content_digest(resource.node))

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
        found = self._meant(target, entry)
        return found.resource if found is not None else None

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
            if numbered is not None and not is_contained and not are_versions(patient, numbered):
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
