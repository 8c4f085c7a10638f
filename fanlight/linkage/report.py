"""The figures of an evaluation for people: tables, with each number as exact as it deserves."""

from typing import Any

from fanlight.linkage.evaluation import Figures
from fanlight.output import ERR, OUT, as_text, print_rows

#: What is shown first, and in which order; whatever else there is stands in `--json`.
_WHOLE = (
    "records", "people", "clusters", "precision", "recall", "f1", "impure_clusters_per_100k", "misfiled_per_100k",
    "protected_joins", "protected_pairs", "split_people", "split_rate", "reviews", "reviews_per_1000", "review_yield",
    "orders", "differing_clusters", "differing_assignments", "moved_per_1000", "records_per_second",
    "memory_per_person_bytes",
)  # fmt: skip
_PARTS = ("b_cubed", "assisted", "latency_ms", "wall_latency_ms", "statuses", "reviews_by_reason", "decisions")


def print_figures(figures: Figures) -> None:
    """All figures as two tables, what could not be read on stderr, and the worst-served groups by name."""
    rows = [{"figure": name, "value": _text(figures[name])} for name in _WHOLE]
    rows += [
        {"figure": f"{part} {name}", "value": _text(value)} for part in _PARTS for name, value in figures[part].items()
    ]
    print_rows(rows, ["figure", "value"], as_json=False, nothing="")
    groups = [
        {"group": name, **{column: _text(value) for column, value in (each | figures["split_by_group"][name]).items()}}
        for name, each in figures["by_group"].items()
    ]
    columns = ["group", "records", "people", "recall", "misfiled_per_100k", "split", "rate"]
    print_rows(groups, columns, as_json=False, nothing="no groups")
    for what, group in figures["worst_group"].items():
        OUT.print(as_text(f"worst {what}: {group or 'no group'}"))
    for note in figures["notes"]:
        ERR.print(note)


def _text(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, float):
        return f"{value:.5f}" if value <= 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
