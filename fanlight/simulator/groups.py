"""The hard cases: each kind of household in which identity goes wrong, under the name it has in `truth.csv`.

One call makes one household; the people who have its `group` are counted against the model's share, the others are
ordinary brothers and sisters.
"""

from collections.abc import Callable
from datetime import timedelta

from fanlight.simulator.families import Maker, doubled
from fanlight.simulator.people import AS_OF, OPENING, Person
from fanlight.simulator.registers import DUMMY_NHS, hostel, no_home

#: Communities from which children come alone, and those in which the family name stands first or names are many.
ALONE = ("kurdish", "afghan", "arab", "somali")
FAMILY_FIRST = ("chinese", "somali", "nigerian")
TRANSLITERATED = ("arab", "afghan", "kurdish", "somali", "bangladeshi", "pakistani")
OTHER_SEX = {"M": "F", "F": "M"}


def twin(make: Maker) -> list[Person]:
    """Two born on one day: two in three of one sex, and of those half with names that are alike."""
    parents, born = make.parents(), make.born()
    one = make.child(parents, born, group="twin")
    same_sex = make.chance(0.67)
    sex = one.first.sex if same_sex else OTHER_SEX[one.first.sex]
    given, sex = make.another_name(parents, one, sex=sex, alike=same_sex and make.chance(0.5))
    other = make.child(parents, born, group="twin", sex=sex, given=given)
    return make.with_siblings(parents, one, other, likely=0.25)


def parent_identifier(make: Maker) -> list[Person]:
    """A child on whose records the number of a parent stands, or of a brother or sister."""
    parents = make.parents()
    person = make.child(parents, make.born(), group="parent_identifier")
    people = make.with_siblings(parents, person, likely=0.7)
    others = [sibling.first.nhs_number for sibling in person.siblings]
    person.borrowed_nhs = others[0] if others and make.chance(0.5) else make.registers.nhs_number()
    for sibling in person.siblings:
        if person.borrowed_nhs not in others and make.chance(0.3):
            sibling.borrowed_nhs = person.borrowed_nhs
            sibling.group = "parent_identifier"
    return people


def adopted(make: Maker) -> list[Person]:
    """One child as two identities that must never be joined: new numbers, mostly a new name."""
    parents = make.parents()
    before = make.child(parents, make.born(youngest=1), group="adopted")
    day = make.day(max(before.since, OPENING) + timedelta(days=100), AS_OF - timedelta(days=100))
    after_parents = make.parents()
    after = make.child(after_parents, before.born, group="adopted", sex=before.first.sex)
    after.community, after.hard_name = before.community, before.hard_name
    told = before.first
    after.always(middle_names=told.middle_names)
    if make.chance(0.7):
        after.always(given_name=told.given_name)
    if make.chance(0.3):
        after.always(given_name=told.given_name, family_name=told.family_name, home=told.home)
    before.until, after.since = day, day
    group = make.registers.protected()
    before.always(protected=f"{group}/1")
    after.always(protected=f"{group}/2")
    return [*make.with_siblings(parents, before, likely=0.3), after]


def uasc(make: Maker) -> list[Person]:
    """A child who came alone: a birth date given by an officer, a name written as heard, a shared address."""
    born = make.born(youngest=14)
    given = born.replace(month=1, day=1) if make.chance(0.6) else born.replace(day=15)
    person = make.child(make.parents(*ALONE), given, group="uasc", sex="M" if make.chance(0.88) else "F")
    person.hard_name, person.since = True, make.day()
    person.always(middle_names="", home=hostel(make.rng), upn=person.first.upn if make.chance(0.7) else "")
    if make.chance(0.15):
        assessed = person.born.replace(year=person.born.year - make.rng.choice((1, 2)), month=1, day=1)
        person.change(make.day(person.since), birth_date=assessed.isoformat())
    if make.chance(0.4):
        person.change(make.day(person.since), home=hostel(make.rng))
    return [person]


def alias(make: Maker) -> list[Person]:
    """A child who goes by another name: another given name, another family name, or both."""
    parents = make.parents()
    person = make.child(parents, make.born(), group="alias")
    facts, kind = person.first, make.rng.random()
    family = facts.family_name if kind > 0.7 else parents.community.draw_family(make.rng)[0]
    same = kind < 0.3 and family != facts.family_name
    given = facts.given_name if same else make.another_name(parents, person, sex=facts.sex)[0]
    person.always(aliases=(f"{given} {family}",))
    return make.with_siblings(parents, person)


def name_order(make: Maker) -> list[Person]:
    """A double surname, or a family name that stands first: halves and orders change from one form to the next."""
    parents = make.parents() if make.chance(0.6) else make.parents(*FAMILY_FIRST)
    other = parents.community.draw_family(make.rng)[0]
    joint = make.rng.choice(("-", " "))
    parents.family = {sex: doubled(name.split("-")[0], other, joint) for sex, name in parents.family.items()}
    person = make.child(parents, make.born(), group="name_order")
    person.hard_name = True
    return make.with_siblings(parents, person)


def transliterated(make: Maker) -> list[Person]:
    """A name from another script, spelt as many ways as there are forms."""
    parents = make.parents(*TRANSLITERATED)
    boys = parents.community.given["M"].names
    names = [n for n in boys if n in make.names.variants] or boys
    families = [n for n in parents.community.families["M"].names if n in make.names.variants]
    if families:
        parents.family = dict.fromkeys("MF", make.rng.choice(families))
    person = make.child(parents, make.born(), group="transliterated", sex="M", given=make.rng.choice(names))
    person.hard_name = True
    return make.with_siblings(parents, person)


def traveller(make: Maker) -> list[Person]:
    """A family that moves every few months, often to no address."""
    parents = make.parents("traveller", "traveller", "roma")
    person = make.child(parents, make.born(), group="traveller")
    people = make.with_siblings(parents, person, likely=0.7)
    for day in sorted(make.day() for _ in range(make.rng.randint(3, 8))):
        make.move(people, day)
        if make.chance(0.4):
            there = no_home(make.rng)
            for each in people:
                each.change(day, home=there)
    return people


def temporary_upn(make: Maker) -> list[Person]:
    """A pupil with a temporary number until their own is found, which for some it never is."""
    parents = make.parents()
    person = make.child(parents, make.born(youngest=5, oldest=16), group="temporary_upn")
    own = person.first.upn
    person.always(upn=make.registers.temporary_upn(parents.school, person.born.year + 4))
    if make.chance(0.7):
        person.change(make.day(), upn=own)
    return make.with_siblings(parents, person)


def superseded_nhs(make: Maker) -> list[Person]:
    """An NHS number that was replaced by another."""
    parents = make.parents()
    person = make.child(parents, make.born(), group="superseded_nhs")
    person.change(make.day(person.since), nhs_number=make.registers.nhs_number())
    return make.with_siblings(parents, person)


def dummy_number(make: Maker) -> list[Person]:
    """A child whose records have a number that stands for none, passes its check, and is shared with strangers."""
    parents = make.parents()
    person = make.child(parents, make.born(), group="dummy_number")
    person.borrowed_nhs = make.rng.choice(DUMMY_NHS)
    return make.with_siblings(parents, person)


def gender_change(make: Maker) -> list[Person]:
    """A young person who took another name and sex, and mostly a new NHS number with them."""
    parents = make.parents()
    person = make.child(parents, make.born(youngest=12), group="gender_change")
    sex = OTHER_SEX[person.first.sex]
    day = make.day()
    person.change(day, given_name=make.another_name(parents, person, sex=sex)[0], sex=sex, middle_names="")
    if make.chance(0.7):
        person.change(day, nhs_number=make.registers.nhs_number())
    return make.with_siblings(parents, person)


def unborn(make: Maker) -> list[Person]:
    """A child who was expected before they were born, under the name of the mother; some are not born yet."""
    parents = make.parents()
    expected = AS_OF - timedelta(days=make.rng.randint(-150, 800))
    born = expected + timedelta(days=make.rng.randint(-21, 14))
    person = make.child(parents, born, group="unborn")
    known = person.first
    mother = parents.family["F"] if make.chance(0.7) else parents.community.draw_family(make.rng)[1]
    person.always(given_name=make.rng.choice(("Baby", "Baby", "Unborn", "")), middle_names="", family_name=mother,
                  birth_date=expected.isoformat(), sex="", nhs_number="", upn="")  # fmt: skip
    person.since = max(OPENING, expected - timedelta(days=160))
    if born < AS_OF:
        day = born + timedelta(days=make.rng.randint(0, 10))
        person.change(day, given_name=known.given_name, middle_names=known.middle_names, sex=known.sex,
                      birth_date=born.isoformat(), nhs_number=known.nhs_number)  # fmt: skip
        person.change(day + timedelta(days=make.rng.randint(0, 40)), family_name=known.family_name)
    person.siblings = []
    return [person]


def same_name_same_birth_date(make: Maker) -> list[Person]:
    """Two strangers of one name and birth date, in two homes."""
    parents = make.parents()
    one = make.child(parents, make.born(), group="same_name_same_birth_date")
    elsewhere = make.parents(parents.community.key)
    elsewhere.family = parents.family
    facts = one.first
    other = make.child(elsewhere, one.born, group=one.group, sex=facts.sex, given=facts.given_name)
    return [*make.with_siblings(parents, one, likely=0.2), *make.settle([other])]


GROUPS: dict[str, Callable[[Maker], list[Person]]] = {
    kind.__name__: kind
    for kind in (
        twin, parent_identifier, adopted, uasc, alias, name_order, transliterated, traveller, temporary_upn,
        superseded_nhs, dummy_number, gender_change, unborn, same_name_same_birth_date,
    )
}  # fmt: skip

#: Every value that `group` has in truth.csv.
ALL_GROUPS = ("ordinary", "sibling", *GROUPS)
