"""What governance reads from the read model: decisions, counts that add up, feeds, looks."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.codec import decode
from schemas.vocabulary import Outcome
from views.rows import Rows, Wanted, page_of

OUTCOMES = tuple(str(outcome) for outcome in Outcome)
#: To be asked for like an outcome: left to a person, and nothing was decided of it for that audience since.
WAITING = "WAITING"
_NONE_LATER = """NOT EXISTS (
    SELECT 1 FROM decisions AS later WHERE later.event_id = decisions.event_id AND later.audience = decisions.audience
    AND (later.at, later.decision_id) > (decisions.at, decisions.decision_id))"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Decisions by audience and agency, and the totals that they add up to."""

    rows: Sequence[Mapping[str, Any]]
    total: Mapping[str, int]
    held: int
    waiting: int

    @property
    def adds_up(self) -> bool:
        """Whether what was permitted, refused and left to a person comes to the number of decisions held. A decision
        that is none of these is one too many."""
        return sum(self.total[outcome] for outcome in OUTCOMES) == self.held


def decisions(db: sqlite3.Connection, wanted: Wanted) -> Rows:
    """Decisions, newest first. Where `wanted.event` is the id of a decision, all decisions on the same event."""
    named = decision(db, wanted.event)
    waiting = wanted.outcome == WAITING
    columns = {
        "outcome": [Outcome.REVIEW if waiting else wanted.outcome], "agency": [wanted.agency],
        "clause": [wanted.clause], "event_id": [named["event_id"] if named else wanted.event],
        "audience": [wanted.audience],
    }  # fmt: skip
    return _page(db, "decisions", "decision_id", columns, wanted.page, _NONE_LATER if waiting else "1")


def looks(db: sqlite3.Connection, wanted: Wanted, others: Iterable[str] = ()) -> Rows:
    """Looks, newest first; `others` are further references to what `wanted.about` names."""
    columns = {"actor": [wanted.actor], "action": [wanted.action], "about": [wanted.about, *others]}
    return _page(db, "looks", "look_id", columns, wanted.page)


def _page(
    db: sqlite3.Connection, table: str, key: str, columns: Mapping[str, Sequence[str]], page: int, besides: str = "1"
) -> Rows:
    asked = {name: values for name, values in columns.items() if values[0]}
    return page_of(db, table, f"at DESC, {key}", asked, page, besides)


def decision(db: sqlite3.Connection, decision_id: str) -> dict[str, Any] | None:
    """One decision."""
    row = db.execute("SELECT body FROM decisions WHERE decision_id = ?", (decision_id,)).fetchone()
    return decode(row["body"]) if row else None


def choices(db: sqlite3.Connection, table: str, column: str) -> list[str]:
    """The values that a filter can take."""
    assert (table, column) in {("decisions", "clause"), ("decisions", "audience"), ("looks", "actor")}, column
    rows = db.execute(f"SELECT DISTINCT {column} AS value FROM {table} WHERE {column} IS NOT NULL ORDER BY 1")
    return [row["value"] for row in rows]


def counts(db: sqlite3.Connection) -> Counts:
    """How many decisions there are, by audience, agency and outcome."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    total = dict.fromkeys(OUTCOMES, 0)
    query = "SELECT audience, agency, outcome, count(*) AS number FROM decisions GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    for row in db.execute(query):
        outcomes = found.setdefault((row["audience"], row["agency"]), dict.fromkeys(OUTCOMES, 0))
        outcomes[row["outcome"]] = outcomes.get(row["outcome"], 0) + row["number"]
        total[row["outcome"]] = total.get(row["outcome"], 0) + row["number"]
    held = db.execute("SELECT count(*) FROM decisions").fetchone()[0]
    rows = [{"audience": a, "agency": g, "outcomes": o} for (a, g), o in found.items()]
    return Counts(rows, total, held, decisions(db, Wanted(outcome=WAITING)).total)
