"""The presenter over `streams.timeline`: nothing is thought here, only asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from policies.load import PolicySet
from policies.rulecards import RuleCard
from policies.told import judgeable
from schemas.dates import LONDON, local_date
from streams.timeline import days, series
from streams.timeline.present import present
from streams.timeline.quiet import FEED_SILENT
from streams.timeline.visible import card, visible
from views.presenting import Feeds, Presented, Stretch, Timeline, Weight


class TimelinePresenter:
    """The cards and the policies in force, applied to timelines."""

    def __init__(self, cards: Sequence[RuleCard], policies: PolicySet) -> None:
        self._cards = cards
        self._policies = policies

    def present(self, timeline: Timeline, purpose: str, feeds: Feeds, now: datetime) -> Presented:
        """The timeline as `fanlight timeline` prints it."""
        withheld = self._policies.audiences[timeline["audience"]].withheld
        cards = self._judgeable(timeline, purpose, now)
        return present(timeline, purpose=purpose, policy_withheld=withheld, cards=cards, feeds=feeds, now=now)

    def card(self, timeline: Timeline, purpose: str, now: datetime) -> Mapping[str, Any]:
        """The young person's card alone."""
        return card(visible(timeline["entries"], purpose, now))

    def weights(self, timeline: Timeline, purpose: str, since: datetime, now: datetime) -> Sequence[Weight]:
        """The two sums, day by day."""
        entries = visible(timeline["entries"], purpose, now)
        sums = series.weights(entries, self._judgeable(timeline, purpose, now), now, local_date(since))
        return [Weight(datetime.combine(day, time(12), LONDON), above, below) for day, above, below in sums]

    def tones(self, timeline: Timeline, purpose: str, now: datetime) -> Mapping[str, str]:
        """Each entry that some rule reads, and how."""
        entries = visible(timeline["entries"], purpose, now)
        return series.tones(entries, self._judgeable(timeline, purpose, now), now)

    def stretches(self, timeline: Timeline, purpose: str, feeds: Feeds, now: datetime) -> Sequence[Stretch]:
        """Each agency's silences, past and present."""
        entries = visible(timeline["entries"], purpose, now)
        today = local_date(now).toordinal()
        return [
            Stretch(
                agency=found.agency,
                since=days.midnight(found.since),
                until=now if found.until >= today else days.midnight(found.until),
                feed_silent=found.kind == FEED_SILENT,
            )
            for found in series.stretches(entries, self._judgeable(timeline, purpose, now), feeds, now)
        ]

    def _judgeable(self, timeline: Timeline, purpose: str, now: datetime) -> Sequence[RuleCard]:
        return judgeable(self._cards, self._policies, timeline["audience"], purpose, now)
