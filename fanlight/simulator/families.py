"""Households: children of one home, as most children live."""

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from functools import cache
from random import Random

from fanlight.county import identifiers as ids
from fanlight.county.people import Household
from fanlight.simulator.names import Community, County
from fanlight.simulator.people import AS_OF, OPENING, Facts, Person, related
from fanlight.simulator.registers import Registers, home

CHILDHOOD_DAYS = 18 * 365
SIZES, SIZE_WEIGHTS = (1, 2, 3, 4), (45, 37, 13, 5)
#: Days between the births of two children who are not twins.
SPACING = 330
_JITTER = 60


def doubled(one: str, other: str, joint: str = "-") -> str:
    """A double surname of two, or the one of two that are the same."""
    return one if other in one.split("-") else f"{one}{joint}{other}"


@cache
def closest(name: str, names: tuple[str, ...], spellings: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The three other names that are most like a name, as Ellie is like Ella, and no other spelling of it."""
    likeness = SequenceMatcher(b=name)

    def unlike(other: str) -> tuple[float, str]:
        likeness.set_seq1(other)
        return -likeness.ratio(), other

    return tuple(sorted((other for other in names if other not in (name, *spellings)), key=unlike)[:3])


@dataclass(slots=True)
class Parents:
    """What the children of one home have in common."""

    community: Community
    family: dict[str, str]
    home: Household
    school: int


@dataclass(slots=True)
class Maker:
    """Makes families by chance; one `rng` a family, so that no family depends on another."""

    rng: Random
    names: County
    registers: Registers
    moves: float
    left: int = 4

    def chance(self, share: float) -> bool:
        """Whether something happens that happens this often."""
        return self.rng.random() < share

    def day(self, first: date = OPENING, last: date = AS_OF) -> date:
        """A day between two, or the first where there is none between."""
        return first + timedelta(days=self.rng.randrange(max(1, (last - first).days)))

    def born(self, youngest: int = 0, oldest: int = 17) -> date:
        """A birth date that makes somebody so old today, in whole years."""
        return AS_OF - timedelta(days=self.rng.randint(youngest * 365 + 5, (oldest + 1) * 365))

    def parents(self, *communities: str) -> Parents:
        """A home, of one of some communities or of any."""
        rng = self.rng
        community = self.names.community(rng.choice(communities)) if communities else self.names.draw(rng)
        boys, girls = community.draw_family(rng)
        if rng.random() < community.double:
            boys = girls = doubled(boys, community.draw_family(rng)[0])
        school = rng.randrange(self.registers.schools) + 1
        found = Parents(community, {"M": boys, "F": girls}, home(rng), school)
        community.draw_given(rng, "M")  # made nothing of: without it each seed would give another county than before
        return found

    def child(self, parents: Parents, born: date, *, group: str = "ordinary", sex: str = "", given: str = "") -> Person:
        """A child of these parents, with numbers of their own."""
        rng, community = self.rng, parents.community
        sex = sex or rng.choice("MF")
        given = given or community.draw_given(rng, sex)
        middle = (
            community.draw_given(rng, "M" if community.patronymic else sex) if self.chance(community.middle) else ""
        )
        entry = born.year + 4 + ((born.month, born.day) > (8, 31))
        number = self.registers.person()
        facts = Facts(
            given_name=given,
            middle_names=middle if middle != given and self.chance(community.middle) else "",
            family_name=parents.family[sex],
            birth_date=born.isoformat(),
            sex=sex,
            home=parents.home,
            nhs_number=self.registers.nhs_number(),
            upn=self.registers.upn(parents.school, entry) if entry - 1 <= AS_OF.year else "",
            la_child_id=ids.child_id(number),
        )
        hard = self.chance(community.hard)
        return Person(
            key=f"P{number:07d}", group=group, community=community, born=born, hard_name=hard,
            since=max(OPENING, born), truths=[(min(born, OPENING), facts)], school=parents.school,
        )  # fmt: skip

    def family(self) -> list[Person]:
        """An ordinary family of one to four children."""
        parents = self.parents()
        size = self.rng.choices(SIZES, SIZE_WEIGHTS)[0]
        people: list[Person] = []
        for born in self._births(min(size, self.left)):
            given, sex = self.another_name(parents, *people)
            people.append(self.child(parents, born, given=given, sex=sex))
        return self.settle(people)

    def with_siblings(self, parents: Parents, person: Person, *twins: Person, likely: float = 0.4) -> list[Person]:
        """Somebody special, who may have a brother or sister at home; they move together."""
        people = [person, *twins]
        if self.chance(likely):
            apart = self.rng.randint(SPACING, 2500)
            born = person.born - timedelta(days=apart)
            if (AS_OF - born).days > CHILDHOOD_DAYS:
                born = person.born + timedelta(days=apart)
            if born < AS_OF:
                given, sex = self.another_name(parents, *people)
                people.append(self.child(parents, born, given=given, sex=sex))
        return self.settle(people)

    def another_name(self, parents: Parents, *siblings: Person, sex: str = "", alike: bool = False) -> tuple[str, str]:
        """A given name that no sibling has, close to the first one's if it is to be alike; and a sex."""
        sex = sex or self.rng.choice("MF")
        taken = {sibling.first.given_name for sibling in siblings}
        if alike:
            name = siblings[0].first.given_name
            near = closest(name, parents.community.given[sex].names, self.names.variants.get(name, ()))
            return self.rng.choice(near), sex
        while (given := parents.community.draw_given(self.rng, sex)) in taken:
            pass
        return given, sex

    def settle(self, people: list[Person]) -> list[Person]:
        """Tell siblings of one another, and let some families move."""
        related(people)
        if len(people) > 1:
            for person in people:
                person.group = "sibling" if person.group == "ordinary" else person.group
        if self.chance(self.moves):
            self.move(people, self.day())
        return people

    def move(self, people: list[Person], day: date) -> None:
        """A family moves."""
        there = home(self.rng)
        for person in people:
            person.change(max(day, person.truths[0][0]), home=there)

    def _births(self, size: int) -> list[date]:
        rng, places = self.rng, sorted(self.rng.sample(range(CHILDHOOD_DAYS // SPACING), size))
        youngest = rng.randrange(SPACING - _JITTER)
        return [AS_OF - timedelta(days=place * SPACING + youngest + rng.randint(1, _JITTER)) for place in places]
