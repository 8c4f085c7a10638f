"""Decisions are facts: in any order, twice, before the records they name; and what is not whole is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.identity.judgements import Judgement, Judgements
from tests.streams.identity.people import different, do_not_link, same, undo

DECISIONS = [same("a", "b"), different("b", "c"), do_not_link("a", "c"), same("c", "d")]


def having(*decisions: Judgement) -> Judgements:
    made = Judgements()
    for decision in decisions:
        made.add(decision)
    return made


def test_pairs_are_sorted_by_what_was_decided():
    made = having(*DECISIONS)
    assert made.pairs("abcd") == ({("a", "b"), ("c", "d")}, {("b", "c"), ("a", "c")})
    assert made.pairs("ab") == ({("a", "b")}, set())
    assert made.joined_to("c") == ["d"]


@given(st.permutations([*DECISIONS, undo(DECISIONS[0]), undo(DECISIONS[2])]), st.integers(0, 5))
def test_an_undo_counts_whenever_it_comes(decisions, again):
    made = having(*decisions, decisions[again])
    assert made.pairs("abcd") == ({("c", "d")}, {("b", "c")})


def test_whoever_decides_anew_after_an_undo_is_heard():
    made = having(same("a", "b", "1"), undo(same("a", "b", "1")), same("a", "b", "2"))
    assert made.pairs("ab") == ({("a", "b")}, set())


def test_a_decision_says_which_records_it_bears_on():
    made = Judgements()
    assert made.add(same("a", "b")) == ("a", "b")
    assert made.add(undo(same("a", "b"))) == ("a", "b")
    assert made.add(undo(different("a", "b"))) == ()


@pytest.mark.parametrize(
    ("judgement", "fault"),
    [
        (Judgement(judgement_id="1", kind="same", left="a", right="a"), "names no two records"),
        (Judgement(judgement_id="1", kind="same", left="a"), "names no two records"),
        (Judgement(judgement_id="1", kind="undo"), "names no two records"),
        (Judgement(judgement_id="1", kind="merge", left="a", right="b"), "merge is none of"),
    ],
    ids=["one record twice", "one record", "an undo of nothing", "no kind"],
)
def test_a_decision_that_is_not_whole_is_refused_and_leaves_nothing(judgement, fault):
    made = Judgements()
    with pytest.raises(ValueError, match=fault):
        made.add(judgement)
    assert not made
    made.add(same("a", "b", "1"))


def test_an_id_does_not_come_back_with_other_content():
    made = having(same("a", "b", "1"))
    with pytest.raises(ValueError, match="known with other content"):
        made.add(replace(same("a", "b", "1"), right="c"))
