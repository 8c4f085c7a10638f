"""An evaluation notices what it is there to notice: order, decisions that were not honoured, who is worst served."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.linkage.contract import read_records
from fanlight.linkage.decisions import Decision, read_decisions
from fanlight.linkage.evaluation import Case, evaluate
from fanlight.linkage.folders import naming
from fanlight.linkage.replay import Said, in_order, replay, shuffled
from fanlight.linkage.speed import percentile, speed
from fanlight.linkage.truth import Truth, read_truth
from schemas.vocabulary import JudgementKind
from streams.identity.judgements import Judgement

HAMLET = Path(__file__).parent / "samples" / "hamlet"
RECORDS = read_records(HAMLET)
TRUTH = read_truth(HAMLET, RECORDS.first_rows)


def decided(decision_id: str, kind: JudgementKind, left: str, right: str) -> Decision:
    return Decision(
        decision_id=decision_id, kind=kind, left=left, right=right, undoes=None, by="A", reason="r", seq=None
    )


def figures(*decisions: Decision, truth: dict[str, Truth] | None = None, orders: int = 0) -> dict[str, Any]:
    return evaluate(Case(records=RECORDS, truth=truth or TRUTH, decisions=decisions), naming(), orders)


def test_a_decision_comes_after_the_rows_of_its_seq_and_one_without_seq_last() -> None:
    decisions = read_decisions(HAMLET / "decisions.csv", RECORDS.first_rows)
    order = in_order(RECORDS, decisions)
    names = [each.key if isinstance(each, Said) else each.judgement_id for each in order]
    assert names[:2] == ["gp:g01", "d5"]
    assert names[names.index("d3") - 1] == "gp:g03"
    assert names[-2:] == ["care:c08", "d2"]


def test_an_order_is_another_for_each_number_and_the_same_for_one() -> None:
    order = in_order(RECORDS, ())
    assert shuffled(order, 1) == shuffled(order, 1)
    assert len({tuple(shuffled(order, number)) for number in range(5)}) == 5
    assert sorted(shuffled(order, 1), key=repr) == sorted(order, key=repr)


def test_ids_that_depend_on_the_order_are_noticed_where_clusters_do_not() -> None:
    numbers = count()
    case = Case(records=RECORDS, truth=TRUTH)
    found = evaluate(case, lambda key: f"person {next(numbers)}", 1)
    assert found["differing_assignments"] > 0
    assert found["differing_clusters"] == 0


def test_orders_that_were_not_run_are_said_to_be_not_measured() -> None:
    found = figures()
    assert (found["orders"], found["differing_clusters"], found["differing_assignments"]) == (0, None, None)


def test_decisions_that_contradict_one_another_cannot_all_be_honoured() -> None:
    pairs = [("gp:g02", "school:s02"), ("school:s02", "school:s03"), ("gp:g02", "school:s03")]
    kinds = [JudgementKind.SAME, JudgementKind.SAME, JudgementKind.DIFFERENT]
    found = figures(*(decided(f"d{n}", kind, *pair) for n, (kind, pair) in enumerate(zip(kinds, pairs, strict=True))))
    assert found["decisions"]["standing"] == 3
    assert 0 < len(found["decisions"]["broken"]) < 3


KEYS = sorted(RECORDS.first_rows)
PAIRS = st.lists(st.sampled_from(KEYS), min_size=2, max_size=2, unique=True)
KINDS = st.sampled_from([JudgementKind.SAME, JudgementKind.DIFFERENT, JudgementKind.DO_NOT_LINK])


@settings(deadline=None, max_examples=20)  # a busy machine is no fault
@given(st.lists(st.tuples(KINDS, PAIRS), max_size=8))
def test_whatever_people_decide_no_order_matters_apart_is_apart_and_undone_is_undone(
    said: list[tuple[JudgementKind, list[str]]],
) -> None:
    decisions = [decided(f"d{n}", kind, *pair) for n, (kind, pair) in enumerate(said)]
    found = figures(*decisions, orders=2)
    assert (found["differing_clusters"], found["differing_assignments"]) == (0, 0)
    assert {d.kind for d in decisions if d.decision_id in found["decisions"]["broken"]} <= {JudgementKind.SAME}
    undone = replay(in_order(RECORDS, [*decisions, *map(taken_back, decisions)]), naming()).assignments(KEYS)
    plain = replay(in_order(RECORDS, ()), naming()).assignments(KEYS)
    assert {key: (a.person_id, a.status) for key, a in undone.items()} == {
        key: (a.person_id, a.status) for key, a in plain.items()
    }


def taken_back(decision: Decision) -> Decision:
    return Decision(
        decision_id=f"undo {decision.decision_id}",
        kind=JudgementKind.UNDO,
        left=None,
        right=None,
        undoes=decision.decision_id,
        by="A",
        reason="r",
        seq=None,
    )


def test_the_group_of_whoever_is_split_is_the_worst_served() -> None:
    found = figures(decided("d1", JudgementKind.DO_NOT_LINK, "gp:g05", "police:p05"))
    assert (found["worst_group"]["split"], found["worst_group"]["recall"]) == ("traveller", "traveller")
    assert found["split_by_group"]["traveller"] == {"people": 1, "split": 1, "rate": 1.0}


def test_a_wrong_join_is_misfiled_impure_and_costs_precision() -> None:
    found = figures(decided("d1", JudgementKind.SAME, "gp:g01", "gp:g06"))
    assert found["precision"] < 1.0
    assert (found["misfiled_records"], found["impure_clusters"]) == (1, 1)
    assert found["misfiled_per_100k"] == pytest.approx(100_000 / 18)


def test_a_review_of_two_who_are_one_counts_to_the_yield() -> None:
    kept_apart = decided("d1", JudgementKind.DIFFERENT, "gp:g03", "school:s03")
    found = figures(kept_apart, decided("d2", JudgementKind.SAME, "gp:g03", "school:s03"))
    assert found["reviews"] > 0
    assert found["review_yield"] > 0
    assert found["reviews_per_1000"] == pytest.approx(1000 * found["reviews"] / 18)


def test_judgements_are_not_timed_and_rows_are() -> None:
    order = in_order(RECORDS, read_decisions(HAMLET / "decisions.csv", RECORDS.first_rows))
    run = replay(order, naming())
    assert run.rows == len(run.wall_ns) == 19
    assert sum(isinstance(each, Judgement) for each in order) == 5


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 50), (0.501, 51), (0.99, 99), (0.999, 100), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value
    assert percentile([7], share) == 7


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("count", [1, 2, 99, 100, 101])
def test_at_least_the_share_lies_at_or_below_a_percentile(count: int, share: float) -> None:
    values = [float(number) for number in range(count)]
    found = percentile(values, share)
    assert sum(value <= found for value in values) >= share * count
    assert sum(value < found for value in values) < share * count


def test_the_speed_of_nothing_is_not_measured() -> None:
    found = speed([], [])
    assert found["records_per_second"] is None
    assert set(found["latency_ms"].values()) == {None}


def test_speed_is_rows_by_cpu_seconds_and_latency_in_milliseconds() -> None:
    found = speed([1_000_000, 3_000_000], [2_000_000, 8_000_000])
    assert found["records_per_second"] == 500
    assert found["latency_ms"] == {"p50": 1.0, "p99": 3.0, "p999": 3.0, "max": 3.0}
    assert found["wall_latency_ms"]["max"] == 8.0
