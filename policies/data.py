"""The data document that the Rego reads: what was agreed and what is forbidden, and where to find it quickly.

Lists of names are written as objects with the names as keys, which both engines turn into a set at once. The index only
saves looking: a test holds it equal to looking at everything.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from policies.prohibition import Prohibition
from policies.terms import Agreement, Audience, Clause

_EVENT_EFFECTS = frozenset({"DENY", "REVIEW"})
#: A prohibition on events is found by the attribute of these that comes first: the rarer, the fewer looked at in vain.
_RAREST_FIRST = (
    "sensitivities",
    "handling",
    "event_type",
    "role",
    "consent",
    "intelligence_assessment",
    "handling_code",
    "source_evaluation",
    "emergency",
    "age_band",
    "regime",
    "agency",
    "controller",
)


def of(
    agreements: Mapping[str, Agreement],
    audiences: Mapping[str, Audience],
    prohibitions: Mapping[str, Prohibition],
    revision: str,
) -> dict[str, Any]:
    """The document that the Rego reads. Without its prohibitions or its index too much would be permitted: the revision
    stands in both, so that the Rego can see that they are there."""
    events = {k: p for k, p in prohibitions.items() if p.effect in _EVENT_EFFECTS}
    fields = {k: p for k, p in prohibitions.items() if p.effect not in _EVENT_EFFECTS}
    return {
        "audiences": {k: {"controller": a.controller, "purposes": _keys(a.purposes)} for k, a in audiences.items()},
        "agreements": {k: _agreement(a) for k, a in agreements.items()},
        "prohibitions": {
            "revision": revision,
            "events": {k: _circumstances(p) for k, p in events.items()},
            "fields": {k: _prohibition_of_fields(p) for k, p in fields.items()},
        },
        "index": {
            "revision": revision,
            "clauses": _clauses_index(agreements.values(), audiences),
            "events": _events_index(events.values()),
            "labels": _inverted((label, p.id) for p in fields.values() for label in p.labels),
            "fields": _inverted((name, p.id) for p in fields.values() for name in p.fields),
        },
        "revision": revision,
    }


def _keys(names: Iterable[str]) -> dict[str, bool]:
    return dict.fromkeys(names, True)


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "status": agreement.status,
        "in_force_from_ns": agreement.in_force_from_ns,
        "in_force_until_ns": agreement.in_force_until_ns,
        "review_by_ns": agreement.review_by_ns,
        "clauses": {clause.id: _clause(clause) for clause in agreement.clauses.values()},
    }


def _clause(clause: Clause) -> dict[str, Any]:
    modes = {
        mode: {
            "fields": _keys(name for name, chosen in clause.fields.items() if chosen == mode),
            "labels": [label for label, chosen in clause.labels.items() if chosen == mode],
        }
        for mode in ("pass", "mask", "drop")
    }
    return modes | {
        "outcome": clause.outcome,
        "question": clause.question,
        "purposes": _keys(clause.purposes),
        "when": {name: list(values) for name, values in clause.when.items()},
        "obligations": _keys(clause.obligations),
    }


def _circumstances(prohibition: Prohibition) -> dict[str, Any]:
    return {
        "effect": prohibition.effect,
        "when": {name: list(values) for name, values in prohibition.when.items()},
        "unless": [{name: list(values) for name, values in item.items()} for item in prohibition.unless],
    }


def _prohibition_of_fields(prohibition: Prohibition) -> dict[str, Any]:
    covers = {
        "labels": list(prohibition.labels),
        "fields": _keys(prohibition.fields),
        "except_fields": _keys(prohibition.except_fields),
    }
    return _circumstances(prohibition) | covers


def _clauses_index(
    agreements: Iterable[Agreement], audiences: Iterable[str]
) -> dict[str, dict[str, dict[str, list[str]]]]:
    """audience → event type → clauses that speak of both."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {name: {} for name in audiences}
    for agreement in agreements:
        for clause in agreement.clauses.values():
            for audience in clause.audiences:
                for event_type in clause.event_types:
                    of_type = found[audience].setdefault(event_type, {})
                    of_type[f"{agreement.id}/{clause.id}"] = [agreement.id, clause.id]
    return found


def _events_index(prohibitions: Iterable[Prohibition]) -> dict[str, dict[str, list[str]]]:
    """attribute → value → prohibitions that need it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in prohibitions:
        name = next(name for name in _RAREST_FIRST if name in each.when)
        found.setdefault(name, []).extend((_key(value), each.id) for value in each.when[name])
    return {name: _inverted(pairs) for name, pairs in found.items()}


def _key(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def _inverted(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
