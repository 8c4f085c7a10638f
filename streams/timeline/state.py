"""The port between rules and what they measure."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.timeline.matching import Heard


class State(NamedTuple):
    """A threshold reached: by which events, oldest first, and the sentence that says so."""

    because: tuple[Heard, ...]
    detail: str


class Measure(Protocol):
    """A threshold over what one card hears. Its answer changes on the days named in `changes` and on no other.

    `evidence` is what speaks for the card by itself, whether or not the threshold is reached.
    """

    changes: Sequence[int]
    evidence: Sequence[Heard]

    def holds(self, day: int) -> bool:
        """Whether the threshold is reached on a day."""
        ...

    def state(self, day: int) -> State:
        """By what it is reached, on a day on which it holds."""
        ...
