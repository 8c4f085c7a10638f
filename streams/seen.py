"""What each audience has of one person: what was granted of each event, and the timeline that it amounts to."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.deciding import Ruled
from streams.splicing import Grants
from streams.timeline.entries import Order


class Granted(NamedTuple):
    """An entry as one audience may have it, encoded once: its body up to its grants, and those."""

    order: Order
    decision_id: str
    body: bytes
    grants: Grants

    @property
    def event_id(self) -> str:
        """The event it is of: the last word of an order."""
        return self.order[-1]


@dataclass(slots=True)
class Seen:
    """What one audience, to which the person goes by `pseudonym`, may see of a person. Keys are event ids.

    * `granted` is what was decided about each event: its entry, or None where it is not permitted.
    * `lines` are the entries on the timeline, in order.
    * `before` are entries that were granted under policies that no longer hold, until they are decided anew.
    * `unsaid` are rulings on events that do not stand, such as one that a newer version replaced. Such an event is not
      shown, and the decision on it is written down only if it comes to stand again.
    * `was_told`: a timeline of this person has been written; `redirect` is the pseudonym that it leads to, if any.
    * `is_stale`: the timeline as written last is no longer the one held here.
    """

    pseudonym: str
    granted: dict[str, Granted | None] = field(default_factory=dict)
    lines: list[Granted] = field(default_factory=list)
    before: dict[str, Granted] = field(default_factory=dict)
    unsaid: dict[str, Ruled] = field(default_factory=dict)
    redirect: str | None = None
    was_told: bool = False
    is_stale: bool = False

    def add(self, entries: Iterable[Granted]) -> None:
        """Put new entries on the timeline."""
        self.is_stale = True
        for entry in entries:
            insort(self.lines, entry)

    def versions(self, records: Iterable[tuple[str, ...]]) -> dict[str, str]:
        """For each event shown of a record of which several versions are shown: the id of the first of those.

        `records` are the ids of the versions that stand, record by record, in order.
        """
        told = ([i for i in ids if self.granted.get(i) is not None] for ids in records)
        return {event_id: ids[0] for ids in told if len(ids) > 1 for event_id in ids}

    def replace(self, standing_ids: frozenset[str]) -> tuple[list[Granted], list[Granted]]:
        """Let the timeline hold just what is granted and stands. Returns the entries that this adds, and those that it
        takes away, each in the order of their event ids."""
        now = {i: entry for i, entry in self.granted.items() if entry is not None and i in standing_ids}
        before = {entry.event_id: entry for entry in self.lines}
        self.lines = sorted(now.values())
        added = [now[i] for i in sorted(now) if i not in before or before[i].decision_id != now[i].decision_id]
        gone = [before[i] for i in sorted(before) if i not in now]
        self.is_stale = bool(added or gone)
        return added, gone

    def ask_again(self) -> None:
        """Everything must be decided anew. What was granted is kept in `before` until then."""
        self.before |= {event_id: entry for event_id, entry in self.granted.items() if entry is not None}
        self.granted.clear()

    def ask_again_about(self, event_id: str) -> None:
        """One event must be decided anew. What was granted of it is kept in `before` until then."""
        if (entry := self.granted.get(event_id)) is not None:
            self.before[event_id] = entry
        self.forget(event_id)

    def forget(self, event_id: str) -> None:
        """Know no more whether an event may be shown."""
        self.granted.pop(event_id, None)
        self.unsaid.pop(event_id, None)
