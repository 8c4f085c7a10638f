"""A change of whose a source record is, and what it rests on."""

from typing import NamedTuple

from streams.identity.explain import Explanation, explain
from streams.identity.judgements import Judgement
from streams.identity.model import Model
from streams.identity.record import Record
from streams.identity.resolution import Doubt


class Held(NamedTuple):
    """What people hold a record to be one with, by which decision, and whether it is only now that the two are one."""

    judgement: Judgement
    other: Record
    is_new: bool


class Change:
    """An assignment that is new or different, and the person it leaves."""

    __slots__ = ("_doubt", "_held", "_model", "_record", "assignment", "leaves")

    def __init__(
        self,
        model: Model,
        record: Record,
        leaves: str | None,
        doubt: Doubt | None = None,
        held: Held | None = None,
    ) -> None:
        assert record.assignment is not None, "a settled record is assigned"
        self.assignment = record.assignment
        self.leaves = leaves
        self._model, self._record, self._doubt, self._held = model, record, doubt, held

    @property
    def own_id(self) -> str:
        """The person that the record would be by itself, and who was called so before it was joined with others."""
        return self._record.own_id

    @property
    def joined_by(self) -> Judgement | None:
        """The decision of people by which the record has just become one with another."""
        return self._held.judgement if self._held and self._held.is_new else None

    @property
    def because(self) -> Explanation | None:
        """The pair that decided; None for a record that nothing speaks for. To be read before the next step."""
        record, doubt = self._record, self._doubt
        if doubt is not None and self.assignment.provisional:
            other = doubt.right if doubt.left is record else doubt.left
            return explain(self._model, record, other, doubt.decided_by)
        if self._held is not None:
            return explain(self._model, record, self._held.other, "judgement", True)
        person_id = self.assignment.person_id
        beside = [other for other in record.edges if other.person_id_or_none == person_id]
        if not beside:
            return None
        best = max(beside, key=lambda other: (record.edges[other].weight, other.key))
        return explain(self._model, record, best, None, True)
