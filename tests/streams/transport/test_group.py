import asyncio
from collections.abc import Callable, Mapping

from faust.types import TP

from streams.transport.group import PartitionGroup
from streams.transport.settings import Settings
from tests.streams.transport.fakes import FakeProducer

SOURCE, OTHER = TP("source", 0), TP("other", 0)
SINK = ("sink", 0)


class Watched(PartitionGroup):
    """A group that notes what it reports."""

    def __init__(
        self,
        producer: FakeProducer,
        *,
        window_seconds: float = 0.001,
        backlog_window_seconds: float = 9.0,
        buffered_records_max: int = 1000,
    ) -> None:
        self.commits: list[Mapping[TP, int]] = []
        self.failures: list[BaseException] = []
        super().__init__(
            producer,
            settings=Settings(
                window_seconds=window_seconds,
                backlog_window_seconds=backlog_window_seconds,
                buffered_records_max=buffered_records_max,
            ),
            on_commit=self.commits.append,
            on_failure=self.failures.append,
        )
        self.start()

    def add(self, value: bytes, source: TP = SOURCE) -> None:
        self.put(source, [(*SINK, b"k", value, 0)])


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0)


async def test_batches_finished_within_a_window_are_one_transaction() -> None:
    producer = FakeProducer()
    group = Watched(producer, window_seconds=0.05)
    group.add(b"1")
    group.done(SOURCE, 10)
    group.add(b"2")
    group.done(SOURCE, 20)
    await until(lambda: group.commits)
    [transaction] = producer.committed
    assert transaction.records == {SINK: [b"1", b"2"]}
    assert transaction.offsets == {SOURCE: 20}
    assert group.commits == [{SOURCE: 20}]
    await group.close()


async def test_a_batch_without_results_moves_the_offset_all_the_same() -> None:
    producer = FakeProducer()
    group = Watched(producer)
    group.done(SOURCE, 7)
    await until(lambda: group.commits)
    assert producer.committed[0].offsets == {SOURCE: 7}
    await group.close()


async def test_half_a_batch_is_never_committed() -> None:
    producer = FakeProducer()
    group = Watched(producer)
    group.add(b"half", OTHER)
    group.add(b"whole")
    group.done(SOURCE, 1)
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert producer.committed == []
    group.done(OTHER, 1)
    await until(lambda: group.commits)
    assert producer.committed[0].records == {SINK: [b"half", b"whole"]}
    await group.close()


async def test_records_keep_their_order() -> None:
    producer = FakeProducer()
    group = Watched(producer)
    values = [b"%03d" % number for number in range(10)]
    for value in values:
        group.add(value)
    group.done(SOURCE, 10)
    await until(lambda: group.commits)
    assert producer.committed[0].records == {SINK: values}
    await group.close()


async def test_an_agent_waits_while_too_much_is_waiting() -> None:
    producer = FakeProducer()
    producer.gate.clear()
    group = Watched(producer, buffered_records_max=2)
    group.add(b"first")
    group.done(SOURCE, 1)
    await asyncio.wait_for(group.room(), 5)
    await until(lambda: producer.under_way)  # taken, and held up
    for offset in (2, 3):
        group.add(b"next")
        group.done(SOURCE, offset)
    waiting = asyncio.create_task(group.room())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    producer.gate.set()
    await asyncio.wait_for(waiting, 5)
    await group.close()


async def test_too_much_waiting_is_committed_before_the_window_ends() -> None:
    group = Watched(FakeProducer(), window_seconds=9.0, buffered_records_max=2)
    group.add(b"1")
    group.add(b"2")
    group.done(SOURCE, 2)
    await until(lambda: group.commits)
    await group.close()


async def test_the_window_is_a_long_one_until_a_batch_is_the_last_that_waits() -> None:
    producer = FakeProducer()
    group = Watched(producer)
    group.done(SOURCE, 1, behind=True)
    group.done(SOURCE, 2, behind=True)
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert producer.committed == []
    group.done(SOURCE, 3)
    await until(lambda: group.commits)
    assert [transaction.offsets for transaction in producer.committed] == [{SOURCE: 3}]
    await group.close()


async def test_a_failed_transaction_is_reported_and_nothing_is_committed_after_it() -> None:
    failure = RuntimeError("fenced")
    producer = FakeProducer(broken=failure)
    group = Watched(producer)
    group.done(SOURCE, 1)
    await until(lambda: group.failures)
    group.done(SOURCE, 2)
    await group.close()
    assert group.failures == [failure]
    assert producer.committed == []


async def test_closing_commits_what_is_finished_without_waiting_for_the_window() -> None:
    producer = FakeProducer()
    group = Watched(producer, window_seconds=9.0)
    group.add(b"1")
    group.done(SOURCE, 1)
    await asyncio.wait_for(group.close(), 5)
    assert producer.committed[0].records == {SINK: [b"1"]}
    assert producer.stopped


async def test_closing_drops_a_batch_that_is_not_finished() -> None:
    producer = FakeProducer()
    group = Watched(producer)
    group.add(b"half")
    await asyncio.wait_for(group.close(), 5)
    assert producer.committed == []
    assert producer.stopped


async def test_what_no_source_record_asked_for_is_committed_and_moves_no_offset() -> None:
    producer = FakeProducer()
    group = Watched(producer)
    group.add(b"beside")
    group.done(SOURCE, None)
    await until(lambda: group.commits)
    [transaction] = producer.committed
    assert (transaction.records, transaction.offsets) == ({SINK: [b"beside"]}, {})
    await group.close()
