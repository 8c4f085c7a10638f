"""No Closed File: which agency has fallen silent about a young person, told apart from a feed that has stopped.

An agency is heard when something happens or begins, and when something that lasted has ended: not while it lasts, and
not on a day that was only planned. The usual gap is the median of the gaps between its visible events, by their
beginnings. School holidays are not known here, and termly attendance summaries make a long usual gap: the statement for
schools says so.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any

from policies.rulecards import RuleCard
from schemas.dates import local_date
from streams.timeline import days
from streams.timeline.matching import ByType, heard
from streams.timeline.visible import VisibleEntry

GONE_QUIET = "gone_quiet"
FEED_SILENT = "feed_silent"

AGENCIES = {"police": "the police", "nhs": "the NHS", "school": "school", "social_care": "children's social care"}

Feed = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """An agency from which nothing comes: `gone_quiet` if its feed works, `feed_silent` if it may not.

    `since` is the day on which it was heard last, or of the last sign of its feed where that is what stopped.
    """

    rule: str
    agency: str
    kind: str
    since: int
    usual_gap_days: float | None
    feed_last_heard: datetime | None
    silent_feeds: tuple[str, ...]

    def statement(self, today: int) -> str:
        """What a reader should know of it."""
        agency, since = AGENCIES.get(self.agency, self.agency), days.written(self.since)
        if self.kind == FEED_SILENT and self.feed_last_heard is None:
            return f"Nothing from {agency} since {since}, and no feed of theirs is known: it says nothing of the child."
        if self.kind == FEED_SILENT:
            return f"No feed of {agency} has been heard since {since}: an outage, which says nothing of the child."
        parts = [
            f"Nothing from {agency} since {since}: {today - self.since} days, where the usual gap is "
            f"{self.usual_gap_days:g}. {self._feed(today)} Quiet is a reason to keep trying, not to close.",
            f"These feeds of theirs are silent: {', '.join(self.silent_feeds)}." if self.silent_feeds else "",
            "School holidays are not taken into account." if self.agency == "school" else "",
        ]
        return " ".join(part for part in parts if part)

    def _feed(self, today: int) -> str:
        heard = local_date(self.feed_last_heard).toordinal() if self.feed_last_heard else None
        if heard is None or heard > today:
            # Of a past day: only when a feed was heard last is known.
            return "Whether their feed worked then is not known."
        return f"Their feed was heard on {days.written(heard)}, so this is not an outage."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A silence of an agency that was long for it: from its last event to its next, or to now. Days are ordinals."""

    agency: str
    kind: str
    since: int
    until: int


class AgencySilence:
    """One agency's rhythm and feeds, from which its silence at any instant follows.

    The rhythm is that of what began; the end of what lasted breaks a silence and sets no rhythm.
    """

    def __init__(
        self, card: RuleCard, agency: str, begun: Iterable[int], ended: Iterable[int], feeds: Sequence[Feed]
    ) -> None:
        self._card, self._agency, self._parameters = card, agency, card.parameters
        self._begun = sorted(set(begun))
        self._days = sorted({*self._begun, *ended})
        self._feeds = sorted((f["last_heard"], f["feed"]) for f in feeds if f["agency"] == agency)
        self._patience = timedelta(days=card.parameters["feed_days"])

    def _usual_gap(self, day: int) -> float | None:
        """The usual gap as it was known on a day."""
        known = self._begun[: bisect_right(self._begun, day)]
        if len(known) < self._parameters["events_min"]:
            return None
        return float(median(later - earlier for earlier, later in pairwise(known)))

    def _patient_for(self, usual: float) -> float:
        return max(float(self._parameters["days_min"]), usual * float(self._parameters["gaps"]))

    def at(self, now: datetime) -> Quiet | None:
        """What is silent at an instant, if anything."""
        today = local_date(now).toordinal()
        known = self._days[: bisect_right(self._days, today)]
        if not known or today - known[-1] >= self._parameters["days_max"]:
            return None
        silent = tuple(feed for heard, feed in self._feeds if now - heard >= self._patience)
        newest = self._feeds[-1][0] if self._feeds else None
        usual = self._usual_gap(today)
        overdue = usual is not None and today - known[-1] >= self._patient_for(usual)
        outage = bool(self._feeds) and len(silent) == len(self._feeds)
        if not overdue and not outage:
            return None
        working = newest is not None and not outage
        return Quiet(
            rule=self._card.id,
            agency=self._agency,
            kind=GONE_QUIET if working else FEED_SILENT,
            since=known[-1] if working or newest is None else local_date(newest).toordinal(),
            usual_gap_days=usual,
            feed_last_heard=newest,
            silent_feeds=silent,
        )

    def stretches(self, now: datetime) -> list[Stretch]:
        """The silences up to an instant. Whether a feed had stopped is known for the present one alone."""
        today, present = local_date(now).toordinal(), self.at(now)
        known = self._days[: bisect_right(self._days, today)]
        past = []
        for since, until in pairwise(known):
            usual = self._usual_gap(since)
            if usual is not None and until - since >= self._patient_for(usual):
                past.append(Stretch(agency=self._agency, kind=GONE_QUIET, since=since, until=until))
        if present is not None:
            past.append(Stretch(agency=self._agency, kind=present.kind, since=present.since, until=today))
        return past

    def next_change(self, now: datetime) -> datetime | None:
        """The next instant at which the answer differs, if nothing else happens."""
        present = self.at(now)
        return next((moment for moment in self._moments(now) if self.at(moment) != present), None)

    def _moments(self, now: datetime) -> list[datetime]:
        """The instants from here on at which the answer may change."""
        moments = {heard + self._patience for heard, _ in self._feeds}
        for count in range(max(1, bisect_right(self._days, local_date(now).toordinal())), len(self._days) + 1):
            last = self._days[count - 1]
            usual = self._usual_gap(last)
            overdue = [] if usual is None else [last + ceil(self._patient_for(usual))]
            moments |= {days.midnight(day) for day in (last, last + self._parameters["days_max"], *overdue)}
        return sorted(moment for moment in moments if moment > now)


def newest(feeds: Iterable[Feed]) -> list[Feed]:
    """Each feed once, as it was heard last. Two agencies may call theirs alike."""
    latest = {(feed["feed"], feed["agency"]): feed for feed in sorted(feeds, key=lambda f: f["last_heard"])}
    return [latest[name] for name in sorted(latest)]


def silences(card: RuleCard, entries: ByType, feeds: Sequence[Feed]) -> list[AgencySilence]:
    """The silence of each agency that the entries come from."""
    begun: dict[str, dict[str, int]] = {}
    ended: dict[str, dict[str, int]] = {}
    for event_type, items in entries.items():
        if event_type.partition(".")[2] not in card.parameters["ignore"]:
            for entry in items:
                _hear(begun, entry, entry.day)
    for item in heard(card, entries):
        _hear(ended, item.entry, item.until)
    return [
        AgencySilence(card, agency, begun[agency].values(), ended.get(agency, {}).values(), feeds)
        for agency in sorted(begun)
    ]


def _hear(found: dict[str, dict[str, int]], entry: VisibleEntry, day: int | None) -> None:
    """Note the last day on which an agency was heard by a record: what was still to come when it was written down was
    heard of then, and not again on its day."""
    if day is not None:
        written = day if entry.recorded_at is None else local_date(entry.recorded_at).toordinal()
        last = found.setdefault(entry.agency, {})
        last[entry.record] = max(min(day, written), last.get(entry.record, 0))
