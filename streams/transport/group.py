"""One partition group: a transactional producer, what waits to be committed through it, and when that happens.

Every source topic of an application that writes the same table partition shares one group. With a producer
each, two transactions could commit in another order than the one in which memory saw their batches.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from faust.types import TP

from streams.transport.producer import Outgoing, TransactionalProducer
from streams.transport.settings import Settings


@dataclass(slots=True)
class Pending:
    """What goes into the next transaction."""

    records: list[Outgoing] = field(default_factory=list)
    offsets: dict[TP, int] = field(default_factory=dict)
    whole: bool = False  # a batch in it is finished


#: Called with the source offsets of a transaction that readers can see.
OnCommit = Callable[[Mapping[TP, int]], None]


class PartitionGroup:
    """Buffers the records of finished batches and commits them with their source offsets, once per window."""

    def __init__(
        self,
        producer: TransactionalProducer,
        *,
        settings: Settings,
        on_commit: OnCommit,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._producer = producer
        self._settings = settings
        self._on_commit = on_commit
        self._on_failure = on_failure
        self._pending = Pending()
        self._unfinished: set[TP] = set()  # sources with records in the buffers and no offset yet
        self._due_at = 0.0
        self._closing = False
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to commit what is put, in the background."""
        self._task = asyncio.create_task(self._run())

    def put(self, source: TP, records: Iterable[Outgoing]) -> None:
        """Buffer records of an unfinished batch of `source`."""
        self._unfinished.add(source)
        self._pending.records += records

    def done(self, source: TP, next_offset: int | None, *, behind: bool = False) -> None:
        """Finish a batch: its records, and its offset if it has one, are committed at the end of the window.

        The window is a long one as long as every source in it is `behind`.
        """
        pending, settings = self._pending, self._settings
        window = settings.backlog_window_seconds if behind else settings.window_seconds
        due_at = asyncio.get_running_loop().time() + window
        self._due_at = min(self._due_at, due_at) if pending.whole else due_at
        pending.whole = True
        if next_offset is not None:
            pending.offsets[source] = next_offset
        self._unfinished.discard(source)
        if len(pending.records) >= self._settings.buffered_records_max:
            self._due_at = 0.0
            self._room.clear()
        self._changed.set()

    async def room(self) -> None:
        """Wait until less is waiting than may wait."""
        await self._room.wait()

    async def close(self) -> None:
        """Commit the finished batches at once, drop an unfinished one, and give up the producer."""
        self._closing = True
        self._changed.set()
        if self._task is not None:
            await self._task
        self._room.set()
        await self._producer.close()

    async def _run(self) -> None:
        try:
            while await self._due():
                await self._commit()
        except Exception as error:
            # Memory is ahead of the log now: only a restart, which replays the log, repairs it.
            self._on_failure(error)
            self._room.set()

    async def _due(self) -> bool:
        """Wait for the end of the window; false once closing and nothing whole is left."""
        while True:
            # Half a batch must not be committed: a crash would then repeat that half.
            if self._pending.whole and not self._unfinished:
                delay = 0.0 if self._closing else self._due_at - asyncio.get_running_loop().time()
                if delay <= 0:
                    return True
                await self._change(delay)
            elif self._closing:
                return False
            else:
                await self._change(None)

    async def _change(self, timeout_seconds: float | None) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._changed.wait()
        except TimeoutError:
            pass  # the window is over

    async def _commit(self) -> None:
        taken, self._pending = self._pending, Pending()
        self._room.set()
        await self._producer.commit(taken.records, taken.offsets)
        self._on_commit(taken.offsets)
