"""Who is watching whom: each open page waits here until its young person's timeline changes."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Watchers:
    """One event for each open page. A page renders the whole current state, so missed changes need no queue."""

    def __init__(self) -> None:
        self._waiting: defaultdict[tuple[str, str], set[asyncio.Event]] = defaultdict(set)

    def changed(self, audience: str, person: str) -> None:
        """Wake everybody who watches this person."""
        for event in self._waiting.get((audience, person), ()):
            event.set()

    @contextmanager
    def watching(self, audience: str, person: str) -> Iterator[asyncio.Event]:
        """An event that is set at each change."""
        event = asyncio.Event()
        waiting = self._waiting[audience, person]
        waiting.add(event)
        try:
            yield event
        finally:
            waiting.discard(event)
            if not waiting:
                self._waiting.pop((audience, person), None)

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())
