"""What visible entries amount to at an instant: a pure function of entries, rule cards, feeds and now.

No score: each finding is a named rule with the events behind it and what would lower it. An assessment knows the next
instant at which it would differ though nobody publishes anything, so that "three times in 90 days" fades on its day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from policies.rulecards import RuleCard
from policies.thresholds import CHALLENGE, CONCERN, PROTECTIVE, QUIET
from schemas.dates import local_date
from streams.timeline import days, unended
from streams.timeline.challenge import Closures
from streams.timeline.matching import ByType
from streams.timeline.quiet import Feed, Quiet, newest, silences
from streams.timeline.rule import Finding, Rule, rules
from streams.timeline.visible import VisibleEntry, in_order, is_granted

_JUDGEMENT = "human_judgement"
_SCALING = "scaling"
#: Signs of Safety: from nobody is safe to everybody is.
SCALE = range(11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """A professional's own 0-10 scaling, under their name. Never averaged with another's."""

    event_id: str
    given_by: str
    scale: int
    occurred: str
    agency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What held at `as_of`. Two assessments are equal if they say the same, whenever they were made."""

    concerns: tuple[Finding, ...]
    protective: tuple[Finding, ...]
    quiet: tuple[Quiet, ...]
    challenges: tuple[VisibleEntry, ...]
    scalings: tuple[Scaling, ...]
    expired_rules: tuple[str, ...]
    as_of: datetime = field(compare=False)
    next_change_at: datetime | None = field(compare=False)


def assess(
    entries: Iterable[VisibleEntry], cards: Sequence[RuleCard], feeds: Iterable[Feed], now: datetime
) -> Assessment:
    """What the entries amount to at `now`, and when that will next differ though nothing is published."""
    unique = in_order(entries)
    heard_feeds = newest(feeds)
    result = _assess_fixed(unique, cards, heard_feeds, now)
    return replace(result, next_change_at=_next_change(result, unique, cards, heard_feeds))


def _next_change(
    result: Assessment, entries: Sequence[VisibleEntry], cards: Sequence[RuleCard], feeds: Sequence[Feed]
) -> datetime | None:
    """The next difference. A grant that ends takes its entry with it, a card may come into force, and what nothing has
    ended may come to count: each may change what is found or nothing, so those instants are looked at one by one.
    """
    turns = {entry.valid_until for entry in entries if entry.valid_until is not None}
    turns |= unended.turns(cards, ByType(entries))
    today = local_date(result.as_of)
    turns |= {days.midnight(card.approved_on.toordinal()) for card in cards if card.approved_on > today}
    then = result
    for turn in sorted(turn for turn in turns if turn > result.as_of):
        if then.next_change_at is not None and then.next_change_at < turn:
            break
        then = _assess_fixed(entries, cards, feeds, turn)
        if then != result:
            return turn
    return then.next_change_at


def _assess_fixed(
    entries: Sequence[VisibleEntry], cards: Sequence[RuleCard], feeds: Sequence[Feed], now: datetime
) -> Assessment:
    """The assessment, and its next change if no grant ended and no card came into force."""
    live = [entry for entry in entries if is_granted(entry.valid_until, now)]
    today = local_date(now).toordinal()
    in_force = [card for card in cards if card.in_force(date.fromordinal(today))]
    heard_by_type = ByType(live)
    found = rules(in_force, heard_by_type, now)
    closures = [Closures(card, heard_by_type, now) for card in in_force if card.kind == CHALLENGE]
    silent = [silence for card in in_force if card.kind == QUIET for silence in silences(card, heard_by_type, feeds)]
    return Assessment(
        concerns=_findings(CONCERN, found, today),
        protective=_findings(PROTECTIVE, found, today),
        quiet=tuple(item for silence in silent if (item := silence.at(now)) is not None),
        challenges=tuple(challenge for closure in closures for challenge in closure.at(today)),
        scalings=_scalings(live),
        expired_rules=tuple(sorted(card.id for card in cards if card.expires_on.toordinal() <= today)),
        as_of=now,
        next_change_at=_earliest(
            [rule.next_change(today) for rule in found]
            + [closure.next_change(today) for closure in closures]
            + [end for card in cards if (end := card.expires_on.toordinal()) > today],
            [silence.next_change(now) for silence in silent],
        ),
    )


def _earliest(midnights: Iterable[int | None], instants: Iterable[datetime | None]) -> datetime | None:
    first = min((day for day in midnights if day is not None), default=None)
    known = [instant for instant in instants if instant is not None]
    return min(known if first is None else [*known, days.midnight(first)], default=None)


def _findings(kind: str, found: Iterable[Rule], today: int) -> tuple[Finding, ...]:
    """What holds today, the newest first."""
    held = [rule.finding(today) for rule in found if rule.card.kind == kind and rule.measure.holds(today)]
    return tuple(sorted(held, key=lambda finding: (-finding.since.toordinal(), finding.rule)))


def _scalings(entries: Iterable[VisibleEntry]) -> tuple[Scaling, ...]:
    """Scalings whose giver may be named; one without a name, or off the scale, is not shown as one."""
    return tuple(
        Scaling(event_id=e.event_id, given_by=giver, scale=scale, occurred=e.occurred, agency=e.agency)
        for e in entries
        if e.type.endswith(_JUDGEMENT) and e.fields.get("judgement") == _SCALING
        if isinstance(giver := e.fields.get("judged_by"), str)
        if isinstance(scale := e.fields.get("scale"), int) and scale in SCALE
    )
