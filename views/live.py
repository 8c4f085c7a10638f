"""Who is watching whom: each open page waits here until its young person's timeline changes."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from views.person import Gist


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


class LastShown:
    """What each session was last shown of a person, so that a live page can say what is new since.

    Bounded: a page that was forgotten is told that it has been brought up to date, and no more.
    """

    def __init__(self, pages_max: int = 200) -> None:
        self._pages_max = pages_max
        self._pages: OrderedDict[tuple[str, str], tuple[str, Gist]] = OrderedDict()

    def put(self, session_id: str, person: str, version: str, page: Gist) -> None:
        """This is in front of the reader now."""
        self._pages[session_id, person] = version, page
        self._pages.move_to_end((session_id, person))
        while len(self._pages) > self._pages_max:
            self._pages.popitem(last=False)

    def find(self, session_id: str, person: str, version: str) -> Gist | None:
        """What this version looked like, if it is what the reader was last shown."""
        kept, page = self._pages.get((session_id, person), (None, None))
        return page if kept == version else None
