import asyncio
import logging
from collections.abc import Mapping

import pytest
from aiokafka.errors import ProducerFenced
from faust.types import TP

from streams.transport.errors import BatchOutOfOrder, PartitionNotOwned, RecordTooLarge, UndeclaredSink
from streams.transport.transactions import EXIT_CODE, Transactions
from tests.streams.transport.fakes import FakeCluster, FakeMessage, owned, run_of

SOURCE = TP("source", 0)


async def test_topics_that_write_one_table_partition_share_one_transactional_id(
    transactions: Transactions, cluster: FakeCluster
) -> None:
    await owned(transactions, SOURCE, TP("source", 1), TP("other", 0))
    assert sorted(cluster.producers) == ["app-4-0", "app-4-1"]
    await transactions.close()


async def test_taking_partitions_over_again_fences_once_more(transactions: Transactions, cluster: FakeCluster) -> None:
    await owned(transactions, SOURCE)
    former = cluster.producers["app-4-0"]
    await owned(transactions, SOURCE)
    assert former.stopped
    assert cluster.producers["app-4-0"] is not former
    await transactions.close()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(run_of(5, tp=TP("source", 3)), id="of a partition of another worker"),
        pytest.param(FakeMessage(SOURCE, run_of(5).value, generation_id=0), id="fetched before a rebalance"),
    ],
)
async def test_a_batch_of_somebody_else_is_not_owned(transactions: Transactions, message: FakeMessage) -> None:
    await owned(transactions, SOURCE)
    assert not transactions.owns(message)
    await transactions.close()


async def test_batches_in_order_are_owned_and_committed(transactions: Transactions, cluster: FakeCluster) -> None:
    commits: list[Mapping[TP, int]] = []
    transactions.on_commit = commits.append
    await owned(transactions, SOURCE)
    assert transactions.owns(run_of(5, 6))
    transactions.put_all(SOURCE, [("sink", b"k", b"v", 3)], timestamp=7)
    await transactions.done(SOURCE, 7)
    # Offset 7 is a commit marker of the topic: no record, and nothing missing.
    assert transactions.owns(run_of(8, 9, after=7))
    await transactions.done(SOURCE, 10)
    await transactions.close()
    assert commits[-1] == {SOURCE: 10}
    assert [each.records for each in cluster.producers["app-4-0"].committed if each.records] == [{("sink", 3): [b"v"]}]
    assert cluster.exit_codes == []


@pytest.mark.parametrize("after", [pytest.param(6, id="repeated"), pytest.param(9, id="skipped")])
async def test_a_batch_out_of_order_ends_the_process(
    transactions: Transactions, cluster: FakeCluster, after: int
) -> None:
    await owned(transactions, SOURCE)
    assert transactions.owns(run_of(5, 6))
    await transactions.done(SOURCE, 7)
    with pytest.raises(BatchOutOfOrder, match=f"source/0: the batch after offset {after} .* ended at 7"):
        transactions.owns(run_of(after))
    assert cluster.exit_codes == [EXIT_CODE]
    await transactions.close()


async def test_a_batch_that_was_not_finished_ends_the_process_at_the_next(
    transactions: Transactions, cluster: FakeCluster
) -> None:
    await owned(transactions, SOURCE)
    assert transactions.owns(run_of(5))
    with pytest.raises(BatchOutOfOrder, match="not finished"):
        transactions.owns(run_of(6))
    assert cluster.exit_codes == [EXIT_CODE]
    await transactions.close()


async def test_a_record_too_large_is_refused_before_anything_of_it_is_put(
    transactions: Transactions, cluster: FakeCluster
) -> None:
    await owned(transactions, SOURCE)
    transactions.put_all(SOURCE, [("sink", b"k", b"v" * 800, 0)])
    await transactions.done(SOURCE, 1)
    with pytest.raises(RecordTooLarge, match="sink/0 has 1000 bytes of value"):
        transactions.put_all(SOURCE, [("sink", b"k", b"v" * 1000, 0)])
    await transactions.done(SOURCE, 2)
    await transactions.close()
    committed = [each.records for each in cluster.producers["app-4-0"].committed]
    assert [value for records in committed for values in records.values() for value in values] == [b"v" * 800]


@pytest.mark.parametrize(("topic", "partition"), [("elsewhere", 0), ("sink", 4), ("sink", -1)])
async def test_a_sink_that_was_not_checked_at_start_is_refused(
    transactions: Transactions, topic: str, partition: int
) -> None:
    await owned(transactions, SOURCE)
    with pytest.raises(UndeclaredSink, match=f"{topic}/{partition}"):
        transactions.put_all(SOURCE, [(topic, b"k", b"v", partition)])
    await transactions.close()


@pytest.mark.parametrize("beside", [False, True], ids=["a batch", "beside the stream"])
async def test_whoever_finishes_what_it_put_waits_while_too_much_is_waiting(
    transactions: Transactions, cluster: FakeCluster, beside: bool
) -> None:
    async def put_and_finish(next_offset: int) -> None:
        transactions.put_all(SOURCE, [("sink", b"k", b"v", 0)] * 100)  # as many as may wait
        await (transactions.done_beside(SOURCE) if beside else transactions.done(SOURCE, next_offset))

    await owned(transactions, SOURCE)
    producer = cluster.producers["app-4-0"]
    producer.gate.clear()
    await asyncio.wait_for(put_and_finish(1), 5)  # taken into a transaction, which is held up
    waiting = asyncio.create_task(put_and_finish(2))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    producer.gate.set()
    await asyncio.wait_for(waiting, 5)
    await transactions.close()


async def test_the_timestamp_of_the_source_is_carried_through(transactions: Transactions, cluster: FakeCluster) -> None:
    await owned(transactions, SOURCE)
    transactions.put_all(SOURCE, [("sink", b"k", b"v", 3)], timestamp=7)
    await transactions.done(SOURCE, 1)
    await transactions.close()
    assert cluster.producers["app-4-0"].committed[0].timestamps == {("sink", 3): [7]}


async def test_a_partition_is_held_from_when_it_is_assigned_until_it_is_revoked(transactions: Transactions) -> None:
    await owned(transactions, SOURCE)
    assert (transactions.holds(SOURCE), transactions.holds(TP("source", 3))) == (True, False)
    await transactions.close()
    assert not transactions.holds(SOURCE)


async def test_nothing_can_be_put_for_a_partition_that_was_revoked(transactions: Transactions) -> None:
    await owned(transactions, SOURCE)
    await transactions.close()
    with pytest.raises(PartitionNotOwned, match="source/0"):
        transactions.put_all(SOURCE, [("sink", b"k", b"v", 0)])


async def test_a_failed_transaction_ends_the_process_with_its_reason(
    transactions: Transactions, cluster: FakeCluster, caplog: pytest.LogCaptureFixture
) -> None:
    await owned(transactions, SOURCE)
    cluster.producers["app-4-0"]._broken = ProducerFenced()
    await transactions.done(SOURCE, 1)
    await transactions.close()
    assert cluster.exit_codes == [EXIT_CODE]
    assert "ProducerFenced" in caplog.text


def test_the_text_of_a_foreign_exception_is_not_logged(
    transactions: Transactions, cluster: FakeCluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    try:
        {}["a name from a payload"]
    except KeyError as error:
        transactions.fail(error)
    assert cluster.exit_codes == [EXIT_CODE]
    assert "KeyError" in caplog.text
    assert "test_transactions.py" in caplog.text  # where it happened
    assert "KeyError: " not in caplog.text
