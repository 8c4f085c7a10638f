"""What `fanlight identity resolve` leaves behind: three files, written whole or not at all."""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fanlight.linkage.tables import InvalidFile

ASSIGNMENTS, REVIEWS, EVIDENCE = "assignments.csv", "reviews.csv", "evidence.jsonl"
FILES = frozenset({ASSIGNMENTS, REVIEWS, EVIDENCE})


def check_place(out: Path) -> None:
    """Refuse a place that holds anything but an earlier outcome, before any work is done for it."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InvalidFile(f"{out} is no folder: name another place for the outcome")
    strangers = sorted({path.name for path in out.iterdir()} - FILES) if out.exists() else []
    if strangers:
        raise InvalidFile(f"{out} holds {strangers[0]}, which is no outcome of a resolve: name another place")


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of `out` in the end; if anything fails, `out` is left alone."""
    check_place(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        yield draft
        draft.chmod(0o755)
        _swap(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _swap(draft: Path, out: Path) -> None:
    """Put the draft in the place of `out`, and the earlier `out`, if there is one, in the place of the draft."""
    if not out.exists():
        draft.rename(out)
        return
    earlier = draft.with_name(f"{draft.name}.earlier")
    out.rename(earlier)
    try:
        draft.rename(out)
    except OSError:
        earlier.rename(out)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        plain = csv.writer(file, lineterminator="\n")
        quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        plain.writerow(columns)
        for row in rows:
            # Every reader ends a row at a carriage return, which Python writes without quotes until 3.13.
            (quoted if any("\r" in cell for cell in row) else plain).writerow(row)


def write_jsonl(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(encode(line) + "\n")
