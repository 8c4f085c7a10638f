"""Assignments are a function of what was observed, not of the order in which it came."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.vocabulary import MatchStatus
from streams.identity.profile import Profile
from streams.identity.registry import Registry
from streams.identity.resolve import Judgements

NHS = ("nhs-number", "9990000018")
OTHER_NHS = ("nhs-number", "9990000026")
UPN = ("upn", "K999000125001")


def profile(key: str, *, agency: str = "nhs", **values: object) -> Profile:
    return replace(Profile(subject_key=key, agency=agency), **{k: frozenset(v) for k, v in values.items()})


def registry(*profiles: Profile) -> Registry:
    made = Registry(lambda key: f"person-{key}")
    for each in profiles:
        made.observe(each)
    return made


def people(made: Registry, *keys: str) -> dict[str, str]:
    return {key: made.assignment(key).person_id for key in keys}


AMY = [("amy", "green")]
BEN = [("ben", "green")]
BORN = ["2012-04-05"]
HOME = ["AB12CD"]


def test_a_valid_identifier_and_a_birth_date_join_two_records():
    made = registry(
        profile("a", agency="social_care", identifiers=[UPN], birth_dates=BORN),
        profile("b", agency="school", identifiers=[UPN], birth_dates=BORN, names=AMY),
    )
    assert people(made, "a", "b") == {"a": "person-a", "b": "person-a"}


def test_an_identifier_alone_is_only_worth_a_look():
    made = registry(profile("a", identifiers=[NHS]), profile("b", agency="police", identifiers=[NHS], names=AMY))
    assert people(made, "a", "b") == {"a": "person-a", "b": "person-b"}
    assert made.assignment("b").status == MatchStatus.POTENTIAL


def test_name_and_birth_date_need_an_address_that_agrees():
    alone = registry(profile("a", names=AMY, birth_dates=BORN), profile("b", names=AMY, birth_dates=BORN))
    assert people(alone, "a", "b") == {"a": "person-a", "b": "person-b"}
    joined = registry(
        profile("a", names=AMY, birth_dates=BORN, postcodes=HOME),
        profile("b", names=AMY, birth_dates=BORN, postcodes=HOME),
    )
    assert people(joined, "a", "b") == {"a": "person-a", "b": "person-a"}


def test_twins_at_one_address_stay_two():
    made = registry(
        profile("a", names=AMY, birth_dates=BORN, postcodes=HOME),
        profile("b", names=BEN, birth_dates=BORN, postcodes=HOME),
    )
    assert people(made, "a", "b") == {"a": "person-a", "b": "person-b"}


def test_a_twin_who_carries_the_others_number_is_a_contradiction():
    made = registry(
        profile("a", names=AMY, birth_dates=BORN, identifiers=[NHS]),
        profile("b", names=BEN, birth_dates=BORN, identifiers=[NHS]),
    )
    assert people(made, "a", "b") == {"a": "person-a", "b": "person-b"}
    assert made.assignment("a").status == MatchStatus.CONTRADICTION


def test_two_children_of_one_name_and_birth_date_are_not_joined_through_a_third_record():
    made = registry(
        profile("a", names=AMY, birth_dates=BORN, postcodes=HOME, identifiers=[NHS]),
        profile("b", names=AMY, birth_dates=BORN, postcodes=HOME, identifiers=[OTHER_NHS]),
        profile("c", agency="police", names=AMY, birth_dates=BORN, postcodes=HOME),
    )
    assert len(set(people(made, "a", "b", "c").values())) == 3
    assert made.assignment("c").status == MatchStatus.MANY_MATCH


def test_a_source_that_merges_its_own_records_is_believed():
    made = registry(profile("a", names=AMY), profile("b", merged=["a"]))
    assert people(made, "a", "b") == {"a": "person-a", "b": "person-a"}


def test_a_person_who_said_apart_outranks_every_agreement():
    made = registry(
        profile("a", names=AMY, birth_dates=BORN, identifiers=[NHS]),
        profile("b", names=AMY, birth_dates=BORN, identifiers=[NHS]),
    )
    changes = made.judge(Judgements(apart=frozenset({("a", "b")})), ("a", "b"))
    assert people(made, "a", "b") == {"a": "person-a", "b": "person-b"}
    assert [(c.assignment.subject_key, c.leaves, c.assignment.epoch) for c in changes] == [
        ("a", None, 0),
        ("b", "person-a", 1),
    ]
    made.judge(Judgements(), ("a", "b"))
    assert people(made, "a", "b") == {"a": "person-a", "b": "person-a"}


def test_a_restored_registry_goes_on_where_it_stopped():
    first = registry(profile("b", names=AMY, birth_dates=BORN, postcodes=HOME))
    second = Registry(lambda key: f"person-{key}")
    second.restore(first.profile("b"), first.assignment("b"))
    changes = second.observe(profile("a", names=AMY, birth_dates=BORN, postcodes=HOME))
    assert {(c.assignment.subject_key, c.assignment.person_id, c.leaves) for c in changes} == {
        ("a", "person-a", None),
        ("b", "person-a", "person-b"),
    }


def test_seeing_the_same_again_changes_nothing():
    made = registry(profile("a", names=AMY))
    assert made.observe(profile("a", names=AMY)) == []


SNAPSHOTS = st.builds(
    profile,
    st.sampled_from("abcdef"),
    names=st.lists(st.sampled_from([*AMY, *BEN]), max_size=1),
    birth_dates=st.lists(st.sampled_from([*BORN, "2012-05-04"]), max_size=1),
    postcodes=st.lists(st.sampled_from([*HOME, "ZY98XW"]), max_size=1),
    identifiers=st.lists(st.sampled_from([NHS, OTHER_NHS, UPN]), max_size=1),
    merged=st.lists(st.sampled_from("abcdef"), max_size=1),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SNAPSHOTS, max_size=12), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_in_the_same_assignment(snapshots, random):
    shuffled = snapshots + random.choices(snapshots, k=3) if snapshots else []
    random.shuffle(shuffled)
    keys = sorted({s.subject_key for s in snapshots})
    first, second = registry(*snapshots), registry(*shuffled)
    assert people(first, *keys) == people(second, *keys)
    assert [first.assignment(k).status for k in keys] == [second.assignment(k).status for k in keys]


@settings(max_examples=200, deadline=None)
@given(st.lists(SNAPSHOTS, max_size=10))
def test_no_person_ever_holds_two_numbers_of_one_kind(snapshots):
    made = registry(*snapshots)
    by_person: dict[str, set[str]] = {}
    for key in {s.subject_key for s in snapshots}:
        own = made.profile(key).values("nhs-number")
        if len(own) == 1:  # a record that itself has sent two numbers says nothing either way
            by_person.setdefault(made.assignment(key).person_id, set()).update(own)
    assert all(len(numbers) == 1 for numbers in by_person.values())


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_the_least_member_names_the_person_whatever_came_first(order):
    made = registry(*(profile(k, names=AMY, birth_dates=BORN, postcodes=HOME) for k in order))
    assert set(people(made, "a", "b", "c").values()) == {"person-a"}
