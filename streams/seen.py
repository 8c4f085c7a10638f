"""What one audience may see of one person: what was granted of each event, and the timeline made of it."""

from bisect import insort
from collections.abc import Iterable
from typing import NamedTuple

from streams.deciding import Ruled
from streams.splicing import Grants
from streams.timeline.entries import Order


class Granted(NamedTuple):
    """An entry as one audience may have it. `body` is its encoding up to its grants, which stand apart in `grants`."""

    order: Order
    decision_id: str
    body: bytes
    grants: Grants

    @property
    def event_id(self) -> str:
        """The id of its event, which is the last part of its order."""
        return self.order[-1]


class Seen:
    """What one audience, to which the person goes by `pseudonym`, may see of a person. Dicts are keyed by event id.

    * `granted` is what was decided about each event: its entry, or None where it is not permitted. An event that is not
      among them has still to be decided.
    * `lines` are the entries on the timeline, in order.
    * `before` are the entries that were granted under former policies or answers, until they are decided anew.
    * `unsaid` are rulings on events that do not stand, such as one that a newer version replaced. Such an event is not
      shown, and the decision on it is written down only if it comes to stand again.
    * `redirect` is the pseudonym that the timeline leads to, where its person has been joined with another.
    * `was_told` says whether a timeline of this person has ever been written to the topic.
    * `is_stale` says whether `lines` differ from the timeline that was written last.
    """

    def __init__(self, pseudonym: str) -> None:
        self.pseudonym = pseudonym
        self.granted: dict[str, Granted | None] = {}
        self.lines: list[Granted] = []
        self.before: dict[str, Granted] = {}
        self.unsaid: dict[str, Ruled] = {}
        self.redirect: str | None = None
        self.was_told = False
        self.is_stale = False

    def add(self, entries: Iterable[Granted]) -> None:
        """Put new entries on the timeline."""
        self.is_stale = True
        for entry in entries:
            insort(self.lines, entry)

    def versions(self, records: Iterable[tuple[str, ...]]) -> dict[str, str]:
        """For each event of a record of which this audience is shown several versions: the id of the first of these.

        `records` are those of which several versions stand, each as the ids of its versions, in order.
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
        """Drop what was decided about an event, so that it is decided again if it is still held."""
        self.granted.pop(event_id, None)
        self.unsaid.pop(event_id, None)
