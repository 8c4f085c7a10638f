"""A timeline as JSON for one purpose: what `fanlight timeline` prints and the pages draw.

The same entries in any order give the same bytes. Every key is written out here: nothing passes because it happens to
be in a record.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from policies.rulecards import RuleCard
from schemas.dates import local_date
from streams.timeline.assessment import Assessment, Scaling, assess
from streams.timeline.quiet import Feed, Quiet, newest
from streams.timeline.rule import Finding
from streams.timeline.visible import VisibleEntry, card, visible


def present(
    timeline: Mapping[str, Any],
    *,
    purpose: str,
    policy_withheld: Any,
    cards: Sequence[RuleCard],
    feeds: Iterable[Feed],
    now: datetime,
) -> dict[str, Any]:
    """What one purpose may see of a decoded Timeline at an instant, assessed from just that.

    `policy_withheld` says what the agreements hold back from this audience and purpose whoever the young person is;
    it is passed on as it is.
    """
    heard_feeds = newest(feeds)
    entries = visible(timeline["entries"], purpose, now)
    assessment = assess(entries, cards, heard_feeds, now)
    shown = sorted([*entries, *assessment.challenges], key=lambda entry: entry.order)
    today = local_date(now).toordinal()
    return {
        "person": timeline["person"],
        "redirect": timeline["redirect"],
        "audience": timeline["audience"],
        "purpose": purpose,
        "as_of": instant(now),
        "next_change_at": instant(_next_change(entries, assessment)),
        "card": card(entries),
        "entries": [_entry(entry) for entry in shown],
        "concerns": [_finding(found) for found in assessment.concerns],
        "protective": [_finding(found) for found in assessment.protective],
        "quiet": [_quiet(item, today) for item in assessment.quiet],
        "challenges": [entry.event_id for entry in assessment.challenges],
        "scalings": [_scaling(item) for item in assessment.scalings],
        "expired_rules": list(assessment.expired_rules),
        "feeds": [_feed(feed) for feed in heard_feeds],
        "withheld": policy_withheld,
    }


def instant(moment: datetime | None) -> str | None:
    """An instant as JSON has it: UTC, ending in Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _next_change(entries: Iterable[VisibleEntry], assessment: Assessment) -> datetime | None:
    """The next instant at which what is shown differs: an entry whose grant ends is gone, whatever it amounted to."""
    ends = [entry.valid_until for entry in entries if entry.valid_until is not None]
    return min([*ends, *filter(None, [assessment.next_change_at])], default=None)


def _entry(entry: VisibleEntry) -> dict[str, Any]:
    return {
        "event_id": entry.event_id,
        "type": entry.type,
        "agency": entry.agency,
        "role": entry.role,
        "occurred": entry.occurred,
        "precision": entry.precision,
        "recorded_at": instant(entry.recorded_at),
        "fields": dict(sorted(entry.fields.items())),
        "grading": dict(sorted(entry.grading.items())) if entry.grading is not None else None,
        "handling": list(entry.handling),
        "obligations": list(entry.obligations),
        "agreement": entry.agreement,
        "clause": entry.clause,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "title": finding.title,
        "since": finding.since.isoformat(),
        "because": list(finding.because),
        "lowers": finding.lowers,
        "words": finding.words,
        "detail": finding.detail,
        "category": finding.category,
        "owner": finding.owner,
        "source": finding.source,
        "local": finding.local,
        "expires_on": finding.expires_on.isoformat(),
    }


def _quiet(item: Quiet, today: int) -> dict[str, Any]:
    return {
        "agency": item.agency,
        "kind": item.kind,
        "since": date.fromordinal(item.since).isoformat(),
        "days": today - item.since,
        "usual_gap_days": item.usual_gap_days,
        "feed_last_heard": instant(item.feed_last_heard),
        "silent_feeds": list(item.silent_feeds),
        "statement": item.statement(today),
        "rule": item.rule,
    }


def _scaling(item: Scaling) -> dict[str, Any]:
    return {
        "event_id": item.event_id,
        "given_by": item.given_by,
        "scale": item.scale,
        "occurred": item.occurred,
        "agency": item.agency,
    }


def _feed(feed: Feed) -> dict[str, Any]:
    return {"feed": feed["feed"], "agency": feed["agency"], "last_heard": instant(feed["last_heard"])}
