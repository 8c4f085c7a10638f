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
    """One audience's side of a person: what each event came to (None: not permitted), and the timeline, in order.

    `before` is what was granted under policies that no longer hold, until that is decided anew. `unsaid` is by which
    ruling an event that does not stand was granted again: it is not shown, and the decision is not written down before.
    `was_told` says that the audience has had a timeline of this person, `redirect` where that one leads, and
    `is_stale` that it is another by now.
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
        """Of what is shown of these records, by event: the first version of its record that is shown."""
        told = ([i for i in ids if self.granted.get(i) is not None] for ids in records)
        return {event_id: ids[0] for ids in told if len(ids) > 1 for event_id in ids}

    def replace(self, standing_ids: frozenset[str]) -> tuple[list[Granted], list[Granted]]:
        """Let the timeline hold just what is granted and stands; what that adds, and what it takes away, by event."""
        now = {i: entry for i, entry in self.granted.items() if entry is not None and i in standing_ids}
        before = {entry.event_id: entry for entry in self.lines}
        self.lines = sorted(now.values())
        added = [now[i] for i in sorted(now) if i not in before or before[i].decision_id != now[i].decision_id]
        gone = [before[i] for i in sorted(before) if i not in now]
        self.is_stale = bool(added or gone)
        return added, gone

    def ask_again(self) -> None:
        """What was granted must be granted anew; until it is decided, it stands, said or not."""
        self.before |= {event_id: entry for event_id, entry in self.granted.items() if entry is not None}
        self.granted.clear()

    def ask_again_about(self, event_id: str) -> None:
        """The same of one event."""
        if (entry := self.granted.get(event_id)) is not None:
            self.before[event_id] = entry
        self.forget(event_id)

    def forget(self, event_id: str) -> None:
        """Know no more whether an event may be shown."""
        self.granted.pop(event_id, None)
        self.unsaid.pop(event_id, None)
