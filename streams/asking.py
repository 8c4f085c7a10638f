"""What deciding on an event asks of the gate, and what people at its agency have judged of it.

An event that policy leaves to a person waits until somebody at the agency that published it has released it to an
audience, or refused. Their judgement is an event itself. It answers the reasons for which it was asked, and no others:
what policy asks for others waits again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from policies.attributes import Attributes
from schemas.vocabulary import Answer


class Judged(NamedTuple):
    """What somebody judged of an event for one audience: refused, or released for these reasons."""

    audience: str
    refused: bool
    released: tuple[str, ...]


def judged_in(rest: Mapping[str, Any]) -> Judged:
    """What the body of a fanlight.HumanJudgement that releases or refuses says."""
    refused = rest["judgement"] == Answer.REFUSE
    return Judged(rest["audience"] or "", refused, () if refused else tuple(rest["answers"]))


@dataclass(eq=False, frozen=True, slots=True)
class Asks:
    """What deciding on an event asks, for each audience in their order; nothing where the event can be no entry.

    Questions are few and come again and again. Each is held once, so that it is found by being the same.
    """

    by_audience: tuple[Attributes, ...]


NOTHING = Asks(())


@lru_cache(maxsize=65_536)
def after(asks: Asks, judged: tuple[Judged, ...]) -> Asks:
    """What deciding asks once people have judged the event, at most once for each audience."""
    return Asks(tuple(_after(asked, judged) for asked in asks.by_audience))


def _after(asked: Attributes, judged: Sequence[Judged]) -> Attributes:
    for each in judged:
        if each.audience == asked.audience:
            return asked.judged(released=each.released, refused=each.refused)
    return asked
