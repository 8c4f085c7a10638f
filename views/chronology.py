"""The chronology: every entry a reader asked for, newest first, each with all it says and under what it was shared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from schemas.dates import YEARS, local, local_date
from streams.timeline.challenge import TYPE as CHALLENGE
from views import fields, words
from views.filters import Filters

FACTS_IN_LINE = 3
UNDATED = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as it is read."""

    event_id: str
    event_type: str
    agency: str
    title: str
    agency_name: str
    role: str
    day: date | None
    whole_day: bool
    at: datetime
    when: str
    recorded: str
    tone: str
    conditions: bool
    facts: Sequence[tuple[str, str]]
    grading: Sequence[tuple[str, str]]
    handling: Sequence[str]
    obligations: Sequence[str]
    agreement: str
    clause: str
    decision_id: str | None
    counts_towards: Sequence[str]
    statement: str = ""
    rests_on: Sequence[str] = ()

    @property
    def told(self) -> "Line":
        """What was shared of it: not what rules make of that, nor which decision it was, which is of all purposes."""
        return replace(self, tone="", counts_towards=(), decision_id=None)

    @property
    def outline(self) -> str:
        """What it states, or its first facts, in one line."""
        return self.statement or " · ".join(f"{name}: {value}" for name, value in self.facts[:FACTS_IN_LINE])


def occurred_at(value: str) -> tuple[date | None, datetime]:
    """The day and instant of a moment as far as it is known; what has no date stands at the beginning."""
    padded = value + {4: "-01-01", 7: "-01"}.get(len(value), "")
    try:
        found = datetime.fromisoformat(padded)
    except ValueError:
        found = UNDATED
    if found.year not in YEARS:
        return None, UNDATED
    if found.tzinfo is None:
        found = datetime.combine(found.date(), time(12) if found.time() == time() else found.time(), UTC)
    return local_date(found), found


def lines(presented: Mapping[str, Any], tones: Mapping[str, str], decisions: Mapping[str, str]) -> list[Line]:
    """Every entry of a presented timeline, newest first."""
    towards: dict[str, list[str]] = {}
    for finding in (*presented["concerns"], *presented["protective"]):
        for event_id in finding["because"]:
            towards.setdefault(event_id, []).append(finding["title"])
    made = [
        _line(entry, tones, decisions, towards, _day_of(entry, presented["card"])) for entry in presented["entries"]
    ]
    return sorted(made, key=lambda line: (line.at, line.event_id), reverse=True)


def _day_of(entry: Mapping[str, Any], card: Mapping[str, Any]) -> date | None:
    """The day of an entry. Details whose source gave no date but that of birth stand at the birth; they did not come
    on that day, and on which is not known."""
    undated = entry["type"].endswith(".person_details") and entry["occurred"] == card.get("birth_date", {}).get("value")
    return None if undated else occurred_at(entry["occurred"])[0]


def _line(
    entry: Mapping[str, Any],
    tones: Mapping[str, str],
    decisions: Mapping[str, str],
    towards: Mapping[str, Sequence[str]],
    day: date | None,
) -> Line:
    _, at = occurred_at(entry["occurred"])
    graded = entry.get("grading")
    # A challenge is of the bus itself: it states why it stands, and names the entries that it rests on.
    challenge = entry["fields"] if entry["type"] == CHALLENGE else None
    return Line(
        event_id=entry["event_id"],
        event_type=entry["type"],
        agency=entry["agency"],
        title=words.event_title(entry["type"]),
        agency_name=words.agency(entry["agency"]),
        role=entry["role"].replace("_", " "),
        day=day,
        whole_day=entry["precision"] not in ("minute", "second"),
        at=at,
        when=words.moment(entry["occurred"], entry["precision"]) if day else "date not known",
        recorded=_recorded(entry.get("recorded_at")),
        tone=tones.get(entry["event_id"], "contact"),
        conditions=bool(entry["handling"]) or (graded or {}).get("handling_code") == "C",
        facts=() if challenge else fields.facts(entry["type"], entry["fields"], day),
        grading=fields.grading(graded),
        handling=[fields.said(entry["type"], "conditions", code) for code in entry["handling"]],
        obligations=[words.sentence(code) for code in entry["obligations"]],
        agreement=entry["agreement"],
        clause=entry["clause"],
        decision_id=decisions.get(entry["event_id"]),
        counts_towards=towards.get(entry["event_id"], ()),
        statement=challenge["statement"] if challenge else "",
        rests_on=(challenge["closed_event"], *challenge["because"]) if challenge else (),
    )


def _recorded(value: str | None) -> str:
    if value is None:
        return "not said"
    at = datetime.fromisoformat(value)
    # A source that says the day alone is kept as its midnight in England.
    return words.day(at) if local(at).time() == time() else words.clock(at)


def chosen(every: Iterable[Line], filters: Filters) -> list[Line]:
    """Those the reader asked for."""
    return [line for line in every if filters.passes(line.agency, line.event_type, line.day)]
