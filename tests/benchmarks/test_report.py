"""The page of figures: marks judged as asked, and never more than its own place written."""

import copy

import pytest

from benchmarks.report import BEGIN, END, marks, page, write_between


def flow(events_per_second):
    return {
        "events": 1000,
        "seconds": 0.1,
        "events_per_second": events_per_second,
        "decisions_per_second": 2 * events_per_second,
        "cpu_us_per_event": {"kafka": 5.0, "share": 60.5},
        "records_written": {"decisions": 2000, "looks": 0},
        "bytes_written": {"decisions": 400_000, "looks": 0},
    }


def steady(p99, rate):
    return {
        "rate": rate,
        "latency_ms": {"p50": 60.0, "p90": 100.0, "p99": p99, "max": 400.0},
        "timelines_counted": 900,
        "events_per_second": rate,
        "seconds_behind_at_the_end": 0.05,
        "cpu_us_per_event": {"kafka": 9.0, "share": 80.0},
    }


def figures(drained=12_000, p99=150.0, rate=5_000.0, peer=600):
    run = {"cold": flow(3_000), "drain": flow(drained), "steady": steady(p99, rate)}
    restart = {"seconds_to_stop": 1.0, "seconds_to_ready": 3.25, "records_replayed": 123_456}
    found = {
        "date": "2026-11-22",
        "machine": {"cores": 2, "processor": "Some CPU", "memory_gib": 8},
        "versions": {"python": "3.11.7"},
        "load": {"people": 20_000, "source_records": 60_000, "bytes_an_event": 350.0},
        "embedded": run | {"restart": {"share": restart}},
        "opa": copy.deepcopy(run),
        "peer": {"events": 3000, "events_per_second": peer, "decisions_missing": 0, "cpu_seconds": {"opa": 9.5}},
    }
    return found | {"marks": marks(found)}


def test_marks_that_are_met():
    assert [(mark["ratio"], mark["met"]) for mark in figures()["marks"]] == [(1.2, True), (2.0, True), (2.0, True)]


@pytest.mark.parametrize(
    ("missed", "place"),
    [({"drained": 9_999, "peer": 100}, 0), ({"p99": 300.1}, 1), ({"drained": 10_000, "peer": 1_001}, 2)],
)
def test_a_mark_missed_by_little_is_missed(missed, place):
    assert [mark["met"] for mark in figures(**missed)["marks"]] == [number != place for number in range(3)]


def test_latency_at_a_lower_rate_than_asked_meets_nothing():
    assert not figures(rate=4_999.0)["marks"][1]["met"]


def test_the_page_shows_what_was_measured():
    text = page(figures())
    assert "| p99 latency at 5,000 events a second | ≤ 300 ms | 150.0 ms | 2.0 | met |" in text
    assert "| share | 1.0 s | 3.25 s | 123,456 |" in text
    assert "| `decisions` | 2,000 | 400,000 | 400 |" in text
    assert "`looks`" not in text


def test_only_the_place_between_the_marks_is_written(tmp_path):
    path = tmp_path / "performance.md"
    path.write_text(f"# Mine\n\n{BEGIN}\nold\n{END}\n\nMine too\n")
    write_between(path, "new")
    write_between(path, "newer")
    assert path.read_text() == f"# Mine\n\n{BEGIN}\n\nnewer\n{END}\n\nMine too\n"


def test_a_page_without_a_place_is_left_as_it_is(tmp_path):
    path = tmp_path / "performance.md"
    path.write_text(f"{END} {BEGIN}")
    with pytest.raises(ValueError, match="no place for figures"):
        write_between(path, "new")
    assert path.read_text() == f"{END} {BEGIN}"
