"""Records read back from the log as they were written down, and read only when something first comes near one.

A county is two thirds of a million records, of which the events of a day touch a few thousand. To find a record its
blocking keys are enough, and they are written down with it.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from streams.identity.generic import CHILDREN_MIN
from streams.identity.graph import Graph
from streams.identity.record import Assignment, Record
from streams.identity.snapshot import Snapshot

#: Reads what was written down of a record.
Read = Callable[[bytes], tuple[Snapshot, Assignment]]
#: Reads only the blocking keys that were written down with a record.
Keys = Callable[[bytes], Iterable[str]]
#: A blocking key by birth date begins `dYYYY-MM-DD` (see `blocking_keys`).
_DATED = 11
_UNREAD = frozenset({"agency", "assignment", "edges", "features", "keys", "own_id", "said"})


class Kept(NamedTuple):
    """A record as it was written down: its blocking keys, the records it is merged with, and everything as bytes."""

    subject_key: str
    keys: list[str]
    merged: frozenset[str]
    written: bytes


class Asleep(Record):
    """A record of which only the keys are known. Whoever asks for more wakes it, and meets a Record."""

    __slots__ = ()
    asleep = True

    def __init__(self, kept: Kept, wake: Callable[[Record, bytes], None]) -> None:
        # All else stays unset: asking for it leads to `__getattr__`.
        self.key = kept.subject_key
        self.written = kept.written
        self.wake = wake
        self.weighed = False

    def __getattr__(self, name: str) -> Any:
        if name not in _UNREAD:
            raise AttributeError(name)
        # The slots are the same: from here on it is a record like any other, and as quick to ask.
        self.__class__ = Record  # type: ignore[assignment]
        written, wake = self.written, self.wake
        del self.written, self.wake
        wake(self, written)
        return getattr(self, name)


class Recall:
    """Puts records back into a graph without reading them. `finish` belongs after the last of them, and before any
    that are read at once."""

    def __init__(self, graph: Graph, name_person: Callable[[str], str], read: Read, keys: Keys) -> None:
        self._graph = graph
        self._name_person = name_person
        self._read = read
        self._keys = keys

    def lay(self, kept: Kept) -> None:
        """One record, which is not known yet."""
        self._graph.lay(Asleep(kept, self._wake), kept.keys, kept.merged)

    def finish(self) -> None:
        """Find the numbers that are nobody's; carriers are read only where there are birth dates enough for that."""
        carried = self._graph.carried(CHILDREN_MIN)
        self._graph.turn([number for number, carriers in carried if self._births(carriers) >= CHILDREN_MIN])

    def _births(self, carriers: Iterable[Record]) -> int:
        """At most so many different birth dates these have."""
        found: set[str] = set()
        for record in carriers:
            assert isinstance(record, Asleep), "nobody has been read yet"
            # Who has a birth date and a name has a key by birth date; who has neither may be any child.
            dates = {key[:_DATED] for key in self._keys(record.written) if key[0] == "d"}
            found |= dates or {record.key}
        return len(found)

    def _wake(self, record: Record, written: bytes) -> None:
        said, record.assignment = self._read(written)
        record.own_id = self._name_person(record.key)
        record.agency = said.agency
        record.edges = {}
        self._graph.wake(record, said.features)
