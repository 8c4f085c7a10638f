"""Fellegi-Sunter weights, frozen and versioned: what it is worth, in bits, that a field agrees or differs.

A weight is log2(m/u): m is how often records of one person fall on that level, u how often those of two people do.
Where a value is common its agreement is worth less (term frequency: u is the value's own frequency). Nothing here
changes while the bus runs, so that a score is a function of two records. Sources: Fellegi and Sunter 1969; Splink.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import blake2b
from importlib import resources
from math import log2
from typing import Any, Final, NamedTuple

from schemas.errors import UnknownModel
from streams.identity.called import (
    are_initials,
    are_swapped,
    are_told_apart,
    by_second_name,
    goes_on_otherwise,
    has_it_for_a_second_name,
    is_second_name,
    spelt_out,
    without_the_family,
    written_elsewhere,
)
from streams.identity.likeness import (
    address_level,
    birth_level,
    family_level,
    has_like_consonants,
    is_same_but_for_the_town,
    postcode_level,
)
from streams.identity.names import GivenNames
from streams.identity.snapshot import PERMANENT_SYSTEMS, Features

#: What weighs where nobody has activated a model: a release that changed it would change children's persons unasked.
DEFAULT: Final = "uk-1"
#: Birth dates that say of a child on which day it was born, and not that nobody knows it.
_DAYS_OF_ONE: Final = frozenset({"exact", "exact_fifteenth"})
_BEGIN_ALIKE: Final = frozenset({"nickname", "variant"})
_FOLDER: Final = resources.files("streams.identity").joinpath("models")


class Weighed(NamedTuple):
    """What became of one field: its level, and what that weighs in bits. `missing` weighs nothing."""

    level: str
    bits: float


MISSING: Final = Weighed("missing", 0.0)
Evidence = list[tuple[str, Weighed]]


class Model:
    """Weights, term frequencies and thresholds, read from `models/VERSION.json`."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.version: str = spec["version"]
        self.made: str = spec["made"]
        #: Names the content: two files of one version that differ are two models.
        self.digest: str = blake2b(json.dumps(spec, sort_keys=True).encode(), digest_size=8).hexdigest()
        self.prior: float = log2(spec["prior"] / (1.0 - spec["prior"]))
        self.join_bits: float = spec["join_bits"]
        self.alone_bits: float = spec["alone_bits"]
        self.review_bits: float = spec["review_bits"]
        self.margin_bits: float = spec["margin_bits"]
        self.names = GivenNames(spec["given_names"], spec["nicknames"], spec["too_common"])
        self._levels = {
            field: {level: Weighed(level, log2(p["m"] / p["u"])) for level, p in levels.items()}
            for field, levels in spec["levels"].items()
        }
        self._given = _by_frequency(spec["given_names"], spec["levels"]["given_name"], spec["rarest"]["given_name"])
        self._family = _by_frequency(spec["family_names"], spec["levels"]["family_name"], spec["rarest"]["family_name"])

    def given_name(self, a: Features, b: Features) -> Weighed:
        """First given names and aliases; a middle name one goes by; given and family name in one another's box."""
        if not a.given or not b.given:
            return MISSING
        if len(a.given) > 1 and len(b.given) > 1:
            a, b = without_the_family(a, b)
        names, levels = self.names, self._levels["given_name"]
        shared = a.given & b.given
        if are_told_apart(names, a, b, shared):
            return levels["differ"]
        if shared:
            return levels["initial"] if are_initials(shared) else _best(self._given, shared)
        found = _nearest(levels, names.level, a.given, b.given)
        if a.middle or b.middle:
            found = self._with_second_names(a, b, found)
        if found.level != "differ":
            return found
        if are_swapped(names, a, b):
            return levels["swapped"]
        return levels["kin"] if self._are_one_but_for_spelling(a, b) else found

    def _with_second_names(self, a: Features, b: Features, found: Weighed) -> Weighed:
        """What given names come to, one of which has others after it: those may be it, or a part of it."""
        levels, names = self._levels["given_name"], self.names
        if found.bits < levels["variant"].bits and (spelt_out(a, b) or spelt_out(b, a)):
            return levels["variant"]
        if found.bits < levels["middle"].bits and (by := by_second_name(names, a, b)):
            return levels[by]
        if found.level in _BEGIN_ALIKE and (goes_on_otherwise(names, a, b) or goes_on_otherwise(names, b, a)):
            return levels["kin"]
        return found

    def _are_one_but_for_spelling(self, a: Features, b: Features) -> bool:
        """Whether a number, the birth date and the family name agree, and the given names could be one.

        No table has every spelling of every name. A twin with a number of its own is a rival (resolve.py).
        """
        if a.identifiers.isdisjoint(b.identifiers):  # so most pairs end that have other names
            return False
        return (
            bool(permanent_systems(a.identifiers & b.identifiers))
            and any(_date_kind(day) in _DAYS_OF_ONE for day in a.born & b.born)
            and self.family_name(a, b).level not in ("differ", "missing")
            and (
                any(has_like_consonants(x, y) for x in a.given for y in b.given)
                # Half a community has it for a second name, but not with this number.
                or is_second_name(self.names, a, b)
                or is_second_name(self.names, b, a)
            )
        )

    def middle_names(self, a: Features, b: Features) -> Weighed:
        """Middle names, where both have some."""
        if not a.middle or not b.middle:
            return MISSING
        levels = self._levels["middle_names"]
        if a.middle & b.middle:
            return levels["exact"]
        if any(x[0] == y[0] and self.names.level(x, y) != "differ" for x in a.middle for y in b.middle):
            return levels["similar"]
        ours, theirs = a.middle - written_elsewhere(a, b), b.middle - written_elsewhere(b, a)
        return levels["differ"] if ours and theirs else MISSING

    def family_name(self, a: Features, b: Features) -> Weighed:
        """Family names, double-barrelled ones in any order or by half."""
        if not a.family or not b.family:
            return MISSING
        levels = self._levels["family_name"]
        if shared := a.family & b.family:
            return levels["part"] if are_initials(shared) else _best(self._family, shared)
        found = _nearest(levels, family_level, a.family, b.family)
        if found.level != "differ":
            return found
        if are_swapped(self.names, a, b):
            return levels["swapped"]
        return levels["part"] if has_it_for_a_second_name(a, b) or has_it_for_a_second_name(b, a) else found

    def birth_date(self, a: Features, b: Features) -> Weighed:
        """Birth dates. The 1st of January and the 15th stand for dates that nobody knows, and weigh less."""
        if not a.born or not b.born:
            return MISSING
        levels = self._levels["birth_date"]
        if shared := a.born & b.born:
            if len(shared) == 1:
                (day,) = shared
                return levels[_date_kind(day)]
            return max((levels[_date_kind(each)] for each in shared), key=_bits)
        return _nearest(levels, birth_level, a.born, b.born)

    def home(self, a: Features, b: Features) -> tuple[Weighed, Weighed]:
        """Postcodes and addresses, current and earlier. An address adds little to a postcode that already agrees."""
        postcode = address = MISSING
        if a.postcodes and b.postcodes:
            levels = self._levels["postcode"]
            if shared := a.postcodes & b.postcodes:
                postcode = levels["area" if _are_towns(shared) else "exact"]
            else:
                postcode = _nearest(levels, postcode_level, a.postcodes, b.postcodes)
        if a.addresses and b.addresses:
            near = postcode.level == "exact"
            levels = self._levels["address_in_postcode" if near else "address"]
            if not a.addresses.isdisjoint(b.addresses) or (
                near and any(is_same_but_for_the_town(x, y) for x in a.addresses for y in b.addresses)
            ):
                address = levels["exact"]
            else:
                address = _nearest(levels, address_level, a.addresses, b.addresses)
        return postcode, address

    def identifiers(self, a: Features, b: Features) -> tuple[tuple[str, Weighed], ...]:
        """Each system in which both have a number; `agree` outranks `differ` within one system."""
        levels, other = self._levels, self._levels["other_identifier"]
        ours = [each.partition(":")[0] for each in a.identifiers]
        found: dict[str, Weighed] = {}
        for each in b.identifiers:
            system = each.partition(":")[0]
            if each in a.identifiers:
                found[system] = levels.get(system, other)["agree"]
            elif system in ours:
                found.setdefault(system, levels.get(system, other)["differ"])
        return tuple(sorted(found.items()))

    def evidence(self, a: Features, b: Features) -> Evidence:
        """Every field in which both said something, with its level and weight. Symmetric."""
        found: Evidence = []
        if a.given and b.given:
            found.append(("given_name", self.given_name(a, b)))
        if (middle := self.middle_names(a, b)) is not MISSING:
            found.append(("middle_names", middle))
        if a.family and b.family:
            found.append(("family_name", self.family_name(a, b)))
        if a.born and b.born:
            found.append(("birth_date", self.birth_date(a, b)))
        postcode, address = self.home(a, b)
        if postcode is not MISSING:
            found.append(("postcode", postcode))
        if address is not MISSING:
            found.append(("address", address))
        if a.identifiers and b.identifiers:
            found.extend(self.identifiers(a, b))
        return found


def _bits(weighed: Weighed) -> float:
    return weighed.bits


def _nearest(
    levels: Mapping[str, Weighed], level: Callable[[str, str], str], ours: Iterable[str], theirs: Iterable[str]
) -> Weighed:
    """What the two values come to that are most alike: of two levels the one that weighs more."""
    # Nearly always one of each: a generator would cost more than the comparison.
    found: Weighed | None = None
    for x in ours:
        for y in theirs:
            weighed = levels[level(x, y)]
            if found is None or weighed.bits > found.bits:
                found = weighed
    assert found is not None, "both have a value"
    return found


def _best(weights: Mapping[str, Weighed], shared: frozenset[str]) -> Weighed:
    """The most that agreeing on one of these names is worth."""
    if len(shared) == 1:
        (name,) = shared
        return weights.get(name) or weights[""]
    return max((weights.get(name) or weights[""] for name in shared), key=_bits)


def _are_towns(postcodes: frozenset[str]) -> bool:
    """Whether none of them is a few houses."""
    for postcode in postcodes:  # noqa: SIM110 (as above)
        if postcode[0] != "~":
            return False
    return True


def permanent_systems(identifiers: frozenset[str]) -> set[str]:
    """The systems of those `system:value` that name one person for good."""
    return {each.partition(":")[0] for each in identifiers} & PERMANENT_SYSTEMS


@cache
def _date_kind(born: str) -> str:
    if born[0] == "~":
        return "expected"
    if len(born) < 10:
        return "coarse"
    return "exact_january" if born.endswith("-01-01") else "exact_fifteenth" if born.endswith("-15") else "exact"


def _by_frequency(frequencies: Mapping[str, float], levels: Mapping[str, Any], rarest: float) -> dict[str, Weighed]:
    """Weight of agreeing on each name; under "" that of every name not listed, which counts as `rarest`."""
    m = levels["exact"]["m"]
    found = {name: Weighed("exact", log2(m / max(share, rarest))) for name, share in frequencies.items()}
    found[""] = Weighed("exact", log2(m / rarest))
    return found


@cache
def shipped() -> tuple[str, ...]:
    """The versions of the packaged models."""
    return tuple(sorted(path.name.removesuffix(".json") for path in _FOLDER.iterdir() if path.name.endswith(".json")))


@cache
def load(version: str = DEFAULT) -> Model:
    """A packaged model. Raises UnknownModel where there is none of that version."""
    if version not in shipped():
        raise UnknownModel(f"this release ships no identity model {version}, but {', '.join(shipped())}")
    return Model(json.loads(_FOLDER.joinpath(f"{version}.json").read_text(encoding="utf-8")))
