"""Which aborted transactions still matter to the records of a fetch: the embedded broker names all there ever were.

Beside the records of a fetch, a reader of committed ones is told of aborted transactions: from the first offset of one
it leaves out what that producer wrote, up to the marker that ends it. Kafka names those that reach into the
fetch. The embedded broker names every one since the partition began, and a reader that is past the marker never meets
it: it would leave out whatever that producer writes from then on. A worker that was killed within a transaction comes
back with the same producer id, and whoever had read on would never hear it again.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: An aborted transaction: the id of its producer, and its first offset.
Aborted = tuple[int, int]

#: The head of a batch: first offset, length of what follows, format, attributes, last offset in it, producer.
_HEAD = struct.Struct(">qi4xb4xhi16xq")
_LENGTH_ENDS = 12
_FORMAT = 2  # the only one that knows transactions
_MARKER = 0x20
#: In a marker's only record: whether it commits.
_KIND, _KIND_AT = struct.Struct(">h"), 68


class _Batch(NamedTuple):
    at: int  # where it begins among the bytes
    ends_at: int
    next_offset: int
    producer: int
    is_marker: bool
    commits: bool


def still_aborted(records: bytes, aborted: Sequence[Aborted], since: int, stable: int) -> tuple[list[Aborted], bytes]:
    """What a reader of committed records may use of a fetch from offset `since`: those of the `aborted` transactions
    that are not over, and `records` as far as it is known whether they were committed. The rest comes again with a
    later fetch.

    `stable` is the last stable offset of the partition. A transaction that began below it has ended, but the marker
    that ends it may lie beyond.
    """
    doubtful = {producer for producer, first in aborted if first < since}
    over: set[int] = set()
    unended: dict[int, int] = {}
    reached, ends_at = since, 0
    for batch in _batches(records) if doubtful else ():
        reached, ends_at = batch.next_offset, batch.ends_at
        if batch.producer not in doubtful:
            continue
        if not batch.is_marker:
            unended.setdefault(batch.producer, batch.at)
            continue
        doubtful.discard(batch.producer)
        unended.pop(batch.producer, None)
        if batch.commits:
            over.add(batch.producer)
    left = [(producer, first) for producer, first in aborted if first >= since or producer not in over]
    # Records that end below `stable` were cut short for their size, mostly within a batch. Only Kafka does that, and it
    # names no transaction that is over. But the embedded broker leaves out the first batch of what was aborted.
    is_left_out = ends_at == len(records) and any(first == reached for _, first in aborted)
    is_all = reached >= stable or is_left_out
    known = min(unended.values()) if unended and is_all else len(records)
    return left, records[:known]


def _batches(records: bytes) -> Iterator[_Batch]:
    at = 0
    while at + _HEAD.size <= len(records):
        first, length, magic, attributes, delta, producer = _HEAD.unpack_from(records, at)
        end = at + _LENGTH_ENDS + length
        if magic != _FORMAT or end > len(records):
            return
        is_marker = bool(attributes & _MARKER)
        commits = is_marker and _KIND.unpack_from(records, at + _KIND_AT)[0] == 1
        yield _Batch(at, end, first + delta + 1, producer, is_marker, commits)
        at = end
