"""What an audience is told for a purpose, whoever the young person is, and which rule cards can be judged on that.

A card may turn on something not having happened. Where no clause would tell the reader that it has, their not being
told proves nothing: such an input is left out. This looks at policy alone. What is withheld of one young person changes
nothing here, for then its being withheld would show.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from policies.attributes import field_labels
from policies.instants import instant_ns
from policies.load import PolicySet
from policies.prohibition import Facts
from policies.rulecards import RuleCard, RuleInput
from policies.terms import Clause
from schemas.vocabulary import Outcome


def judgeable(
    cards: Iterable[RuleCard], policy: PolicySet, audience: str, purpose: str, now: datetime
) -> tuple[RuleCard, ...]:
    """The cards without those inputs that this audience could not judge for this purpose at `now`.

    An input that counts for as long as nothing has ended an event (`unended`) can be judged only where the audience is
    told of every event that could end it, with all the fields by which the card would know it.
    """

    def hears(end: RuleInput) -> bool:
        fields = told(policy, audience, purpose, end.type, now)
        return fields is not None and end.field_names - {end.began} <= fields

    def judged(item: RuleInput) -> bool:
        return item.unended is None or all(hears(end) for end in item.unended.by)

    return tuple(replace(card, inputs=tuple(item for item in card.inputs if judged(item))) for card in cards)


def told(policy: PolicySet, audience: str, purpose: str, event_type: str, now: datetime) -> frozenset[str] | None:
    """The fields that this audience is shown of every event of a type for this purpose at `now`, whole or in a coarser
    form; None if it is not shown every such event.

    Prohibitions that turn on what one event is, such as its sensitivities, are left aside: see the module.
    """
    clauses = _speaking(policy, audience, purpose, event_type, instant_ns(now))
    facts = _facts(policy, audience, event_type)
    prohibitions = [each for each in policy.prohibitions.values() if each.concerns(facts)]
    permitted = any(clause.outcome == Outcome.PERMIT and not clause.when for clause in clauses)
    asked = [clause for clause in clauses if clause.outcome != Outcome.PERMIT]
    if not permitted or asked or any(each.effect in (Outcome.DENY, Outcome.REVIEW) for each in prohibitions):
        return None
    labels = field_labels(event_type)
    # Of several clauses that apply each must let a field through; one that applies sometimes may keep it sometimes.
    shown = frozenset.intersection(*(_shown(clause, labels) for clause in clauses))
    dropping = [each for each in prohibitions if each.effect == "drop"]
    return frozenset(name for name in shown if not any(each.covers(name, labels[name]) for each in dropping))


def _speaking(policy: PolicySet, audience: str, purpose: str, event_type: str, now_ns: int) -> list[Clause]:
    if purpose not in policy.audiences[audience].purposes:
        return []
    return [
        clause
        for agreement in policy.agreements.values()
        if agreement.applies(now_ns)
        for clause in agreement.clauses.values()
        if audience in clause.audiences and purpose in clause.purposes and event_type in clause.event_types
    ]


def _facts(policy: PolicySet, audience: str, event_type: str) -> Facts:
    """What is so of every event of a type for an audience, whatever the one event is."""
    return {
        "agency": [event_type.partition(".")[0]],
        "controller": [policy.audiences[audience].controller],
        "event_type": [event_type],
    }


def _shown(clause: Clause, labels: Mapping[str, str]) -> frozenset[str]:
    """The fields that a clause passes in some form."""
    return frozenset(name for name, label in labels.items() if clause.mode(name, label) != "drop")
