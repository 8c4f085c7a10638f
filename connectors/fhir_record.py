"""One FHIR record on its way to events: what every kind of resource is asked in the same words."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from connectors.connector import Context, Refused, build_retraction
from connectors.fhir_bundle import ENTERED_IN_ERROR, Entry, contained, identifier_elements
from connectors.fhir_collection import Collection
from connectors.fhir_custodian import code_in_url, organisation_code
from connectors.fhir_element import Element, codings, words
from connectors.fhir_patient import is_restricted
from connectors.nhs import Body, Whose, joined, nhs_event
from connectors.nhs_codes import Coded, sensitivities
from schemas.events import Event, Moment
from schemas.vocabulary import Handling

#: Where each kind says when it happened, began or ended.
DATED = {
    "Appointment": ("start",),
    "Condition": ("onsetDateTime", "onsetPeriod.start", "recordedDate"),
    "Encounter": ("period.start", "period.end"),
    "Flag": ("period.start", "period.end"),
}
#: The statuses that FHIR R4 has for each kind that has one.
STATUSES = {
    "Appointment": (
        "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", ENTERED_IN_ERROR, "checked-in",
        "waitlist",
    ),
    "Encounter": (
        "planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", ENTERED_IN_ERROR, "unknown",
    ),
    "Flag": ("active", "inactive", ENTERED_IN_ERROR),
}  # fmt: skip
#: How far a Condition was verified, in FHIR R4.
VERIFICATIONS = ("unconfirmed", "provisional", "differential", "confirmed", "refuted", ENTERED_IN_ERROR)
#: Where people, places and services say of which organisation, service or place they are a part.
BELONGS_TO = (
    "organization", "managingOrganization", "providedBy", "serviceProvider", "partOf", "healthcareService", "location",
    "performer", "schedule", "actor",
)  # fmt: skip
#: Some systems write NoShow, or In Progress.
_APART = str.maketrans("", "", " _-")


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One record on its way to events: the entry, the file it stands in, and the delivery."""

    entry: Entry
    collection: Collection
    context: Context

    @property
    def resource(self) -> Element:
        """The resource of its entry."""
        return self.entry.resource

    @property
    def last_updated(self) -> Moment | None:
        """When its source last changed it, as it says itself."""
        return self.resource.child("meta").moment("lastUpdated")

    @property
    def status(self) -> str | None:
        """The status of a record that has one, as FHIR writes it; as it was sent where FHIR has none of that name."""
        written = self.resource.text("status")
        return known_status(STATUSES[self.entry.kind], written) or written

    def stood(self, since: Moment | None) -> tuple[Moment | None, tuple[str, ...]]:
        """Since when something stands: `since`, else as of the record, else as of its file, which is marked."""
        known = since or self.last_updated or self._recorded
        if known is None and self.entry.assembled is not None:
            return self.entry.assembled, ("assumed:occurred",)
        return known, ()

    @property
    def _recorded(self) -> Moment | None:
        """When the earliest Provenance within the record is of: the only date that the flags of NHS England have."""
        provenances = (each for each in contained(self.resource) if each.path == "Provenance")
        recorded = filter(None, (each.moment("recorded") for each in provenances))
        return min(recorded, key=lambda moment: moment.value, default=None)

    @property
    def recorded_at(self) -> datetime | None:
        """When it was written as it now is: by that versions of one record are ordered."""
        # In this order: recordedDate stays what it was when a record is corrected.
        return self.resource.child("meta").instant("lastUpdated") or self.resource.instant("recordedDate")

    @property
    def system(self) -> str | None:
        """The system that it comes from, as it names itself."""
        return self.resource.child("meta").text("source")

    @property
    def reference(self) -> str | None:
        """The source's own name of the record, as people write it."""
        own = (i.text("value") for i in identifier_elements(self.resource))
        return next((value for value in own if value), None) or self.resource.text("id")

    def whose(self, reference: Element) -> Whose:
        """Whom a reference to a patient means. Raises Refused where that cannot be told."""
        return self.collection.whose(reference, self.entry)

    @property
    def of_visit(self) -> Iterator[Element]:
        """The conditions and procedures of the file that say of themselves that they belong to this visit."""
        for resource in self.collection.of_visit(self.entry):
            with suppress(Refused):  # one that cannot be read is refused, and not the visit
                stands(resource)
                tuple(self.told_in(resource))
                yield resource

    def found(self, reference: Element) -> Element | None:
        """The resource that a reference of the record points to, if it is in the file."""
        return self.collection.find(reference, self.entry)

    def named(self, reference: Element) -> str | None:
        """What a person, place or thing is called that a reference means: by it, or by what it points to."""
        display = reference.text("display")
        if display is not None:
            return display
        found = self.found(reference)
        if found is None:
            return reference.child("identifier").text("value") or reference.text("reference")
        practitioner = found.child("practitioner")
        if found.path == "PractitionerRole" and practitioner:
            return practitioner.text("display") or self._own_name(self.found(practitioner))
        return self._own_name(found) or reference.text("reference")

    @staticmethod
    def _own_name(found: Element | None) -> str | None:
        """What a resource calls itself: by its name, else by its code."""
        if found is None:
            return None
        name = found.node.get("name")
        if isinstance(name, str) or name is None:
            spoken = found.text("name")
        else:
            first = next(iter(found.children("name")), Element("name", {}))
            spoken = joined([*first.texts("prefix"), *first.texts("given"), first.text("family")], " ")
            spoken = spoken or first.text("text")
        return spoken or next(filter(None, map(words, found.concepts("code"))), None)

    def told_by(self, references: Iterable[Element]) -> tuple[Coded, ...]:
        """All that may tell of protected content in what these references point to, and in what that belongs to: its
        name, codes and services."""
        told: list[Coded] = []
        waiting, seen = list(references), set[int]()
        while waiting:
            reference = waiting.pop()
            told.append(Coded(display=self.named(reference)))
            found = self.found(reference)
            if found is not None and id(found.node) not in seen:
                seen.add(id(found.node))
                # What is said beside the reference may be another name, as that of a room.
                told += self.told_in(found)
                waiting += found.concepts(*BELONGS_TO)
        return tuple(told)

    def told_in(self, found: Element) -> Iterator[Coded]:
        """All that may tell of protected content in a resource itself."""
        yield Coded(display=self._own_name(found))
        # A procedure is no diagnosis: codes of OPCS-4 look like ICD-10 and mean something else.
        services = (
            ("code", "type") if found.path == "Procedure" else ("type", "specialty", "serviceType", "performerType")
        )
        reasons = [name for name in ("code", "category", "reasonCode") if name not in services]
        yield from (c for concept in found.concepts(*reasons) for c in codings(concept))
        yield from service_codes(found.concepts(*services))

    def provider(self, reference: Element) -> str | None:
        """The ODS code of the organisation that a reference means, None where it has none.

        Never its name, which may say what kind of clinic it is.
        """
        return organisation_code(reference, self.found(reference)) or code_in_url(reference)

    def event(
        self,
        event_type: str,
        whose: Whose,
        occurred: Moment | None,
        body: Body,
        *,
        codes: tuple[Coded, ...] = (),
        marks: Sequence[str] = (),
    ) -> Event:
        """An event of the record, dated by its last update where `occurred` is None. Raises Refused where it has none.

        `codes` are all that may tell of protected content, beside the security labels of the record.
        """
        unreadable = [f"{self.entry.kind}.{path}" for path in _unreadable_dates(self.resource)]
        if occurred is None and self.entry.kind != "Patient":  # a Patient is as it was last updated
            marks = (*marks, "assumed:occurred")
        occurred = occurred or self.last_updated
        if occurred is None:
            raise _undated(self.entry.kind, unreadable)
        labels = tuple(Coded(code=label.text("code")) for label in self.resource.child("meta").children("security"))
        return nhs_event(
            self.context,
            event_type,
            whose,
            self.entry.key,
            occurred,
            body=body,
            recorded_at=self.recorded_at,
            system=self.system,
            protected=sensitivities((*codes, *labels)),
            handling=self._handling(),
            marks=(
                *marks,
                *(("unknown_code:status",) if self._is_status_unknown() else ()),
                *(f"invalid_date:{path}" for path in unreadable),
            ),
        )

    def _is_status_unknown(self) -> bool:
        listed = STATUSES.get(self.entry.kind)
        return listed is not None and self.status is not None and self.status not in listed

    def _handling(self) -> tuple[str, ...]:
        """A record that its author restricted: no agreement knows this condition, so a person decides. A restricted
        Patient is something else: PDS says so where the address must not be told."""
        restricted = self.entry.kind != "Patient" and is_restricted(self.resource)
        return (Handling.RESTRICTED.value,) if restricted else ()

    def retractions(self, whose: Whose, occurred: Moment | None, event_types: tuple[str, ...]) -> tuple[Event, ...]:
        """The events that take the record back, one for each type that it may have been: which, is not known here."""
        return tuple(
            build_retraction(
                self.context,
                event_type,
                whose.subject,
                self.entry.key,
                reason="entered_in_error",
                occurred=occurred or self.last_updated or self.entry.assembled,
                recorded_at=self.recorded_at,
                system=self.system,
            )
            for event_type in event_types
        )


def stands(resource: Element) -> bool:
    """Whether a condition or procedure was neither entered in error nor refuted, and was done."""
    status, verified = resource.node.get("status"), resource.node.get("verificationStatus")
    # FHIR before R4 has a code alone there. That such a condition is refused costs no visit that it belongs to.
    said = [verified] if isinstance(verified, str) else [c.code for c in codings(resource.child("verificationStatus"))]
    return not any(each in (ENTERED_IN_ERROR, "refuted", "not-done") for each in (status, *said))


def known_status(listed: Sequence[str], written: str | None) -> str | None:
    """The one of these statuses that is meant, however its letters are written; None where none is."""
    letters = (written or "").lower().translate(_APART)
    return next((status for status in listed if status.translate(_APART) == letters), None)


def _unreadable_dates(resource: Element) -> Iterator[str]:
    for path in DATED.get(resource.path, ()):
        parent, _, name = path.rpartition(".")
        element = resource.child(parent) if parent else resource
        if element.text(name) is not None and element.moment(name) is None:
            yield path


def _undated(kind: str, unreadable: Sequence[str]) -> Refused:
    if unreadable:
        sentence = f"{unreadable[0]} is no date or time; write 2026-03-01 or 2026-03-01T09:30:00Z"
        return Refused("invalid_date", sentence, unreadable[0])
    sentence = f"this {kind} says nowhere when it happened: send a date, or meta.lastUpdated"
    return Refused("occurred_missing", sentence, f"{kind}.meta.lastUpdated")


def service_codes(concepts: Iterable[Element]) -> tuple[Coded, ...]:
    """The codes of services, which are no diagnoses."""
    return tuple(Coded(code=c.code, display=c.display, specialty=True) for s in concepts for c in codings(s))


def distinct(names: Iterable[str | None]) -> list[str]:
    """The names that are there, each once, in order."""
    return list(dict.fromkeys(name for name in names if name))
