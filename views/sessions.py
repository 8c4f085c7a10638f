"""Who is signed in and why they look: kept here on the server, the cookie holds nothing but a random token."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from views.database import transaction

IDLE_MAX = timedelta(minutes=15)
TOTAL_MAX = timedelta(hours=8)
#: So long before a session ends its page says so, and how to go on: whoever reads slowly is not thrown out unwarned.
ENDING = timedelta(minutes=2)

TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    session_id TEXT PRIMARY KEY, actor_id TEXT NOT NULL, purpose TEXT,
    started_at REAL NOT NULL, seen_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS remembered (
    remembered_id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    what TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One actor's sitting: `session_id` is the digest of the cookie's token, never the token."""

    session_id: str
    actor_id: str
    purpose: str | None
    started_at: datetime
    seen_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it will have been idle or open for too long, if nothing is done until then."""
        return min(self.seen_at + IDLE_MAX, self.started_at + TOTAL_MAX)

    @property
    def warned_at(self) -> datetime:
        """When its pages begin to say that it ends."""
        return self.ends_at - ENDING

    @property
    def ends_for_good(self) -> bool:
        """Whether it then ends whatever is done until then."""
        return self.ends_at == self.started_at + TOTAL_MAX


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    """Every open session."""

    def __init__(self, connection: sqlite3.Connection, new_token: Callable[[], str]) -> None:
        self._db = connection
        self._db.execute("PRAGMA foreign_keys = ON")
        self._new_token = new_token

    def start(self, actor_id: str, purpose: str | None, now: datetime) -> str:
        """Sign an actor in; the token for the cookie."""
        self._forget_ended(now)
        return self._open(actor_id, purpose, now, now)

    def _open(self, actor_id: str, purpose: str | None, started_at: datetime, now: datetime) -> str:
        token = self._new_token()
        self._db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
            (_digest(token), actor_id, purpose, started_at.timestamp(), now.timestamp()),
        )
        return token

    def find(self, token: str | None, now: datetime) -> Session | None:
        """The session of a token, if it is still open."""
        row = self._db.execute("SELECT * FROM sessions WHERE session_id = ?", (_digest(token or ""),)).fetchone()
        if row is None:
            return None
        session = _session(row)
        if now > session.ends_at:
            self.end(session)
            return None
        return session

    def still_open(self, session: Session, now: datetime) -> Session | None:
        """A session that a live page was opened in, as it is now; None where it has ended. A live page is no sign of
        life."""
        row = self._db.execute("SELECT * FROM sessions WHERE session_id = ?", (session.session_id,)).fetchone()
        found = _session(row) if row else None
        return found if found and now <= found.ends_at else None

    def touch(self, session: Session, now: datetime) -> Session:
        """The actor did something: idling starts anew. A live page does nothing, so it never calls this."""
        self._db.execute("UPDATE sessions SET seen_at = ? WHERE session_id = ?", (now.timestamp(), session.session_id))
        return replace(session, seen_at=now)

    def change_purpose(self, session: Session, purpose: str, now: datetime) -> str:
        """A new token for the new purpose; the old one opens nothing any more."""
        with transaction(self._db):
            self.end(session)
            return self._open(session.actor_id, purpose, session.started_at, now)

    def end(self, session: Session) -> None:
        """Sign out; what was remembered goes with the session."""
        self._db.execute("DELETE FROM sessions WHERE session_id = ?", (session.session_id,))

    def _forget_ended(self, now: datetime) -> None:
        self._db.execute(
            "DELETE FROM sessions WHERE seen_at < ? OR started_at < ?",
            ((now - IDLE_MAX).timestamp(), (now - TOTAL_MAX).timestamp()),
        )

    def remember(self, session: Session, what: dict[str, str]) -> str:
        """Keep something on the server, so that a name or a number never stands in an address; its id may."""
        remembered_id = self._new_token()
        self._db.execute(
            "INSERT INTO remembered VALUES (?, ?, ?)", (remembered_id, session.session_id, json.dumps(what))
        )
        return remembered_id

    def remembered(self, session: Session, remembered_id: str) -> dict[str, str] | None:
        """What this session keeps under that id."""
        row = self._db.execute(
            "SELECT what FROM remembered WHERE remembered_id = ? AND session_id = ?",
            (remembered_id, session.session_id),
        ).fetchone()
        return dict(json.loads(row["what"])) if row else None

    def add_to(self, session: Session, remembered_id: str, more: dict[str, str]) -> None:
        """Keep more under an id of this session, if it is still open."""
        what = self.remembered(session, remembered_id) or {}
        self._db.execute(
            "UPDATE remembered SET what = ? WHERE remembered_id = ?", (json.dumps(what | more), remembered_id)
        )


def _session(row: sqlite3.Row) -> Session:
    return Session(
        session_id=row["session_id"],
        actor_id=row["actor_id"],
        purpose=row["purpose"],
        started_at=datetime.fromtimestamp(row["started_at"], UTC),
        seen_at=datetime.fromtimestamp(row["seen_at"], UTC),
    )
