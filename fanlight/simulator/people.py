"""Who people are, in truth: what there is to know of a person, and since when."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from fanlight.county.people import Household
from fanlight.simulator.names import Community
from schemas.dates import age_on

#: The day on which the county is looked at, and how far back its records go. A clock would make every run another.
AS_OF = date(2026, 9, 1)
YEARS = 3
OPENING = AS_OF - timedelta(days=365 * YEARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true of a person at one time. Empty text is what there is none of; without a `home` nobody knows one.

    `birth_date` is YYYY-MM-DD, `sex` M or F, and `protected` GROUP/SIDE as `docs/identity.md` has it.
    """

    given_name: str
    middle_names: str = ""
    family_name: str
    aliases: tuple[str, ...] = ()
    birth_date: str
    sex: str
    home: Household | None
    nhs_number: str = ""
    upn: str = ""
    la_child_id: str = ""
    protected: str = ""


@dataclass(slots=True, kw_only=True)
class Person:
    """One identity of somebody, and all that was ever true of it.

    * `key` names the identity in `truth.csv`, and `group` the hard case that it is there for (`groups.py`).
    * `born` may lie after the first record: the child was expected. `school` is the number of the first school.
    * Agencies can have heard of the identity from `since` on, and until `until`, which ends a former identity.
    * `truths` says from which day on which facts hold, oldest first.
    * `hard_name` makes mistakes in names more likely; `misspelt` has, by the right name, the wrong one made of it
      last, which is often made again.
    """

    key: str
    group: str
    community: Community
    born: date
    school: int
    hard_name: bool = False
    since: date = OPENING
    until: date = AS_OF
    truths: list[tuple[date, Facts]]
    siblings: list["Person"] = field(default_factory=list)
    #: A number that stands on some of this person's records and is not theirs, in place of their own.
    borrowed_nhs: str = ""
    misspelt: dict[str, str] = field(default_factory=dict)

    def at(self, day: date) -> Facts:
        """What is true on a day; before the first, what was true then."""
        place = bisect_right(self.truths, day, key=_day)
        return self.truths[max(0, place - 1)][1]

    @property
    def first(self) -> Facts:
        """What was true first."""
        return self.truths[0][1]

    @property
    def last(self) -> Facts:
        """What is true now."""
        return self.truths[-1][1]

    def change(self, day: date, **said: Any) -> None:
        """Make something true from a day on."""
        before = [(since, facts) for since, facts in self.truths if since < day]
        after = [(since, replace(facts, **said)) for since, facts in self.truths if since >= day]
        self.truths = [*before, (day, replace(self.at(day), **said)), *after]

    def always(self, **said: Any) -> None:
        """Make something true from the first day on."""
        self.truths = [(since, replace(facts, **said)) for since, facts in self.truths]

    def age(self, day: date) -> int:
        """Whole years on a day; below 0 before birth."""
        return age_on(self.born, day)


def _day(truth: tuple[date, Facts]) -> date:
    return truth[0]


def related(people: Iterable[Person]) -> None:
    """Tell each of one home about the others, so that their numbers can be confused."""
    together = list(people)
    for person in together:
        person.siblings = [other for other in together if other is not person]
