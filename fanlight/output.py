"""How commands speak: results on stdout, as JSON or as a table; everything else on stderr."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from rich.console import Console
from rich.table import Table

OUT = Console()
ERR = Console(stderr=True, highlight=False)


class Exit(IntEnum):
    """The exit codes of every command, documented in `fanlight --help`."""

    OK = 0
    FAILED = 1  # said in one sentence on stderr
    USAGE = 2
    SOME_REJECTED = 3
    STUCK = 4


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def print_json(value: Any) -> None:
    """A result for programs: one JSON document on stdout."""
    json.dump(value, sys.stdout, default=_plain, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool, nothing: str) -> None:
    """A result in rows: JSON for programs, a table of `columns` for people."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        ERR.print(nothing)
        return
    shown = Table()
    for column in columns:
        # Folded, never cut: an id is copied from one command into the next.
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(row.get(column)) for column in columns))
    OUT.print(shown)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
