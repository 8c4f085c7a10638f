"""One young person's page, from what `streams.timeline` says of them: counts, reasons, silence, drawing, chronology."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from schemas.dates import local_date
from streams.timeline.days import midnight
from streams.timeline.quiet import FEED_SILENT, Stretch
from streams.timeline.visible import is_granted
from views import words
from views.chart import Chart, Silence, draw
from views.chronology import Line, chosen, lines, occurred_at
from views.filters import Filters, beginnings, end_of
from views.marks import Happening
from views.presenting import Reading
from views.references import short_reference

COMPARED_DAYS = 90
NEWEST = 3
TO_COME = "Enter a day that has come. This is how it is now"
LANES = ("school", "social_care", "nhs", "police")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What is kept of a page that is in front of a reader, to say later what is new. It holds no content of entries."""

    told: Mapping[str, bytes]  # of each entry a digest of what was shared of it, by its event
    active: Mapping[str, str]  # of each rule its title
    turns_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """All that the page says."""

    person: str
    reference: str
    card: Mapping[str, Any]
    counts: str
    compared: str
    newest: Sequence[Line]
    concerns: Sequence[Mapping[str, Any]]
    protective: Sequence[Mapping[str, Any]]
    expired_rules: Sequence[str]
    quiet: Sequence[Mapping[str, Any]]
    challenged: Sequence[Line]
    scalings: Sequence[Mapping[str, Any]]
    feeds: Sequence[tuple[str, str]]
    withheld: str
    chart: Chart
    span: str
    spans: Sequence[str]
    since: datetime
    as_of: datetime
    turns_at: datetime | None  # when the clock alone next changes what is shown; of a past day it is not known
    every: Sequence[Line]
    lines: Sequence[Line]
    in_chronology: frozenset[str]
    by_id: Mapping[str, Line]
    filters: Filters

    def address(self, event_id: str) -> str:
        """Where an entry is read: here, or on its own page where the filter leaves it out of the chronology."""
        return f"#entry-{event_id}" if event_id in self.in_chronology else f"/people/{self.person}/entries/{event_id}"

    def because(self, flag: Mapping[str, Any]) -> list[Line]:
        """The entries that a flag rests on, as they came about: within a day a rule keeps them in no order."""
        behind = set(flag["because"])
        return [line for line in reversed(self.every) if line.event_id in behind]

    @cached_property
    def gist(self) -> Gist:
        """What is kept of it. Of a child with some years of register marks the whole would be megabytes."""
        told = {line.event_id: hashlib.sha256(repr(line.told).encode()).digest() for line in self.every}
        active = {flag["rule"]: flag["title"] for flag in (*self.concerns, *self.protective)}
        return Gist(told=told, active=active, turns_at=self.turns_at)

    @cached_property
    def version(self) -> str:
        """Names what is shown, for a live page to know whether it changed: entries with all they say, rules, silences
        and the card. No clock, and no offset on the bus: that moves by events, too, that this purpose is not shown.
        """
        facts = (
            tuple((self.gist.told[line.event_id], line.tone) for line in self.every),
            tuple((f["rule"], f["detail"], tuple(f["because"])) for f in (*self.concerns, *self.protective)),
            tuple((q["agency"], q["kind"]) for q in self.quiet),
            tuple(self.card.items()),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()


def known_by(reading: Reading, as_of: datetime, now: datetime) -> Reading:
    """The reading of what had been written down by a past day and may still be seen today.

    An agreement that has ended since opens nothing, not even the past. Nor can a card be judged on what it passed.
    """
    entries = []
    for entry in reading.timeline["entries"]:
        grants = [grant for grant in entry["grants"] if is_granted(grant["valid_until"], now)]
        written = entry["recorded_at"] or occurred_at(entry["occurred"]["value"])[1]
        if grants and written <= as_of:
            entries.append({**entry, "grants": grants})
    return replace(reading, cards=reading.judgeable(now), timeline={**reading.timeline, "entries": entries})


def build(reading: Reading, filters: Filters, now: datetime) -> PersonPage:
    """The page at an instant, or as it was known at the end of a past day."""
    at = now
    if filters.as_of is not None and end_of(filters.as_of) < now:
        at = end_of(filters.as_of)
        reading = known_by(reading, at, now)
    elif filters.as_of is not None:
        early = () if filters.as_of <= local_date(now) else (("as_of", TO_COME),)
        filters = replace(filters, as_of=None, problems=(*filters.problems, *early))
    presented = reading.present(at)
    every = lines(presented, reading.tones(at), _decisions(reading.timeline))
    left = chosen(every, filters)
    begins = beginnings(at, [line.at for line in every if line.day])
    span = filters.span if filters.span in begins else list(begins)[-1]
    return PersonPage(
        person=presented["person"],
        reference=short_reference(presented["person"]),
        card=presented["card"] or {},
        counts=_counts(presented),
        compared=_compared(reading, presented, at),
        newest=_newest(presented, every),
        concerns=presented["concerns"],
        protective=presented["protective"],
        expired_rules=presented["expired_rules"],
        quiet=presented["quiet"],
        challenged=[line for line in every if line.statement and line.at > at - timedelta(days=COMPARED_DAYS)],
        scalings=presented["scalings"],
        feeds=_heard(reading.feeds, at),
        withheld=str(presented["withheld"]),
        chart=_chart(reading, every, begins[span], at),
        span=span,
        spans=tuple(begins),
        since=begins[span],
        as_of=at,
        turns_at=datetime.fromisoformat(turn) if at == now and (turn := presented["next_change_at"]) else None,
        every=every,
        lines=left,
        in_chronology=frozenset(line.event_id for line in left),
        by_id={line.event_id: line for line in every},
        filters=filters,
    )


def _decisions(timeline: Mapping[str, Any]) -> dict[str, str]:
    return {entry["event_id"]: entry["decision_id"] for entry in timeline["entries"]}


def _counts(presented: Mapping[str, Any]) -> str:
    concerns, protective = len(presented["concerns"]), len(presented["protective"])
    return f"{words.plural(concerns, 'concern')} active, {words.plural(protective, 'protective factor')} active."


def _compared(reading: Reading, presented: Mapping[str, Any], at: datetime) -> str:
    then = at - timedelta(days=COMPARED_DAYS)
    before = known_by(reading, then, at).present(then)
    change = len(presented["concerns"]) - len(before["concerns"])
    if change == 0:
        return f"As many concerns as {COMPARED_DAYS} days ago."
    more = "more" if change > 0 else "fewer"
    return f"{words.plural(abs(change), f'{more} concern')} than {COMPARED_DAYS} days ago."


def _newest(presented: Mapping[str, Any], every: Sequence[Line]) -> list[Line]:
    behind = {event_id for finding in presented["concerns"] for event_id in finding["because"]}
    return [line for line in every if line.event_id in behind][:NEWEST]


def _heard(feeds: Sequence[Mapping[str, Any]], at: datetime) -> list[tuple[str, str]]:
    """Of each agency, when any of its feeds was last heard; of one heard since a past day it is not known for then."""
    newest: dict[str, datetime] = {}
    for feed in feeds:
        newest[feed["agency"]] = max(feed["last_heard"], newest.get(feed["agency"], feed["last_heard"]))
    return [(agency, _feed_note(newest.get(agency), at)) for agency in LANES]


def _feed_note(heard: datetime | None, at: datetime) -> str:
    if heard is None:
        return "feed never heard"
    return f"feed heard {words.ago(heard, at)}" if heard <= at else ""


def _chart(reading: Reading, every: Sequence[Line], since: datetime, at: datetime) -> Chart:
    agencies = [*LANES, *sorted({line.agency for line in every} - set(LANES))]
    dated = [_happening(line, at) for line in every if line.day]
    drawn = Counter(happening.agency for happening in dated if since <= happening.at <= at)
    later = Counter(happening.agency for happening in dated if happening.at > at)
    undated = Counter(line.agency for line in every if not line.day)
    counts = Counter(line.agency for line in every)
    heard = dict(_heard(reading.feeds, at))
    return draw(
        since=since,
        until=at,
        lanes=[
            (
                agency,
                words.agency(agency),
                _note(drawn[agency], counts[agency], later[agency], undated[agency], heard.get(agency)),
            )
            for agency in agencies
        ],
        happenings=dated,
        silences=[_silence(stretch, at) for stretch in reading.stretches(at)],
        weights=reading.weights(since, at),
    )


def _note(drawn: int, count: int, later: int, undated: int, heard: str | None) -> str:
    events = words.plural(count, "event")
    told = (
        events if drawn == count else f"{drawn:,} of {events}",
        f"{later:,} dated later" if later else "",
        f"{undated:,} without a date" if undated else "",
        heard,
    )
    return ", ".join(filter(None, told))


def _happening(line: Line, now: datetime) -> Happening:
    # What has a day and no hour stands at noon, and what is of today at the latest now.
    today = line.whole_day and line.day == local_date(now)
    return Happening(
        event_id=line.event_id,
        agency=line.agency,
        at=min(line.at, now) if today else line.at,
        tone=line.tone,
        title=f"{line.title}, {line.agency_name}",
        when=line.when,
        conditions=line.conditions,
    )


def _silence(stretch: Stretch, at: datetime) -> Silence:
    # Days of the calendar, as the alert counts them: the day on which summer time begins has 23 hours.
    days, still = stretch.until - stretch.since, stretch.until >= local_date(at).toordinal()
    feed_silent = stretch.kind == FEED_SILENT
    if feed_silent:
        label = f"Feed silent {days} days"
    else:
        label = f"Quiet {days} days, still" if still else f"Quiet {days} days"
    return Silence(
        agency=stretch.agency,
        since=midnight(stretch.since),
        until=at if still else midnight(stretch.until),
        label=label,
        short=f"{days}d",
        feed_silent=feed_silent,
    )
