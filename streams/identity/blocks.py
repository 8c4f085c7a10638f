"""Records by the keys under which they are looked for (blocking.py)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from streams.identity.record import Record


class Blocks:
    """Which records stand under a key.

    Most keys are one record's alone: it stands there without a list. With a list for each, every third object that the
    collector looks through would be one.
    """

    def __init__(self) -> None:
        # By the first letter of their keys: when a dict grows it stops everything, for as long as it is large.
        self._of: defaultdict[str, dict[str, Record | list[Record]]] = defaultdict(dict)

    def add(self, record: Record, keys: Iterable[str]) -> None:
        """The record stands under these keys from now on."""
        for key in keys:
            alike = self._of[key[0]]
            found = alike.get(key)
            if found is None:
                alike[key] = record
            elif isinstance(found, list):
                found.append(record)
            else:
                alike[key] = [found, record]

    def remove(self, record: Record, keys: Iterable[str]) -> None:
        """The record stands under these keys no more."""
        for key in keys:
            found = self._of[key[0]][key]
            if isinstance(found, list):
                found.remove(record)
            else:
                del self._of[key[0]][key]

    def under(self, key: str) -> Sequence[Record]:
        """The records that stand under a key."""
        found = self._of[key[0]].get(key, [])
        return found if isinstance(found, list) else [found]

    def beside(self, record: Record, without: Collection[str]) -> set[Record]:
        """The records that share a key with this one, other than the keys in `without`; it may be among them itself."""
        beside: set[Record] = set()
        for key in record.keys:
            found = self._of[key[0]][key]
            if isinstance(found, list) and key not in without:
                beside.update(found)
        return beside

    def shared(self, least: int) -> Iterator[tuple[str, Sequence[Record]]]:
        """Each key under which at least so many records stand, with those; `least` is two or more."""
        for alike in self._of.values():
            for key, found in alike.items():
                if isinstance(found, list) and len(found) >= least:
                    yield key, found

    def clear(self) -> None:
        """Nobody stands anywhere."""
        self._of.clear()
