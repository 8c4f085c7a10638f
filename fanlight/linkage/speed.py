"""What a run took: time per row, and memory."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SHARES = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}


def speed(cpu_ns: Sequence[int], wall_ns: Sequence[int]) -> dict[str, Any]:
    """Rows a second of CPU, and how long a row took, by CPU and by the clock on the wall."""
    seconds = sum(cpu_ns) / 1e9
    return {
        "cpu_seconds": seconds,
        "records_per_second": len(cpu_ns) / seconds if seconds else None,
        "latency_ms": _latency_ms(cpu_ns),
        "wall_latency_ms": _latency_ms(wall_ns),
    }


def _latency_ms(nanoseconds: Sequence[int]) -> dict[str, float | None]:
    ordered = sorted(nanoseconds)
    return {name: percentile(ordered, share) / 1e6 if ordered else None for name, share in _SHARES.items()}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: a value that was measured, with at least `share` of the values at or below it.

    Raises ValueError where nothing was measured.
    """
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def resident_bytes(pid: int | str = "self") -> int:
    """Memory that a process holds in RAM, by Linux' own count; 0 elsewhere."""
    statm = Path(f"/proc/{pid}/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0
