"""What people decide of two records, as it stands on its topic."""

from datetime import UTC, datetime

import pytest

from schemas.codec import decode
from schemas.errors import InvalidJudgement
from schemas.judgements import JUDGEMENT_BYTES_MAX, judged, undone
from schemas.vocabulary import JudgementKind

SAID = {"by": "Avery Example", "reason": "the named nurse knows both", "at": datetime(2026, 11, 22, tzinfo=UTC)}


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("b", "a")])
def test_a_decision_has_the_lesser_record_on_the_left_and_as_its_key(one, other):
    key, value = judged("j1", JudgementKind.SAME, one, other, **SAID, agencies=("school", "nhs", "nhs"))
    said = {"judgement_id": "j1", "kind": "same", "left": "a", "right": "b", "undoes": None}
    said["agencies"] = ["nhs", "school"]
    assert (key, decode(value)) == (b"a", said | SAID)


def test_an_undo_has_the_key_of_what_it_takes_back():
    _, decision = judged("j1", JudgementKind.DO_NOT_LINK, "b", "a", **SAID, agencies=("nhs",))
    key, value = undone("j2", decode(decision), **SAID)
    said = {"judgement_id": "j2", "kind": "undo", "left": None, "right": None, "undoes": "j1", "agencies": ["nhs"]}
    assert (key, decode(value)) == (b"a", said | SAID)


@pytest.mark.parametrize(
    ("kind", "other", "more"),
    [
        (JudgementKind.SAME, "a", {}),
        (JudgementKind.UNDO, "b", {}),
        (JudgementKind.SAME, "b", {"by": " "}),
        (JudgementKind.SAME, "b", {"reason": ""}),
    ],
    ids=["one record", "an undo of a pair", "nobody", "no reason"],
)
def test_what_is_not_whole_is_no_decision(kind, other, more):
    with pytest.raises(InvalidJudgement):
        judged("j1", kind, "a", other, **SAID | more)


def test_a_decision_that_is_longer_than_one_may_be_is_refused_with_both_lengths():
    _, longest = judged("j1", JudgementKind.SAME, "a", "b", **SAID | {"reason": "x" * 15_900})
    over = "x" * (15_900 + JUDGEMENT_BYTES_MAX + 1 - len(longest))
    with pytest.raises(InvalidJudgement, match="of 16001 bytes, of 16000 at the most: shorten why"):
        judged("j1", JudgementKind.SAME, "a", "b", **SAID | {"reason": over})
    judged("j1", JudgementKind.SAME, "a", "b", **SAID | {"reason": over[1:]})


def test_an_undo_cannot_be_undone():
    with pytest.raises(InvalidJudgement):
        undone("j3", {"judgement_id": "j2", "kind": "undo", "left": None}, **SAID)
