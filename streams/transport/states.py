"""What agents keep in memory and a topic holds: rebuilt when partitions are assigned, dropped when they are revoked."""

import asyncio
import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from faust.types import TP

from streams.transport.records import Record
from streams.transport.replay import replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """State whose log is a topic.

    A source topic of the application is read up to the committed offset, so that the next record the agent sees
    is the next one to apply. Any other topic is read to its end: there the agent writes its state itself.
    When all topics have been read, `complete` is called and what it gives run through; others get a turn at each step.
    """

    topic: str
    apply: Callable[[int, Sequence[Record]], None]
    forget: Callable[[int], None]
    complete: Callable[[int], Iterable[None]] = lambda _: ()


class States:
    """Every Replay of an application, and the partitions of which something is held."""

    def __init__(self) -> None:
        self._of_topic: dict[str, Replay] = {}
        self._held: set[TP] = set()
        self._forgotten = 0  # how often everything has been dropped
        #: Whether all of it has been read back since everything was dropped last.
        self.are_whole = False

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that are replayed."""
        return tuple(self._of_topic)

    def add(self, state: Replay) -> None:
        """Register a state; one for each topic."""
        if state.topic in self._of_topic:
            raise ValueError(
                f"topic {state.topic} is replayed already: apply its records to both states in one callback"
            )
        self._of_topic[state.topic] = state

    def forget(self) -> None:
        """Drop everything that is held; what is being rebuilt at the moment takes nothing more in."""
        self._forgotten += 1
        self.are_whole = False
        held, self._held = self._held, set()
        for tp in sorted(held):
            self._of_topic[tp.topic].forget(tp.partition)

    async def rebuild(self, options: Mapping[str, Any], ends: Mapping[TP, int | None]) -> None:
        """Drop what is held and read these partitions up to their ends (None: to the end of the log)."""
        self.forget()
        self._held = set(ends)
        since = self._forgotten

        def apply(tp: TP, records: Sequence[Record]) -> None:
            # A rebalance does not wait for a replay: what came in after it would be there when it is read back again.
            if self._forgotten == since:
                self._of_topic[tp.topic].apply(tp.partition, records)

        with _kept_for_good():
            await replay(options, ends, apply)
            for tp in sorted(ends) if self._forgotten == since else ():
                for _ in self._of_topic[tp.topic].complete(tp.partition):
                    await asyncio.sleep(0)
                    if self._forgotten != since:
                        return
        self.are_whole = self._forgotten == since

    def partitions(self, sources: Collection[TP], counts: Mapping[str, int]) -> set[TP]:
        """The partitions that belong to what is assigned: equal numbers of topics with equally many partitions."""
        wanted: set[TP] = set()
        source_topics = {tp.topic for tp in sources}
        for topic in self._of_topic:
            if topic in source_topics:
                wanted |= {tp for tp in sources if tp.topic == topic}
            else:
                wanted |= {TP(topic, tp.partition) for tp in sources if counts[tp.topic] == counts[topic]}
        return wanted


@contextmanager
def _kept_for_good() -> Iterator[None]:
    """What is read back stays: nothing of it is garbage, and the collector need not look through it ever."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
