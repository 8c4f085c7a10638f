"""What deciding on an event asks of the gate, and what people at its agency have answered where it was left to them.

An event that policy leaves to a person waits until somebody at the agency that published it has released it to an
audience, or refused. Their answer is an event itself. It lifts the reasons for which they were asked, and no others:
what policy asks for others waits again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from policies.attributes import Attributes
from schemas.vocabulary import Answer


class Answered(NamedTuple):
    """What somebody answered for one audience: refused, or released where it was left to them for these reasons."""

    audience: str
    refused: bool
    released: tuple[str, ...]


def answered_in(rest: Mapping[str, Any]) -> Answered:
    """What the body of a fanlight.HumanJudgement that releases or refuses says."""
    refused = rest["judgement"] == Answer.REFUSE
    return Answered(rest["audience"] or "", refused, () if refused else tuple(rest["answers"]))


@dataclass(eq=False, frozen=True, slots=True)
class Asks:
    """What deciding on an event asks, for each audience in their order; nothing where the event can be no entry.

    There are few different ones. Each is made once, and compared by identity: that is quicker than by its content.
    """

    by_audience: tuple[Attributes, ...]


NOTHING = Asks(())


@lru_cache(maxsize=65_536)
def after(asks: Asks, answered: tuple[Answered, ...]) -> Asks:
    """What deciding asks after these answers of people, of which there is at most one for each audience."""
    return Asks(tuple(_after(asked, answered) for asked in asks.by_audience))


def _after(asked: Attributes, answered: Sequence[Answered]) -> Attributes:
    for each in answered:
        if each.audience == asked.audience:
            return asked.answered(released=each.released, refused=each.refused)
    return asked
