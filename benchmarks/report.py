"""The figures as a page: what stands between two marks in docs/performance.md is written here, the rest by hand."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.runs import Figures

BEGIN = "<!-- figures: written by `make bench`, not by hand -->"
END = "<!-- end of figures -->"

EVENTS_PER_SECOND_LEAST = 10_000
P99_MS_MOST = 300
MARK_RATE = 5_000
PEER_RATIO_LEAST = 10


def marks(figures: Figures) -> list[dict[str, Any]]:
    """Each mark, what was reached, and the ratio to it: at least 1 where it is met."""
    drained = figures["embedded"]["drain"]["events_per_second"]
    steady = figures["embedded"]["steady"]
    ratio = drained / figures["peer"]["events_per_second"]
    p99 = steady["latency_ms"]["p99"]
    return [
        _mark("events a second, published → readable", f"≥ {EVENTS_PER_SECOND_LEAST:,}", f"{drained:,}",
              drained / EVENTS_PER_SECOND_LEAST),
        _mark(f"p99 latency at {steady['rate']:,.0f} events a second", f"≤ {P99_MS_MOST} ms", f"{p99:,} ms",
              P99_MS_MOST / p99 if steady["rate"] >= MARK_RATE else 0.0),
        _mark("times as fast as plain Faust", f"≥ {PEER_RATIO_LEAST}", f"{ratio:.1f}", ratio / PEER_RATIO_LEAST),
    ]  # fmt: skip


def _mark(name: str, asked: str, reached: str, ratio: float) -> dict[str, Any]:
    return {"mark": name, "asked": asked, "reached": reached, "ratio": round(ratio, 2), "met": ratio >= 1}


def page(figures: Figures) -> str:
    """What stands between the marks."""
    parts = [
        _measured_on(figures),
        "### Marks\n",
        _table(
            ("mark", "asked", "reached", "ratio", ""),
            [
                (m["mark"], m["asked"], m["reached"], m["ratio"], "met" if m["met"] else "not met")
                for m in figures["marks"]
            ],
        ),
        "### Drain and steady rate\n",
        _table(("", "embedded engine", "OPA server"), _flows(figures)),
        "### CPU: µs an event\n",
        _table(("process", "drain", "steady", "drain, OPA", "steady, OPA"), _cpu(figures)),
        "### Restart, with the state of all of it\n",
        _table(("stage", "SIGTERM → ended", "start → ready", "records replayed"), _restarts(figures)),
        "### Written in the drain\n",
        _table(("topic", "records", "bytes", "bytes an event"), _written(figures["embedded"]["drain"])),
        "### Plain Faust, same events, same policies, OPA server\n",
        _table(("", ""), _peer(figures["peer"])),
    ]
    return "\n".join(parts)


def _measured_on(figures: Figures) -> str:
    machine, load = figures["machine"], figures["load"]
    versions = ", ".join(f"{name} {number}" for name, number in figures["versions"].items())
    return (
        f"Measured on {figures['date']}: {machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB"
        f" of memory, shared by broker, workers, load and reader.\n\n{versions}.\n\n"
        f"{load['people']:,} young people with {load['source_records']:,} source records;"
        f" {load['bytes_an_event']:.0f} bytes an event.\n"
    )


def _flows(figures: Figures) -> list[Sequence[object]]:
    sides = [figures["embedded"], figures["opa"]]
    colds, drains, steadies = ([side[run] for side in sides] for run in ("cold", "drain", "steady"))
    rate = f"{steadies[0]['rate']:,.0f}/s"
    rows: list[Sequence[object]] = [
        ("events a second of the first tenth, no ruling known", *(c["events_per_second"] for c in colds)),
        ("events drained", *(d["events"] for d in drains)),
        ("seconds until all was readable", *(d["seconds"] for d in drains)),
        ("**events a second**", *(d["events_per_second"] for d in drains)),
        ("decisions a second", *(d["decisions_per_second"] for d in drains)),
    ]
    for name in ("p50", "p90", "p99", "max"):
        rows.append((f"latency at {rate}, {name} (ms)", *(s["latency_ms"][name] for s in steadies)))
    return [
        *rows,
        ("timelines counted", *(s["timelines_counted"] for s in steadies)),
        (f"events a second reached at {rate}", *(s["events_per_second"] for s in steadies)),
        ("seconds behind at the end", *(s["seconds_behind_at_the_end"] for s in steadies)),
    ]


def _cpu(figures: Figures) -> list[Sequence[object]]:
    sides = [figures[engine][run]["cpu_us_per_event"] for engine in ("embedded", "opa") for run in ("drain", "steady")]
    names = sorted({name for side in sides for name in side})
    return [(name, *(side.get(name, "—") for side in sides)) for name in names]


def _restarts(figures: Figures) -> list[Sequence[object]]:
    return [
        (stage, f"{r['seconds_to_stop']} s", f"{r['seconds_to_ready']} s", r["records_replayed"])
        for stage, r in figures["embedded"]["restart"].items()
    ]


def _written(drain: Figures) -> list[Sequence[object]]:
    written, sizes = drain["records_written"], drain["bytes_written"]
    return [
        (f"`{topic}`", written[topic], size, round(size / drain["events"]))
        for topic, size in sizes.items()
        if written.get(topic)
    ]


def _peer(peer: Figures) -> list[Sequence[object]]:
    return [
        ("events", peer["events"]),
        ("events a second", peer["events_per_second"]),
        ("decisions that never came", peer["decisions_missing"]),
        *((f"CPU seconds of {name}", seconds) for name, seconds in peer["cpu_seconds"].items()),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def write_between(path: Path, text: str) -> None:
    """Put the text between the marks of a page; what stands around them is somebody's own words."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path.name} has no place for figures: it needs the two marks of benchmarks/report.py")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
