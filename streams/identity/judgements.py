"""What people have decided about pairs of source records. Never about person ids, so it outlives every re-clustering.

Decisions are facts that may come in any order, before the records they name, and twice. An undo takes one back for
good; to hold again what was undone somebody decides anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.vocabulary import JudgementKind

Pair = tuple[str, str]
_KINDS = tuple(map(str, JudgementKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One decision: `left` and `right` are subject keys, None for an undo, which names in `undoes` what it takes back.

    `by` is the person who decided, `at` when, as given: nothing here depends on it.
    """

    judgement_id: str
    kind: str
    left: str | None = None
    right: str | None = None
    undoes: str | None = None
    by: str = ""
    reason: str = ""
    at: object = None

    def other(self, key: str) -> str:
        """Of the pair that it is about, the record that is not this one."""
        other = self.right if self.left == key else self.left
        assert other is not None, "a decision is about a pair"
        return other


def pair_of(left: str, right: str) -> Pair:
    """A pair, the lesser key first."""
    return (left, right) if left <= right else (right, left)


def chains(same: Iterable[Pair]) -> list[list[str]]:
    """The records that decisions hold together, each chain in order."""
    chain: dict[str, set[str]] = {}
    for a, b in same:
        joined = chain.get(a, {a}) | chain.get(b, {b})
        for key in joined:
            chain[key] = joined
    return sorted(list({id(found): sorted(found) for found in chain.values()}.values()))


class Judgements:
    """All decisions of a region, and those that stand."""

    def __init__(self) -> None:
        self._all: dict[str, Judgement] = {}
        self._undone: set[str] = set()
        self._by_key: dict[str, list[Judgement]] = {}

    def __iter__(self) -> Iterator[Judgement]:
        return iter(self._all.values())

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def add(self, judgement: Judgement) -> tuple[str, ...]:
        """Take in a decision or an undo; the subject keys it bears on, none where it changes nothing.

        Raises ValueError where a known id comes back with other content, or a decision lacks what its kind needs.
        """
        if judgement.kind not in _KINDS:
            raise ValueError(f"judgement {judgement.judgement_id}: {judgement.kind} is none of {', '.join(_KINDS)}")
        known = self._all.setdefault(judgement.judgement_id, judgement)
        if known != judgement:
            raise ValueError(
                f"judgement {judgement.judgement_id} is known with other content: give it an id of its own"
            )
        if judgement.kind == "undo" and judgement.undoes is not None:
            return self._undo(judgement.undoes)
        if judgement.left is None or judgement.right is None or judgement.left == judgement.right:
            self._all.pop(judgement.judgement_id)
            raise ValueError(f"judgement {judgement.judgement_id} names no two records: a decision is about a pair")
        if judgement.judgement_id in self._undone:
            return ()
        for key in (judgement.left, judgement.right):
            about = self._by_key.setdefault(key, [])
            if judgement not in about:
                about.append(judgement)
        return (judgement.left, judgement.right)

    def _undo(self, undone: str) -> tuple[str, ...]:
        self._undone.add(undone)
        target = self._all.get(undone)
        if target is None or target.left is None or target.right is None:
            return ()
        for key in (target.left, target.right):
            about = [each for each in self._by_key.pop(key, []) if each.judgement_id != undone]
            if about:
                self._by_key[key] = about
        return (target.left, target.right)

    def about(self, key: str) -> tuple[Judgement, ...]:
        """The standing decisions that name a record."""
        return tuple(self._by_key.get(key, ()))

    def between(self, left: str, right: str) -> tuple[Judgement, ...]:
        """The standing decisions on a pair, in the order of their ids."""
        found = (each for each in self._by_key.get(left, ()) if each.other(left) == right)
        return tuple(sorted(found, key=lambda each: each.judgement_id))

    def joined_to(self, key: str) -> list[str]:
        """The records somebody says are the same as this one."""
        return [each.other(key) for each in self._by_key.get(key, ()) if each.kind == "same"]

    def pairs(self, keys: Iterable[str]) -> tuple[set[Pair], set[Pair]]:
        """Among these records: the pairs held to be the same, and those held apart."""
        within = set(keys)
        same, apart = set[Pair](), set[Pair]()
        for key in within & self._by_key.keys():
            for each in self._by_key[key]:
                if each.other(key) in within:
                    (same if each.kind == "same" else apart).add(pair_of(key, each.other(key)))
        return same, apart
