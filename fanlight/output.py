"""How commands speak: results on stdout, as JSON or as a table; everything else on stderr."""

import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

# No markup: what partners write, such as [/b], is shown as they wrote it. And a line is not broken where the terminal
# ends: it is copied, and searched for.
OUT = Console(markup=False, emoji=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
_ROOM = 1_000_000
#: Characters that would steer a terminal, or turn the direction of what is written on it.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Exit(IntEnum):
    """The exit codes of every command, documented in `fanlight --help`."""

    OK = 0
    FAILED = 1  # said in one sentence on stderr
    USAGE = 2
    SOME_REJECTED = 3
    STUCK = 4


def plain(value: Any) -> Any:
    """How JSON says what it has no word for."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def print_json(value: Any) -> None:
    """A result for programs: one JSON document on stdout."""
    # Where the locale has no letters but ASCII, every program still reads the escapes.
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    json.dump(value, sys.stdout, default=plain, ensure_ascii=not unicode, indent=2)
    sys.stdout.write("\n")


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, as_json: bool, nothing: str) -> None:
    """A result in rows: JSON for programs, a table of `columns` for people.

    Where the longest words of a row have no room beside one another, each value has a line of its own.
    """
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        ERR.print(nothing)
        return
    shown = Table()
    for column in columns:
        # Folded, never cut; an id whole, because it is copied from one command into the next.
        shown.add_column(as_text(column), overflow="fold", no_wrap=column.endswith("_id"))
    for row in rows:
        shown.add_row(*(as_text(row.get(column)) for column in columns))
    # Of a table with all the room there is: else it is measured as already squeezed.
    if Measurement.get(OUT, OUT.options.update_width(_ROOM), shown).minimum <= OUT.width:
        OUT.print(shown, soft_wrap=False)
    else:
        _print_lines(rows, columns)


def _print_lines(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    name_width = max(map(len, columns)) + 2
    for row in rows:
        for column in columns:
            # A value of several lines is set off: none of them can pass for another column.
            value = as_text(row.get(column)).replace("\n", "\n" + " " * name_width)
            OUT.print(f"{as_text(column):{name_width}}{value}".rstrip())
        OUT.print()


def as_text(value: Any) -> str:
    """A value as people read it; a partner's value cannot steer their terminal."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.isoformat(sep=" ", timespec="seconds")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return _STEERING.sub("\ufffd", text)
