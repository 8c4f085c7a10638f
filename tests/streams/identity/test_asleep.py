"""A registry that was read back from the log, asleep, does as the one that wrote it would have done."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.identity.asleep import Kept
from streams.identity.explain import Review
from streams.identity.judgements import Judgement
from streams.identity.model import load, shipped
from streams.identity.registry import Registry
from streams.identity.snapshot import Features, Snapshot
from tests.streams.identity.people import (
    BORN,
    ELSEWHERE,
    HOME,
    NHS,
    UPN,
    different,
    do_not_link,
    registry,
    said,
    same,
    state,
    undo,
)

KEYS = "abcxyz"
#: Names and birth dates as far apart as those of children who share a dummy number.
SAID = st.builds(
    said,
    st.sampled_from(KEYS),
    given_name=st.sampled_from([None, "Amy", "Ben", "Lena", "Omar"]),
    family_name=st.sampled_from(["Thistlewick", "Ottershaw", None]),
    birth_date=st.sampled_from([BORN, "2009-11-30", "2014-07-27", "2012", None]),
    postcode=st.sampled_from([HOME, ELSEWHERE, None]),
    identifiers=st.lists(st.sampled_from([NHS, UPN]), max_size=2),
    protected=st.sampled_from([None, None, None, ("g", "1"), ("g", "2")]),
    merged=st.lists(st.sampled_from(KEYS), max_size=1),
)
#: Three children who carry one number: it is nobody's, once all of them have come.
CARRIERS = st.sampled_from(
    [
        said("x", given_name="Noah", family_name="Farthing", birth_date="2008-01-19", identifiers=[NHS]),
        said("y", given_name="Lena", family_name="Ottershaw", birth_date="2010-11-03", identifiers=[NHS]),
        said("z", given_name="Omar", birth_date="2014-07-27", identifiers=[NHS]),
    ]
)
PAIRS = st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)).filter(lambda pair: pair[0] != pair[1])
JUDGEMENTS = st.one_of(*(PAIRS.map(lambda pair, kind=kind: kind(*pair)) for kind in (same, different, do_not_link)))
#: What is taken back, by a record that says something else or nothing from now on.
RESTATED = st.builds(lambda each, said_now: ("restate", each._replace(features=said_now)), SAID, st.just(Features()))
STEPS = st.lists(SAID | CARRIERS | CARRIERS | JUDGEMENTS | JUDGEMENTS.map(undo) | RESTATED, max_size=16)


Reviews = dict[tuple[str, str], Review]


def take(made: Registry, step: Snapshot | Judgement | tuple[str, Snapshot], told: Reviews | None = None) -> list[tuple]:
    """What one step changes, as far as a reader could tell who has been told of these reviews."""
    told = {} if told is None else told
    if isinstance(step, Judgement):
        changes = made.judge(step)
    elif step[0] == "restate":
        changes = made.restate(step[1])
    else:
        changes = made.observe(step)
    reviews = [(pair, review) for pair, review in made.stirred() if told.get(pair) != review]
    told.update(reviews)
    for pair in [pair for pair, review in reviews if review is None]:
        del told[pair]
    return [*((c.assignment, c.leaves, c.because) for c in changes), *reviews]


def read_back(wrote: Registry, decided: list[Judgement], rest: list[Snapshot] = ()) -> Registry:
    """As the worker does it: decisions, and each record by its keys. `rest` come back without keys, as of old."""
    made = registry()
    made.restore((), (), decided)
    shelf = {said.subject_key.encode(): (said, assignment) for said, assignment in wrote.standing()}
    recall = made.recall(shelf.__getitem__, lambda written: wrote.blocks(written.decode())[1:])
    for written, (each, _) in shelf.items():
        if each.subject_key not in rest:
            recall.lay(Kept(each.subject_key, wrote.blocks(each.subject_key)[1:], each.features.merged, written))
    recall.finish()
    for each, assignment in shelf.values():
        if each.subject_key in rest:
            made.restore([each], [assignment])
    return made


@settings(max_examples=500, deadline=None)
@given(STEPS, STEPS, st.sets(st.sampled_from(KEYS)))
def test_whatever_comes_next_ends_as_if_nothing_had_happened(before, after, as_of_old):
    wrote, told = registry(), {}
    for step in before:
        take(wrote, step, told)
    again, told_again = read_back(wrote, list(wrote.judgements()), as_of_old), dict(told)
    for pair in told:
        again.restore_review(pair, True)
    for step in after:
        assert take(again, step, told_again) == take(wrote, step, told)
    assert state(again, KEYS) == state(wrote, KEYS)
    assert told == told_again == {(each.left, each.right): each for each in wrote.reviews()}


@settings(max_examples=500, deadline=None)
@given(STEPS, st.sets(st.sampled_from(KEYS)))
def test_looking_at_everything_again_finds_nothing_to_change(before, as_of_old):
    wrote = registry()
    for step in before:
        take(wrote, step)
    again = read_back(wrote, list(wrote.judgements()), as_of_old)
    assert [change for changes in again.sweep() for change in changes] == []
    assert state(again, KEYS) == state(wrote, KEYS)


def test_nobody_is_read_before_something_comes_near():
    wrote = registry(
        said("a", given_name="Amy", birth_date=BORN), said("b", given_name="Omar", birth_date="2009-11-30")
    )
    read = []
    made = registry()
    recall = made.recall(
        lambda written: read.append(written) or (wrote.said(written.decode()), None),
        lambda written: wrote.blocks(written.decode())[1:],
    )
    for key in "ab":
        recall.lay(Kept(key, wrote.blocks(key)[1:], frozenset(), key.encode()))
    recall.finish()
    assert read == []
    made.observe(said("c", given_name="Amy", birth_date=BORN))
    assert read == [b"a"]


@settings(max_examples=200, deadline=None)
@given(STEPS, STEPS, STEPS, st.booleans(), st.integers(0, 3))
def test_another_model_taken_over_at_any_time_ends_as_if_it_had_always_weighed(first, then, after, back, at):
    made = registry()
    for step in first:
        take(made, step)
    made = read_back(made, list(made.judgements())) if back else made
    for step in then:
        take(made, step)
    for _ in made.adopt(load("uk-2")):
        pass
    sweep = made.sweep()
    for number, step in enumerate(after):
        if number >= at:
            next(sweep, None)
        take(made, step)
    for _ in sweep:
        pass
    always = Registry(lambda key: f"person-{key}", load("uk-2"))
    for step in [*first, *then, *after]:
        take(always, step)
    assert state(made, KEYS) == state(always, KEYS)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_model_with_other_tables_of_names_looks_for_records_under_other_keys(before):
    """Two models that hear names alike keep the blocks; for others they are made anew."""
    other = load("uk-2")
    heard_otherwise = type(other).__new__(type(other))
    heard_otherwise.__dict__.update(other.__dict__)
    heard_otherwise.names = type(other.names)({"amy": 0.1}, {"benjamin": ["ben", "omar"]}, ["lena"])
    made, always = registry(), Registry(lambda key: f"person-{key}", heard_otherwise)
    for step in before:
        take(made, step)
        take(always, step)
    for _ in made.adopt(heard_otherwise):
        pass
    for _ in made.sweep():
        pass
    assert state(made, KEYS) == state(always, KEYS)
    assert all(set(made.blocks(k)) == set(always.blocks(k)) for k in KEYS if k in made)


def test_in_every_shipped_model_differing_weighs_least():
    """So that which numbers are nobody's hangs on levels alone, and outlives a model with other weights."""
    for version in shipped():
        levels = load(version)._levels
        for field in ("given_name", "birth_date"):
            assert min(levels[field].values(), key=lambda each: each.bits).level == "differ"
