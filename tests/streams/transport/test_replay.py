import asyncio
import contextlib
from collections.abc import Sequence

import aiokafka
import pytest
from aiokafka.errors import (
    CorruptRecordException,
    KafkaConnectionError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
)
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.records import Replayed
from streams.transport.replay import replay
from tests.streams.transport.fake_log import ABORT, COMMIT, FakeLog

SOURCE = TP("source", 0)
NOT_LEADER, NOT_AUTHORIZED = 6, 29


async def test_a_replay_that_is_given_up_while_it_connects_closes_what_it_reads_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[aiokafka.AIOKafkaConsumer] = []

    async def start(consumer: aiokafka.AIOKafkaConsumer) -> None:
        made.append(consumer)
        await asyncio.sleep(60)

    monkeypatch.setattr(aiokafka.AIOKafkaConsumer, "start", start)
    replaying = asyncio.create_task(replay({}, {TP("source", 0): None}, lambda *_: None))
    await asyncio.sleep(0)
    replaying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await replaying
    assert [consumer._closed for consumer in made] == [True]


async def read_back(log: FakeLog, end: int | None = None) -> tuple[list[tuple[int, bytes | None]], int]:
    """The offsets and values that are replayed, and the end that is returned."""
    found: list[tuple[int, bytes | None]] = []

    def apply(tp: TP, records: Sequence[Replayed]) -> None:
        found.extend((record.offset, record.value) for record in records)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.transport.replay.AIOKafkaConsumer", lambda **_: log)
        patch.setattr("streams.transport.replay._RETRY_SECONDS", 0)
        try:
            ends = await asyncio.wait_for(replay({}, {SOURCE: end}, apply), 10)
        finally:
            assert log.stopped
    return found, ends[SOURCE]


PRODUCERS = st.sampled_from([None, 1, 2])
VALUES = st.lists(st.sampled_from([b"a", b"b", None]), min_size=1, max_size=3)  # None: compaction has removed it
STEPS = st.lists(st.tuples(PRODUCERS, VALUES) | st.tuples(st.sampled_from([1, 2]), st.sampled_from([COMMIT, ABORT])))


@given(STEPS, st.integers(1, 4), st.booleans(), st.none() | st.integers(0, 30))
def test_whatever_was_written_just_what_was_committed_is_read_up_to_the_end(steps, at_once, names_all, end):
    log = FakeLog(at_once, names_all)
    for producer, what in [*steps, (1, ABORT), (2, COMMIT)]:
        log.write(what, producer) if isinstance(what, list) else log.finish(producer, what)
    until = log.end if end is None else min(end, log.end)
    assert asyncio.run(read_back(log, end)) == ([each for each in log.committed if each[0] < until], until)


def written(*faults: Exception | int) -> FakeLog:
    log = FakeLog(faults=list(faults))
    log.write([b"a", b"b"])
    log.write([b"c"])
    return log


@pytest.mark.parametrize("end", range(5))
async def test_an_end_within_a_batch_is_kept_to(end: int) -> None:
    assert await read_back(written(), end) == ([(0, b"a"), (1, b"b"), (2, b"c")][:end], min(end, 3))


@pytest.mark.parametrize("fault", [KafkaConnectionError(), NOT_LEADER])
async def test_a_fetch_that_fails_is_asked_for_again_of_whoever_leads_by_then(fault: Exception | int) -> None:
    log = written(fault, fault)
    assert await read_back(log) == ([(0, b"a"), (1, b"b"), (2, b"c")], 3)
    assert log.refreshed == 2


async def test_a_topic_that_may_not_be_read_ends_the_replay() -> None:
    with pytest.raises(TopicAuthorizationFailedError, match="source/0 from offset 0"):
        await read_back(written(NOT_AUTHORIZED))


async def test_a_damaged_batch_ends_the_replay() -> None:
    log = written()
    first, after, data = log.batches[1]
    log.batches[1] = (first, after, data[:-1] + b"?")
    with pytest.raises(CorruptRecordException, match="source/0: a batch is damaged at offset 2"):
        await read_back(log)


async def test_a_fetch_that_holds_no_whole_batch_ends_the_replay() -> None:
    log = written()
    first, after, data = log.batches[0]
    log.batches[0] = (first, after, data[:-1])
    with pytest.raises(RecordTooLargeError, match="source/0: no whole batch came at offset 0"):
        await read_back(log)


async def test_records_that_cannot_be_applied_end_the_replay_and_the_fetch_after_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def apply(tp: TP, records: Sequence[Replayed]) -> None:
        raise ValueError("unreadable")

    before = asyncio.all_tasks()
    monkeypatch.setattr("streams.transport.replay.AIOKafkaConsumer", lambda **_: log)
    log = written()
    with pytest.raises(ValueError, match="unreadable"):
        await replay({}, {SOURCE: None}, apply)
    assert log.stopped
    assert asyncio.all_tasks() == before
