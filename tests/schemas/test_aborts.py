"""Two brokers tell of aborted transactions in two ways: readers of both read what was committed, all and only that."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.aborts import Aborted, still_aborted

DATA, COMMIT, ABORT, FETCH = "data", "commit", "abort", "fetch"


class Batch(NamedTuple):
    first: int
    count: int
    producer: int
    kind: str

    @property
    def next_offset(self) -> int:
        return self.first + self.count

    @property
    def bytes(self) -> bytes:
        """As it stands on the wire: of the records, a marker's only one alone matters."""
        marker = {COMMIT: b"\x00\x00\x00\x01", ABORT: b"\x00\x00\x00\x00"}.get(self.kind)
        records = b"records" if marker is None else b"\x20\x00\x00\x00\x08" + marker + b"\x0c" + bytes(6) + b"\x00"
        head = struct.pack(
            ">ibIhiqqqhii", 0, 2, 0, 0x10 if marker is None else 0x30, self.count - 1, 0, 0, self.producer, 0, 0, 1
        )
        return struct.pack(">qi", self.first, len(head + records)) + head + records


@dataclass
class Log:
    """One partition, with the transactions that are open and those that were aborted."""

    batches: list[Batch] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)
    aborted: list[tuple[int, int, int]] = field(default_factory=list)  # producer, first offset, offset of the marker
    committed: list[int] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.batches[-1].next_offset if self.batches else 0

    @property
    def stable(self) -> int:
        return min([self.end, *self.open.values()])

    def write(self, producer: int, count: int) -> None:
        self.open.setdefault(producer, self.end)
        self.batches.append(Batch(self.end, count, producer, DATA))

    def finish(self, producer: int, kind: str) -> None:
        if (first := self.open.pop(producer, None)) is None:
            return
        if kind == ABORT:
            self.aborted.append((producer, first, self.end))
        else:
            mine = [each for each in self.batches if each.producer == producer and each.first >= first]
            self.committed += [offset for each in mine for offset in range(each.first, each.next_offset)]
        self.batches.append(Batch(self.end, 1, producer, kind))


Answer = tuple[list[Batch], list[Aborted]]
Step = tuple[str, int, int]  # what, whose, and how much
Ask = Callable[[Log, int], Answer]


def embedded(log: Log, since: int) -> Answer:
    """noida-db: everything that is stable, without the first batch of what was aborted, and every abort there was."""
    begins = {first for _, first, _ in log.aborted}
    found = [each for each in log.batches if since < each.next_offset <= log.stable and each.first not in begins]
    return found, [(producer, first) for producer, first, _ in log.aborted if first < log.stable]


def kafka(log: Log, since: int, batches_max: int = 2) -> Answer:
    """Kafka: as much as was asked for, and the aborts that reach into it."""
    found = [each for each in log.batches if since < each.next_offset <= log.stable][:batches_max]
    end = found[-1].next_offset if found else since
    return found, [(producer, first) for producer, first, marker in log.aborted if first < end and marker >= since]


@dataclass
class Reader:
    """What aiokafka and kafka-python do with an answer once it has been corrected."""

    begins_at: int
    position: int = -1
    read: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.position = self.begins_at

    def fetch(self, log: Log, ask: Ask) -> None:
        batches, named = ask(log, self.position)
        sent = b"".join(each.bytes for each in batches)
        left, known = still_aborted(sent, named, self.position, log.stable)
        assert sent.startswith(known)
        left_out: set[int] = set()
        taken = 0
        for batch in batches:
            if taken == len(known):
                return
            taken += len(batch.bytes)
            left_out |= {producer for producer, first in left if first <= batch.first}
            left = [each for each in left if each[1] > batch.first]
            self._take(batch, left_out)
        assert taken == len(known), "a batch was cut in two"

    def _take(self, batch: Batch, left_out: set[int]) -> None:
        if batch.kind == ABORT:
            left_out.discard(batch.producer)
        elif batch.kind == DATA and batch.producer not in left_out:
            self.read += range(max(batch.first, self.position), batch.next_offset)
        self.position = batch.next_offset


def grown(log: Log, history: Iterable[Step], readers: Iterable[Reader], ask: Ask) -> Log:
    """The log with what happened to it, while these followed it."""
    for what, producer, count in history:
        if what == DATA:
            log.write(producer, count)
        elif what == FETCH:
            for reader in readers:
                reader.fetch(log, ask)
        else:
            log.finish(producer, what)
    return log


writes = st.tuples(st.just(DATA), st.integers(1, 3), st.integers(1, 3))
ends = st.tuples(st.sampled_from([COMMIT, ABORT]), st.integers(1, 3), st.just(0))
fetches = st.just((FETCH, 0, 0))
histories = st.lists(st.one_of(writes, ends, fetches), max_size=30)


@pytest.mark.parametrize("ask", [embedded, kafka])
@given(before=histories, since=histories)
def test_whoever_follows_reads_what_is_committed_and_nothing_else(
    ask: Ask, before: list[Step], since: list[Step]
) -> None:
    log = grown(Log(), before, [], ask)
    readers = [Reader(each.first) for each in log.batches if each.first <= log.stable] or [Reader(0)]
    grown(log, [*since, *((ABORT, producer, 0) for producer in (1, 2, 3))], readers, ask)
    for reader in readers:
        for _ in range(len(log.batches) + 1):
            reader.fetch(log, ask)
        assert reader.position == log.end
        assert reader.read == sorted(offset for offset in log.committed if offset >= reader.begins_at)


def test_what_a_producer_writes_after_an_abort_is_left_in() -> None:
    """A worker killed within a transaction, and its successor: it has the same id, for it has the same name."""
    log = grown(Log(), [(DATA, 1, 2), (ABORT, 1, 0)], [], embedded)
    reader = Reader(log.end)
    grown(log, [(DATA, 1, 2), (COMMIT, 1, 0)], [], embedded)
    assert embedded(log, reader.position)[1] == [(1, 0)]
    reader.fetch(log, embedded)
    assert reader.read == [3, 4]


def test_what_a_producer_aborts_after_it_has_committed_is_left_out() -> None:
    log = grown(Log(), [(DATA, 1, 1), (ABORT, 1, 0)], [], embedded)
    reader = Reader(log.end)
    grown(log, [(DATA, 1, 1), (COMMIT, 1, 0), (DATA, 1, 1), (DATA, 1, 1), (ABORT, 1, 0)], [], embedded)
    reader.fetch(log, embedded)
    assert (reader.position, reader.read) == (log.end, [2])


def test_what_was_fetched_up_to_a_batch_that_the_embedded_broker_leaves_out_waits_until_its_end_is_known() -> None:
    log = grown(Log(), [(DATA, 1, 1), (ABORT, 1, 0), (DATA, 1, 1), (DATA, 3, 1)], [], embedded)
    reader = Reader(2)
    grown(log, [(DATA, 2, 1), (COMMIT, 1, 0), (ABORT, 3, 0)], [], embedded)
    assert [each.first for each in embedded(log, 2)[0]] == [2]
    reader.fetch(log, embedded)
    assert (reader.position, reader.read) == (2, [])
    log.finish(2, COMMIT)
    reader.fetch(log, embedded)
    assert reader.read == [2, 4]


def test_what_kafka_cut_within_a_batch_is_read_on_whoever_wrote_that() -> None:
    """It names the aborts up to an offset that may lie beyond what it sends, and sends the same again."""
    mine, cut = Batch(4, 2, 1, DATA).bytes, Batch(6, 2, 2, DATA).bytes[:-1]
    aborted = [(1, 0), (2, 6)]
    assert still_aborted(mine + cut, aborted, since=4, stable=20) == (aborted, mine + cut)


def test_what_was_fetched_up_to_another_open_transaction_waits_until_its_end_is_known() -> None:
    log = grown(Log(), [(DATA, 1, 1), (ABORT, 1, 0), (DATA, 1, 1), (DATA, 2, 1), (COMMIT, 1, 0)], [], embedded)
    reader = Reader(2)
    reader.fetch(log, embedded)
    assert (reader.position, reader.read) == (2, [])
    log.finish(2, COMMIT)
    reader.fetch(log, embedded)
    assert reader.read == [2, 3]
