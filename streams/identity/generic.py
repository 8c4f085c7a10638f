"""Numbers that belong to nobody: one that many different children carry is a dummy, whatever its checksum says.

Decided from all records that carry the number, not from those that came first, and undone when they are taken back.
"""

from collections.abc import Sequence
from typing import Final

from streams.identity.model import Model
from streams.identity.record import Record
from streams.identity.vetoes import births_conflict

#: A parent's number on two children, or a sibling's typed once, is a mistake between two; three are a habit.
CHILDREN_MIN: Final = 3


def is_generic(model: Model, carriers: Sequence[Record]) -> bool:
    """Whether the records that carry a number are of at least three children, by names and birth dates alike."""
    if len(carriers) < CHILDREN_MIN:
        return False
    different: list[Record] = []
    for record in sorted(carriers, key=lambda each: each.key):
        if all(_are_two(model, record, other) for other in different):
            different.append(record)
        if len(different) >= CHILDREN_MIN:
            return True
    return False


def _are_two(model: Model, left: Record, right: Record) -> bool:
    a, b = left.said, right.said
    # Most carriers of a number are one child: of those the names need not be compared.
    return births_conflict(model, a, b) and model.given_name(a, b).level in ("differ", "missing")
