"""What decided that two records are, or are not, one person, where that is not what speaks for the pair itself.

What holds of a whole component is worked out once for all pairs of it: of 1,000 records there are half a million.
"""

from streams.identity.groups import Group
from streams.identity.judgements import Judgements
from streams.identity.misnumbered import may_join
from streams.identity.model import Model
from streams.identity.record import Record
from streams.identity.resolution import Resolution
from streams.identity.vetoes import forbidden


class Reasons:
    """Those of one component, as it has been resolved and assigned."""

    def __init__(self, model: Model, judgements: Judgements, resolution: Resolution) -> None:
        self._model = model
        self._judgements = judgements
        self._disputed = resolution.disputed
        groups = map(Group.of, resolution.groups)
        self._group = {record: group for group in groups for record in group.records}
        _, self._apart = judgements.pairs(record.key for record in self._group)
        self._doubts = {frozenset((each.left, each.right)): each.decided_by for each in resolution.doubts}
        # The doubt between two persons is noted once, with the pair that speaks most for it.
        self._between = {
            frozenset((each.left.person_id, each.right.person_id)): each.decided_by
            for each in reversed(resolution.doubts)
        }

    def decided(self, record: Record, other: Record) -> str | None:
        """What decided on a record of the component and any other, as a code; None where the pair speaks for itself."""
        return self._doubts.get(frozenset((record, other))) or self._beside_doubts(record, other)

    def _beside_doubts(self, record: Record, other: Record) -> str | None:
        joined = record.person_id == other.person_id
        if any((each.kind == "same") is joined for each in self._judgements.between(record.key, other.key)):
            return "judgement"
        if other not in self._group:
            return "crowd"
        edge = record.edges.get(other)
        if joined:
            if edge is None or edge.weight < self._model.join_bits:
                return "others"
            return None if may_join(record, other, edge, self._disputed) else "others"
        ours, theirs = self._group[record], self._group[other]
        if by := forbidden(self._model, ours, theirs, self._apart, self._disputed) or (edge.veto if edge else None):
            return by
        if edge is None or edge.weight < self._model.join_bits:
            return "weight"
        return self._between.get(frozenset((record.person_id, other.person_id)), "weight")
