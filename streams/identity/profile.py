"""What a source record has ever said about who it is, normalised so that two records can be compared.

A profile only grows, and growing commutes: the same snapshots in any order give the same profile.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Identifier systems that name one person for good. Former and temporary numbers do not: they only support.
PERMANENT_SYSTEMS = frozenset({"nhs-number", "upn", "uln", "pnc-id", "cro"})
#: What a keyboard writes where nobody knew.
PLACEHOLDER_NAMES = frozenset({"", "unknown", "baby", "baby boy", "baby girl", "not known", "unborn", "test", "infant"})
_TEMPORARY_UPN = re.compile(r"[A-Z]\d{11}[A-Z]")
_NO_ADDRESS = re.compile(r"ZZ99|NF1")


def plain_name(name: str | None) -> str:
    """A name without case, accents, apostrophes and hyphens; empty where it is only a placeholder."""
    folded = unicodedata.normalize("NFKD", (name or "").casefold())
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    plain = " ".join(re.sub(r"[^\w\s]", "", re.sub(r"[-‐–]", " ", letters)).split())
    return "" if plain in PLACEHOLDER_NAMES else plain


def plain_postcode(postcode: str | None) -> str:
    """A postcode without spaces; empty for the codes that mean no fixed abode or unknown."""
    plain = re.sub(r"\s", "", (postcode or "").upper())
    return "" if _NO_ADDRESS.match(plain) else plain


def plain_address(address: str | None) -> str:
    """An address reduced to its letters and digits."""
    return re.sub(r"[^a-z0-9]", "", (address or "").casefold())


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Profile:
    """Everything one source record has said about who it is. `names` are (given, family) pairs, normalised."""

    subject_key: str
    agency: str
    names: frozenset[tuple[str, str]] = frozenset()
    birth_dates: frozenset[str] = frozenset()
    postcodes: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    identifiers: frozenset[tuple[str, str]] = frozenset()
    #: Records of the same source that it says are this one (HL7 A40).
    merged: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Profile({self.subject_key})"

    def joined(self, other: "Profile") -> "Profile":
        """Both profiles of one record as one."""
        assert self.subject_key == other.subject_key
        return Profile(
            subject_key=self.subject_key,
            agency=self.agency,
            names=self.names | other.names,
            birth_dates=self.birth_dates | other.birth_dates,
            postcodes=self.postcodes | other.postcodes,
            addresses=self.addresses | other.addresses,
            identifiers=self.identifiers | other.identifiers,
            merged=self.merged | other.merged,
        )

    def values(self, system: str) -> frozenset[str]:
        """The valid identifiers of one system."""
        return frozenset(value for of, value in self.identifiers if of == system)


@dataclass(slots=True)
class _Names:
    pairs: set[tuple[str, str]] = field(default_factory=set)

    def add(self, given: str, family: str) -> None:
        if given and family:
            self.pairs.add((given, family))


def _names(person: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    found = _Names()
    given = plain_name(person["given_name"])
    found.add(given.split(" ")[0] if given else "", plain_name(person["family_name"]))
    for alias in person["aliases"]:
        first, _, last = plain_name(alias).partition(" ")
        found.add(first, last)
    return frozenset(found.pairs)


def _identifiers(items: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    found = set()
    for item in items:
        if not item["valid"]:
            continue
        value = re.sub(r"\s", "", item["value"]).upper()
        temporary = item["system"] == "upn" and _TEMPORARY_UPN.fullmatch(value)
        found.add(("temporary-upn" if temporary else item["system"], value))
    return frozenset(found)


def of_event(header: Mapping[str, Any], person: Mapping[str, Any] | None, merged: Iterable[str] = ()) -> Profile:
    """The profile that one event gives of its source record. `header` and `person` are decoded Avro."""
    if person is None:
        return Profile(subject_key=header["subject_key"], agency=header["agency"], merged=frozenset(merged))
    exact = person["birth_date_accuracy"] == "AAA" and not person["birth_date_expected"]
    return Profile(
        subject_key=header["subject_key"],
        agency=header["agency"],
        names=_names(person),
        birth_dates=frozenset(d for d in [person["birth_date"]] if d and exact),
        postcodes=frozenset(p for p in [plain_postcode(person["postcode"])] if p),
        addresses=frozenset(a for a in [plain_address(person["address"])] if a),
        identifiers=_identifiers(person["identifiers"]),
        merged=frozenset(merged),
    )
