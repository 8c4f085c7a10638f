"""What is true of a person, and since when; and the keys and numbers they are given."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fanlight.simulator.families import Maker
from fanlight.simulator.names import county_names
from fanlight.simulator.people import AS_OF, OPENING
from fanlight.simulator.registers import Registers, scrambled

DAYS = st.integers(1, (AS_OF - OPENING).days).map(lambda days: OPENING + timedelta(days=days))


def somebody():
    make = Maker(Random("somebody"), county_names(), Registers(10, 1), 0.0)
    return make.child(make.parents(), date(2014, 3, 4))


@given(st.lists(DAYS, min_size=1, max_size=6, unique=True))
def test_what_is_said_from_a_day_on_is_true_until_something_else_is(days):
    person = somebody()
    before = person.first.family_name
    for number, day in enumerate(sorted(days)):
        person.change(day, family_name=f"Name{number}")
    assert person.at(min(days) - timedelta(days=1)).family_name == before
    for number, day in enumerate(sorted(days)):
        assert person.at(day).family_name == f"Name{number}"
    assert person.last.family_name == f"Name{len(days) - 1}"


@given(DAYS, DAYS)
def test_changes_of_different_things_stand_beside_each_other(moved, renamed):
    one, other = somebody(), somebody()
    one.change(moved, sex="X")
    one.change(renamed, family_name="Other")
    other.change(renamed, family_name="Other")
    other.change(moved, sex="X")
    for day in (OPENING, moved, renamed, AS_OF):
        assert one.at(day) == other.at(day)


def test_a_person_is_so_many_whole_years_old():
    person = somebody()
    assert [person.age(day) for day in (date(2026, 3, 3), date(2026, 3, 4), date(2014, 3, 3))] == [11, 12, -1]


def test_keys_are_scrambled_and_never_the_same():
    serials = range(1, 50_000)
    keys = [scrambled(serial) for serial in serials]
    assert len(set(keys)) == len(keys)
    assert not any(abs(one - other) < 1000 for one, other in pairwise(keys))


def test_one_name_of_several_spellings_is_each_of_the_others():
    variants = county_names().variants
    assert "Muhammad" in variants["Mohammed"]
    assert all(name not in others for name, others in variants.items())


def test_every_community_has_names_for_both():
    rng = Random(1)
    for community in county_names().communities:
        for sex in "MF":
            assert len({community.draw_given(rng, sex) for _ in range(200)}) > 5, community.key
        assert len({community.draw_family(rng) for _ in range(200)}) > 5, community.key
