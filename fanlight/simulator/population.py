"""Everybody who lives in the county, family by family."""

from collections.abc import Iterator
from random import Random

from fanlight.simulator.error_model import ErrorModel
from fanlight.simulator.families import Maker
from fanlight.simulator.groups import GROUPS
from fanlight.simulator.names import county_names
from fanlight.simulator.people import Person
from fanlight.simulator.registers import Registers

#: How many people of its own group a household has, where it is not one.
_COUNTED = {"twin": 2, "adopted": 2, "same_name_same_birth_date": 2}


def families(people: int, seed: int, model: ErrorModel, registers: Registers) -> Iterator[tuple[int, list[Person]]]:
    """Exactly so many people, family by family, the special ones first; each family with its number."""
    number, left = 0, people
    plan = [kind for kind, share in model.groups.items() for _ in range(round(share * people / _COUNTED.get(kind, 1)))]
    while left > 0:
        make = Maker(Random(f"{seed}/family/{number}"), county_names(), registers, model.moves, left)
        made = GROUPS[plan[number]](make) if number < len(plan) else make.family()
        made = made if len(made) <= left else make.family()
        yield number, made
        left -= len(made)
        number += 1
