"""A decision in words: which clause of which agreement decided, as it was signed, and why each field fared so.

Works from the decision alone, as it stands on the log, and the policies that it was made under. Words of a clause are
shown only where they are of that revision: another one may have signed other words under the same name.
"""

from collections.abc import Mapping
from typing import Any

from policies.attributes import UNKNOWN, field_labels
from policies.load import PolicySet
from policies.terms import Prohibition

_PROHIBITION = "prohibition"
_RELEASED = "released"
_STRENGTH = {"drop": 0, "mask": 1, "pass": 2}

#: Reason codes that stand alone; `prohibition:ID` is explained by the prohibition, `unknown:NAME` by the attribute,
#: `released:REASON` by the reason for which it was left to a person.
REASONS: Mapping[str, str] = {
    "permitted": "A clause permits it, and no prohibition stands against it",
    "no_clause": "No clause that applies speaks of this event for this audience",
    "agreement_not_in_force": "An agreement that speaks of it is not in force at that time",
    "condition_not_met": "A clause speaks of it, but a condition of the clause does not hold",
    "clause_requires_review": "The clause leaves the decision to a person",
    "refused_by_a_person": "Somebody at the agency decided that it does not go to this audience",
    "review_overdue": "An agreement relied on is past its review date",
    "agency_mismatch": "The event's type belongs to another agency than the one it says it comes from",
    "policy_incomplete": "The policy engine did not hold the whole policy",
}


def explain(policy: PolicySet, decision: Mapping[str, Any], event_type: str) -> dict[str, Any]:
    """What a decision on an event of this type means; `decision` is fanlight.bus.Decision or `Ruling.as_record()`, and
    `policy` of the decision's revision, else its clauses are named and not quoted."""
    same = decision["revision"] == policy.revision
    overriding = _prohibitions(policy, decision["reasons"])
    return {
        "outcome": str(decision["outcome"]),
        "revision": decision["revision"],
        "ground": _ground(policy, decision, same),
        "reasons": [{"code": code, "words": reason_in_words(policy, code)} for code in decision["reasons"]],
        "purposes": [_purpose(policy, grant, purpose, same) for purpose, grant in _by_purpose(decision["grants"])],
        "fields": [_field(policy, decision, event_type, name, overriding) for name in field_labels(event_type)],
    }


def reason_in_words(policy: PolicySet, code: str) -> str:
    """A reason code as a sentence."""
    kind, _, name = code.partition(":")
    if kind == _PROHIBITION:
        law = policy.prohibitions.get(name)
        return _in_words(law) if law else "A prohibition of another revision"
    if kind == UNKNOWN:
        return f"Its {name.replace('_', ' ')} is on no list that policy knows"
    if kind == _RELEASED:
        return f"Somebody at the agency released it. It was left to a person for this: {reason_in_words(policy, name)}"
    return REASONS.get(code, "A reason of another revision")


def _prohibitions(policy: PolicySet, reasons: list[str]) -> list[Prohibition]:
    named = (code.partition(":") for code in reasons)
    found = [policy.prohibitions.get(name) for kind, _, name in named if kind == _PROHIBITION]
    return [law for law in found if law is not None]


def _in_words(law: Prohibition) -> str:
    return f"{law.title} ({law.law})"


def _ground(policy: PolicySet, decision: Mapping[str, Any], same: bool) -> dict[str, Any] | None:
    """The clause or the prohibition that decided, with its words; None where nothing spoke of the event."""
    agreement, clause = decision["agreement"], decision["clause"]
    if clause is None:
        return None
    if agreement is None:
        law = policy.prohibitions.get(clause) if same else None
        return {"prohibition": clause, "title": law.title if law else None, "law": law.law if law else None}
    return _clause(policy, agreement, clause, same)


def _clause(policy: PolicySet, agreement: str, clause: str, same: bool) -> dict[str, Any]:
    signed = policy.agreements.get(agreement) if same else None
    terms = policy.clause(agreement, clause) if same else None
    return {
        "agreement": agreement,
        "title": signed.title if signed else None,
        "version": signed.version if signed else None,
        "clause": clause,
        "text": terms.text if terms else None,
        "contact": dict(signed.contact) if signed else {},
    }


def _purpose(policy: PolicySet, grant: Mapping[str, Any], purpose: str, same: bool) -> dict[str, Any]:
    travelling = {"obligations": list(grant["obligations"]), "valid_until": grant["valid_until"]}
    return {"purpose": purpose} | _clause(policy, grant["agreement"], grant["clause"], same) | travelling


def _by_purpose(grants: list[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(((purpose, grant) for grant in grants for purpose in grant["purposes"]), key=lambda pair: pair[0])


def _field(
    policy: PolicySet, decision: Mapping[str, Any], event_type: str, name: str, overriding: list[Prohibition]
) -> dict[str, Any]:
    label = field_labels(event_type)[name]
    passed = [grant for grant in decision["grants"] if name in grant["fields"]]
    masked = [grant for grant in decision["grants"] if name in grant["masked"]]
    laws = [law for law in overriding if law.covers(name, label)]
    if passed:
        fate, why = "passed", _by_clauses(passed, "passes it")
    elif masked:
        fate = "masked"
        why = (
            _of(laws, "mask")
            or _by_a_stricter(policy, decision, event_type, name, "only in a coarser form")
            or _by_clauses(masked, "passes it in a coarser form")
        )
    else:
        fate, why = "dropped", _why_dropped(policy, decision, event_type, name, laws)
    return {
        "name": name,
        "label": label,
        "fate": fate,
        "why": why,
        "passed_for": [purpose for purpose, _ in _by_purpose(passed)],
        "masked_for": [purpose for purpose, _ in _by_purpose(masked)],
    }


def _by_clauses(grants: list[Mapping[str, Any]], what: str) -> str:
    clauses = dict.fromkeys(grant["clause"] for grant in grants)
    return f"Clause {', '.join(clauses)} {what}"


def _by_a_stricter(policy: PolicySet, decision: Mapping[str, Any], event_type: str, name: str, what: str) -> str | None:
    """Where the clause that a grant names lets more through than was: what another that applies beside it lets through.

    A decision names one clause of those that applied, so of the others it is only known which may have.
    """
    label = field_labels(event_type)[name]
    for grant in decision["grants"] if decision["revision"] == policy.revision else ():
        named = policy.clause(grant["agreement"], grant["clause"])
        least = "mask" if name in grant["masked"] else "drop"
        if named is None or _STRENGTH[named.mode(name, label)] <= _STRENGTH[least]:
            continue
        others = [
            f"{clause.id} of {agreement.id}"
            for agreement in policy.agreements.values()
            for clause in agreement.clauses.values()
            if event_type in clause.event_types and not set(grant["purposes"]).isdisjoint(clause.purposes)
            if clause.mode(name, label) == least and decision.get("audience", clause.audiences[0]) in clause.audiences
        ]
        if others:
            return f"Clause {named.id} passes it; {' or '.join(others)}, which applies too, {what}"
    return None


def _of(laws: list[Prohibition], effect: str) -> str | None:
    return next((_in_words(law) for law in laws if law.effect == effect), None)


def _why_dropped(
    policy: PolicySet, decision: Mapping[str, Any], event_type: str, name: str, laws: list[Prohibition]
) -> str:
    label = field_labels(event_type)[name]
    always = [law for law in policy.prohibitions.values() if law.always_drops and law.covers(name, label)]
    found = _of(laws, "drop") or _of(always, "drop")
    if found:
        return found
    if not decision["grants"]:
        return "Nothing of the event is released"
    return _by_a_stricter(policy, decision, event_type, name, "does not") or "No clause that applies passes it"
