"""One rule card over what it hears: whether it holds, since when, by what, and when that changes."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from policies.rulecards import RuleCard
from policies.thresholds import FINDINGS
from streams.timeline.matching import ByType, Heard, heard
from streams.timeline.measures import MEASURES
from streams.timeline.state import Measure, State
from streams.timeline.unended import unended


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A concern or protective factor that holds: the rule, since when, by which events, what would lower it."""

    rule: str
    title: str
    since: date
    because: tuple[str, ...]
    lowers: str
    words: str
    detail: str
    category: str
    owner: str
    source: str
    local: bool
    expires_on: date


class Rule:
    """A card and its measure over what it hears."""

    def __init__(self, card: RuleCard, evidence: Sequence[Heard]) -> None:
        self.card = card
        self.measure: Measure = MEASURES[card.measure](card, evidence)

    def state(self, day: int) -> State | None:
        """By what the rule holds on a day, if it does."""
        return self.measure.state(day) if self.measure.holds(day) else None

    def since(self, day: int) -> int:
        """The first day of the unbroken run of days, up to this one, on which the rule holds."""
        first, changes = day, self.measure.changes
        for change in reversed(changes[: bisect_right(changes, day)]):
            if not self.measure.holds(change):
                break
            first = change
        return first

    def next_change(self, day: int) -> int | None:
        """The first day after this one on which the answer differs, if nothing else happens."""
        now, changes = self.state(day), self.measure.changes
        return next((c for c in changes[bisect_right(changes, day) :] if self.state(c) != now), None)

    def finding(self, day: int) -> Finding:
        """The finding of a day on which the rule holds."""
        card, state = self.card, self.measure.state(day)
        return Finding(
            rule=card.id,
            title=card.title,
            since=date.fromordinal(self.since(day)),
            because=tuple(h.event_id for h in state.because),
            lowers=card.lowers,
            words=card.words,
            detail=state.detail,
            category=card.category,
            owner=card.owner,
            source=card.source,
            local=card.local,
            expires_on=card.expires_on,
        )


def rules(cards: Iterable[RuleCard], entries: ByType, now: datetime) -> list[Rule]:
    """The rules that hear anything at all by `now`, of those that make findings; no rule holds on silence."""
    found = [(card, _evidence(card, entries, now)) for card in cards if card.kind in FINDINGS]
    return [Rule(card, evidence) for card, evidence in found if evidence]


def _evidence(card: RuleCard, entries: ByType, now: datetime) -> list[Heard]:
    plain, lasting = heard(card, entries), unended(card, entries, now)
    return sorted({h.event_id: h for h in (*lasting, *plain)}.values()) if lasting else plain
