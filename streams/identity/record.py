"""A source record as the registry holds it, the person it is assigned to, and a change of that."""

from typing import NamedTuple

from schemas.vocabulary import MatchStatus
from streams.identity.compare import Node
from streams.identity.explain import Explanation, explain
from streams.identity.judgements import Judgement
from streams.identity.model import Model
from streams.identity.resolve import Doubt
from streams.identity.snapshot import NOTHING

#: Statuses in which a record stands alone until somebody has looked.
PROVISIONAL = frozenset({MatchStatus.POTENTIAL, MatchStatus.MANY_MATCH, MatchStatus.CONTRADICTION})


class Assignment(NamedTuple):
    """Whose a source record is. `epoch` counts how often it has changed person."""

    subject_key: str
    person_id: str
    epoch: int
    status: MatchStatus

    @property
    def provisional(self) -> bool:
        """Whether the record stands alone only until somebody has looked."""
        return self.status in PROVISIONAL


class Record(Node):
    """A source record: what it was said to be, the blocks it stands in, and whose it is.

    `said` is everything; `features` leaves out numbers that are nobody's.
    """

    __slots__ = ("assignment", "keys", "own_id", "said", "wake", "weighed", "written")  # two of them while it is asleep

    #: Read back from the log, and not looked at yet (asleep.py).
    asleep = False

    def __init__(self, key: str, own_id: str, agency: str) -> None:
        super().__init__(key, NOTHING, agency)
        self.own_id = own_id
        self.said = NOTHING
        self.keys: tuple[str, ...] = ()
        self.assignment: Assignment | None = None
        self.weighed = True

    @property
    def person_id(self) -> str:
        """The person it is assigned to."""
        assert self.assignment is not None, "a settled record is assigned"
        return self.assignment.person_id

    @property
    def person_id_or_none(self) -> str | None:
        """The person it is assigned to, if it has been settled yet."""
        return self.assignment.person_id if self.assignment else None

    def assign(self, person_id: str, status: MatchStatus) -> bool:
        """Put the record to a person; whether that is anything new."""
        before = self.assignment
        if before is None:
            self.assignment = Assignment(self.key, person_id, 0, status)
            return True
        if before.person_id == person_id and before.status is status:
            return False
        moved = before.person_id != person_id
        self.assignment = Assignment(self.key, person_id, before.epoch + moved, status)
        return True


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
        doubt: "Doubt[Record] | None" = None,
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
        beside = [n for n in record.edges if isinstance(n, Record) and n.assignment and n.person_id == person_id]
        if not beside:
            return None
        best = max(beside, key=lambda node: (record.edges[node].weight, node.key))
        return explain(self._model, record, best, None, True)
