"""What the pages read: the last record of each key of our topics, and how far each topic has been read.

A record and the offset after it are written in one transaction, so a restart repeats nothing and skips nothing.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import product
from typing import Any

from schemas.codec import decode
from schemas.timelines import timeline_in
from views.database import transaction
from views.references import about_whom, pseudonyms_of, short_reference

#: To be raised with every change of what stands in the tables: all of it is read anew then.
EDITION = 4
TABLES = """
CREATE TABLE IF NOT EXISTS offsets (
    topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) STRICT;
CREATE TABLE IF NOT EXISTS timelines (
    audience TEXT, person TEXT, body BLOB NOT NULL, PRIMARY KEY (audience, person)
) STRICT;
CREATE TABLE IF NOT EXISTS findable (
    audience TEXT, purpose TEXT, kind TEXT, value TEXT, person TEXT,
    PRIMARY KEY (audience, purpose, kind, value, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS findable_person ON findable (audience, person);
CREATE TABLE IF NOT EXISTS feeds (
    feed TEXT, agency TEXT, last_heard REAL NOT NULL, body BLOB NOT NULL, PRIMARY KEY (feed, agency)
) STRICT;
CREATE TABLE IF NOT EXISTS decisions (
    decision_id TEXT PRIMARY KEY, event_id TEXT NOT NULL, event_type TEXT NOT NULL, agency TEXT NOT NULL,
    audience TEXT NOT NULL, outcome TEXT NOT NULL, agreement TEXT, clause TEXT, at REAL NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS decisions_by_time ON decisions (at DESC, decision_id);
CREATE INDEX IF NOT EXISTS decisions_of_event ON decisions (event_id);
-- A board's search and counts, however many there are: while one is read nobody else's page is.
CREATE INDEX IF NOT EXISTS decisions_by_outcome ON decisions (outcome, at DESC, decision_id);
CREATE INDEX IF NOT EXISTS decisions_by_clause ON decisions (clause, at DESC, decision_id);
CREATE INDEX IF NOT EXISTS decisions_counted ON decisions (agency, audience, outcome);
CREATE TABLE IF NOT EXISTS looks (
    look_id TEXT PRIMARY KEY, actor TEXT NOT NULL, action TEXT NOT NULL, about TEXT, at REAL NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS looks_by_time ON looks (at DESC, look_id);
CREATE INDEX IF NOT EXISTS looks_about ON looks (about, at DESC, look_id);
CREATE TABLE IF NOT EXISTS reviews (
    review_id TEXT PRIMARY KEY, why TEXT NOT NULL, agencies TEXT NOT NULL, since REAL NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS judgements (
    judgement_id TEXT PRIMARY KEY, kind TEXT NOT NULL, undoes TEXT, first TEXT, second TEXT, agencies TEXT NOT NULL,
    at REAL NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS judgements_undone ON judgements (undoes);
CREATE INDEX IF NOT EXISTS judgements_of_pair ON judgements (first, second);
"""


#: Stands in the place of a purpose in the terms of somebody who was joined with another: their own reference, and whom
#: it leads to. These hold whatever the purpose.
LEADS_ON = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a person can be found by under one purpose. `kind` is `name`, `birth_date` or `identifier`; or `led`,
    of which the value is the pseudonym that their reference leads to."""

    purpose: str
    kind: str
    value: str


class ReadModel:
    """The last record of each key."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing."""
        return transaction(self.db)

    def offsets(self) -> dict[tuple[str, int], int]:
        """Where to go on reading, by topic and partition."""
        rows = self.db.execute("SELECT topic, partition, next FROM offsets")
        return {(row["topic"], row["partition"]): row["next"] for row in rows}

    def set_offset(self, topic: str, partition: int, following: int) -> None:
        """Everything before `following` is in here."""
        self.db.execute("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?)", (topic, partition, following))

    def put_timeline(self, audience: str, person: str, body: bytes, terms: Iterable[Term]) -> None:
        """A timeline and what it can be found by."""
        self.drop_timeline(audience, person)
        self.db.execute("INSERT INTO timelines VALUES (?, ?, ?)", (audience, person, body))
        self.db.executemany(
            "INSERT OR IGNORE INTO findable VALUES (?, ?, ?, ?, ?)",
            [(audience, term.purpose, term.kind, term.value, person) for term in terms],
        )

    def drop_timeline(self, audience: str, person: str) -> None:
        """The bus took it back, or it cannot be read: either way it is not shown."""
        self.db.execute("DELETE FROM timelines WHERE audience = ? AND person = ?", (audience, person))
        self.db.execute("DELETE FROM findable WHERE audience = ? AND person = ?", (audience, person))

    def timeline(self, audience: str, person: str) -> dict[str, Any] | None:
        """A person's timeline as it last stood for an audience."""
        row = self.db.execute(
            "SELECT body FROM timelines WHERE audience = ? AND person = ?", (audience, person)
        ).fetchone()
        return timeline_in(row["body"]) if row else None

    def leads_to(self, audience: str, person: str) -> str:
        """Who somebody has been found to be one with, in the end; themselves where with nobody."""
        seen = {person}
        while (stored := self.timeline(audience, person)) and (led := stored["redirect"]) not in (None, *seen):
            person = led
            seen.add(led)
        return person

    def references(self, audiences: Iterable[str], references: Iterable[str]) -> set[str]:
        """The short references of whoever these are of, and of everybody who was found to be one with them."""
        query = "SELECT person FROM timelines WHERE audience = ? AND person BETWEEN ? AND ?"
        named = [
            (audience, row["person"])
            for audience, reference in product(audiences, references)
            for row in self.db.execute(query, (audience, *pseudonyms_of(reference)))
        ]
        return {short_reference(one) for each in named for one in self._one_with(*each)}

    def _one_with(self, audience: str, person: str) -> set[str]:
        found: set[str] = set()
        following = {self.leads_to(audience, person)}
        while following:
            found |= following
            led = [self.people_with(audience, LEADS_ON, "led", each) for each in following]
            following = set().union(*led) - found
        return found

    def holds_anybody(self, audience: str, purpose: str) -> bool:
        """Whether there is anybody to be found under this purpose."""
        query = "SELECT 1 FROM findable WHERE audience = ? AND purpose = ? LIMIT 1"
        return self.db.execute(query, (audience, purpose)).fetchone() is not None

    def people_with(self, audience: str, purpose: str, kind: str, value: str, *, begins: bool = False) -> set[str]:
        """Who has this term (or one that begins so) under this purpose."""
        upper = value + "\U0010ffff" if begins else value
        rows = self.db.execute(
            "SELECT DISTINCT person FROM findable"
            " WHERE audience = ? AND purpose = ? AND kind = ? AND value >= ? AND value <= ?",
            (audience, purpose, kind, value, upper),
        )
        return {row["person"] for row in rows}

    def put_feed(self, record: Mapping[str, Any], body: bytes) -> None:
        """A delivery of a feed; the newest of each feed is kept, in whatever order they come."""
        self.db.execute(
            "INSERT INTO feeds VALUES (?, ?, ?, ?) ON CONFLICT (feed, agency) DO UPDATE"
            " SET last_heard = excluded.last_heard, body = excluded.body WHERE excluded.last_heard >= last_heard",
            (record["feed"], record["agency"], record["last_heard"].timestamp(), body),
        )

    def feeds(self) -> list[dict[str, Any]]:
        """Every feed's status, by name."""
        return [decode(row["body"]) for row in self.db.execute("SELECT body FROM feeds ORDER BY feed, agency")]

    def put_decision(self, record: Mapping[str, Any], body: bytes) -> None:
        """A decision of the gate."""
        self.db.execute(
            "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record["decision_id"], record["event_id"], record["event_type"], record["agency"], record["audience"],
                record["outcome"], record["agreement"], record["clause"], record["at"].timestamp(), body,
            ),
        )  # fmt: skip

    def put_look(self, record: Mapping[str, Any], body: bytes) -> None:
        """Somebody looked."""
        self.db.execute(
            "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, ?, ?)",
            (
                record["look_id"],
                record["actor"],
                record["action"],
                about_whom(record),
                record["at"].timestamp(),
                body,
            ),
        )

    def put_review(self, record: Mapping[str, Any], body: bytes) -> None:
        """Two records that wait for a steward."""
        whose = agencies_key((record["left"]["agency"], record["right"]["agency"]))
        self.db.execute(
            "INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?, ?)",
            (record["review_id"], record["why"], whose, record["since"].timestamp(), body),
        )

    def drop_review(self, review_id: str) -> None:
        """Settled, or not to be read: either way it is not shown."""
        self.db.execute("DELETE FROM reviews WHERE review_id = ?", (review_id,))

    def put_judgement(self, record: Mapping[str, Any], body: bytes) -> None:
        """What a steward decided; sent again under one id it is the same, and the first is kept."""
        self.db.execute(
            "INSERT OR IGNORE INTO judgements VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record["judgement_id"], record["kind"], record["undoes"], record["left"], record["right"],
                agencies_key(record["agencies"]), record["at"].timestamp(), body,
            ),
        )  # fmt: skip

    def forget_topic(self, topic: str) -> None:
        """The topic was made anew: what was read from the old one no longer holds."""
        kind, _, audience = topic.partition(".")
        with self.transaction():
            if kind == "timelines":
                self.db.execute("DELETE FROM timelines WHERE audience = ?", (audience,))
                self.db.execute("DELETE FROM findable WHERE audience = ?", (audience,))
            else:
                table = topic.rpartition(".")[2]
                assert table in ("decisions", "feeds", "looks", "reviews", "judgements"), topic
                self.db.execute(f"DELETE FROM {table}")
            self.db.execute("DELETE FROM offsets WHERE topic = ?", (topic,))


def agencies_key(agencies: Iterable[str]) -> str:
    """Agencies as one value that can be asked for, in whatever order they came."""
    return " ".join(sorted(set(agencies)))
