"""A decision in words: which clause of which agreement decided, as it was signed, and why each field fared so.

Works from the decision alone, as it stands on the log, and the policies that it was made under. Words of a clause are
shown only where they are of that revision: another one may have signed other words under the same name.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.attributes import NAMES, PROHIBITION, REQUIRED, UNKNOWN, field_labels
from policies.instants import instant_ns
from policies.load import PolicySet
from policies.prohibition import Prohibition
from policies.terms import Agreement, Clause

_RELEASED = "released"
_STRENGTH = {"drop": 0, "mask": 1, "pass": 2}

#: Reason codes that stand alone; `prohibition:ID` is explained by the prohibition, `unknown:NAME` by the attribute,
#: `clause_requires_review:AGREEMENT/CLAUSE` by the clause, `released:REASON` by the reason for which it was left to a
#: person.
REASONS: Mapping[str, str] = {
    "permitted": "A clause permits it, and no prohibition stands against it",
    "no_clause": "No clause that applies speaks of this event for this audience",
    "agreement_not_in_force": "An agreement that speaks of it is not in force at that time",
    "condition_not_met": "A clause speaks of it, but a condition of the clause does not hold",
    "refused_by_a_person": "Somebody at the agency decided that it does not go to this audience",
    "review_overdue": "An agreement relied on has reached its review date",
    "agency_mismatch": "The event's type belongs to another agency than the one it says it comes from",
    "policy_incomplete": "The policy engine did not hold the whole policy",
}


def explain(policy: PolicySet, decision: Mapping[str, Any], event_type: str) -> dict[str, Any]:
    """What a decision on an event of this type means, as records and sentences for a person to read.

    `decision` is fanlight.bus.Decision or `Ruling.as_record()`. Where `policy` is of another revision than the
    decision, clauses are named and not quoted.
    """
    decided = _Decided(policy, decision, event_type)
    return {
        "outcome": str(decision["outcome"]),
        "revision": decision["revision"],
        "ground": decided.ground(),
        "reasons": [{"code": code, "words": reason_in_words(policy, code)} for code in decision["reasons"]],
        "purposes": decided.purposes(),
        "fields": [decided.field(name) for name in field_labels(event_type)],
    }


def is_reason(policy: PolicySet, code: str) -> bool:
    """Whether a decision under this policy may give a reason."""
    kind, _, name = code.partition(":")
    if kind == PROHIBITION:
        return name in policy.prohibitions
    if kind == UNKNOWN:
        return name in NAMES
    if kind in (REQUIRED, _RELEASED):
        return policy.question(name if kind == _RELEASED else code) is not None
    return code in REASONS


def reason_in_words(policy: PolicySet, code: str) -> str:
    """A reason code as a sentence."""
    kind, _, name = code.partition(":")
    if kind == PROHIBITION:
        prohibition = policy.prohibitions.get(name)
        return _in_words(prohibition) if prohibition else "A prohibition of another revision"
    if kind == UNKNOWN:
        return f"Its {name.replace('_', ' ')} is on no list that policy knows"
    if kind == REQUIRED:
        agreement, _, clause = name.partition("/")
        # An earlier release did not say which.
        return f"{f'Clause {clause} of {agreement}' if clause else 'A clause'} leaves the decision to a person"
    if kind == _RELEASED:
        return f"Somebody at the agency released it. It was left to a person for this: {reason_in_words(policy, name)}"
    return REASONS.get(code, "A reason of another revision")


@dataclass(frozen=True)
class _Decided:
    """A decision on an event of a type, beside the policy set that it is explained by."""

    policy: PolicySet
    decision: Mapping[str, Any]
    event_type: str

    @property
    def _is_of_this_revision(self) -> bool:
        return bool(self.decision["revision"] == self.policy.revision)

    @property
    def _grants(self) -> list[Mapping[str, Any]]:
        return list(self.decision["grants"])

    def ground(self) -> dict[str, Any] | None:
        """The clause or the prohibition that decided, with its words; None where nothing spoke of the event."""
        agreement, clause = self.decision["agreement"], self.decision["clause"]
        if clause is None:
            return None
        if agreement is None:
            found = self.policy.prohibitions.get(clause) if self._is_of_this_revision else None
            return {"prohibition": clause, "title": found.title if found else None, "law": found.law if found else None}
        return self._clause(agreement, clause)

    def purposes(self) -> list[dict[str, Any]]:
        """For each purpose of each grant: its clause, and what whoever receives the event must observe."""
        return [
            {"purpose": purpose}
            | self._clause(grant["agreement"], grant["clause"])
            | {"obligations": list(grant["obligations"]), "valid_until": grant["valid_until"]}
            for purpose, grant in _by_purpose(self._grants)
        ]

    def field(self, name: str) -> dict[str, Any]:
        """What became of one field of the event, for which purposes, and why."""
        passed = [grant for grant in self._grants if name in grant["fields"]]
        masked = [grant for grant in self._grants if name in grant["masked"]]
        if passed:
            fate, why = "passed", _by_clauses(passed, "passes it")
        elif masked:
            fate, why = "masked", self._why_masked(name, masked)
        else:
            fate, why = "dropped", self._why_dropped(name)
        return {
            "name": name,
            "label": self._label(name),
            "fate": fate,
            "why": why,
            "passed_for": [purpose for purpose, _ in _by_purpose(passed)],
            "masked_for": [purpose for purpose, _ in _by_purpose(masked)],
        }

    def _label(self, name: str) -> str:
        return field_labels(self.event_type)[name]

    def _clause(self, agreement: str, clause: str) -> dict[str, Any]:
        signed = self.policy.agreements.get(agreement) if self._is_of_this_revision else None
        terms = self.policy.clause(agreement, clause) if self._is_of_this_revision else None
        return {
            "agreement": agreement,
            "title": signed.title if signed else None,
            "version": signed.version if signed else None,
            "clause": clause,
            "text": terms.text if terms else None,
            "contact": dict(signed.contact) if signed else {},
        }

    def _why_masked(self, name: str, masked: list[Mapping[str, Any]]) -> str:
        return (
            self._by_prohibition(name, "mask")
            or self._by_a_stricter(name, masked, "only in a coarser form")
            or _by_clauses(masked, "passes it in a coarser form")
        )

    def _why_dropped(self, name: str) -> str:
        always = (each for each in self.policy.prohibitions.values() if each.always_drops)
        by_law = self._by_prohibition(name, "drop") or next(
            (_in_words(each) for each in always if each.covers(name, self._label(name))), None
        )
        if by_law:
            return by_law
        if not self._grants:
            return "Nothing of the event is released"
        if not self._is_of_this_revision:
            return "Not every clause that applied passes it"
        return self._by_a_stricter(name, self._grants, "does not") or _by_clauses(self._grants, "does not pass it")

    def _by_prohibition(self, name: str, effect: str) -> str | None:
        """The first prohibition with this effect on a field that the decision gives among its reasons."""
        for code in self.decision["reasons"]:
            kind, _, named = code.partition(":")
            found = self.policy.prohibitions.get(named) if kind == PROHIBITION else None
            if found is not None and found.effect == effect and found.covers(name, self._label(name)):
                return _in_words(found)
        return None

    def _by_a_stricter(self, name: str, grants: list[Mapping[str, Any]], what: str) -> str | None:
        """Where the clause that one of these grants names lets more through than was: what another beside it does.

        A decision names one clause of those that applied, so of the others it is only known which may have.
        """
        label = self._label(name)
        for grant in grants if self._is_of_this_revision else ():
            named = self.policy.clause(grant["agreement"], grant["clause"])
            least = "mask" if name in grant["masked"] else "drop"
            if named is None or _STRENGTH[named.mode(name, label)] <= _STRENGTH[least]:
                continue
            others = [
                f"{clause.id} of {agreement.id}"
                for agreement in self.policy.agreements.values()
                for clause in agreement.clauses.values()
                if self._was_in_force(agreement)
                and self._may_have_applied(clause, grant)
                and clause.mode(name, label) == least
            ]
            if others:
                return f"Clause {named.id} passes it; {' or '.join(others)}, which applies too, {what}"
        return None

    def _was_in_force(self, agreement: Agreement) -> bool:
        """Whether an agreement applied when the decision was made, if it says when that was."""
        at = self.decision.get("at")
        return at is None or agreement.applies(instant_ns(at))

    def _may_have_applied(self, clause: Clause, grant: Mapping[str, Any]) -> bool:
        """Whether a clause speaks of the event, for the same audience and one of the same purposes as a grant."""
        return (
            self.event_type in clause.event_types
            and not set(grant["purposes"]).isdisjoint(clause.purposes)
            and self.decision.get("audience", clause.audiences[0]) in clause.audiences
        )


def _in_words(prohibition: Prohibition) -> str:
    return f"{prohibition.title} ({prohibition.law})"


def _by_purpose(grants: list[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(((purpose, grant) for grant in grants for purpose in grant["purposes"]), key=lambda pair: pair[0])


def _by_clauses(grants: list[Mapping[str, Any]], what: str) -> str:
    named = dict.fromkeys((grant["agreement"], grant["clause"]) for grant in grants)
    times = Counter(clause for _, clause in named)
    clauses = (clause if times[clause] == 1 else f"{clause} of {agreement}" for agreement, clause in named)
    return f"Clause {', '.join(clauses)} {what}"
