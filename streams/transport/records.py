"""What comes from Kafka: one record, and a run of them from one partition."""

from collections.abc import Iterable
from typing import Protocol

#: Something to write: topic, key, value, and the partition if not that of the batch.
Row = tuple[str, bytes | None, bytes | None, int | None]


class Record(Protocol):
    """What agents and replays may rely on in an aiokafka ConsumerRecord; `timestamp` is in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Records(list[Record]):
    """Records of one partition in offset order.

    `after` is where the batch before it ended, `behind` whether more waits to be read than a batch holds.
    """

    __slots__ = ("after", "behind")

    def __init__(self, records: Iterable[Record], *, after: int, behind: bool = False) -> None:
        super().__init__(records)
        self.after = after
        self.behind = behind
