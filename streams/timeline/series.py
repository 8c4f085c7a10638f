"""What was active over time, for drawing: the weights of the rules that held on each day, and how each event was read.

Today's cards are laid over the past: the picture says what the rules now in force would have said, not what an earlier
edition said. The sums are heights of an area, never a number to show.
"""

import itertools
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from policies.rulecards import RuleCard
from policies.thresholds import CONCERN, PROTECTIVE, QUIET
from schemas.dates import local_date
from streams.timeline.matching import ByType
from streams.timeline.quiet import Feed, Stretch, newest, silences
from streams.timeline.rule import Rule, rules
from streams.timeline.state import State
from streams.timeline.visible import VisibleEntry, in_order, is_granted


def weights(
    entries: Iterable[VisibleEntry], cards: Sequence[RuleCard], now: datetime, since: date
) -> list[tuple[date, float, float]]:
    """For each day from `since` to today: the summed weights of the concerns and of the protective factors held."""
    first, today = since.toordinal(), local_date(now).toordinal()
    sums = {CONCERN: [0.0] * (today - first + 1), PROTECTIVE: [0.0] * (today - first + 1)}
    for rule in _rules(entries, cards, now):
        for offset, weight in _weighed(rule, first, today):
            sums[rule.card.kind][offset] += weight
    return [
        (date.fromordinal(first + offset), round(concern, 4), round(protective, 4))
        for offset, (concern, protective) in enumerate(zip(sums[CONCERN], sums[PROTECTIVE], strict=True))
    ]


def tones(entries: Iterable[VisibleEntry], cards: Sequence[RuleCard], now: datetime) -> dict[str, str]:
    """Each entry that speaks for a rule in force, and how: one that speaks for both kinds is read as a concern."""
    found: dict[str, str] = {}
    today = local_date(now).toordinal()
    for rule in _rules(entries, cards, now):
        state = rule.state(today)
        for item in (*rule.measure.evidence, *(state.because if state is not None else ())):
            if found.get(item.event_id) != CONCERN:
                found[item.event_id] = rule.card.kind
    return dict(sorted(found.items()))


def stretches(
    entries: Iterable[VisibleEntry], cards: Sequence[RuleCard], feeds: Iterable[Feed], now: datetime
) -> list[Stretch]:
    """Each agency's silences, past and present."""
    live, today, heard_feeds = ByType(_live(entries, now)), local_date(now), newest(feeds)
    quiet = [card for card in cards if card.kind == QUIET and card.in_force(today)]
    found = [silence for card in quiet for silence in silences(card, live, heard_feeds)]
    return [stretch for silence in found for stretch in silence.stretches(now)]


def _live(entries: Iterable[VisibleEntry], now: datetime) -> list[VisibleEntry]:
    return in_order(entry for entry in entries if is_granted(entry.valid_until, now))


def _rules(entries: Iterable[VisibleEntry], cards: Sequence[RuleCard], now: datetime) -> list[Rule]:
    heard, today = ByType(_live(entries, now)), local_date(now)
    return rules(sorted((card for card in cards if card.in_force(today)), key=lambda card: card.id), heard, now)


def _weighed(rule: Rule, first: int, today: int) -> Iterable[tuple[int, float]]:
    """The rule's weight on each day it held. Between two of its changes the answer stays, so it is asked for once."""
    turns = [first, *(change for change in rule.measure.changes if first < change <= today), today + 1]
    for start, end in itertools.pairwise(turns):
        state = rule.state(start)
        if state is not None:
            yield from ((day - first, _weight(rule.card, state, day)) for day in range(start, end))


def _weight(card: RuleCard, state: State, day: int) -> float:
    if card.half_life_days is None:
        return card.weight
    newest_evidence = max(item.last(day) for item in state.because)
    return float(card.weight * 0.5 ** ((day - newest_evidence) / card.half_life_days))
