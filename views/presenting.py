"""What a page shows of a timeline: nothing is thought here, `streams.timeline` is asked.

The only door from a stored timeline to a page: it shows what a purpose was granted, and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from policies.load import PolicySet
from policies.rulecards import RuleCard
from policies.told import judgeable
from schemas.dates import LONDON, local_date
from streams.timeline import series
from streams.timeline.present import present
from streams.timeline.quiet import Stretch
from streams.timeline.visible import VisibleEntry, card, visible

Timeline = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Weight:
    """How much was active on one day: the sums of named, dated, fading rules."""

    at: datetime
    concerns: float
    protective: float


def card_of(timeline: Timeline, purpose: str, now: datetime) -> Mapping[str, Any]:
    """The young person's card alone: each field with its value and where it came from."""
    return card(visible(timeline["entries"], purpose, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One timeline read for one purpose, under the cards and the policies in force."""

    cards: Sequence[RuleCard]
    policies: PolicySet
    timeline: Timeline
    purpose: str
    feeds: Sequence[Mapping[str, Any]]

    def present(self, at: datetime) -> dict[str, Any]:
        """What it shows at an instant, as `fanlight timeline` prints it."""
        withheld = self.policies.audiences[self.timeline["audience"]].withheld
        cards, feeds = self.judgeable(at), self.feeds
        return present(self.timeline, purpose=self.purpose, policy_withheld=withheld, cards=cards, feeds=feeds, now=at)

    def tones(self, at: datetime) -> Mapping[str, str]:
        """Each entry that some rule reads, and whether it reads it as `concern` or as `protective`."""
        return series.tones(self._visible(at), self.judgeable(at), at)

    def weights(self, since: datetime, at: datetime) -> Sequence[Weight]:
        """The two sums over time, oldest first."""
        sums = series.weights(self._visible(at), self.judgeable(at), at, local_date(since))
        return [Weight(datetime.combine(day, time(12), LONDON), above, below) for day, above, below in sums]

    def stretches(self, at: datetime) -> Sequence[Stretch]:
        """Each agency's silences, past and present."""
        return series.stretches(self._visible(at), self.judgeable(at), self.feeds, at)

    def _visible(self, at: datetime) -> list[VisibleEntry]:
        return visible(self.timeline["entries"], self.purpose, at)

    def judgeable(self, at: datetime) -> Sequence[RuleCard]:
        """The cards, as far as this purpose is told at an instant what they turn on."""
        return judgeable(self.cards, self.policies, self.timeline["audience"], self.purpose, at)
