"""What a source says of one record at one time, and what all it has ever said amounts to.

Features only grow, and growing commutes: the same snapshots in any order give the same features.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from schemas.vocabulary import Sensitivity
from streams.identity.normalise import (
    alias_names,
    birth_day,
    family_words,
    given_words,
    name_words,
    plain_address,
    plain_identifier,
    plain_postcode,
)

#: Identifier systems that give one person one number: two different ones are two people.
PERMANENT_SYSTEMS: Final = frozenset({"nhs-number", "upn", "uln", "pnc-id", "cro"})
_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Demographics:
    """Who a record is about, as its source wrote it. Sex, ethnicity and nationality are left out: no evidence.

    `birth_date` is an ISO day, month or year; `birth_date_accuracy` has a letter for day, month and year: accurate,
    estimated or unknown. `identifiers` are (system, value, whether its check holds); `protected` is (group, side):
    records of one group and different sides must never be joined.
    """

    given_name: str | None = None
    middle_names: str | None = None
    family_name: str | None = None
    aliases: tuple[str, ...] = ()
    birth_date: str | None = None
    birth_date_accuracy: str = "AAA"
    birth_date_expected: bool = False
    postcode: str | None = None
    address: str | None = None
    identifiers: tuple[tuple[str, str, bool], ...] = ()
    protected: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return "Demographics(…)"


class Features(NamedTuple):
    """What can be compared, each field the set of everything said; `identifiers` are `system:value`."""

    given: frozenset[str] = _NONE
    middle: frozenset[str] = _NONE
    family: frozenset[str] = _NONE
    born: frozenset[str] = _NONE
    postcodes: frozenset[str] = _NONE
    addresses: frozenset[str] = _NONE
    identifiers: frozenset[str] = _NONE
    protected: frozenset[tuple[str, str]] = frozenset()
    merged: frozenset[str] = _NONE

    def __repr__(self) -> str:
        return "Features(…)"

    @property
    def is_nameless(self) -> bool:
        """Whether it is of somebody who is born, and has no name of their own yet."""
        return not self.given and any(not day.startswith("~") for day in self.born)

    def joined(self, other: "Features") -> "Features":
        """Both as one."""
        if self == other:
            return self
        return Features._make([a if a is b or a >= b else a | b for a, b in zip(self, other, strict=True)])


#: What most events say of the young person.
NOTHING: Final = Features()


class Snapshot(NamedTuple):
    """What one source record was said to be."""

    subject_key: str
    features: Features
    agency: str = ""

    def __repr__(self) -> str:
        return f"Snapshot({self.subject_key})"

    @classmethod
    def of(cls, subject_key: str, said: Demographics, *, agency: str = "", merged: Iterable[str] = ()) -> "Snapshot":
        """Normalise. `merged` are records of the same agency that it says are this one (HL7 A40)."""
        given, more = _given(said.given_name)
        family = _family(said.family_name)
        if said.aliases:
            given, family = _with_aliases(given, family, said.aliases)
        features = Features(
            given,
            more | _middle(said.middle_names) if said.middle_names else more,
            family,
            _born(said.birth_date, said.birth_date_accuracy, said.birth_date_expected),
            _postcode(said.postcode) if said.postcode else _NONE,
            _address(said.address) if said.address else _NONE,
            _identifiers(said.identifiers) if said.identifiers else _NONE,
            frozenset((said.protected,)) if said.protected else frozenset(),
            frozenset(merged) if merged else _NONE,
        )
        return cls(subject_key, features, agency)


# What repeats is kept once: half of the memory of a county is otherwise in sets of one name. No bound is set, as
# records hold the same sets anyway; and a cache that forgets would cost more than what it remembers.


@cache
def _given(name: str | None) -> tuple[frozenset[str], frozenset[str]]:
    words = given_words(name)
    return frozenset(words[:1]), frozenset(words[1:])


@cache
def _middle(names: str) -> frozenset[str]:
    return frozenset(name_words(names))


@cache
def _family(name: str | None) -> frozenset[str]:
    words = family_words(name)
    return frozenset((" ".join(words),)) if words else _NONE


@cache
def _born(value: str | None, accuracy: str, expected: bool) -> frozenset[str]:
    day = birth_day(value, accuracy, expected)
    return frozenset((day,)) if day else _NONE


@cache
def _postcode(value: str) -> frozenset[str]:
    plain = plain_postcode(value)
    return frozenset((plain,)) if plain else _NONE


@cache
def _address(value: str) -> frozenset[str]:
    plain = plain_address(value)
    return frozenset((plain,)) if plain else _NONE


@lru_cache(maxsize=1 << 14)  # nobody else has them: worth remembering while one child's events come in
def _identifiers(identifiers: tuple[tuple[str, str, bool], ...]) -> frozenset[str]:
    found = [each for system, value, valid in identifiers if valid and (each := plain_identifier(system, value))]
    if len(found) > 1 and any(each.startswith("upn:") for each in found):
        # A UPN that a child had is only evidence beside the one it has: by itself it would stand against every other.
        found = [each.replace("former-upn:", "upn:") for each in found]
    return frozenset(found)


def _with_aliases(
    given: frozenset[str], family: frozenset[str], aliases: Iterable[str]
) -> tuple[frozenset[str], frozenset[str]]:
    for alias in aliases:
        first, rest = alias_names(alias)
        given |= {first} if first else _NONE
        family |= _family(rest)
    return given, family


def is_shielded(header: Mapping[str, Any], person: Mapping[str, Any]) -> bool:
    """Whether the source of an event protects where the person lives."""
    return bool(person["address_withheld"]) or Sensitivity.PROTECTED_ADDRESS in header["sensitivities"]


def of_event(header: Mapping[str, Any], person: Mapping[str, Any] | None, merged: Iterable[str] = ()) -> Snapshot:
    """What one event says of its record. `header` and `person` are decoded Avro."""
    if person is None:
        features = Features(merged=frozenset(merged)) if merged else NOTHING
        return Snapshot(header["subject_key"], features, header["agency"])
    # What must not flow even coarsely is no evidence either: a steward would see it, and a link could tell it.
    shielded = is_shielded(header, person)
    said = Demographics(
        given_name=person["given_name"],
        middle_names=person["middle_names"],
        family_name=person["family_name"],
        aliases=tuple(person["aliases"]),
        birth_date=person["birth_date"],
        birth_date_accuracy=person["birth_date_accuracy"],
        birth_date_expected=person["birth_date_expected"],
        postcode=None if shielded else person["postcode"],
        address=None if shielded else person["address"],
        identifiers=tuple((each["system"], each["value"], each["valid"]) for each in person["identifiers"]),
    )
    return Snapshot.of(header["subject_key"], said, agency=header["agency"], merged=merged)
