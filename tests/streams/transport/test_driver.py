import asyncio
import inspect
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import aiokafka
import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from streams.transport.app import App
from streams.transport.driver import Consumer, ConsumerThread
from streams.transport.settings import Settings
from streams.transport.transactions import EXIT_CODE
from tests.streams.transport.fakes import FakeCluster, FakeProducer, FakeRecord

SOURCE = TP("source", 0)


class StillConsumer(Consumer):
    """A consumer whose broker is a few dictionaries."""

    fetched: Mapping[TP, list[Any]] = {}
    committed: Mapping[TP, int | None] = {SOURCE: None}
    earliest = 0
    end = 0
    sought: list[dict[TP, int]]

    async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:
        return self.fetched, None

    def assignment(self) -> set[TP]:
        return set(self.committed)

    def highwater(self, tp: TP) -> int:
        return self.end

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        assert self.committed, "as aiokafka does"
        return self.committed

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return dict.fromkeys(partitions, self.earliest)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self.sought.append(dict(partitions))


@pytest.fixture
def app() -> App:
    app = App("driver", broker="127.0.0.1:1", settings=Settings(batch_records_max=2))
    app.transport.Consumer = StillConsumer
    app.flow_control.resume()
    app.states.are_whole = True
    return app


@pytest.fixture
async def consumer(app: App) -> StillConsumer:
    consumer = app.transport.create_consumer(callback=print, on_partitions_revoked=print, on_partitions_assigned=print)
    consumer.sought = []
    return consumer


def run(*offsets: int) -> list[FakeRecord]:
    return [FakeRecord(offset=offset) for offset in offsets]


async def handed_out(consumer: Consumer) -> list[tuple[int, list[int]]]:
    messages = [message async for _, message in consumer.getmany(1.0)]
    return [(message.value.after, [record.offset for record in message.value]) for message in messages]


async def test_runs_are_handed_out_in_batches_each_of_which_knows_where_the_one_before_ended(
    consumer: StillConsumer,
) -> None:
    consumer.committed = {SOURCE: 5}
    consumer.fetched = {SOURCE: run(5, 6, 8)}
    assert await handed_out(consumer) == [(5, [5, 6]), (7, [8])]
    consumer.fetched = {SOURCE: run(10)}
    assert await handed_out(consumer) == [(9, [10])]


async def test_a_batch_knows_whether_more_than_another_waits_behind_it(consumer: StillConsumer) -> None:
    consumer.committed = {SOURCE: 0}
    consumer.fetched = {SOURCE: run(0, 1, 2, 3)}
    consumer.end = 5
    assert [message.value.behind async for _, message in consumer.getmany(1.0)] == [True, False]


async def test_a_partition_that_was_never_committed_is_read_from_its_beginning(consumer: StillConsumer) -> None:
    consumer.earliest = 3
    consumer.fetched = {SOURCE: run(3)}
    assert await handed_out(consumer) == [(3, [3])]
    assert consumer.sought == [{SOURCE: 3}]


async def test_a_second_seek_goes_to_where_the_stream_left_off(consumer: StillConsumer) -> None:
    consumer.committed = {SOURCE: 5}
    consumer.fetched = {SOURCE: run(5)}
    await handed_out(consumer)
    await consumer.perform_seek()
    assert consumer.sought == [{SOURCE: 5}, {SOURCE: 6}]


@pytest.mark.parametrize("state", ["rebalancing", "in_recovery"])
async def test_what_is_fetched_before_all_is_settled_is_dropped_and_fetched_again(
    app: App, consumer: StillConsumer, state: str
) -> None:
    consumer.fetched = {SOURCE: run(0)}
    setattr(app, state, True)
    assert await handed_out(consumer) == []
    assert consumer.sought == []
    setattr(app, state, False)
    assert await handed_out(consumer) == [(0, [0])]
    assert consumer.sought == [{SOURCE: 0}]


async def test_nothing_is_handed_out_before_what_agents_keep_is_back(app: App, consumer: StillConsumer) -> None:
    consumer.fetched = {SOURCE: run(0)}
    app.states.forget()
    assert await handed_out(consumer) == []
    assert consumer.sought == []
    await consumer.rebuild_states()
    assert await handed_out(consumer) == [(0, [0])]


async def test_nothing_is_handed_out_while_partitions_are_taken_over_though_a_recovery_that_was_overtaken_has_ended(
    app: App, consumer: StillConsumer, cluster: FakeCluster
) -> None:
    async def at_once(*_: object) -> None:
        """What Faust does of partitions that are assigned."""

    async def open_slowly(transactional_id: str) -> FakeProducer:
        while_opening.extend(await handed_out(consumer))
        return await cluster.open(transactional_id)

    while_opening: list[tuple[int, list[int]]] = []
    app.transactions._open_producer = open_slowly
    consumer._on_partitions_assigned = at_once
    consumer._partitions = {"source": 1}
    consumer.fetched = {SOURCE: run(0)}
    app.on_rebalance_start()
    app.on_rebalance_end()  # as the recovery before tells everybody
    app.consumer_generation_id = 1
    await consumer.on_partitions_assigned({SOURCE}, 1)
    assert while_opening == []
    await consumer.rebuild_states()
    assert await handed_out(consumer) == [(0, [0])]


async def test_handing_out_stops_when_a_rebalance_begins(app: App, consumer: StillConsumer) -> None:
    consumer.fetched = {SOURCE: run(0, 1, 2, 3)}
    handing_out = consumer.getmany(1.0)
    _, first = await anext(handing_out)
    app.consumer_generation_id = 99
    assert [record.offset for record in first.value] == [0, 1]
    assert [message async for message in handing_out] == []


async def test_changelogs_are_not_handed_out(app: App, consumer: StillConsumer) -> None:
    table = app.Table("counts", partitions=4)
    consumer.fetched = {TP(table.changelog_name, 0): run(0)}
    assert await handed_out(consumer) == []


async def test_a_worker_without_partitions_has_nothing_to_seek(consumer: StillConsumer) -> None:
    consumer.committed = {}
    assert await handed_out(consumer) == []
    assert consumer.sought == []


async def test_a_worker_whose_state_cannot_be_read_back_ends(app: App, consumer: StillConsumer) -> None:
    codes: list[int] = []
    app.transactions._exit_process = codes.append
    app.replay("source", apply=lambda *_: None, forget=lambda _: None)
    consumer._partitions = {"source": 1}
    with pytest.raises(KafkaConnectionError):  # nobody listens on port 1
        await consumer.rebuild_states()
    assert codes == [EXIT_CODE]


async def test_partitions_are_given_up_after_the_batch_in_hand_also_by_a_worker_that_is_told_to_stop(
    app: App, consumer: StillConsumer
) -> None:
    async def at_once(_: set[TP]) -> None:
        """What Faust does of an application that is being stopped."""

    forgotten: list[int] = []
    app.replay("source", apply=lambda *_: None, forget=forgotten.append)
    app.states._held = {SOURCE}
    consumer._on_partitions_revoked = at_once
    consumer.fetched = {SOURCE: run(0)}
    [(_, message)] = [pair async for pair in consumer.getmany(1.0)]
    consumer.track_message(message)
    revoking = asyncio.create_task(consumer.on_partitions_revoked({SOURCE}))
    for _ in range(20):
        await asyncio.sleep(0)
    assert (revoking.done(), forgotten) == (False, [])
    consumer.ack(message)
    await revoking
    assert forgotten == [SOURCE.partition]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_worker_that_is_told_to_stop_takes_no_partition_over(
    app: App, consumer: StillConsumer, cluster: FakeCluster, when: str
) -> None:
    async def at_once(*_: object) -> None:
        """What Faust does of an application that is being stopped."""

    async def open_while_told_to_stop(transactional_id: str) -> FakeProducer:
        consumer._stopped.set()
        return await cluster.open(transactional_id)

    app.transactions._open_producer = open_while_told_to_stop
    consumer._on_partitions_assigned = at_once
    consumer._partitions = {"source": 1}
    if when == "before":
        app._stopped.set()
    await consumer.on_partitions_assigned({SOURCE}, 1)
    assert [producer.stopped for producer in cluster.producers.values()] == ([] if when == "before" else [True])
    assert not app.transactions.holds(SOURCE)


def test_a_rebalance_of_a_worker_that_is_told_to_stop_leaves_its_thread_to_close_what_it_reads_with(
    app: App,
) -> None:
    consumer = app.transport.create_consumer(callback=print, on_partitions_revoked=print, on_partitions_assigned=print)
    app._consumer = consumer
    consumer._thread._consumer = SimpleNamespace(_closed=False)
    app._on_rebalance_when_stopped()
    assert vars(consumer._thread._consumer) == {"_closed": False}


async def test_a_committed_transaction_moves_what_faust_knows_of_commits(app: App, consumer: StillConsumer) -> None:
    consumer._thread.tp_last_committed_at = {}
    consumer._note_commit({SOURCE: 7})
    assert consumer._committed_offset[SOURCE] == 7
    assert app.monitor.tp_committed_offsets == {SOURCE: 7}
    assert SOURCE in consumer._thread.tp_last_committed_at
    assert not await consumer.commit(), "Faust itself commits nothing"


def test_the_private_attributes_that_are_set_still_exist_in_aiokafka() -> None:
    source = inspect.getsource(aiokafka.AIOKafkaConsumer)
    assigned = inspect.getsource(ConsumerThread._create_worker_consumer)
    for name in ("_isolation_level", "_fetch_max_wait_ms", "_fetch_min_bytes", "_partition_assignment_strategy"):
        assert f"consumer.{name} = " in assigned
        # Once in the constructor, and once where start() reads it.
        assert source.count(f"self.{name}") >= 2
