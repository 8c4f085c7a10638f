"""A run of records of one source partition, as an agent sees it."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from aiokafka.structs import ConsumerRecord
from faust.types import TP, StreamT

if TYPE_CHECKING:
    from streams.transport.table import Table
    from streams.transport.transactions import Transactions

Record = ConsumerRecord[bytes | None, bytes | None]


class Records(list[Record]):
    """Records of one partition in offset order; `after` is where the batch before it ended."""

    __slots__ = ("after",)

    def __init__(self, records: Sequence[Record], *, after: int) -> None:
        super().__init__(records)
        self.after = after


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
        return self.tp.partition

    def put(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        partition: int | None = None,
        timestamp: int | None = None,
        headers: Collection[tuple[str, bytes | None]] = (),
    ) -> None:
        """Add one record to the batch's transaction, to the batch's own partition number unless another is named."""
        target = self.tp.partition if partition is None else partition
        self._transactions.put(self.tp, topic, target, key, value, timestamp, headers)

    def write(
        self, table: "Table", key: bytes, value: bytes | None, *, timestamp: int | None = None
    ) -> None:
        """Set a key of a table, or delete it with None; its changelog record travels in the batch's transaction."""
        table.write(self.tp, key, value, timestamp=timestamp)

    async def done(self) -> None:
        """Finish the batch. Nothing may be awaited between its first put and this."""
        await self._transactions.done(self.tp, self.records[-1].offset + 1)


async def batches(stream: StreamT[Any]) -> AsyncIterator[Batch]:
    """The batches of a stream that this worker still owns; a rebalance makes others of them somebody else's."""
    transactions: Transactions = stream.app.transactions  # type: ignore[attr-defined]  # our App, not Faust's
    async for records in stream:
        event = stream.current_event
        assert event is not None, "a stream has an event while it is iterated"
        message = event.message
        if transactions.owns(message):
            yield Batch(transactions, message.tp, records)


Agent = Callable[[StreamT[Any]], Awaitable[None]]


def guarded(agent: Agent) -> Agent:
    """End the process when an exception leaves the agent: Faust would skip the batch and commit past it."""

    @functools.wraps(agent)
    async def guard(stream: StreamT[Any]) -> None:
        try:
            await agent(stream)
        except Exception as error:
            stream.app.transactions.fail(error)  # type: ignore[attr-defined]  # our App, not Faust's
            raise

    return guard
