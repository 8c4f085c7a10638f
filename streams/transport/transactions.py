"""What an agent writes through: a batch's records and its source offset become visible together or not at all."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from faust.types import TP, Message

from schemas.errors import reason
from streams.transport.errors import BatchOutOfOrder, PartitionNotOwned, RecordTooLarge, UndeclaredSink
from streams.transport.group import OnCommit, PartitionGroup
from streams.transport.producer import Outgoing, TransactionalProducer
from streams.transport.records import Records, Row
from streams.transport.settings import Settings

log = logging.getLogger(__name__)

EXIT_CODE = 70  # EX_SOFTWARE: a supervisor should start the process again
_RECORD_OVERHEAD_BYTES = 128  # lengths, attributes and the header of a batch that holds this record alone

OpenProducer = Callable[[str], Awaitable[TransactionalProducer]]


@dataclass(slots=True)
class _Lane:
    """One owned source partition: its group and how far its agent has come."""

    group: PartitionGroup
    position: int | None = None
    begun: bool = False


class Transactions:
    """The transactions of one worker: one producer per partition group, opened on assignment, closed on revocation."""

    def __init__(
        self,
        consumer_group: Callable[[], str],
        open_producer: OpenProducer,
        settings: Settings,
        exit_process: Callable[[int], object],
    ) -> None:
        self._consumer_group = consumer_group
        self._open_producer = open_producer
        self._settings = settings
        self._exit_process = exit_process
        self._lanes: dict[TP, _Lane] = {}
        self._groups: list[PartitionGroup] = []
        self._generation: int | None = None
        #: Hears of every committed transaction.
        self.on_commit: OnCommit = lambda _: None
        #: Partitions of every declared sink and changelog, known from the check at start.
        self.sinks: dict[str, int] = {}

    def owns(self, message: Message) -> bool:
        """Whether this batch is still this worker's to process; asked once, before anything is done with it."""
        lane = self._lanes.get(message.tp)
        if lane is None or message.generation_id != self._generation:
            return False
        records: Records = message.value
        if lane.begun or (lane.position is not None and records.after != lane.position):
            error = BatchOutOfOrder(
                f"{message.tp.topic}/{message.tp.partition}: the batch after offset {records.after} came while"
                f" the last finished batch ended at {lane.position}"
                + (" and another one was not finished" if lane.begun else "")
            )
            self.fail(error)
            raise error
        lane.begun = True
        return True

    def put_all(self, tp: TP, rows: Iterable[Row], timestamp: int | None = None) -> None:
        """Add records to the transaction of source partition `tp`; without a partition, to one of the same number.
        `timestamp` is in milliseconds, as Kafka has it."""
        group, own, at = self._lane(tp).group, tp.partition, timestamp or 0
        partitions, room = self.sinks.get, self._settings.record_bytes_max - _RECORD_OVERHEAD_BYTES
        outgoing: list[Outgoing] = []
        # Everything is looked at before anything is buffered.
        for topic, key, value, wanted in rows:
            partition = own if wanted is None else wanted
            if not 0 <= partition < partitions(topic, 0):
                raise UndeclaredSink(
                    f"{topic}/{partition} is not a partition of a sink that was declared and checked at start:"
                    f" declare {topic} with App(sinks=...)"
                )
            if (len(value) if value else 0) + (len(key) if key else 0) > room:
                raise RecordTooLarge(
                    f"a record for {topic}/{partition} has {len(value or b'')} bytes of value, and with its key"
                    f" more than the {room} that are allowed"
                )
            outgoing.append((topic, partition, key, value, at))
        group.put(tp, outgoing)

    async def done(self, tp: TP, next_offset: int, *, behind: bool = False) -> None:
        """Finish a batch of `tp`; waits only while too much is waiting to be committed."""
        lane = self._lane(tp)
        lane.group.done(tp, next_offset, behind=behind)
        lane.position = next_offset
        lane.begun = False
        await lane.group.room()

    def holds(self, tp: TP) -> bool:
        """Whether source partition `tp` is this worker's."""
        return tp in self._lanes

    async def done_beside(self, tp: TP) -> None:
        """Finish what was put for `tp` though nothing that was read from it asked for it: its offset stays as it is."""
        group = self._lane(tp).group
        group.done(tp, None)
        await group.room()

    def fail(self, error: BaseException) -> None:
        """End the process: what memory holds is no longer what the log holds."""
        log.critical("leaving with code %d: %s", EXIT_CODE, _reason(error))
        self._exit_process(EXIT_CODE)

    async def assign(self, sources: Iterable[TP], generation: int, group_of: Callable[[TP], str]) -> None:
        """Fence every former owner of these partitions: from here on their changelogs and offsets stand still."""
        await self.close()
        members: Mapping[str, set[TP]] = defaultdict(set)
        for tp in sources:
            members[f"{self._consumer_group()}-{group_of(tp)}-{tp.partition}"].add(tp)
        # Opening a producer runs InitProducerId, which aborts what the former owner left open.
        producers = await asyncio.gather(*(self._open_producer(name) for name in members))
        for producer, tps in zip(producers, members.values(), strict=True):
            group = PartitionGroup(
                producer,
                settings=self._settings,
                on_commit=self.on_commit,
                on_failure=self.fail,
            )
            group.start()
            self._groups.append(group)
            self._lanes.update({tp: _Lane(group) for tp in tps})
        self._generation = generation

    async def close(self) -> None:
        """Commit what is finished and give every partition up."""
        groups, self._groups, self._lanes = self._groups, [], {}
        await asyncio.gather(*(group.close() for group in groups))

    def _lane(self, tp: TP) -> _Lane:
        lane = self._lanes.get(tp)
        if lane is None:
            raise PartitionNotOwned(f"{tp.topic}/{tp.partition} is not owned by this worker")
        return lane


def _reason(error: BaseException) -> str:
    # What a Kafka client says names topics and brokers, never what is in a record.
    return f"{type(error).__name__}: {error}" if isinstance(error, KafkaError) else reason(error)
