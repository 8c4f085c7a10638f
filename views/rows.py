"""Long lists a page at a time: which rows are wanted, and one page of them."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from schemas.codec import decode

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows are wanted; blank is any. There is nothing here to find a child by."""

    outcome: str = ""
    agency: str = ""
    clause: str = ""
    event: str = ""
    audience: str = ""
    actor: str = ""
    action: str = ""
    about: str = ""
    why: str = ""
    page: int = 1

    def query(self, page: int) -> str:
        """The same search on another page, as an address has it."""
        return urlencode({name: value for name, value in asdict(replace(self, page=page)).items() if value})


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows, and how many there are in all."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty search has one."""
        return max(1, -(-self.total // PAGE_ROWS))


def page_of(
    db: sqlite3.Connection,
    table: str,
    order: str,
    conditions: Mapping[str, Sequence[str]],
    page: int,
    besides: str = "1",
) -> Rows:
    """One page of the rows whose columns hold one of the values given, where `besides` holds too; a column without
    values fits no row."""
    # Table, order, column names and `besides` come from the code alone; whatever a reader typed is a parameter.
    held = [f"{name} IN ({', '.join('?' * len(values))})" for name, values in conditions.items()]
    where = " AND ".join([*held, besides])
    values = [value for column in conditions.values() for value in column]
    total = db.execute(f"SELECT count(*) FROM {table} WHERE {where}", values).fetchone()[0]
    page = min(max(1, page), max(1, -(-total // PAGE_ROWS)))
    rows = db.execute(
        f"SELECT body FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        [*values, PAGE_ROWS, (page - 1) * PAGE_ROWS],
    )
    return Rows([decode(row["body"]) for row in rows], total, page)
