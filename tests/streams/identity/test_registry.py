"""Assignments are a function of what was said and decided, not of the order in which it came."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.vocabulary import MatchStatus
from streams.identity.judgements import Judgement
from streams.identity.snapshot import Features
from tests.streams.identity.people import (
    AMY,
    BEN,
    BORN,
    ELSEWHERE,
    HOME,
    NHS,
    OTHER_NHS,
    OTHER_UPN,
    TEMPORARY_UPN,
    UPN,
    different,
    do_not_link,
    people,
    registry,
    said,
    same,
    state,
    tell,
    undo,
)


def test_a_valid_identifier_and_a_birth_date_join_two_records():
    made = registry(said("a", identifiers=[UPN], birth_date=BORN), said("b", identifiers=[UPN], **AMY))
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_an_identifier_alone_is_only_worth_a_look():
    made = registry(said("a", identifiers=[NHS]), said("b", identifiers=[NHS], given_name="Amy"))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert made.assignment("b").status is MatchStatus.POTENTIAL


def test_name_and_birth_date_join_where_nobody_else_could_be_meant():
    made = registry(said("a", **AMY, postcode=HOME), said("b", **AMY, postcode=ELSEWHERE))
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_name_and_birth_date_do_not_join_where_somebody_else_could_be_meant():
    made = registry(said("a", **AMY, identifiers=[NHS]), said("b", **AMY, identifiers=[OTHER_NHS]), said("c", **AMY))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "c"}
    assert made.assignment("c").status is MatchStatus.MANY_MATCH


def test_twins_at_one_address_stay_two_and_nobody_needs_to_look():
    made = registry(said("a", **AMY, postcode=HOME), said("b", **BEN, postcode=HOME))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert list(made.reviews()) == []


def test_a_twin_who_carries_the_others_number_is_a_contradiction():
    made = registry(said("a", **AMY, identifiers=[NHS]), said("b", **BEN, identifiers=[NHS]))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert made.assignment("a").status is MatchStatus.CONTRADICTION
    assert [(r.left, r.right, r.why, r.evidence.decided_by) for r in made.reviews()] == [
        ("a", "b", "contradiction", "given_name")
    ]


def test_a_source_that_merges_its_own_records_is_believed():
    made = registry(
        said("a", **AMY, identifiers=[NHS]), said("b", **AMY, identifiers=[OTHER_NHS]), said("b", merged=["a"])
    )
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_a_source_that_merges_its_own_records_is_believed_also_where_others_carry_one_of_the_two_numbers():
    made = registry(
        *(said(key, **AMY, identifiers=[NHS]) for key in "ac"), said("b", **AMY, identifiers=[OTHER_NHS], merged=["a"])
    )
    assert people(made, "abc") == dict.fromkeys("abc", "a")


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_two_that_their_source_merges_need_nothing_else_in_common_and_are_two_again_once_it_does_not(order):
    told = {"a": said("a", **AMY, identifiers=[NHS]), "b": said("b", postcode=ELSEWHERE, merged=["a"])}
    made = registry(*(told[key] for key in order))
    assert people(made, "ab") == {"a": "a", "b": "a"}
    made.restate(said("b", postcode=ELSEWHERE))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    made.observe(said("a", **AMY, middle_names="Rose"))
    assert people(made, "ab") == {"a": "a", "b": "b"}


def test_no_agency_merges_the_records_of_another():
    made = registry(said("a", **AMY, agency="police"), said("b", merged=["a"]))
    assert people(made, "ab") == {"a": "a", "b": "b"}


def test_a_number_that_its_source_replaced_still_leads_to_the_child():
    made = registry(
        said("a", **AMY, identifiers=[NHS]),
        said("a", **AMY, identifiers=[OTHER_NHS]),
        said("b", **AMY, identifiers=[NHS]),
        said("c", **AMY, identifiers=[OTHER_NHS]),
    )
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "a"}


def test_a_source_that_gave_one_record_two_numbers_vouches_for_both():
    made = registry(
        said("a", **AMY, identifiers=[NHS]),
        said("a", **AMY, identifiers=[OTHER_NHS]),
        said("b", **AMY, identifiers=[NHS, UPN]),
        said("c", **AMY, identifiers=[OTHER_NHS, UPN]),
    )
    assert people(made, "abc") == dict.fromkeys("abc", "a")


def test_two_temporary_numbers_do_not_make_two_children():
    made = registry(
        said("a", **AMY, postcode=HOME, identifiers=[TEMPORARY_UPN]),
        said("b", **AMY, postcode=HOME, identifiers=[UPN]),
    )
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_two_permanent_numbers_make_two_children():
    made = registry(
        said("a", **AMY, postcode=HOME, identifiers=[OTHER_UPN]), said("b", **AMY, postcode=HOME, identifiers=[UPN])
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}


CARRIERS = [
    said("x", given_name="Noah", family_name="Farthing", birth_date="2008-01-19", identifiers=[NHS]),
    said("y", given_name="Lena", family_name="Ottershaw", birth_date="2010-11-03", identifiers=[NHS]),
    said("z", given_name="Omar", family_name="Quill", birth_date="2014-07-27", identifiers=[NHS]),
]


@pytest.mark.parametrize("dummy_first", [True, False])
def test_a_number_of_many_children_is_nobodys(dummy_first):
    ours = [said("a", **AMY, identifiers=[NHS]), said("b", birth_date=BORN, identifiers=[NHS])]
    made = registry(*(CARRIERS + ours if dummy_first else ours + CARRIERS))
    assert people(made, "abxyz") == {key: key for key in "abxyz"}
    assert made.assignment("a").status is MatchStatus.NEW


def test_a_number_of_two_children_is_a_mistake_to_look_into_and_of_three_nobodys():
    ours = [said("a", **AMY, identifiers=[NHS]), said("b", birth_date=BORN, identifiers=[NHS])]
    assert people(registry(*ours, CARRIERS[0]), "ab") == {"a": "a", "b": "a"}
    assert people(registry(*ours, *CARRIERS[:2]), "ab") == {"a": "a", "b": "b"}
    assert [(each.left, each.right) for each in registry(*CARRIERS[:2]).reviews()] == [("x", "y")]
    assert list(registry(*CARRIERS).reviews()) == []


def test_a_number_is_somebodys_again_when_the_others_are_taken_back():
    ours = [said("a", **AMY, identifiers=[NHS]), said("b", birth_date=BORN, identifiers=[NHS])]
    made = registry(*ours, *CARRIERS)
    for each in CARRIERS:
        made.restate(each._replace(features=Features()))
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_protected_sides_are_not_joined_even_through_a_third_record():
    everything = AMY | {"postcode": HOME, "identifiers": [NHS]}
    made = registry(
        said("a", **everything, protected=("adoption-1", "before")),
        said("b", **everything, protected=("adoption-1", "after")),
        said("c", **everything),
    )
    assert made.assignment("a").person_id != made.assignment("b").person_id
    assert made.assignment("c").person_id == "person-c"


def test_a_person_who_said_different_outranks_every_agreement_until_it_is_undone():
    made = registry(said("a", **AMY, identifiers=[NHS]), said("b", **AMY, identifiers=[NHS]))
    changes = made.judge(different("a", "b"))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(c.assignment.subject_key, c.leaves, c.assignment.epoch) for c in changes] == [
        ("a", None, 0),
        ("b", "person-a", 1),
    ]
    made.judge(undo(different("a", "b")))
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_a_person_who_said_different_of_one_pair_leaves_the_other_records_where_they_were():
    made = registry(*(said(key, **AMY, identifiers=[NHS]) for key in "ab"), said("c", **AMY), different("a", "c"))
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "c"}


def test_a_person_who_said_same_outranks_a_veto():
    made = registry(same("a", "b"), said("a", **AMY, identifiers=[NHS]), said("b", **BEN, identifiers=[OTHER_NHS]))
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_decisions_that_contradict_one_another_leave_all_apart_and_ask():
    everyone = [said(key, **AMY, identifiers=[NHS]) for key in "abc"]
    made = registry(*everyone, same("a", "b"), same("b", "c"), different("a", "c"))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "c"}
    assert {made.assignment(key).status for key in "abc"} == {MatchStatus.CONTRADICTION}
    assert [(r.left, r.right, r.why) for r in made.reviews()] == [("a", "b", "conflict"), ("b", "c", "conflict")]


def test_do_not_link_outranks_same():
    made = registry(said("a", **AMY), said("b", **AMY), do_not_link("a", "b"), same("a", "b"))
    assert people(made, "ab") == {"a": "a", "b": "b"}


def test_what_is_said_no_more_leaves_nothing_behind():
    wrong, right = said("b", **AMY, identifiers=[NHS]), said("b", **BEN)
    other = said("a", **AMY, identifiers=[NHS])
    made = registry(other, wrong, right)
    made.restate(right)
    assert state(made, "ab") == state(registry(other, right), "ab")


def test_seeing_the_same_again_changes_nothing():
    made = registry(said("a", **AMY))
    assert made.observe(said("a", **AMY)) == []


def test_a_restored_registry_goes_on_where_it_stopped():
    first = registry(said("b", **AMY, postcode=HOME))
    second = registry()
    second.restore([first.said("b")], [first.assignment("b")])
    changes = second.observe(said("a", **AMY, postcode=HOME))
    assert {(c.assignment.subject_key, c.assignment.person_id, c.leaves) for c in changes} == {
        ("a", "person-a", None),
        ("b", "person-a", "person-b"),
    }


KEYS = "abcdef"
SAID = st.builds(
    said,
    st.sampled_from(KEYS),
    given_name=st.sampled_from([None, "Amy", "Ben", "A", "Mohammed"]),
    middle_names=st.sampled_from([None, "Ben", "Yusuf"]),
    family_name=st.sampled_from(["Thistlewick", "Thistlewick-Rowe", None]),
    aliases=st.sampled_from([(), ("Ben Rowe",)]),
    birth_date=st.sampled_from([BORN, "2012-06-04", "2012-04-07", "2009-11-30", None]),
    postcode=st.sampled_from([HOME, ELSEWHERE, None]),
    identifiers=st.lists(st.sampled_from([NHS, OTHER_NHS, UPN, OTHER_UPN]), max_size=2),
    protected=st.sampled_from([None, None, None, ("g", "1"), ("g", "2")]),
    merged=st.lists(st.sampled_from(KEYS), max_size=1),
)
PAIRS = st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)).filter(lambda pair: pair[0] != pair[1])
JUDGEMENTS = st.one_of(*(PAIRS.map(lambda pair, kind=kind: kind(*pair)) for kind in (same, different, do_not_link)))


@settings(max_examples=300, deadline=None)
@given(st.lists(SAID | JUDGEMENTS, max_size=14), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_in_the_same_state(arriving, random):
    shuffled = arriving + random.choices(arriving, k=3) if arriving else []
    random.shuffle(shuffled)
    assert state(registry(*arriving), KEYS) == state(registry(*shuffled), KEYS)


@settings(max_examples=200, deadline=None)
@given(st.lists(SAID, max_size=10), st.lists(JUDGEMENTS, max_size=5), st.randoms(use_true_random=False))
def test_undoing_every_decision_gives_the_state_without_any(snapshots, judgements, random):
    arriving = [*snapshots, *judgements, *map(undo, judgements)]
    random.shuffle(arriving)
    assert state(registry(*arriving), KEYS) == state(registry(*snapshots), KEYS)


@settings(max_examples=200, deadline=None)
@given(st.lists(SAID, max_size=10), st.lists(SAID, max_size=4), st.randoms(use_true_random=False))
def test_what_was_taken_back_was_never_said(kept, taken_back, random):
    known = {each.subject_key for each in kept}
    steps = [*kept, *(each for each in taken_back if each.subject_key in known)]
    random.shuffle(steps)
    made, never = registry(*steps), registry(*kept)
    for key in random.sample(sorted(known), len(known)):
        made.restate(never.said(key))
    assert state(made, known) == state(never, known)


@settings(max_examples=300, deadline=None)
@given(st.lists(SAID | JUDGEMENTS, max_size=14))
def test_sides_that_are_protected_are_never_one_person(arriving):
    made = registry(*arriving)
    sides: dict[str, set[str]] = {}
    for key in KEYS:
        if made.assignment(key):
            sides.setdefault(made.assignment(key).person_id, set()).update(made.said(key).features.protected)
    own = {k: made.said(k).features.protected for k in KEYS if made.assignment(k)}
    whole = {made.assignment(k).person_id for k, p in own.items() if len(p) > 1}  # a record that says both itself
    assert all(len(found) <= 1 for person, found in sides.items() if person not in whole)


@settings(max_examples=200, deadline=None)
@given(st.lists(SAID, max_size=12))
def test_an_order_one_by_one_is_equal_to_all_at_once(arriving):
    made, batch = registry(), registry()
    for each in arriving:
        tell(made, each)
    batch.restore(arriving, [])
    deque(batch.sweep(), maxlen=0)
    assert state(made, KEYS) == state(batch, KEYS)


@settings(max_examples=300, deadline=None)
@given(st.lists(SAID | JUDGEMENTS, max_size=14), st.randoms(use_true_random=False))
def test_reviews_told_step_by_step_are_those_that_are_open(arriving, random):
    judged = [each for each in arriving if isinstance(each, Judgement)]
    arriving = arriving + [undo(each) for each in judged if random.random() < 0.5]
    random.shuffle(arriving)
    made, told = registry(), {}
    for each in arriving:
        tell(made, each)
        for pair, review in made.stirred():
            if review is None:
                del told[pair]
            else:
                told[pair] = review
        assert list(map(told.get, sorted(told))) == list(made.reviews())


def test_why_two_records_are_or_are_not_one_person_says_what_people_decided():
    made = registry(
        said("a", **AMY, identifiers=[NHS]),
        said("b", **AMY, identifiers=[NHS]),
        said("c", **BEN, identifiers=[OTHER_NHS]),
        said("d", **AMY, identifiers=[NHS]),
        do_not_link("a", "b"),
        same("a", "c"),
    )
    assert {(e.left, e.right): (e.joined, e.decided_by) for e in made.explain("a")} == {
        ("a", "b"): (False, "judgement"),
        ("a", "c"): (True, "judgement"),
        ("a", "d"): (False, made.explain("d")[0].decided_by),
    }
    (change,) = [c for c in made.judge(same("a", "d")) if c.assignment.subject_key == "d"]
    assert change.joined_by == same("a", "d")
    assert {(e.left, e.right): (e.joined, e.decided_by) for e in made.explain("d")}["c", "d"] == (True, "others")


def test_whom_somebody_holds_apart_is_named_also_where_nothing_else_speaks_for_the_pair():
    made = registry(said("a", **AMY), said("b", **BEN), do_not_link("a", "b"), do_not_link("a", "unheard of"))
    (told,) = made.explain("a")
    assert (told.left, told.right, told.joined, told.decided_by) == ("a", "b", False, "judgement")
    made.judge(undo(do_not_link("a", "b")))
    assert made.explain("a") == []


def test_of_many_records_each_pair_is_explained_once_under_the_lesser_key():
    made = registry(*(said(key, **AMY, postcode=HOME) for key in "abc"))
    told = list(made.explain_each("abc"))
    assert [(each.left, each.right) for each in told] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert told == [each for key in "abc" for each in made.explain(key) if each.left == key]
