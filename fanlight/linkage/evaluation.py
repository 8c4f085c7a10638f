"""How well, how steadily and how fast the resolver does on somebody's files: what `fanlight identity evaluate` prints.

The names of the figures are the contract of `--json`; `docs/identity.md` defines each.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fanlight.linkage.contract import UNPROTECTED, Records
from fanlight.linkage.decisions import Decision, standing
from fanlight.linkage.metrics import Accuracy, Score, Tally, accuracy
from fanlight.linkage.overlaps import Filed, are_protected
from fanlight.linkage.replay import Arriving, NamePerson, Replay, in_order, replay, shuffled
from fanlight.linkage.reviewer import answer_all
from fanlight.linkage.speed import resident_bytes, speed
from fanlight.linkage.truth import Truth
from schemas.vocabulary import JudgementKind
from streams.identity.explain import Review
from streams.identity.record import Assignment

Figures = dict[str, Any]
Assignments = Mapping[str, Assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Somebody's files, read: what sources say, whose it is, and what people have decided."""

    records: Records
    truth: Mapping[str, Truth]
    decisions: Sequence[Decision] = ()

    @property
    def keys(self) -> list[str]:
        return sorted(self.records.first_rows)

    def are_one(self, left: str, right: str) -> bool:
        """Whether two records are truly one: of one person, and not protected from one another."""
        sides = self.records.sides
        apart = are_protected(sides.get(left, UNPROTECTED), sides.get(right, UNPROTECTED))
        return not apart and self.truth[left].person == self.truth[right].person

    def accuracy(self, found: Assignments) -> Accuracy:
        """Compare assignments of all records with the truth."""
        sides, truth = self.records.sides, self.truth
        return accuracy(
            Filed(each.person_id, truth[key].person, sides.get(key, UNPROTECTED), truth[key].group)
            for key, each in found.items()
        )


def evaluate(case: Case, name_person: NamePerson, orders: int = 0) -> Figures:
    """Every figure, from a run in order of arrival and `orders` more in other orders."""
    arriving = in_order(case.records, case.decisions)
    figures, found = _run(case, arriving, name_person)
    keys = case.keys
    # Of each order only where it filed what: two registries at once would need twice the memory.
    others = (replay(shuffled(arriving, n), name_person).assignments(keys) for n in range(1, orders + 1))
    return {**figures, **_orders(found, others), "notes": list(case.records.notes)}


def _run(case: Case, arriving: Sequence[Arriving], name_person: NamePerson) -> tuple[Figures, Assignments]:
    """What one run in order of arrival tells, and where it filed each record. Its registry is gone afterwards."""
    before = resident_bytes()
    run = replay(arriving, name_person)
    after = resident_bytes()
    found = run.assignments(case.keys)
    measured = case.accuracy(found)
    people, reviews = measured.total.people, list(run.registry.reviews())
    return {
        "rows": run.rows,
        **_whole(measured),
        "statuses": dict(sorted(Counter(str(each.status) for each in found.values()).items())),
        **_groups(measured),
        **_reviews(case, reviews),
        "assisted": _assisted(case, run, reviews),
        "decisions": _honoured(case.decisions, found),
        "moved_per_1000": _per(1_000, run.moves, measured.total.records),
        **speed(run.cpu_ns, run.wall_ns),
        "memory_per_person_bytes": round((after - before) / people) if people and before and after else None,
    }, found


def _whole(measured: Accuracy) -> Figures:
    total = measured.total
    return {
        "records": total.records,
        "people": total.people,
        "clusters": measured.clusters,
        **_score(total.pairwise),
        "b_cubed": _score(total.b_cubed),
        "impure_clusters": measured.impure_clusters,
        "impure_clusters_per_100k": _per(100_000, measured.impure_clusters, measured.clusters),
        "misfiled_records": total.misfiled_records,
        "misfiled_per_100k": _per(100_000, total.misfiled_records, total.records),
        "protected_joins": measured.protected_joins,
        "protected_pairs": measured.protected_pairs,
        "split_people": total.split_people,
        "split_rate": _per(1, total.split_people, total.people),
    }


def _score(score: Score) -> Figures:
    return {"precision": score.precision, "recall": score.recall, "f1": score.f1}


def _per(many: int, count: int, of: int) -> float:
    return many * count / of if of else 0.0


def _groups(measured: Accuracy) -> Figures:
    groups = measured.by_group
    return {
        "split_by_group": {
            name: {
                "people": tally.people,
                "split": tally.split_people,
                "rate": _per(1, tally.split_people, tally.people),
            }
            for name, tally in groups.items()
        },
        "by_group": {
            name: {
                "records": tally.records,
                "recall": tally.pairwise.recall,
                "misfiled_records": tally.misfiled_records,
                "misfiled_per_100k": _per(100_000, tally.misfiled_records, tally.records),
            }
            for name, tally in groups.items()
        },
        "worst_group": {
            "recall": _worst(groups, lambda tally: 1 - tally.pairwise.recall),
            "misfiled": _worst(groups, lambda tally: _per(1, tally.misfiled_records, tally.records)),
            "split": _worst(groups, lambda tally: _per(1, tally.split_people, tally.people)),
        },
    }


def _worst(groups: Mapping[str, Tally], harm: Callable[[Tally], float]) -> str | None:
    """The group with the most harm, by name where several have as much; None where none has any."""
    worst = min(groups, key=lambda name: (-harm(groups[name]), name), default=None)
    return worst if worst is not None and harm(groups[worst]) > 0 else None


def _reviews(case: Case, reviews: Sequence[Review]) -> Figures:
    true = sum(case.are_one(review.left, review.right) for review in reviews)
    return {
        "reviews": len(reviews),
        "reviews_per_1000": _per(1_000, len(reviews), len(case.truth)),
        "review_yield": true / len(reviews) if reviews else None,
        "reviews_by_reason": dict(sorted(Counter(str(review.why) for review in reviews).items())),
    }


def _assisted(case: Case, run: Replay, reviews: Sequence[Review]) -> Figures:
    """What becomes of it when every review is answered; the answers stay in the registry of the run."""
    answered = answer_all(run.registry, reviews, case.are_one)
    return {"reviews": answered, **_score(case.accuracy(run.assignments(case.keys)).total.pairwise)}


def _honoured(decisions: Sequence[Decision], found: Assignments) -> Figures:
    stand = standing(decisions)
    broken = [each.decision_id for each in stand if _joined(each, found) != (each.kind is JudgementKind.SAME)]
    return {"given": len(decisions), "standing": len(stand), "honoured": len(stand) - len(broken), "broken": broken}


def _joined(decision: Decision, found: Assignments) -> bool:
    return len({found[key].person_id for key in (decision.left, decision.right) if key is not None}) == 1


def _orders(found: Assignments, others: Iterable[Assignments]) -> Figures:
    """How many clusters of other orders are none of the first, and how many records differ in anything said of them."""
    clusters = _clusters(found)
    orders = differing_clusters = differing_assignments = 0
    for other in others:
        orders += 1
        differing_clusters += len(_clusters(other) - clusters)
        differing_assignments += sum(_outward(other[key]) != _outward(each) for key, each in found.items())
    return {
        "orders": orders,
        "differing_clusters": differing_clusters if orders else None,
        "differing_assignments": differing_assignments if orders else None,
    }


def _outward(assignment: Assignment) -> tuple[str, str, bool]:
    # Not the epoch: how often a record moved is a matter of the order.
    return assignment.person_id, str(assignment.status), assignment.provisional


def _clusters(found: Assignments) -> set[tuple[str, ...]]:
    members: dict[str, list[str]] = defaultdict(list)
    for key, assignment in found.items():
        members[assignment.person_id].append(key)
    return {tuple(keys) for keys in members.values()}
