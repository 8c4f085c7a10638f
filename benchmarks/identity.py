"""`python -m benchmarks.identity DIR`: speed and memory of the pure resolver over DIR/records.csv (docs/identity.md).

CPU time of the thread, not wall time; of several runs the fastest, because other work on the machine can only add to
it. What a row takes includes normalising what it says. No broker, no state on disk: see docs/performance.md for those.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from fanlight.linkage.contract import read_records
from fanlight.linkage.snapshots import demographics
from fanlight.linkage.speed import resident_bytes
from schemas.keys import DeploymentKey
from streams.collecting import collecting_rarely
from streams.identity.registry import Registry
from streams.identity.snapshot import Demographics, Snapshot

Said = tuple[str, Demographics]
_KEY = DeploymentKey(b"b" * 32)


def read(folder: Path) -> list[Said]:
    """The rows of DIR/records.csv, in their order of arrival."""
    return [(row.key, demographics(row)) for row in read_records(folder).rows]


def observed(rows: Sequence[Said]) -> tuple[Registry, list[int]]:
    """A registry that has seen every row, and the CPU nanoseconds each took."""
    made, clock, took = _empty(), time.thread_time_ns, []
    for key, said in rows:
        began = clock()
        made.observe(Snapshot.of(key, said))
        took.append(clock() - began)
    return made, took


def _empty() -> Registry:
    return Registry(_KEY.deriver("person"))


def report(rows: Sequence[Said], repeats: int) -> None:
    """Print what was measured, one figure a line."""
    best: list[int] | None = None
    before = resident_bytes()
    for _ in range(repeats):
        with collecting_rarely():
            made, took = observed(rows)
        best = took if best is None or sum(took) < sum(best) else best
        grown, before = resident_bytes() - before if best is took else 0, resident_bytes()
    assert best is not None, "at least one run"
    ordered = sorted(best)
    print(f"rows                 {len(rows)} of {len(made)} records")
    print(f"rows a second        {len(rows) / sum(best) * 1e9:,.0f} (CPU)")
    for name, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)):
        print(f"{name:<20} {ordered[int(len(ordered) * share)] / 1e6:.3f} ms")
    print(f"longest              {ordered[-1] / 1e6:.3f} ms")
    print(f"memory a record      {grown / len(made):,.0f} bytes" if repeats == 1 else "memory: run with --repeats 1")
    _report_repeats(made, rows)
    _report_restore(made, rows)


def _report_repeats(made: Registry, rows: Sequence[Said]) -> None:
    began = time.thread_time_ns()
    for key, said in rows:
        made.observe(Snapshot.of(key, said))
    print(f"known rows a second  {len(rows) / (time.thread_time_ns() - began) * 1e9:,.0f} (CPU)")


def _report_restore(made: Registry, rows: Sequence[Said]) -> None:
    keys = sorted({key for key, _ in rows})
    said, assigned = [made.said(key) for key in keys], [made.assignment(key) for key in keys]
    with collecting_rarely():
        again, began = _empty(), time.thread_time_ns()
        again.restore(said, [each for each in assigned if each is not None])
        print(f"restored in          {(time.thread_time_ns() - began) / 1e9:.2f} s (CPU), nothing scored")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    report(read(given.folder), given.repeats)


if __name__ == "__main__":
    main()
