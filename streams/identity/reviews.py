"""Which pairs of records wait for somebody to look, kept up as components are resolved.

The resolution of a component lists all its doubts: each is an open pair. A pair that was open and of which a record is
in the component, but that is not among these doubts, is closed, also where its other record is in another component by
now.
"""

from collections.abc import Iterable

from streams.identity.judgements import Pair, pair_of
from streams.identity.resolution import Doubt, Resolution


class Reviews:
    """The open pairs. `settle` costs next to nothing where no pair is open and none opens."""

    def __init__(self) -> None:
        # By pair, the doubt; None for a pair that was read back from the log and not resolved since.
        self._open: dict[Pair, Doubt | None] = {}
        self._of: dict[str, set[Pair]] = {}
        self._stirred: set[Pair] = set()

    def restore(self, pair: Pair, is_open: bool) -> None:
        """Read back whether a pair is open, as it was written down."""
        if is_open:
            self._add(pair, None)
        elif pair in self._open:
            self._close(pair)

    def settle(self, resolution: Resolution) -> None:
        """Open and close pairs by how a component has been resolved."""
        of, before = self._of, set[Pair]()
        if of:
            for group in resolution.groups:
                for record in group:
                    if record.key in of:
                        before |= of[record.key]
        if not before and not resolution.doubts:
            return
        now = {pair_of(doubt.left.key, doubt.right.key): doubt for doubt in reversed(resolution.doubts)}
        for pair in before - now.keys():
            self._close(pair)
        for pair, doubt in now.items():
            if self._open.get(pair) != doubt:
                self._add(pair, doubt)
                self._stirred.add(pair)

    def stir(self, keys: Iterable[str]) -> None:
        """Note that what these records say, or whose they are, has changed, so that the review of each open pair of
        theirs may say something else now."""
        for key in keys:
            if key in self._of:
                self._stirred |= self._of[key]

    def stirred(self) -> list[tuple[Pair, Doubt | None]]:
        """The pairs that opened, may look different or closed (None) since this was last asked, in a fixed order."""
        if not self._stirred:
            return []
        stirred, self._stirred = self._stirred, set()
        return [(pair, self._open.get(pair)) for pair in sorted(stirred)]

    def _add(self, pair: Pair, doubt: Doubt | None) -> None:
        self._open[pair] = doubt
        for key in pair:
            self._of.setdefault(key, set()).add(pair)

    def _close(self, pair: Pair) -> None:
        del self._open[pair]
        self._stirred.add(pair)
        for key in pair:
            self._of[key].discard(pair)
            if not self._of[key]:
                del self._of[key]
