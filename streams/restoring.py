"""Source records read back from the log: the last version of each, most of them without decoding it.

The few fields that are needed are read from the bytes by hand, because there are hundreds of thousands of records, and
decoding one takes longer than all that is done with it here.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.binary import read_sized, read_text
from schemas.codec import PREFIX_BYTES, decode, prefix
from streams import source_records
from streams.identity.asleep import Kept
from streams.identity.blocking import blocking_version
from streams.identity.record import Assignment
from streams.identity.registry import Registry
from streams.identity.snapshot import Snapshot
from streams.sayings import Sayings

#: Records put back before other tasks get a turn: some ten milliseconds.
_STEP: Final = 2_000
#: The same of records whose keys must be worked out.
_SLOW_STEP: Final = 200
#: Avro writes the length of a key of fewer bytes than this in one byte, and of any other key in two.
_SHORT: Final = 64
_NONE: Final[frozenset[str]] = frozenset()


class Restored:
    """What events have said of each source record of a registry, by its subject key.

    `add` takes in the values of the topic, and `finish` puts them into the registry. Most stay bytes until `get` asks
    for them.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._told: dict[str, Sayings] = {}
        self._last: dict[bytes, bytes] = {}
        self._again: dict[bytes, bytearray] = {}
        self._record, self._saying = prefix(source_records.SOURCE_RECORD), prefix(source_records.SAYING)

    def get(self, subject_key: str) -> Sayings | None:
        """What events have said of a record; None where the record is not known."""
        told = self._told.get(subject_key)
        if told is None and subject_key in self._registry:
            self._registry.said(subject_key)  # reads it
            told = self._told.get(subject_key)
        return told

    def __getitem__(self, subject_key: str) -> Sayings:
        told = self.get(subject_key)
        if told is None:
            raise KeyError("the record is not known")
        return told

    def __setitem__(self, subject_key: str, told: Sayings) -> None:
        self._told[subject_key] = told

    # Memory from the log.

    def add(self, values: Iterable[bytes | None]) -> None:
        """More of the topic of source records, in its order. A record is written down whole each time."""
        last, again, saying = self._last, self._again, self._saying
        for value in values:
            if value is None:
                continue
            key, at = read_sized(value, PREFIX_BYTES)
            if value.startswith(saying):
                events, _ = read_sized(value, at)
                if key in again:
                    again[key] += events
                else:
                    again[key] = bytearray(events)
            else:
                last[key] = value

    def finish(self) -> Iterator[None]:
        """Put everything into the registry; a step is small enough to let others go on in between."""
        rows, self._last = self._last, {}
        registry = self._registry
        recall = registry.recall(self._read, _keys)
        version = blocking_version(registry.model)
        others: list[bytes] = []
        for number, (key, value) in enumerate(rows.items()):
            kept = _kept(key, value, version) if value.startswith(self._record) else None
            if kept is not None:
                recall.lay(kept)
            else:
                others.append(value)
            if not number % _STEP:
                yield
        recall.finish()
        for number, value in enumerate(others):
            said, assignment = self._read(value)
            registry.restore([said], [assignment])
            if not number % _SLOW_STEP:
                yield

    def _read(self, value: bytes) -> tuple[Snapshot, Assignment]:
        said, told, assignment = source_records.read(value)
        if (events := self._again.pop(said.subject_key.encode(), None)) is not None:
            told.add(events, again=True)
        self._told[said.subject_key] = told
        return said, assignment


def _kept(key: bytes, value: bytes, version: str) -> Kept | None:
    """A record as its first three fields and its bytes; None where it was written with the blocking keys of another
    version, so that they must be worked out anew."""
    (found, *keys), at = _blocks(value, PREFIX_BYTES + len(key) + (1 if len(key) < _SHORT else 2))
    if found != version:
        return None
    merged = frozenset(decode(value)["merged"]) if value[at] else _NONE
    return Kept(key.decode(), keys, merged, value)


def _keys(value: bytes) -> list[str]:
    """The blocking keys of a record."""
    _, at = read_sized(value, PREFIX_BYTES)
    return _blocks(value, at)[0][1:]


def _blocks(value: bytes, at: int) -> tuple[list[str], int]:
    """The field `blocks`, which begins there: the version of its rule, then the keys; and where it ends."""
    text, at = read_text(value, at)
    return text.split("\n"), at
