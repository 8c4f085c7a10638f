"""The Faust transport `txn://`: batches in, transactions out.

Faust's own consumer loses events when a rebalance ends with a backlog (faust-streaming#596): it lets fetched
records into the streams, seeks, clears the streams' queues and books what it cleared as a gap. This one hands
nothing out before all is settled, and starts each partition exactly where its stream left off.
"""

import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import aiokafka
from faust.transport.drivers import aiokafka as faust_aiokafka
from faust.types import TP, ConsumerMessage, Message
from faust.types.transports import TPorTopicSet
from mode.utils.futures import notify

from schemas.broker import on_either_broker
from streams.transport import preflight
from streams.transport.heartbeats import give_up_heartbeats
from streams.transport.producer import Producer
from streams.transport.records import Records
from streams.transport.table import Table

if TYPE_CHECKING:
    from streams.transport.app import App

# Faust fixes 1,500 ms, and offset requests wait behind the long poll on the same connection:
# from assigned to ready took 3.1 s, with 100 ms it takes 0.3 s.
_FETCH_WAIT_MS = 50


class ConsumerThread(faust_aiokafka.AIOKafkaConsumerThread):
    """Faust's consumer thread with a consumer of committed records."""

    def _create_worker_consumer(self, transport: faust_aiokafka.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Read by AIOKafkaConsumer.start(), which comes later. Faust passes none of them through.
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = _FETCH_WAIT_MS
        consumer._fetch_min_bytes = self.app.transport_settings.fetch_bytes_min
        # Without tables Faust falls back to round robin, which may give partition 1 of one topic to another
        # worker than partition 1 of the next: but they share a transactional id.
        consumer._partition_assignment_strategy = (self.app.assignor,)
        give_up_heartbeats(consumer._client, self.app.conf.broker_session_timeout)
        return on_either_broker(consumer)

    def close(self) -> None:
        """Nothing to do: the thread closes its consumer when it is stopped itself.

        Faust calls this in a rebalance of an application that is being stopped, and would close it from another event
        loop at the same time: the thread may then fail at that, and who stops it wait for it.
        """


class Consumer(faust_aiokafka.Consumer):
    """Hands out batches, and leaves offsets to the transactions."""

    app: "App"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._partitions: dict[str, int] = {}
        self._handed_out_to: dict[TP, int] = {}
        self._seek_due = True
        self.app.transactions.on_commit = self._note_commit

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- what is read

    def is_source(self, topic: str) -> bool:
        """Whether agents of the application read this topic."""
        return topic not in self.app.tables.changelog_topics

    async def subscribe(self, topics: Any) -> None:
        """Check every topic in use, then join the group."""
        try:
            self._partitions = await preflight.check(self.app.broker.client_options(), self._needs())
        except Exception as error:
            self.app.transactions.fail(error)
            raise
        self.app.transactions.sinks = {
            topic: self._partitions[topic] for topic in {*self.app.sinks, *self.app.tables.changelog_topics}
        }
        await super().subscribe(topics)

    def _needs(self) -> preflight.Needs:
        sources = tuple(topic for agent in self.app.agents.values() for topic in agent.channel.topics)
        tables = []
        for table in self.app.tables.values():
            if not isinstance(table, Table):
                raise TypeError(f"table {table.name} is not made by the application's own Table")
            tables.append(table.changelog_name)
        return preflight.Needs(
            sources=sources,
            sinks=self.app.sinks,
            tables=tuple(tables),
            replays=self.app.states.topics,
            concurrent=tuple(agent.name for agent in self.app.agents.values() if agent.concurrency != 1),
        )

    # -- when the group changes

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let the agents finish, commit what they finished, and forget the rest."""
        self._seek_due = True
        await super().on_partitions_revoked(revoked)
        # Of an application that is being stopped Faust does not wait for the batch in hand here.
        await self.wait_empty()
        await self._release()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Fence the former owners before Faust looks at a changelog's end or a committed offset."""
        self._handed_out_to.clear()
        self._seek_due = True
        self.app.states.forget()  # a recovery of the assignment before may have gone on, and read its own back
        if not self.app.should_stop:  # else nobody works on them here
            try:
                await self.app.transactions.assign(
                    {tp for tp in assigned if self.is_source(tp.topic)}, generation_id, self._group_of
                )
            except Exception as error:  # aiokafka would log it and carry on without a producer
                self.app.transactions.fail(error)
                raise
        if self.should_stop:  # told to stop meanwhile: what has just been opened would stay open
            await self._release()
        await super().on_partitions_assigned(assigned, generation_id)

    def _group_of(self, tp: TP) -> str:
        # Faust assigns equal partition numbers of topics with equal partition counts to one worker.
        return str(self._partitions[tp.topic])

    async def on_stop(self) -> None:
        """Commit what is finished."""
        await super().on_stop()
        await self._release()

    async def _release(self) -> None:
        await self.app.transactions.close()
        self.app.states.forget()

    # -- from where, and how, records are handed out

    async def rebuild_states(self) -> None:
        """Read back what agents keep in memory; the former owners are fenced, so the offsets stand still."""
        sources = {tp for tp in self.assignment() if self.is_source(tp.topic)}
        wanted = self.app.states.partitions(sources, self._partitions)
        committed = await self.seek_to_committed() if wanted else {}
        ends = {tp: (committed.get(tp) or 0) if tp in sources else None for tp in wanted}
        try:
            await self.app.states.rebuild(self.app.broker.client_options(), ends)
        except Exception as error:  # Faust would log it, with what it quotes of a record, and go on without the state
            self.app.transactions.fail(error)
            raise

    async def perform_seek(self) -> None:
        """Put every source partition to where its stream left off, or to the committed offset, or to the start."""
        if not self.assignment():
            return  # more workers than partitions
        committed = await self.seek_to_committed()
        sources = [tp for tp in self.assignment() if self.is_source(tp.topic)]
        # aiokafka does not seek where nothing was ever committed, so a first start could not rewind.
        fresh = [tp for tp in sources if not committed.get(tp)]
        start = dict(await self.earliest_offsets(*fresh)) if fresh else {}
        for tp in sources:
            start[tp] = self._handed_out_to.get(tp) or committed.get(tp) or start[tp]
        await self.seek_wait(start)
        self._handed_out_to = start
        self._read_offset.update({tp: offset or None for tp, offset in start.items()})

    def _settled(self) -> bool:
        """Whether records may be handed out.

        Faust alone cannot say. A recovery that a rebalance overtakes ends all the same, and then tells everybody
        to go on: until the next assignment comes, and beyond, until that one's own recovery begins.
        """
        app = self.app
        faust_goes_on = self.flow_active and not app.rebalancing and not app.in_recovery
        return faust_goes_on and app.flow_control.is_active() and app.states.are_whole

    async def _seek_if_due(self) -> None:
        if not self._seek_due or not self._settled():
            return
        self._seek_due = False
        try:
            await self.perform_seek()
        except Exception as error:  # a rebalance began meanwhile: once more when it is over
            self._seek_due = True
            self.log.warning("seek postponed: %r", error)
            await self.sleep(0.1)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        """One message for each run of records of a source partition; what was fetched too early is fetched again."""
        await self._seek_if_due()
        records, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        size = self.app.transport_settings.batch_records_max
        for tp, run in records.items():
            if not self.is_source(tp.topic):
                continue  # changelogs are replayed in bulk
            if active is not None and tp not in active and tp not in self._buffered_partitions:
                self._seek_due = True  # paused while it was being fetched
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            for start in range(0, len(run), size):
                unchanged = self.app.consumer_generation_id == generation and self._settled()
                if self._seek_due or not unchanged:
                    self._seek_due = True
                    return
                yield tp, self._message(tp, run[start : start + size], generation)

    def _message(self, tp: TP, run: list[Any], generation: int) -> Message:
        last = run[-1]
        waiting = (self.highwater(tp) or 0) - last.offset - 1
        is_behind = waiting > self.app.transport_settings.batch_records_max
        batch = Records(run, after=self._handed_out_to[tp], behind=is_behind)
        self._handed_out_to[tp] = last.offset + 1
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000.0, last.timestamp_type,
            None, None, batch, None, 0, 0, tp, generation_id=generation,
        )  # fmt: skip

    # -- what becomes of Faust's own offsets

    def ack(self, message: Message) -> bool:
        """Note that an agent let go of a batch: rebalances wait for it. No offset comes of it."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)
        return True

    async def commit(self, topics: TPorTopicSet | None = None, start_new_transaction: bool = True) -> bool:
        """Nothing to do: offsets travel in the transactions."""
        return False

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        pass  # commit markers lie between batches: nothing is missing there

    def _note_commit(self, offsets: Mapping[TP, int]) -> None:
        self._committed_offset.update(offsets)
        self.app.monitor.on_tp_commit(dict(offsets))
        # Else Faust would complain after five minutes of backlog that nothing was ever committed.
        now = time.monotonic()
        self._thread.tp_last_committed_at.update(dict.fromkeys(offsets, now))


class Transport(faust_aiokafka.Transport):
    """`txn://host:port`, registered under the entry point group faust.transports."""

    Consumer = Consumer


async def open_producer(app: "App", transactional_id: str) -> Producer:
    """A producer whose former namesake is fenced when this returns."""
    settings = app.transport_settings
    return await Producer.open(
        app.broker.librdkafka_options(),
        transactional_id=transactional_id,
        consumer_group=app.conf.id,
        record_bytes_max=settings.record_bytes_max,
        timeout_seconds=settings.transaction_timeout_seconds,
    )
