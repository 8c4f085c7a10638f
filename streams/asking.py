"""What deciding on an event asks of the gate, and what people at its agency have answered where it was left to them.

An event that policy leaves to a person waits until somebody at the agency that published it has released it to an
audience, or refused. Their answer is an event itself. It answers the questions that they were asked, and no others:
what policy leaves to a person by another prohibition or clause, or by a clause that lets through otherwise now, waits
again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from policies.attributes import Attributes
from schemas.vocabulary import Answer


class Answered(NamedTuple):
    """What somebody answered about an event for one audience. `released` are the questions that they were asked and
    that a release answers; it is empty where they refused."""

    audience: str
    refused: bool
    released: tuple[str, ...]


def answered_in(rest: Mapping[str, Any]) -> Answered:
    """The answer in a decoded fanlight.HumanJudgement that releases or refuses an event."""
    refused = rest["judgement"] == Answer.REFUSE
    return Answered(rest["audience"] or "", refused, () if refused else tuple(rest["answers"]))


@dataclass(eq=False, frozen=True, slots=True)
class Asks:
    """The questions to the gate about one event: its attributes for each audience, in the order of the audiences.

    Empty where the event can be no entry. Few differ, so each is made once and shared by all events that are asked
    about alike. They are compared by identity, which is quicker than by content.
    """

    by_audience: tuple[Attributes, ...]


NOTHING = Asks(())


@lru_cache(maxsize=65_536)
def after(asks: Asks, answered: tuple[Answered, ...]) -> Asks:
    """The same questions with these answers of people in them, of which there is at most one for each audience."""
    return Asks(tuple(_after(asked, answered) for asked in asks.by_audience))


def _after(asked: Attributes, answered: Sequence[Answered]) -> Attributes:
    for each in answered:
        if each.audience == asked.audience:
            return asked.answered(released=each.released, refused=each.refused)
    return asked
