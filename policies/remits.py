"""Remits: whose records an identity steward may see side by side. Data that a board approves, never a rule in code.

A remit is no audience: it opens pairs of source records, in full, to somebody who decides whether they are of one
person, and no timeline. Where there is no remit, nobody may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from policies import files
from policies.instants import day_ns, instant_ns, midnight_ns
from schemas.errors import InvalidAgreement

REMITS = Path(__file__).parent / "remits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remit:
    """One remit. It applies from midnight of `in_force_from` up to but not at that of `in_force_until`, in London."""

    id: str
    title: str
    owner: str
    controller: str
    agencies: frozenset[str]
    purpose: str
    legal_basis: tuple[str, ...]
    in_force_from: str
    in_force_until: str
    review_by: str
    marking: str

    def in_force(self, now: datetime) -> bool:
        """Whether it applies at an instant."""
        begins, ends = midnight_ns(self.in_force_from), midnight_ns(self.in_force_until)
        return begins <= instant_ns(now) < ends

    def covers(self, agencies: Iterable[str]) -> bool:
        """Whether whoever holds it may see the records of every one of these agencies; of none is no."""
        asked = frozenset(agencies)
        return bool(asked) and asked <= self.agencies


def load(directory: Path = REMITS) -> Mapping[str, Remit]:
    """Every remit of a directory by id, none where there is no directory; the first not in order refuses them all."""
    found = (_remit(path) for path in files.listed(directory))
    return MappingProxyType({remit.id: remit for remit in found})


def _remit(path: Path) -> Remit:
    document = files.read(path, "remit")
    files.demand_named(path, document["id"])
    begins, ends, _ = (
        day_ns(document[name], path.name, name) for name in ("in_force_from", "in_force_until", "review_by")
    )
    if begins >= ends:
        raise InvalidAgreement(f"{path.name}: in_force_from is not before in_force_until: a remit applies for a while")
    return Remit(
        **document | {"agencies": frozenset(document["agencies"]), "legal_basis": tuple(document["legal_basis"])}
    )
