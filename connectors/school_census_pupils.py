"""Whom the pupil tables of a school census list, and by which ids the other tables name them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from connectors.cells import stated
from connectors.csv_sentences import unworded
from connectors.dates import birth_of, parse_moment
from connectors.identifiers import UPN_ABSENT, identifier, is_placeholder, says_nothing
from connectors.tabular import Row
from schemas.events import Person

PUPIL_IDS = ("pupilonrolltableid", "pupilnolongeronrolltableid")
#: Its column, and what it was called until 2024.
SEX = ("sex", "gender")
#: The id column of a kind of pupil table, and an id in it.
PupilId = tuple[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Pupil:
    """A row of a pupil table: whom the school means, and what it says of them."""

    subject: str
    person: Person
    marks: tuple[str, ...]

    @property
    def known_as(self) -> tuple[str | None, ...]:
        """Given name, family name and birth date: by these a school tells its pupils apart where no number does."""
        told = (self.person.given_name, self.person.family_name, self.person.birth_date)
        return tuple(each and each.casefold() for each in told)


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """A pupil, and the census and school whose table lists them: each numbers its pupils for itself."""

    pupil: Pupil
    census: str
    school: str


#: Stands for whoever is meant where an id is that of several pupils.
NOBODY = Pupil("", Person(), ())


def pupil_id_of(row: Row) -> PupilId:
    """The pupil table's id, by which the other tables name their pupil, and its column; empty where there is none."""
    given = ((column, row.get(column)) for column in PUPIL_IDS)
    return next(((column, value) for column, value in given if value and not says_nothing(value)), ("", ""))


def shared_ids(pupils: Mapping[PupilId, Sequence[Listed]], without: Collection[str] = ()) -> frozenset[str]:
    """Ids that kinds of pupil table, censuses or schools gave to different pupils without a UPN to be told by, or with
    one of those in `without`."""
    known: dict[str, dict[tuple[str, str, str], tuple[str | None, ...]]] = defaultdict(dict)
    for (column, value), listed in pupils.items():
        for each in listed:
            if each.pupil.subject == value or each.pupil.subject in without:
                who, told, giver = each.pupil.known_as, known[value], (column, each.census, each.school)
                told[giver] = min(who, told.get(giver, who), key=repr)
    return frozenset(value for value, told in known.items() if len(set(told.values())) > 1)


def shared_upns(pupils: Mapping[PupilId, Sequence[Listed]]) -> frozenset[str]:
    """UPNs under which the pupil tables list pupils who have no more than one of given name, family name and birth date
    in common: somebody has the number of another."""
    known: dict[str, set[tuple[str | None, ...]]] = defaultdict(set)
    for (_, own_id), listed in pupils.items():
        for each in listed:
            if each.pupil.subject != own_id:
                known[each.pupil.subject].add(each.pupil.known_as)
    return frozenset(upn for upn, told in known.items() if any(_are_two(*pair) for pair in combinations(told, 2)))


def _are_two(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> bool:
    """Whether two of what is told of both differ."""
    return sum(a is not None and b is not None and a != b for a, b in zip(one, other, strict=True)) > 1


def pupil_of(row: Row) -> Pupil:
    """Whom a row is about, as far as it says by itself: by UPN, else by the pupil table's id, else by nothing."""
    birth_date, accuracy = birth_of(parse_moment(stated(row, "dob")))
    own_id = pupil_id_of(row)[1]
    sent = (("upn", "upn"), ("former-upn", "formerupn"), ("uln", "uniquelearnernumber"), ("pupil-id", ""))
    identifiers = {
        column or "pupil": identifier(system, value)
        for system, column in sent
        if (value := stated(row, column) if column else own_id) and not UPN_ABSENT.fullmatch(value)
    }
    person = Person(
        given_name=row.get("forename") or None,
        middle_names=row.get("middlenames") or None,
        family_name=row.get("surname") or None,
        aliases=_aliases(row),
        birth_date=birth_date,
        birth_date_accuracy=accuracy,
        sex=next(filter(None, (unworded(stated(row, column)) for column in SEX)), None),
        postcode=stated(row, "postcode") or None,
        identifiers=tuple(identifiers.values()),
    )
    failed = tuple(f"check_failed:{column.upper()}" for column, held in identifiers.items() if not held.valid)
    upn = identifiers.get("upn")
    named = upn is not None and not is_placeholder(upn.value)
    return Pupil(upn.value if upn is not None and named else own_id, person, failed)


def _aliases(row: Row) -> tuple[str, ...]:
    given, family = row.get("forename"), row.get("surname")
    other = [row.get(column) for column in ("preferredsurname", "formersurname")]
    return tuple(dict.fromkeys(f"{given} {name}".strip() for name in other if name and name != family))
