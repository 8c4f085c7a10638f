"""A run of records of one source partition, as an agent sees it."""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from faust.types import TP, StreamT

from streams.transport.records import Records, Row

if TYPE_CHECKING:
    from streams.transport.table import Table
    from streams.transport.transactions import Transactions

Agent = Callable[[StreamT], Awaitable[None]]


class Batch:
    """One batch that this worker owns: what is put is committed together with `done`, or never."""

    __slots__ = ("_transactions", "records", "tp")

    def __init__(self, transactions: "Transactions", tp: TP, records: Records) -> None:
        self._transactions = transactions
        self.tp = tp
        self.records = records

    @property
    def partition(self) -> int:
        """The source partition's number, which is also that of its tables."""
        return int(self.tp.partition)

    def put(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        partition: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Add one record to the batch's transaction, to the batch's own partition number unless another is named."""
        self.put_all([(topic, key, value, partition)], timestamp=timestamp)

    def put_all(self, rows: Iterable[Row], *, timestamp: int | None = None) -> None:
        """Add many records to the batch's transaction at once."""
        self._transactions.put_all(self.tp, rows, timestamp)

    def write(
        self,
        table: "Table",
        key: bytes,
        value: bytes | None,
        *,
        timestamp: int | None = None,
    ) -> None:
        """Set a key of a table, or delete it with None; its changelog record travels in the batch's transaction."""
        table.write(self.tp, key, value, timestamp=timestamp)

    async def done(self) -> None:
        """Finish the batch. Nothing should be awaited between its first put and this."""
        await self._transactions.done(self.tp, self.records[-1].offset + 1, behind=self.records.behind)


async def batches(stream: StreamT) -> AsyncIterator[Batch]:
    """The batches of a stream that this worker still owns; a rebalance makes others of them somebody else's."""
    transactions: Transactions = stream.app.transactions
    async for records in stream:
        message = stream.current_event.message
        if transactions.owns(message):
            yield Batch(transactions, message.tp, records)
            # A queue with something in it suspends nobody: without this, commits wait until the backlog is gone.
            await asyncio.sleep(0)


def guarded(agent: Agent) -> Agent:
    """End the process when an exception leaves the agent: Faust would skip the batch and commit past it."""

    @functools.wraps(agent)
    async def guard(stream: StreamT) -> None:
        try:
            await agent(stream)
        except Exception as error:
            stream.app.transactions.fail(error)
            raise

    return guard
