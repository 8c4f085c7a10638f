"""What a component comes to: its persons, what remains in doubt between them, and the status of each record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.vocabulary import MatchStatus
from streams.identity.model import Model
from streams.identity.record import Record
from streams.identity.vetoes import is_overlaid

#: A doubt's weight in the status of a record that stands alone: the first that applies.
_GRAVEST: Final = (MatchStatus.CONTRADICTION, MatchStatus.MANY_MATCH, MatchStatus.POTENTIAL, MatchStatus.NEW)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two records that were not joined though something speaks for it. `why` is the status, or `conflict`."""

    left: Record
    right: Record
    why: str
    decided_by: str

    @property
    def status(self) -> MatchStatus:
        """What the doubt makes of a record that stands alone."""
        return MatchStatus.CONTRADICTION if self.why == "conflict" else MatchStatus(self.why)


@dataclass(slots=True)  # freezing would cost more than most resolutions
class Resolution:
    """The persons of a component, the doubts that remain between them, and the numbers that forbid nothing in it.

    Of a crowd, who stands alone fits more than can be told apart.
    """

    groups: Sequence[Sequence[Record]]
    doubts: Sequence[Doubt] = ()
    disputed: frozenset[str] = frozenset()
    crowded: bool = False

    def alone(self, model: Model, record: Record) -> MatchStatus:
        """The status of a record that stands alone and of which nobody doubts whose it is: what was said of two
        children contradicts itself."""
        if is_overlaid(model, record.features):
            return MatchStatus.CONTRADICTION
        return MatchStatus.MANY_MATCH if self.crowded else MatchStatus.NEW

    def status(self, model: Model) -> dict[Record, MatchStatus]:
        """The status of each record: in a group it is a match, alone its gravest doubt decides."""
        found = {n: MatchStatus.MATCH if len(g) > 1 else self.alone(model, n) for g in self.groups for n in g}
        for doubt in self.doubts:
            status = doubt.status
            for record in (doubt.left, doubt.right):
                before = found[record]
                if before is not status and (
                    doubt.why == "conflict" or (before is not MatchStatus.MATCH and _graver(status, before))
                ):
                    found[record] = status
        return found


def _graver(status: MatchStatus, before: MatchStatus) -> bool:
    return _GRAVEST.index(status) < _GRAVEST.index(before)
