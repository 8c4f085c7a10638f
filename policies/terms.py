"""Agreements and audiences as frozen records, checked beyond what a JSON Schema can say.

A typing error in a code could silently share less than was signed (a field that does not exist), so every code and name
is checked against the closed lists and the Avro records.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from policies.attributes import REQUIRED, field_labels
from policies.instants import day_ns, midnight_ns
from policies.masking import PERSON, maskable
from schemas.catalogue import event_records, person_labels
from schemas.errors import InvalidAgreement
from schemas.vocabulary import NEVER_PASS, Purpose, Role

_ALL_OF = "*."
_DIGEST_DIGITS = 16
#: The statuses of an agreement that may apply.
_SIGNED = ("signed", "in_force")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause: the words that were signed, and the same as data. `fields` includes demographics as `person.NAME`."""

    id: str
    text: str
    audiences: tuple[str, ...]
    agencies: tuple[str, ...]
    event_types: tuple[str, ...]
    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    outcome: str
    fields: Mapping[str, str]
    labels: Mapping[str, str]
    conditions: Mapping[str, tuple[str | bool, ...]]
    obligations: tuple[str, ...]
    #: What a person answers to whom the clause leaves an event: another where it would let through otherwise.
    question: str

    @property
    def when(self) -> dict[str, tuple[str | bool, ...]]:
        """What must hold for the clause to apply, beyond its audiences and event types, by attribute."""
        roles: dict[str, tuple[str | bool, ...]] = {"role": self.roles} if self.roles else {}
        return roles | dict(self.conditions)

    def mode(self, name: str, label: str) -> str:
        """In which form the clause lets a field through: a field's name outranks its label, and silence is a drop."""
        return self.fields.get(name, self.labels.get(label, "drop"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One signed agreement. It applies from `in_force_from_ns` up to but not at `in_force_until_ns`.

    Until the last party has signed nothing was agreed, whatever day it names as its first.
    """

    id: str
    title: str
    tier: int
    version: str
    status: str
    parties: tuple[str, ...]
    purposes: tuple[str, ...]
    in_force_from: str
    in_force_until: str
    review_by: str
    in_force_from_ns: int
    in_force_until_ns: int
    review_by_ns: int
    contact: Mapping[str, str]
    clauses: Mapping[str, Clause]
    document: Mapping[str, Any]

    def applies(self, now_ns: int) -> bool:
        """Whether it is signed, and its time has come and not passed."""
        return self.status in _SIGNED and self.in_force_from_ns <= now_ns < self.in_force_until_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Somebody who may be shown timelines. `withheld` is the same on every timeline: a constant, never a count."""

    id: str
    title: str
    controller: str
    purposes: tuple[str, ...]
    marking: str
    withheld: str
    ask: Mapping[str, str]


def audience(document: Mapping[str, Any], file: str) -> Audience:
    """An audience from its checked file."""
    demand_known(document["purposes"], Purpose, file, "purposes", "see Purpose in schemas/vocabulary.py")
    withheld = document["withheld"]
    return Audience(
        id=document["id"],
        title=document["title"],
        controller=document["controller"],
        purposes=tuple(document["purposes"]),
        marking=document["marking"],
        withheld=withheld["statement"],
        ask=MappingProxyType(dict(withheld["ask"])),
    )


def agreement(document: Mapping[str, Any], file: str, audiences: Mapping[str, Audience]) -> Agreement:
    """An agreement from its checked file."""
    demand_known(document["purposes"], Purpose, file, "purposes", "see Purpose in schemas/vocabulary.py")
    demand_known(document["contact"], document["parties"], file, "contact", "only parties have a contact")
    dates = {name: day_ns(document[name], file, name) for name in ("in_force_from", "in_force_until", "review_by")}
    if dates["in_force_from"] >= dates["in_force_until"]:
        raise InvalidAgreement(f"{file}: in_force_from is not before in_force_until: an agreement applies for a while")
    _check_signatures(document, file)
    begins = max(document["in_force_from"], *(signatory["signed_on"] for signatory in document["signatories"]), "")
    if begins >= document["in_force_until"]:
        raise InvalidAgreement(f"{file}: signed_on: {begins} is not before in_force_until: it would never apply")
    return Agreement(
        id=document["id"],
        title=document["title"],
        tier=document["tier"],
        version=document["version"],
        status=document["status"],
        parties=tuple(document["parties"]),
        purposes=tuple(document["purposes"]),
        in_force_from=begins,
        in_force_until=document["in_force_until"],
        review_by=document["review_by"],
        in_force_from_ns=midnight_ns(begins),
        in_force_until_ns=dates["in_force_until"],
        review_by_ns=dates["review_by"],
        contact=MappingProxyType(dict(document["contact"])),
        clauses=_clauses(document, file, audiences),
        document=MappingProxyType(dict(document)),
    )


def _check_signatures(document: Mapping[str, Any], file: str) -> None:
    """What applies was signed by every party, on a day."""
    for signatory in document["signatories"]:
        day_ns(signatory["signed_on"], file, "signed_on")
    signed = [signatory["party"] for signatory in document["signatories"]]
    demand_known(signed, document["parties"], file, "signatories", "only parties sign")
    missing = [party for party in document["parties"] if party not in signed]
    if missing and document["status"] in _SIGNED:
        way_out = "name who signed, or let its status be draft"
        raise InvalidAgreement(
            f"{file}: {missing[0]} has not signed, and its status is {document['status']}: {way_out}"
        )


def demand_known(values: Iterable[str], listed: Iterable[str], where: str, key: str, way_out: str) -> None:
    """Refuse a value that is not listed; `where` and `key` name its place, and `way_out` what to do."""
    allowed = {str(item) for item in listed}
    for value in values:
        if value not in allowed:
            raise InvalidAgreement(f"{where}: {key}: {value!r} is not known: {way_out}")


def _clauses(document: Mapping[str, Any], file: str, audiences: Mapping[str, Audience]) -> Mapping[str, Clause]:
    found: dict[str, Clause] = {}
    for item in document["clauses"]:
        where = f"{file}: clause {item['id']}"
        if item["id"] in found:
            raise InvalidAgreement(f"{where}: given twice: every clause has an id of its own")
        found[item["id"]] = _clause(item, where, document, audiences)
    return MappingProxyType(found)


def _clause(
    item: Mapping[str, Any], where: str, document: Mapping[str, Any], audiences: Mapping[str, Audience]
) -> Clause:
    demand_known(item["purposes"], document["purposes"], where, "purposes", "list it among the agreement's purposes")
    demand_known(item["agencies"], document["parties"], where, "agencies", "list it among the agreement's parties")
    demand_known(item["audiences"], audiences, where, "audiences", "add policies/audiences/NAME.yaml")
    demand_known(item.get("roles", ()), Role, where, "roles", "see Role in schemas/vocabulary.py")
    for name in item["audiences"]:
        demand_known(
            [audiences[name].controller], document["parties"], where, "audiences", "its controller must be a party"
        )
        if not set(item["purposes"]) & set(audiences[name].purposes):
            raise InvalidAgreement(f"{where}: {name} is registered for none of its purposes: register one")
    registered = {purpose for name in item["audiences"] for purpose in audiences[name].purposes}
    demand_known(
        item["purposes"], registered, where, "purposes", "register one of its audiences for it, or leave it out"
    )
    event_types = _event_types(item, where)
    fields = _fields(item, event_types, where)
    labels = MappingProxyType(_by_name(item.get("labels", {}), where))
    lets_through = [
        sorted(item["purposes"]),
        sorted(fields.items()),
        sorted(labels.items()),
        sorted(item["obligations"]),
    ]
    return Clause(
        id=item["id"],
        text=" ".join(item["text"].split()),
        audiences=tuple(item["audiences"]),
        agencies=tuple(item["agencies"]),
        event_types=event_types,
        roles=tuple(item.get("roles", ())),
        purposes=tuple(item["purposes"]),
        outcome=item["outcome"],
        fields=fields,
        labels=labels,
        conditions=MappingProxyType({k: tuple(v) for k, v in item.get("conditions", {}).items()}),
        obligations=tuple(sorted(item["obligations"])),
        question=f"{REQUIRED}:{document['id']}/{item['id']}@{_digest(lets_through)}",
    )


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:_DIGEST_DIGITS]


def _event_types(item: Mapping[str, Any], where: str) -> tuple[str, ...]:
    found: list[str] = []
    for name in item["event_types"]:
        shared = name.startswith(_ALL_OF)
        found += [f"{agency}.{name.removeprefix(_ALL_OF)}" for agency in item["agencies"]] if shared else [name]
    demand_known(found, event_records(), where, "event_types", "see event_type in schemas/avro")
    for name in found:
        if not event_records()[name].can_be_entry:
            raise InvalidAgreement(f"{where}: event_types: {name} is never on a timeline: leave it out")
        if name.partition(".")[0] not in item["agencies"]:
            raise InvalidAgreement(f"{where}: event_types: {name} comes from an agency that the clause does not name")
    for agency in item["agencies"]:
        if not any(name.startswith(f"{agency}.") for name in found):
            way_out = "name one, or leave it out"
            raise InvalidAgreement(f"{where}: agencies: {agency} sends none of its event_types: {way_out}")
    return tuple(found)


def _by_name(modes: Mapping[str, list[str]], where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for mode, names in modes.items():
        for name in names:
            if name in found:
                raise InvalidAgreement(f"{where}: {name} is listed under {found[name]} and {mode}: choose one")
            found[name] = mode
    return found


def _fields(item: Mapping[str, Any], event_types: tuple[str, ...], where: str) -> Mapping[str, str]:
    own = _by_name(item.get("fields", {}), where)
    person = _by_name(item.get("person_fields", {}), where)
    # A name may be labelled one way in one type and otherwise in the next.
    labelled = [(kind, *pair) for kind in event_types for pair in field_labels(kind).items()]
    demand_known(own, (name for _, name, _ in labelled), where, "fields", "none of its event types has that field")
    demand_known(person, person_labels(), where, "person_fields", "fanlight.Person has no such field")
    modes = own | {PERSON + name: mode for name, mode in person.items()}
    for kind, name, label in labelled:
        if label in NEVER_PASS and modes.get(name, "drop") != "drop":
            way_out = f"leave it out, or give {kind} a clause of its own"
            raise InvalidAgreement(f"{where}: {name} is labelled {label}, which never passes, in {kind}: {way_out}")
    demand_coarser((name for name, mode in modes.items() if mode == "mask"), where)
    coarsened = [label for label, mode in _by_name(item.get("labels", {}), where).items() if mode == "mask"]
    demand_coarser((name for _, name, label in labelled if label in coarsened and name not in modes), where)
    return MappingProxyType(modes)


def demand_coarser(names: Iterable[str], where: str) -> None:
    """What is to be masked has a coarser form: else nothing of it passes, and decisions say that something does."""
    for name in names:
        if not maskable(name):
            raise InvalidAgreement(
                f"{where}: {name} has no coarser form: drop it, or give it one in policies/masking.py"
            )
