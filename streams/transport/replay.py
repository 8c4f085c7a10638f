"""State read back from the log: whole partitions in bulk, committed records only, from the beginning.

Faust replays a changelog one event at a time, 13,000 records a second; in bulk it is some hundred thousand. Fetches are
asked for and taken apart here, because aiokafka would make a second object of each record, which takes as long as all
else that is done with it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    CorruptRecordException,
    KafkaError,
    LeaderNotAvailableError,
    NoError,
    RecordTooLargeError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.control_record import ABORT_MARKER, ControlRecord
from aiokafka.record.memory_records import MemoryRecords
from faust.types import TP

from schemas.aborts import Aborted
from schemas.broker import on_either_broker
from streams.transport.records import Replayed

log = logging.getLogger(__name__)

Apply = Callable[[TP, Sequence[Replayed]], None]

_SLICE = 2_000  # records applied before other tasks get a turn
_FETCH_BYTES = 8 << 20
_WAIT_MS = 50  # for records that are not there yet: all that are asked for are
_READ_COMMITTED = 1
_RETRY_SECONDS = 0.1


async def replay(options: Mapping[str, Any], ends: Mapping[TP, int | None], apply: Apply) -> dict[TP, int]:
    """Apply the committed records of these partitions up to the given ends (None: all) and return those ends."""
    if not ends:
        return {}
    began_at = time.perf_counter()
    consumer = on_either_broker(AIOKafkaConsumer(**options, isolation_level="read_committed", enable_auto_commit=False))
    count, until = 0, dict[TP, int]()
    try:
        await consumer.start()
        client = consumer._client
        await client.set_topics({tp.topic for tp in ends})
        partitions = [TopicPartition(*tp) for tp in ends]
        starts = await consumer.beginning_offsets(partitions)
        # For a reader of committed records the end is the last stable offset.
        stable = await consumer.end_offsets(partitions)
        for (tp, end), partition in zip(ends.items(), partitions, strict=True):
            until[tp] = stable[partition] if end is None else min(end, stable[partition])
            count += await _read(client, tp, starts[partition], until[tp], apply)
    finally:
        await consumer.stop()
    seconds = time.perf_counter() - began_at
    log.info("replayed %d records of %d partitions in %.2f s", count, len(ends), seconds)
    return until


async def _read(client: AIOKafkaClient, tp: TP, since: int, until: int, apply: Apply) -> int:
    """Apply the records of a partition from one offset up to another; how many there were."""
    if since >= until:
        return 0
    count = 0
    fetching = asyncio.create_task(_fetch(client, tp, since))
    try:
        while since < until:
            wanted, (batches, since) = range(since, until), _committed(tp, since, *await fetching)
            if since < until:
                fetching = asyncio.create_task(_fetch(client, tp, since))  # comes while these are applied
            for records in _slices(batches, wanted):
                apply(tp, records)
                count += len(records)
                await asyncio.sleep(0)
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
    return count


async def _fetch(client: AIOKafkaClient, tp: TP, since: int) -> tuple[bytes, Sequence[Aborted]]:
    """What the broker has from this offset on, and which transactions in it were aborted.

    Asks until there is an answer; raises what asking again does not mend.
    """
    request = FetchRequest(
        _WAIT_MS, 1, _FETCH_BYTES, _READ_COMMITTED, [(tp.topic, [(tp.partition, since, _FETCH_BYTES)])]
    )
    while True:
        try:
            leader = client.cluster.leader_for_partition(TopicPartition(*tp))
            if leader in (None, -1):
                raise LeaderNotAvailableError
            answer = await client.send(leader, request)
            # As it is since the fifth version of the answer; Kafka has that since 1.0.
            [(_, [(_, code, _, _, _, aborted, *_, records)])] = answer.topics
            if (fault := for_code(code)) is not NoError:
                raise fault(f"{tp.topic}/{tp.partition} from offset {since}")
            return records or b"", aborted or ()
        except KafkaError as fault:
            if not fault.retriable:
                raise
            log.warning("%s/%d is asked for again: %r", *tp, fault)
            if fault.invalid_metadata:
                client.force_metadata_update()
            await asyncio.sleep(_RETRY_SECONDS)


def _committed(tp: TP, since: int, data: bytes, aborted: Sequence[Aborted]) -> tuple[list[Any], int]:
    """The batches of a fetch from offset `since` that were committed, and the offset after all that it brought.

    That offset passes markers, what was aborted, and what compaction has removed; the offsets of records do not.
    """
    found: list[Any] = []
    began_at = since
    to_come = sorted(aborted, key=lambda each: each[1], reverse=True)
    under_way: set[int] = set()  # producers whose records were aborted, up to their next marker that says so
    batches = MemoryRecords(data)
    while batches.has_next():
        batch = batches.next_batch()
        if not batch.validate_crc():
            raise CorruptRecordException(f"{tp.topic}/{tp.partition}: a batch is damaged at offset {batch.base_offset}")
        since = batch.next_offset
        while to_come and to_come[-1][1] <= batch.base_offset:
            under_way.add(to_come.pop()[0])
        if batch.is_control_batch:
            if ControlRecord.parse(next(batch).key) == ABORT_MARKER:
                under_way.discard(batch.producer_id)
        elif not (batch.is_transactional and batch.producer_id in under_way):
            found.append(batch)
    if data and since == began_at:  # else it would be asked for over and over
        raise RecordTooLargeError(f"{tp.topic}/{tp.partition}: no whole batch came at offset {since}")
    return found, since


def _slices(batches: Iterable[Any], wanted: range) -> Iterator[list[Replayed]]:
    """The records of these batches that have a wanted offset."""
    records: list[Replayed] = []
    for batch in batches:
        if batch.base_offset in wanted and batch.next_offset <= wanted.stop:
            records.extend(batch)
        else:
            records.extend(record for record in batch if record.offset in wanted)
        if len(records) >= _SLICE:
            yield records
            records = []
    if records:
        yield records
