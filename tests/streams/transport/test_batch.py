import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
from faust.types import TP

from streams.transport.batch import Batch, batches, guarded
from streams.transport.transactions import EXIT_CODE, Transactions
from tests.streams.transport.fakes import FakeCluster, FakeMessage, owned, run_of

SOURCE = TP("source", 2)


class FakeStream:
    """What an agent is given: values, with the event each came in."""

    def __init__(self, transactions: Transactions, *messages: FakeMessage) -> None:
        self.app = SimpleNamespace(transactions=transactions)
        self.current_event: SimpleNamespace | None = None
        self._messages = messages

    async def __aiter__(self) -> AsyncIterator[object]:
        for message in self._messages:
            self.current_event = SimpleNamespace(message=message)
            yield message.value


async def test_an_agent_sees_only_batches_that_its_worker_owns(transactions: Transactions) -> None:
    await owned(transactions, SOURCE)
    stream = FakeStream(transactions, run_of(1, tp=TP("source", 0)), run_of(5, 6, tp=SOURCE), run_of(7, tp=SOURCE))
    seen = []
    async for batch in batches(stream):
        seen.append((batch.partition, [record.offset for record in batch.records]))
        await batch.done()
    assert seen == [(2, [5, 6]), (2, [7])]
    await transactions.close()


async def test_what_a_batch_puts_goes_to_its_own_partition_unless_another_is_named(
    transactions: Transactions, cluster: FakeCluster
) -> None:
    await owned(transactions, SOURCE)
    batch = Batch(transactions, SOURCE, run_of(5, tp=SOURCE).value)
    batch.put("sink", b"k", b"here")
    batch.put("sink", b"k", b"there", partition=3)
    await batch.done()
    await transactions.close()
    [transaction] = cluster.producers["app-4-2"].committed
    assert transaction.records == {("sink", 2): [b"here"], ("sink", 3): [b"there"]}
    assert list(transaction.offsets.values()) == [6]


async def test_an_exception_that_leaves_an_agent_ends_the_process(
    transactions: Transactions, cluster: FakeCluster
) -> None:
    @guarded
    async def agent(stream: object) -> None:
        raise ValueError("whatever")

    with pytest.raises(ValueError, match="whatever"):
        await agent(FakeStream(transactions))
    assert cluster.exit_codes == [EXIT_CODE]


async def test_an_agent_that_is_stopped_does_not_end_the_process(
    transactions: Transactions, cluster: FakeCluster
) -> None:
    @guarded
    async def agent(stream: object) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await agent(FakeStream(transactions))
    assert cluster.exit_codes == []
