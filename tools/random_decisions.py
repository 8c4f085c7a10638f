"""Decisions at random on somebody's files, to see that each is honoured and that undoing them leaves no trace.

    python tools/random_decisions.py DIR 400 > decisions.csv            half `same`, half `different`
    python tools/random_decisions.py DIR 400 --undone > undone.csv      the same, and all of them taken back

`same` names records of two people, `different` two records of one, by DIR/truth.csv: each says what nothing else does.
No record is named twice, so that no decision contradicts another. They come in between the rows, at random.
"""

import argparse
import csv
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from fanlight.linkage.decisions import COLUMNS  # noqa: E402

Pair = tuple[str, str]


def decisions(folder: Path, count: int, undone: bool) -> Iterator[dict[str, str]]:
    """The rows of a decisions file: as docs/identity.md has it."""
    rng = random.Random(f"decisions {count}")
    last = sum(1 for _ in (folder / "records.csv").open(encoding="utf-8"))
    for number, (kind, (left, right)) in enumerate(_pairs(folder, count, rng)):
        who = {"by": "nobody", "reason": "at random"}
        seq = rng.randrange(last)
        yield {"decision_id": f"d{number}", "kind": kind, "left": left, "right": right, "seq": str(seq), **who}
        if undone:
            seq = rng.randrange(last)
            yield {"decision_id": f"u{number}", "kind": "undo", "undoes": f"d{number}", "seq": str(seq), **who}


def _pairs(folder: Path, count: int, rng: random.Random) -> Iterator[tuple[str, Pair]]:
    people: dict[str, list[str]] = defaultdict(list)
    with (folder / "truth.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            people[row["person"]].append(f"{row['source']}:{row['record_id']}")
    several = [keys for _, keys in sorted(people.items()) if len(keys) > 1]
    chosen = rng.sample(several, count + count // 2)
    for one, other in list(pairwise(chosen[:count]))[::2]:
        yield "same", (rng.choice(one), rng.choice(other))
    for keys in chosen[count:]:
        left, right = rng.sample(keys, 2)
        yield "different", (left, right)


def main() -> None:
    """Write the file to stdout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("count", type=int, metavar="N")
    parser.add_argument("--undone", action="store_true")
    given = parser.parse_args()
    writer = csv.DictWriter(sys.stdout, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(decisions(given.folder, given.count, given.undone))


if __name__ == "__main__":
    main()
