"""Crowds: records so much alike that names, birth dates and homes tell nobody from anybody."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.vocabulary import MatchStatus
from streams.identity import agreeing, graph
from streams.identity import registry as registering
from streams.identity import resolve as resolving
from streams.identity.judgements import Judgement
from streams.identity.registry import Registry
from tests.streams.identity.people import BORN, NHS, OTHER_NHS, UPN, different, registry, said, same, state, undo
from tests.streams.identity.test_asleep import KEYS, STEPS, read_back, take

#: So many that are all alike have as many edges as a crowd has not.
ALIKE = 64
LOCAL = ("local-authority", "4711", True)
MANY = [f"{number:03}" for number in range(80)]


@contextmanager
def crowds_of(most: int) -> Iterator[None]:
    """A crowd is of more than so many that are all alike; to look for what says the same begins as early."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "MANY", most)
        patch.setattr(agreeing, "MANY", most)
        patch.setattr(graph, "CROWD_EDGES", most * (most - 1) // 2)
        yield


def look_alike(key: str, **values: object):
    return said(key, **{"given_name": "Robin", "family_name": "Quill", "birth_date": BORN} | values)


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[tuple[object, ...]]:
    """With what a function is called from now on."""
    calls: list[tuple[object, ...]] = []
    function = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *given: calls.append(given) or function(*given))
    return calls


def statuses(made: Registry, keys: list[str]) -> set[MatchStatus]:
    return {made.assignment(key).status for key in keys}


def persons(made: Registry, keys: list[str]) -> int:
    return len({made.assignment(key).person_id for key in keys})


def test_records_are_joined_until_more_are_alike_than_can_be_told_apart():
    made = registry(*map(look_alike, MANY[:ALIKE]))
    assert (persons(made, MANY[:ALIKE]), statuses(made, MANY[:ALIKE])) == (1, {"match"})
    more = MANY[: ALIKE + 1]
    changes = made.observe(look_alike(more[-1]))
    assert sorted(change.assignment.subject_key for change in changes) == more
    assert (persons(made, more), statuses(made, more)) == (len(more), {"many_match"})
    assert list(made.reviews()) == []
    (pair,) = [each for each in made.explain(more[0]) if each.right == more[1]]
    assert (pair.joined, pair.decided_by) == (False, "crowd")


def test_who_leaves_a_crowd_leaves_the_others_as_if_they_had_never_been_there():
    keys = MANY[: ALIKE + 1]
    made = registry(*map(look_alike, keys))
    made.restate(look_alike(keys[-1], given_name="Zed", birth_date="2001-09-30"))
    assert (persons(made, keys[:-1]), statuses(made, keys)) == (1, {"match", "new"})


def test_in_a_crowd_numbers_and_decisions_tell_who_is_who():
    made = registry(*map(look_alike, MANY))
    for key in MANY[:2]:
        made.observe(look_alike(key, identifiers=[NHS]))
    made.judge(same(MANY[2], MANY[3]))
    assert persons(made, MANY[:2]) == persons(made, MANY[2:4]) == 1
    assert persons(made, MANY) == len(MANY) - 2
    made.judge(different(MANY[0], MANY[1]))
    assert persons(made, MANY[:2]) == 2
    made.judge(undo(same(MANY[2], MANY[3])))
    assert persons(made, MANY[2:]) == len(MANY) - 2


def test_what_joins_a_crowd_makes_no_more_work_the_larger_it_is(monkeypatch):
    resolved: list[int] = []

    def counted(model, nodes, *rest, **more):
        resolved.append(len(nodes))
        return resolve(model, nodes, *rest, **more)

    resolve = registering.resolve
    monkeypatch.setattr(registering, "resolve", counted)
    made = Registry(lambda key: f"person-{key}")
    most = 0
    for number in range(3 * ALIKE):
        resolved.clear()
        made.observe(look_alike(f"{number:03}"))
        most = max(most, sum(resolved))
    assert most == ALIKE + 1
    assert resolved == [1]


def test_a_worker_that_comes_back_weighs_no_more_of_a_crowd_than_shows_that_it_is_one(monkeypatch):
    many = 4 * ALIKE
    again = read_back(registry(*(look_alike(f"{number:03}") for number in range(many))), [])
    weighed = counted(monkeypatch, graph.Graph, "_link")
    (change,) = again.observe(look_alike("999"))
    assert change.assignment.status is MatchStatus.MANY_MATCH
    # Once by way of the new record, and once without it.
    assert len(weighed) <= 2 * (2 * graph.CROWD_EDGES + 2 * many)


def test_two_records_that_say_what_two_others_said_are_not_weighed_again(monkeypatch):
    weighed = counted(monkeypatch, graph, "weigh_what_matters")
    monkeypatch.setattr(graph, "_weigh_once", lru_cache(graph.weigh_what_matters))
    registry(*(look_alike(f"{number:03}", agency="nhs" if number % 2 else "school") for number in range(3 * ALIKE)))
    # Each pair of as many as may all be weighed; then one of two agencies, and one of one.
    assert len(weighed) <= graph.MANY * (graph.MANY - 1) // 2 + 2 * 2


def test_edges_of_a_crowd_that_one_number_ties_are_not_looked_through_for_each_record(monkeypatch):
    made = registry(*(look_alike(f"{number:03}", identifiers=[NHS]) for number in range(3 * ALIKE)))
    made.judge(different("zed", "zeb"))  # of two that are not known
    tied = counted(monkeypatch, graph, "_tied")
    made.observe(look_alike("999", identifiers=[NHS]))
    assert len(tied) < 8
    assert persons(made, ["000", "999"]) == 1


class Looked(dict):
    """Edges that count how often they are looked through."""

    times = 0

    def values(self):
        Looked.times += 1
        return super().values()


def test_of_records_that_say_the_same_one_is_looked_at_to_tell_whether_all_agree():
    records = [
        look_alike(f"{number:03}", identifiers=[NHS], agency="nhs" if number % 2 else "gp") for number in range(99)
    ]
    made = registry(*records)
    found = made._graph.component(made._records["000"])
    for record in found.records:
        record.edges = Looked(record.edges)
    assert agreeing.all_agree(found.records, 5.0, 6.0, found.crowded)
    # Once for its edges, and once more for whether its agency merges it with another.
    assert (len(found.records), Looked.times) == (99, 2 * 2)


def test_whom_its_agency_merges_with_another_does_not_speak_for_those_who_say_the_same():
    records = [look_alike(key, identifiers=[NHS]) for key in MANY[:70]]
    other = look_alike(MANY[70], identifiers=[OTHER_NHS, UPN], merged=[MANY[0]])
    third = look_alike(MANY[71], identifiers=[UPN])
    made = registry(*records, other, third)
    assert persons(made, MANY[:70]) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreeing, "MANY", 1_000)
        expected = state(registry(third, other, *records), MANY)
    assert state(made, MANY) == expected


def test_what_changes_of_one_of_many_is_not_looked_for_beside_each_of_them(monkeypatch):
    made = registry(*(look_alike(f"{number:03}", identifiers=[NHS]) for number in range(3 * ALIKE)))
    near = counted(monkeypatch, graph.Graph, "_near")
    made.observe(look_alike("000", identifiers=[NHS], postcode="ZZ1 2AB"))
    assert len(near) < 3 * ALIKE
    assert persons(made, ["000", "001"]) == 1


def test_what_forbids_that_two_are_one_is_asked_once_for_what_they_say(monkeypatch):
    slip = {3: {"birth_date": "2012-04-07"}, 5: {"given_name": "Robyn"}}
    made = registry(
        *(look_alike(key, identifiers=[NHS], **slip.get(at, {})) for at, key in enumerate(MANY[: ALIKE - 1]))
    )
    asked = counted(monkeypatch, resolving, "forbidden")
    made.observe(look_alike(MANY[-1], identifiers=[NHS]))
    assert len(asked) < ALIKE
    assert persons(made, [*MANY[: ALIKE - 1], MANY[-1]]) == 1


def test_who_is_tied_to_whom_in_a_crowd_outlives_a_restart():
    chain = [[NHS], [NHS, UPN], [UPN, LOCAL], [LOCAL]]
    tied = [look_alike(key, identifiers=each) for key, each in zip(MANY[-4:], chain, strict=True)]
    wrote = registry(*(look_alike(key) for key in MANY[:-4]), *tied)
    again = read_back(wrote, [])
    again.observe(look_alike(MANY[-1], middle_names="Zed"))  # the far end from whom they are named after
    assert persons(again, MANY[-4:]) == persons(wrote, MANY[-4:]) == 1


@settings(max_examples=500, deadline=None)
@given(STEPS, st.randoms(use_true_random=False), st.integers(1, 3))
def test_crowds_are_the_same_whatever_came_first_and_whatever_was_said_in_between(steps, rnd: random.Random, most):
    with crowds_of(most):
        made, told = registry(), {}
        for step in steps:
            take(made, step, told)
        arriving = [each for each, _ in made.standing()] + list(made.judgements())
        rnd.shuffle(arriving)
        fresh = registry(*arriving)
        assert state(made, KEYS) == state(fresh, KEYS)
        assert told == {(each.left, each.right): each for each in fresh.reviews()}


@settings(max_examples=300, deadline=None)
@given(STEPS, STEPS, st.integers(1, 3))
def test_crowds_outlive_a_restart(before, after, most):
    with crowds_of(most):
        wrote, told = registry(), {}
        for step in before:
            take(wrote, step, told)
        again, told_again = read_back(wrote, list(wrote.judgements())), dict(told)
        for pair in told:
            again.restore_review(pair, True)
        for step in after:
            assert take(again, step, told_again) == take(wrote, step, told)
        assert state(again, KEYS) == state(wrote, KEYS)
        assert [changes for changes in wrote.sweep() if changes] == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_larger_crowds_are_the_same_in_every_order(data):
    def record(number: int):
        name = data.draw(st.sampled_from(["Robin", "Robyn", "Rubin", "Zed"]))
        values = {"given_name": name, "identifiers": data.draw(st.sampled_from([[], [], [], [NHS]]))}
        values["merged"] = data.draw(st.sampled_from([[], [], [], ["000"]]))
        return look_alike(f"{number:03}", **values, family_name=data.draw(st.sampled_from(["Quill", "Quilt", "Oak"])))

    records: list[object] = [record(number) for number in range(data.draw(st.integers(4, 24)))]
    records += data.draw(st.lists(st.builds(decision, st.integers(0, 23), st.integers(1, 23)), max_size=4))
    with crowds_of(data.draw(st.integers(2, 12))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(agreeing, "MANY", 1_000)
            expected = state(registry(*records), MANY)
        for _ in range(3):
            shuffled = data.draw(st.permutations(records))
            assert state(registry(*shuffled), MANY) == expected


def decision(one: int, beyond: int) -> Judgement:
    pair = (f"{one:03}", f"{(one + beyond) % 24:03}")
    return (same if beyond % 2 else different)(*pair)
