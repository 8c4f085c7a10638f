"""The memory of a transactional table: bytes by key, filled by replaying the changelog in bulk."""

from collections.abc import Sequence

from faust.stores import memory
from faust.types import TP

from streams.transport.records import Record


class ReplayStore(memory.Store):
    """A dictionary whose content is whatever the changelog says."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._replayed_to: dict[TP, int] = {}

    def reset(self) -> None:
        """Forget everything, before a replay."""
        self.data.clear()
        self._replayed_to.clear()

    def apply(self, records: Sequence[Record]) -> None:
        """Apply changelog records in their order; a record without a value deletes its key."""
        data: dict[bytes | None, bytes] = self.data
        for record in records:
            if record.value is None:
                data.pop(record.key, None)
            else:
                data[record.key] = record.value

    def replayed(self, tp: TP, end: int) -> None:
        """Note that everything before `end` has been applied."""
        self._replayed_to[tp] = end - 1

    def persisted_offset(self, tp: TP) -> int | None:
        """The last changelog offset this store contains: Faust recovers only what comes after it."""
        offset = self._replayed_to.get(tp)
        return None if offset is None or offset < 0 else offset

    def set_persisted_offset(self, tp: TP, offset: int) -> None:
        """Nothing to note: nothing outlives the process but the changelog."""
