"""What a page shows of a timeline, computed by `streams.timeline` with the cards, the feeds and the clock handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Timeline = Mapping[str, Any]
Presented = dict[str, Any]
Feeds = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Weight:
    """How much was active on one day: the sums of named, dated, fading rules."""

    at: datetime
    concerns: float
    protective: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which nothing came from an agency: `feed_silent` where its feed had stopped too."""

    agency: str
    since: datetime
    until: datetime
    feed_silent: bool


class Presenter(Protocol):
    """The only door from a stored timeline to a page: it shows what a purpose was granted, and nothing else."""

    def present(self, timeline: Timeline, purpose: str, feeds: Feeds, now: datetime) -> Presented:
        """The timeline as `fanlight timeline` prints it."""

    def card(self, timeline: Timeline, purpose: str, now: datetime) -> Mapping[str, Any]:
        """The young person's card alone: each field with its value and where it came from."""

    def weights(self, timeline: Timeline, purpose: str, since: datetime, now: datetime) -> Sequence[Weight]:
        """The two sums over time, oldest first."""

    def tones(self, timeline: Timeline, purpose: str, now: datetime) -> Mapping[str, str]:
        """Each entry that some rule reads, and whether it reads it as `concern` or as `protective`."""

    def stretches(self, timeline: Timeline, purpose: str, feeds: Feeds, now: datetime) -> Sequence[Stretch]:
        """Each agency's silences, past and present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One timeline read for one purpose."""

    presenter: Presenter
    timeline: Timeline
    purpose: str
    feeds: Feeds

    def present(self, at: datetime) -> Presented:
        """What it shows at an instant."""
        return self.presenter.present(self.timeline, self.purpose, self.feeds, at)

    def tones(self, at: datetime) -> Mapping[str, str]:
        """How rules read its entries."""
        return self.presenter.tones(self.timeline, self.purpose, at)

    def weights(self, since: datetime, at: datetime) -> Sequence[Weight]:
        """What was active, over time."""
        return self.presenter.weights(self.timeline, self.purpose, since, at)

    def stretches(self, at: datetime) -> Sequence[Stretch]:
        """When agencies were silent."""
        return self.presenter.stretches(self.timeline, self.purpose, self.feeds, at)
