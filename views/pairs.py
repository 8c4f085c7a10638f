"""What a remit opens of the read model: pairs that wait for a steward, and what was decided of pairs.

The one door of stewards: every query here is bound to the agencies of a remit, and whatever does not say whose it is
fits none.
"""

import sqlite3
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from policies.remits import Remit
from schemas.codec import decode
from schemas.vocabulary import JudgementKind
from views.read_model import agencies_key
from views.rows import Rows, Wanted, page_of

#: What can be taken back: an undo cannot.
_DECISIONS = tuple(kind for kind in JudgementKind if kind is not JudgementKind.UNDO)


def _covered(remit: Remit, agency: str) -> tuple[str, ...]:
    """Every one and every two agencies that the remit covers, with `agency` among them where one is asked for."""
    found = [agencies_key(pair) for size in (1, 2) for pair in combinations(sorted(remit.agencies), size)]
    return tuple(pair for pair in found if not agency or agency in pair.split(" "))


def reviews(db: sqlite3.Connection, remit: Remit, wanted: Wanted) -> Rows:
    """Pairs that wait, the longest waiting first."""
    conditions = {"agencies": _covered(remit, wanted.agency)}
    if wanted.why:
        conditions["why"] = (wanted.why,)
    return page_of(db, "reviews", "since, review_id", conditions, wanted.page)


def review(db: sqlite3.Connection, remit: Remit, review_id: str) -> dict[str, Any] | None:
    """One pair, a fanlight.bus.Review; none where the remit does not cover both records."""
    row = db.execute("SELECT body FROM reviews WHERE review_id = ?", (review_id,)).fetchone()
    found = decode(row["body"]) if row else None
    return found if found and remit.covers((found["left"]["agency"], found["right"]["agency"])) else None


def judgements(db: sqlite3.Connection, remit: Remit, wanted: Wanted) -> Rows:
    """What was decided, newest first; an undo stands beside what it takes back, not by itself."""
    conditions = {"agencies": _covered(remit, wanted.agency), "kind": _DECISIONS}
    return page_of(db, "judgements", "at DESC, judgement_id", conditions, wanted.page)


def judgement(db: sqlite3.Connection, remit: Remit, judgement_id: str) -> dict[str, Any] | None:
    """One decision, a fanlight.bus.Judgement; none where the remit does not cover both records."""
    row = db.execute("SELECT body FROM judgements WHERE judgement_id = ?", (judgement_id,)).fetchone()
    found = decode(row["body"]) if row else None
    return found if found and found["kind"] in _DECISIONS and remit.covers(found["agencies"]) else None


def undone_by(db: sqlite3.Connection, judgement_id: str) -> dict[str, Any] | None:
    """What took a decision back first; to be asked only of a decision that the viewer was given."""
    row = db.execute(
        "SELECT body FROM judgements WHERE undoes = ? ORDER BY at, judgement_id", (judgement_id,)
    ).fetchone()
    return decode(row["body"]) if row else None


def taking_effect(db: sqlite3.Connection, review: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Decisions about the pair that are recorded and that identity has not answered yet."""
    rows = db.execute(
        "SELECT body FROM judgements WHERE first = ? AND second = ? ORDER BY at, judgement_id",
        (review["left"]["subject_key"], review["right"]["subject_key"]),
    )
    standing = {each["judgement_id"] for each in review["judgements"]}
    decided = [decode(row["body"]) for row in rows]
    return [
        each for each in decided if each["judgement_id"] not in standing and undone_by(db, each["judgement_id"]) is None
    ]
