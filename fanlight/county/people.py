"""Who lives in the county: children in households, each with what every agency would know of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle
from random import Random

from fanlight.county import identifiers as ids
from fanlight.county.names import COMMUNITIES, STREET_KINDS, STREETS, TOWNS, Community
from schemas.dates import age_on

PUPILS_A_SCHOOL = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Where children live together."""

    line: str
    town: str
    postcode: str

    @property
    def address(self) -> str:
        """The address on one line, without the postcode."""
        return f"{self.line}, {self.town}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One invented child, and the key by which each agency knows them."""

    serial: int
    given: str
    middle: str
    family: str
    born: date
    sex: str
    ethnic: str
    ethnic_nhs: str
    language: str
    household: Household
    nhs_number: str
    upn: str
    school: int
    police_family: str = ""

    @property
    def child_id(self) -> str:
        """The local authority's id."""
        return ids.child_id(self.serial)

    @property
    def police_reference(self) -> str:
        """The force's own person number."""
        return ids.police_reference(self.serial)

    @property
    def hospital_number(self) -> str:
        """The hospital's own patient number."""
        return ids.hospital_number(self.serial)

    @property
    def pupil_id(self) -> str:
        """The key by which the tables of a school census refer to one another."""
        return f"syn{self.serial:05d}-{self.school:03d}"

    @property
    def family_at_police(self) -> str:
        """The family name as the force wrote it down."""
        return self.police_family or self.family

    def age(self, on: date) -> int:
        """Whole years on a day."""
        return age_on(self.born, on)


class Registrar:
    """Gives out households and identifiers, never one twice."""

    def __init__(self, people: int, rng: Random, today: date) -> None:
        self.today = today
        self.schools = max(3, people // PUPILS_A_SCHOOL)
        self._rng = rng
        self._nhs = ids.nhs_numbers(rng.randrange(900_000))
        self._postcodes = cycle(ids.postcodes())
        self._serial = 0
        self.registered = 0
        self._pupils: Counter[tuple[int, int]] = Counter()

    def household(self) -> Household:
        """A new address; after 32,000 of them postcodes are used again."""
        rng, code = self._rng, next(self._postcodes)
        line = f"{rng.randint(1, 180)} {rng.choice(STREETS)} {rng.choice(STREET_KINDS)}"
        return Household(line=line, town=rng.choice(TOWNS), postcode=code)

    def child(
        self,
        given: str,
        family: str,
        sex: str,
        born: date,
        community: Community,
        household: Household,
        middle: str = "",
    ) -> Child:
        """A child with fresh identifiers."""
        self._serial += 1
        self.registered += 1
        school = self._rng.randrange(self.schools) + 1
        entry = born.year + 4
        self._pupils[school, entry] += 1
        return Child(
            serial=self._serial,
            given=given,
            middle=middle,
            family=family,
            born=born,
            sex=sex,
            ethnic=community.ethnic,
            ethnic_nhs=community.ethnic_nhs,
            language=community.language,
            household=household,
            nhs_number=next(self._nhs),
            upn=ids.upn(school, entry, self._pupils[school, entry]),
            school=school,
        )

    def spare_hospital_number(self) -> str:
        """A patient number for somebody whom the hospital has not recognised."""
        self._serial += 1
        return ids.hospital_number(self._serial)

    def born(self, years: int, days: int) -> date:
        """The birth date of somebody who turned `years` so many days ago."""
        day = self.today - timedelta(days=days)
        # 28 February stands in for the 29th in years without one.
        return date(day.year - years, day.month, min(day.day, 28))

    def families(self, people: int) -> Iterator[Child]:
        """So many ordinary children, in households of one to three."""
        rng = self._rng
        weights = [c.weight for c in COMMUNITIES]
        left = people
        while left > 0:
            community = rng.choices(COMMUNITIES, weights)[0]
            home = self.household()
            family = rng.choice(community.families)
            size = min(left, rng.choices((1, 2, 3), (55, 33, 12))[0])
            ages = rng.sample(range(5, 18), size)
            given: set[str] = set()
            for age in ages:
                sex = rng.choice("MF")
                pool = [n for n in (community.boys if sex == "M" else community.girls) if n not in given]
                name = rng.choice(pool)
                given.add(name)
                middle = rng.choice(pool) if rng.random() < 0.4 else ""
                born = self.born(age, rng.randrange(1, 360))
                yield self.child(name, family, sex, born, community, home, "" if middle == name else middle)
            left -= size


def with_temporary_upn(child: Child, serial: int) -> Child:
    """The child as a school knows them before their own number is found."""
    return replace(child, upn=ids.temporary_upn(child.school, child.born.year + 4, serial))
