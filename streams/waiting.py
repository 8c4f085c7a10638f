"""Which events policy leaves to a person at the agency that published them, and what has been answered about each.

Worked out from the log and not from the decisions, so that whoever decides sees what stands now, and nothing that was
replaced or taken back since.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from policies.attributes import Attributes
from policies.gate import Gate
from policies.load import PolicySet
from policies.ruling import Ruling
from schemas.keys import DeploymentKey
from schemas.vocabulary import Outcome
from streams.arrivals import Arrival, Opener
from streams.envelope import unseal
from streams.people import People


class Left(NamedTuple):
    """An event that policy leaves to a person before it may reach one audience, or that policy permits by now, and of
    which somebody has answered while it did.

    `outcome` is REVIEW while it waits, PERMIT once it was released, DENY once it was refused. `reasons` are those for
    which a person is asked; it waits for those that are `outstanding`, as nobody has answered them. `questions` are
    what a release answers, and `released` is the ruling that then holds. `event` is the event as it was published,
    and `answers` is everything ever answered about it for this audience, each a fanlight.HumanJudgement.
    """

    event_id: str
    event_type: str
    agency: str
    audience: str
    outcome: Outcome
    reasons: tuple[str, ...]
    outstanding: tuple[str, ...]
    questions: tuple[str, ...]
    since: datetime
    released: Ruling
    event: bytes
    answers: tuple[bytes, ...]


class _Question(NamedTuple):
    arrival: Arrival
    answers: tuple[Arrival, ...]
    asked: Attributes
    now: Attributes


class Waiting:
    """A copy of what the share stage holds, to look through once."""

    def __init__(self, key: DeploymentKey, audiences: Sequence[str]) -> None:
        self._people = People(key, audiences, Opener(audiences))

    def replay_events(self, partition: int, values: Iterable[bytes | None]) -> None:
        """Take back what the log of persons.events holds."""
        self._people.replay_events(partition, values)

    async def under(self, gate: Gate) -> list[Left]:
        """All that the gate's policies leave to a person, the longest first. To be called once.

        Raises PolicyUnavailable where the gate gives no answer.
        """
        left: list[Left] = []
        for partition, named in self._people.everybody_under(gate.scope()):
            left += await self._of(gate, [each for name in named for each in self._questions(partition, name)])
        return sorted(left, key=lambda each: (each.since, each.event_id, each.audience))

    def _questions(self, partition: int, person_id: str) -> Iterator[_Question]:
        person = self._people.person(partition, person_id)
        standing, answers = sorted(person.take_stock()), person.answers()
        for event_id in standing:
            arrival = person.held[event_id]
            now = person.asks(arrival).by_audience
            for asked, answered in zip(arrival.asks.by_audience, now, strict=True):
                yield _Question(arrival, tuple(answers.get(event_id, ())), asked, answered)

    async def _of(self, gate: Gate, questions: Sequence[_Question]) -> Iterator[Left]:
        rulings = await _rulings(gate, {asked for each in questions for asked in (each.asked, each.now)})
        reviewed = [each for each in questions if _is_theirs(each, rulings[each.asked].outcome)]
        put = [_questions(gate.policy, rulings[each.asked]) for each in reviewed]
        answered = [each.asked.answered(released=theirs) for each, theirs in zip(reviewed, put, strict=True)]
        released = await _rulings(gate, set(answered))
        return (
            _left(each, rulings[each.asked], rulings[each.now], theirs, released[after])
            for each, theirs, after in zip(reviewed, put, answered, strict=True)
        )


async def _rulings(gate: Gate, asked: set[Attributes]) -> Mapping[Attributes, Ruling]:
    await gate.prepare(asked)
    return gate.rulings(asked)


def _is_theirs(question: _Question, outcome: Outcome) -> bool:
    """Whether a person may answer. What policy permits by now it leaves to nobody: but what was refused stays refused,
    and what was released in part by a person is shown, until somebody answers otherwise."""
    return outcome is Outcome.REVIEW or (outcome is Outcome.PERMIT and question.now != question.asked)


def _questions(policy: PolicySet, review: Ruling) -> tuple[str, ...]:
    asked = (policy.question(reason) for reason in review.reasons)
    return tuple(question for question in asked if question is not None)


def _left(question: _Question, review: Ruling, now: Ruling, questions: tuple[str, ...], released: Ruling) -> Left:
    arrival = question.arrival
    reasons = review.reasons if review.outcome is Outcome.REVIEW else ()
    outstanding = tuple(reason for reason in reasons if reason in now.reasons) if now.outcome is Outcome.REVIEW else ()
    return Left(
        arrival.held.event_id,
        arrival.event_type,
        arrival.held.agency,
        question.asked.audience,
        now.outcome,
        reasons,
        outstanding,
        questions,
        arrival.held.received_at,
        released,
        unseal(arrival.value).event,
        tuple(unseal(each.value).event for each in question.answers if _is_for(each, question.asked.audience)),
    )


def _is_for(answer: Arrival, audience: str) -> bool:
    return answer.answer is not None and answer.answer.audience == audience
