"""The benchmark's arithmetic: a wrong percentile flatters without anybody noticing."""

import os

import pytest

from benchmarks.measure import cpu_seconds, cpu_ticks, due, latencies, spent


def test_latencies_need_no_order():
    assert latencies([3.0, 1.0, 2.0]) == {"p50": 2.0, "p90": 3.0, "p99": 3.0, "max": 3.0}


def test_nothing_measured_is_no_figure():
    with pytest.raises(ValueError, match="nothing was measured"):
        latencies([])


def test_a_program_named_with_spaces_and_brackets_does_not_shift_its_cpu_time():
    fields = ["S", *map(str, range(1, 11)), "70", "30", "0"]
    assert cpu_ticks(f"42 (a) name) {' '.join(fields)}") == 100


def test_cpu_time_of_this_very_process_grows():
    before = cpu_seconds(os.getpid())
    sum(range(3_000_000))
    assert cpu_seconds(os.getpid()) >= before > 0


def test_a_process_started_in_between_used_all_of_its_time_since():
    assert spent({"old": 2.0}, {"old": 3.5, "new": 1.0}) == {"old": 1.5, "new": 1.0}


def test_a_steady_rate_never_runs_ahead_nor_past_its_end():
    assert [due(seconds, 100, 250) for seconds in (-1, 0, 0.009, 0.01, 1.0, 9.0)] == [0, 0, 0, 1, 100, 250]
