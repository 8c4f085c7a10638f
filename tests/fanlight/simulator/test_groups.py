"""Each hard case is what its name says, in the truth from which everything is written."""

from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations
from random import Random

import pytest

from fanlight.simulator import shipped
from fanlight.simulator.families import Maker, closest
from fanlight.simulator.groups import ALL_GROUPS, GROUPS
from fanlight.simulator.names import county_names
from fanlight.simulator.people import AS_OF
from fanlight.simulator.population import families
from fanlight.simulator.registers import DUMMY_NHS, Registers


def made(group, times=60):
    registers = Registers(5000, 1)
    makers = (Maker(Random(f"{group}/{n}"), county_names(), registers, 0.3) for n in range(times))
    return [GROUPS[group](make) for make in makers]


def of(group, times=60):
    return [person for household in made(group, times) for person in household if person.group == group]


def values(people, field):
    return [{getattr(facts, field) for _, facts in person.truths} for person in people]


def test_twins_share_birth_date_home_and_family_and_no_number():
    pairs = [[p for p in household if p.group == "twin"] for household in made("twin")]
    for one, other in pairs:
        assert (one.born, one.first.home, one.last.home) == (other.born, other.first.home, other.last.home)
        assert one.first.given_name != other.first.given_name
        assert one.first.nhs_number != other.first.nhs_number
    same_sex = [pair for pair in pairs if pair[0].first.sex == pair[1].first.sex]
    alike = [pair for pair in same_sex if likeness(*(twin.first.given_name for twin in pair)) > 0.5]
    assert len(same_sex) > len(pairs) / 2
    assert len(alike) > len(same_sex) / 6, "of two names that are drawn apart, one pair in twenty"


def likeness(one, other):
    return SequenceMatcher(a=one, b=other).ratio()


def test_names_that_are_alike_are_the_closest_there_are():
    assert set(closest("Ella", ("Ellie", "Della", "Bella", "Maryam", "Ella", "Grace"))) == {"Ellie", "Della", "Bella"}
    assert closest("Omar", ("Umar", "Oscar", "Adam"), ("Umar",)) == ("Oscar", "Adam")


def test_siblings_live_together_and_are_years_apart():
    households = [people for _, people in families(800, 3, shipped(), Registers(800, 3)) if len(people) > 1]
    siblings = [[p for p in household if p.group == "sibling"] for household in households]
    pairs = [pair for people in siblings for pair in combinations(people, 2)]
    assert len(pairs) > 100
    assert all(one.last.home == other.last.home for one, other in pairs)
    assert all(abs((one.born - other.born).days) > 27 * 7 for one, other in pairs)
    assert all(one.first.given_name != other.first.given_name for one, other in pairs)


def test_a_borrowed_number_is_a_siblings_or_that_of_nobody_with_a_record():
    people = of("parent_identifier")
    own = {person.first.nhs_number for person in people}
    siblings = [p.borrowed_nhs in {s.first.nhs_number for s in p.siblings} for p in people]
    assert {True, False} == set(siblings)
    assert all(p.borrowed_nhs and p.borrowed_nhs != p.first.nhs_number for p in people)
    assert any(p.borrowed_nhs not in own for p in people)


def test_an_adopted_child_is_two_people_with_no_number_in_common_whose_times_do_not_overlap():
    for before, after in ([p for p in household if p.group == "adopted"] for household in made("adopted")):
        assert (before.born, before.first.sex) == (after.born, after.first.sex)
        assert before.until == after.since
        for number in ("nhs_number", "la_child_id"):
            assert getattr(before.first, number) != getattr(after.first, number)
        assert before.last.protected.split("/")[0] == after.first.protected.split("/")[0]
        assert before.last.protected != after.first.protected


def test_a_child_who_came_alone_was_born_on_the_first_or_fifteenth():
    days = Counter(person.first.birth_date[5:] for person in of("uasc"))
    assert days["01-01"] > 20
    assert {day for day in days if day != "01-01" and not day.endswith("-15")} == set()


def test_aliases_are_whole_names():
    assert all(len(person.first.aliases[0].split(" ")) >= 2 for person in of("alias"))


def test_a_name_of_two_halves_has_two():
    names = [person.first.family_name.replace("-", " ").split() for person in of("name_order")]
    assert sum(len(name) >= 2 for name in names) > len(names) * 0.8


def test_a_transliterated_name_can_mostly_be_spelt_otherwise():
    variants = county_names().variants
    people = of("transliterated")
    assert sum(p.first.given_name in variants or p.first.family_name in variants for p in people) > len(people) * 0.9
    assert all(person.hard_name for person in people)


def test_travellers_move_and_are_often_nowhere():
    people = of("traveller")
    homes = [len(lived_in) for lived_in in values(people, "home")]
    assert min(homes) >= 2
    assert sum(homes) / len(homes) > 4
    assert any("ZZ99 3VZ" in {home.postcode for home in homes} for homes in values(people, "home"))


def test_a_temporary_upn_ends_in_a_letter_until_the_pupils_own_is_found():
    people = of("temporary_upn")
    assert all(person.first.upn[-1].isalpha() for person in people)
    assert 0.4 < sum(person.last.upn[-1].isdigit() for person in people) / len(people) < 0.95


def test_a_superseded_number_is_replaced_for_good():
    assert all(len(numbers) == 2 for numbers in values(of("superseded_nhs"), "nhs_number"))


def test_a_dummy_is_given_to_nobody_as_their_own():
    assert {person.borrowed_nhs for person in of("dummy_number")} == set(DUMMY_NHS)
    late = (registers for seed in range(500) if int((registers := Registers(10, seed)).nhs_number()[3:9]) > 880_000)
    given = {number for registers in [next(late)] for number in (registers.nhs_number() for _ in range(120_000))}
    assert {"9990000026", "9999999980"} & given, "the block was gone through to its end and begun again"
    assert not given & set(DUMMY_NHS)


def test_a_change_of_gender_changes_name_and_sex_and_not_the_birth_date():
    people = of("gender_change")
    assert all(person.first.given_name != person.last.given_name for person in people)
    assert all({person.first.sex, person.last.sex} == {"F", "M"} for person in people)
    assert all(len(dates) == 1 for dates in values(people, "birth_date"))


def test_the_unborn_have_an_expected_date_and_no_number():
    people = of("unborn")
    assert all(not person.first.nhs_number and not person.first.upn for person in people)
    assert all(person.first.given_name in ("Baby", "Unborn", "") for person in people)
    born = [person for person in people if person.born < AS_OF and len(person.truths) > 1]
    assert born
    assert all(person.last.birth_date == person.born.isoformat() and person.last.nhs_number for person in born)
    assert any(person.first.birth_date > AS_OF.isoformat() for person in people)


def test_namesakes_are_born_on_one_day_and_live_apart():
    for household in made("same_name_same_birth_date"):
        one, other = (p for p in household if p.group == "same_name_same_birth_date")
        same = [(p.first.given_name, p.first.family_name, p.first.birth_date) for p in (one, other)]
        assert same[0] == same[1]
        assert one.first.home != other.first.home


@pytest.mark.parametrize("people", [1, 37, 1500])
def test_there_are_exactly_as_many_people_as_asked_for(people):
    everybody = [p for _, family in families(people, 5, shipped(), Registers(people, 5)) for p in family]
    assert len(everybody) == people
    assert len({person.key for person in everybody}) == people
    assert {person.group for person in everybody} <= set(ALL_GROUPS)


def test_groups_have_the_shares_of_the_model():
    people = 4000
    counts = Counter(p.group for _, family in families(people, 9, shipped(), Registers(people, 9)) for p in family)
    for group, share in shipped().groups.items():
        assert counts[group] == pytest.approx(share * people, rel=0.5, abs=2), group


def test_no_number_is_given_out_twice():
    everybody = [p for _, family in families(3000, 2, shipped(), Registers(3000, 2)) for p in family]
    for field in ("nhs_number", "upn", "la_child_id"):
        given = [value for held in values(everybody, field) for value in held if value]
        assert len(given) == len(set(given)), field


def test_names_have_a_heavy_tail():
    everybody = [p for _, family in families(8000, 4, shipped(), Registers(8000, 4)) for p in family]
    counts = Counter(person.first.family_name for person in everybody)
    top = sum(count for _, count in counts.most_common(50)) / len(everybody)
    assert 0.2 < top < 0.5, "the fifty most common names are a third of a county"
    assert len(counts) > 1000
