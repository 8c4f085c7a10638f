"""What a run took: time per row, and memory."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_STATM = Path("/proc/self/statm")
_QUANTILES = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}


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
    return {name: quantile(ordered, part) / 1e6 if ordered else None for name, part in _QUANTILES.items()}


def quantile(ordered: Sequence[int], part: float) -> int:
    """The least value that at least this part of the values do not exceed (nearest rank)."""
    return ordered[max(math.ceil(part * len(ordered)), 1) - 1]


def resident_bytes() -> int | None:
    """Memory that this process holds in RAM; None where the kernel does not say."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
