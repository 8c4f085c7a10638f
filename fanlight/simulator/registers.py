"""The registers of the county: numbers, homes and keys, given out once each and never outside the synthetic ranges."""

from collections import Counter, deque
from collections.abc import Iterator
from random import Random

from fanlight.county import identifiers as ids
from fanlight.county.names import STREET_KINDS, STREETS, TOWNS
from fanlight.county.people import PUPILS_A_SCHOOL, Household

#: Typed to get past a form; both pass the check digit, and neither is given to anybody.
DUMMY_NHS = ("9999999999", "9990000018")
#: ONS's pseudo postcodes: no fixed abode, and not known.
NO_FIXED_ABODE, UNKNOWN_POSTCODE = ids.NO_FIXED_ABODE, "ZZ99 3WZ"

_PRIME = 9_999_991  # below it every serial has one scrambled form
_SCRAMBLE = 4_826_809
_STREET_STARTS = ("", "Upper", "Lower", "Old", "New", "East", "West", "North", "South", "Little", "Great", "Saint")
_RECENT = 1000
_POSTCODES = tuple(ids.postcodes())


def scrambled(serial: int) -> int:
    """Another number for each serial below ten million, so that keys of one person do not stand in a row."""
    assert 0 < serial < _PRIME, "ten million keys are as many as there are"
    return serial * _SCRAMBLE % _PRIME


class Registers:
    """What the county gives out."""

    def __init__(self, people: int, seed: int) -> None:
        self.schools = min(9000, max(3, people // PUPILS_A_SCHOOL))
        self._first_nhs = Random(f"{seed}/numbers").randrange(900_000)
        self._nhs = self._numbers()
        self._recent: dict[str, deque[str]] = {"nhs_number": deque(maxlen=_RECENT), "upn": deque(maxlen=_RECENT)}
        self._pupils: Counter[tuple[int, int]] = Counter()
        self._records = self._people = self._protected = 0

    def _numbers(self) -> Iterator[str]:
        return (number for number in ids.nhs_numbers(self._first_nhs) if number not in DUMMY_NHS)

    def nhs_number(self) -> str:
        """The next NHS number of the block that is never issued."""
        return self._given("nhs_number", next(self._nhs))

    def person(self) -> int:
        """A fresh number for a person: of their key in the truth, and of their id at the authority."""
        self._people += 1
        return scrambled(self._people)

    def record(self) -> int:
        """A fresh number for a record; every source makes its own form of key of it."""
        self._records += 1
        return scrambled(_PRIME // 2 + self._records)

    def protected(self) -> str:
        """A group of identities that must stay apart."""
        self._protected += 1
        return f"G{self._protected:05d}"

    def upn(self, school: int, entry: int) -> str:
        """A pupil's number, given by the school they first came to."""
        self._pupils[school, entry] += 1
        return self._given("upn", ids.upn(school, entry, self._pupils[school, entry]))

    def temporary_upn(self, school: int, entry: int) -> str:
        """What a school gives while it looks for the pupil's own."""
        self._pupils[school, -entry] += 1
        return ids.temporary_upn(school, entry, self._pupils[school, -entry])

    def somebody_elses(self, rng: Random, kind: str, own: str) -> str:
        """A number that was given to another person lately."""
        number = rng.choice(self._recent[kind]) if self._recent[kind] else own
        return number if number != own else ""

    def _given(self, kind: str, number: str) -> str:
        self._recent[kind].append(number)
        return number


def home(rng: Random) -> Household:
    """Some address. A postcode has about fifteen homes on one street; in a large county it is used again."""
    place = rng.randrange(len(_POSTCODES))
    street = f"{_STREET_STARTS[place % 12]} {STREETS[place // 12 % 20]} {STREET_KINDS[place // 240 % 6]}".strip()
    number = rng.randint(1, 120)
    line = f"Flat {rng.randint(1, 12)}, {number} {street}" if rng.random() < 0.12 else f"{number} {street}"
    return Household(line=line, town=TOWNS[place // 1440 % len(TOWNS)], postcode=_POSTCODES[place])


def no_home(rng: Random) -> Household:
    """No fixed abode, or a site, as forms have it."""
    words = ("No fixed abode", "NFA", "Travellers site", "Roadside", "c/o Town Hall")
    return Household(line=rng.choice(words), town=rng.choice(TOWNS), postcode=NO_FIXED_ABODE)


def hostel(rng: Random) -> Household:
    """One of the few homes in which children who came alone are placed together."""
    return home(Random(f"hostel {rng.randrange(40)}"))
