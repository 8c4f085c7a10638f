"""Two source records side by side: what agreed, what differed, and what that is worth. Names of fields, never values.

Conservative on purpose (law 9): a wrong join discloses another child's life. Sex, ethnicity and nationality are no
evidence. Sources: docs of the Ministry of Justice's person record (twins rule, two thresholds), MAIS match table.
"""

from dataclasses import dataclass
from enum import IntEnum

from streams.identity.profile import PERMANENT_SYSTEMS, Profile


class Strength(IntEnum):
    """How much an edge says, strongest first when sorted in reverse."""

    NONE = 0
    POTENTIAL = 1  # worth a person's look
    NAME_AND_BIRTH = 2  # full name, birth date and an address
    IDENTIFIER = 3  # a valid identifier, and a name or birth date that agrees
    SAME_SOURCE = 4  # the source itself merged its two records


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An edge between two source records, explained. `veto` names what forbids a join, whatever else agrees."""

    left: str
    right: str
    strength: Strength
    agreed: tuple[str, ...]
    differed: tuple[str, ...]
    veto: str | None

    @property
    def rule(self) -> str:
        """The rule that decided, as a code."""
        return f"veto:{self.veto}" if self.veto else self.strength.name.lower()


def compare(left: Profile, right: Profile) -> Comparison:
    """The edge between two source records. Symmetric: the lesser subject_key stands left."""
    if right.subject_key < left.subject_key:
        left, right = right, left
    agreed, differed = _fields(left, right)
    veto = next((name for name in differed if name in PERMANENT_SYSTEMS or name in ("given_name", "birth_date")), None)
    # A hospital gives two numbers to one patient and then says so: only who they are can still speak against it.
    merged = _merged_by_source(left, right)
    strength = Strength.SAME_SOURCE if merged else _strength(left, right, set(agreed))
    return Comparison(
        left=left.subject_key, right=right.subject_key, strength=strength, agreed=agreed, differed=differed, veto=veto
    )


def _merged_by_source(left: Profile, right: Profile) -> bool:
    return left.agency == right.agency and (left.subject_key in right.merged or right.subject_key in left.merged)


def _strength(left: Profile, right: Profile, agreed: set[str]) -> Strength:
    identifier = bool(agreed & (PERMANENT_SYSTEMS | {"temporary-upn"}))
    if identifier:
        return Strength.IDENTIFIER if agreed & {"birth_date", "name"} else Strength.POTENTIAL
    if {"name", "birth_date"} <= agreed:
        return Strength.NAME_AND_BIRTH if agreed & {"postcode", "address"} else Strength.POTENTIAL
    return Strength.NONE


def _fields(left: Profile, right: Profile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    agreed, differed = [], []
    if left.names and right.names:
        if left.names & right.names:
            agreed.append("name")
        # Twins and siblings share everything but this; an alias or a second given name is enough to agree.
        elif not {given for given, _ in left.names} & {given for given, _ in right.names}:
            differed.append("given_name")
    for name, ours, theirs in (
        ("birth_date", left.birth_dates, right.birth_dates),
        ("postcode", left.postcodes, right.postcodes),
        ("address", left.addresses, right.addresses),
    ):
        if ours and theirs:
            (agreed if ours & theirs else differed).append(name)
    systems = {system for system, _ in left.identifiers} & {system for system, _ in right.identifiers}
    for system in sorted(systems):
        (agreed if left.values(system) & right.values(system) else differed).append(system)
    return tuple(agreed), tuple(differed)
