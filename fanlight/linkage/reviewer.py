"""A reviewer who always knows: what the review queue is worth at best. Real clerical review is imperfect."""

from collections.abc import Callable, Iterable

from schemas.vocabulary import JudgementKind
from streams.identity.explain import Review
from streams.identity.judgements import Judgement
from streams.identity.registry import Registry

#: A queue is worked through, and once more for what the answers raised. Each listing looks at everybody.
ROUNDS = 2


def answer_all(registry: Registry, reviews: Iterable[Review], are_one: Callable[[str, str], bool]) -> int:
    """Answer these reviews, and then those that the answers raised, each pair once; how many were answered."""
    answered: set[tuple[str, str]] = set()
    for round_number in range(ROUNDS):
        waiting = {(each.left, each.right) for each in (registry.reviews() if round_number else reviews)} - answered
        for left, right in sorted(waiting):
            registry.judge(_answer(left, right, are_one(left, right)))
        answered |= waiting
    return len(answered)


def _answer(left: str, right: str, one: bool) -> Judgement:
    return Judgement(
        judgement_id=f"the truth of {left} and {right}",
        kind=str(JudgementKind.SAME if one else JudgementKind.DIFFERENT),
        left=left,
        right=right,
        undoes=None,
        by="the truth",
        reason="evaluation",
        at=None,
    )
