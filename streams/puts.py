"""What a pure stage wants written: agents put these into the batch's transaction, nothing else leaves a stage."""

from typing import NamedTuple


class Put(NamedTuple):
    """One record for a topic. `partition` None means the partition of the batch it follows from."""

    topic: str
    key: bytes
    value: bytes | None
    partition: int | None = None
