"""A partition's log as a broker hands it out: real batches, some at a fetch, to a consumer that knows no network."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

_FORMAT = 2
_CRC_AT, _ATTRIBUTES_AT, _LAST_DELTA_AT = 17, 21, 23
_MARKER = 0x20
ABORT, COMMIT = b"\0\0\0\0", b"\0\0\0\1"


def batch(first: int, values: Sequence[bytes | None], producer: int | None, marker: bytes | None = None) -> bytes:
    """The bytes of one batch, or of a marker; without a producer it is in no transaction."""
    builder = DefaultRecordBatchBuilder(
        _FORMAT, 0, int(producer is not None), -1 if producer is None else producer, 0, 0, 1 << 20
    )
    count = 0
    for delta, value in enumerate([b""] if marker else values):
        count = delta + 1
        if value is not None:
            builder.append(delta, 0, marker or b"key", value, [])
    made = bytearray(builder.build())
    struct.pack_into(">q", made, 0, first)
    if marker:
        struct.pack_into(">h", made, _ATTRIBUTES_AT, struct.unpack_from(">h", made, _ATTRIBUTES_AT)[0] | _MARKER)
    struct.pack_into(">i", made, _LAST_DELTA_AT, count - 1)
    struct.pack_into(">I", made, _CRC_AT, calc_crc32c(bytes(made[_ATTRIBUTES_AT:])))
    return bytes(made)


@dataclass
class FakeLog:
    """A consumer of one partition, to whom a broker gives so many of its batches at a fetch, and names the aborted
    transactions that reach into it, as Kafka does. With `names_all` it gives all batches at once and names all aborted
    transactions that there ever were, as the embedded broker does. Each of `faults` comes once before that: an error
    that is raised, or a code.
    """

    at_once: int = 1
    names_all: bool = False
    faults: list[Exception | int] = field(default_factory=list)
    #: First offset, next offset, and what stands between.
    batches: list[tuple[int, int, bytes]] = field(default_factory=list)
    #: Producer, first offset, and the offset of the marker.
    aborted: list[tuple[int, int, int]] = field(default_factory=list)
    #: Offset and value of each record that compaction has left of what was committed.
    committed: list[tuple[int, bytes | None]] = field(default_factory=list)
    refreshed: int = 0
    stopped: bool = False
    _open: dict[int, tuple[int, list[tuple[int, bytes | None]]]] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.batches[-1][1] if self.batches else 0

    def write(self, values: Sequence[bytes | None], producer: int | None = None) -> None:
        """A batch of these; a value of None has been removed by compaction. With a producer, in its transaction."""
        first = self.end
        written = [(first + delta, value) for delta, value in enumerate(values) if value is not None]
        (self.committed if producer is None else self._open.setdefault(producer, (first, []))[1]).extend(written)
        self.batches.append((first, first + len(values), batch(first, values, producer)))

    def finish(self, producer: int, marker: bytes) -> None:
        """The end of a producer's transaction, if one is open."""
        if producer not in self._open:
            return
        first, written = self._open.pop(producer)
        if marker == COMMIT:
            self.committed = sorted(self.committed + written)
        else:
            self.aborted.append((producer, first, self.end))
        self.batches.append((self.end, self.end + 1, batch(self.end, [], producer, marker)))

    @property
    def _client(self) -> Any:
        return self

    @property
    def cluster(self) -> Any:
        return SimpleNamespace(leader_for_partition=lambda _: 1)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        self.stopped = True

    async def set_topics(self, topics: set[str]) -> None:
        pass

    def force_metadata_update(self) -> None:
        self.refreshed += 1

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: self.batches[0][0] if self.batches else 0 for partition in partitions}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    async def send(self, node: int, request: FetchRequest) -> Any:
        [(topic, [(number, since, _)])] = request.topics
        code = 0
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            code = fault
        brought = [each for each in self.batches if each[1] > since][: None if self.names_all else self.at_once]
        until = brought[-1][1] if brought else since
        reach = [each for each in self.aborted if self.names_all or (each[1] < until and each[2] >= since)]
        aborted = [(producer, first) for producer, first, _ in reach]
        records = b"" if code else b"".join(each[2] for each in brought)
        answer = (number, code, self.end, self.end, 0, aborted, -1, records)
        return SimpleNamespace(topics=[(topic, [answer])])
