"""The arithmetic: percentiles, CPU time, and differences between two looks at either."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from fanlight.linkage.speed import percentile

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # counted from behind the program's name, which may hold spaces


def latencies(values: Sequence[float]) -> dict[str, float]:
    """The figures of a latency distribution."""
    ordered = sorted(values)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: percentile(ordered, share) for name, share in shares.items()}


def cpu_ticks(stat: str) -> int:
    """User and system time in a line of /proc/PID/stat."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[_UTIME]) + int(fields[_STIME])


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and its threads so far."""
    return cpu_ticks(Path(f"/proc/{pid}/stat").read_text()) / _TICKS_PER_SECOND


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What each process used between two looks; one that was not there before used all of it since."""
    return {name: round(value - before.get(name, 0), 2) for name, value in after.items()}


def due(elapsed_seconds: float, rate: float, total: int) -> int:
    """How many events of a steady rate should have been sent by now."""
    return max(0, min(total, int(elapsed_seconds * rate)))
