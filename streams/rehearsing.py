"""What other policies would change for each audience: everything held is decided anew, and nothing is written.

The stage is the worker's own, on the same events and timelines: what is reported is what would happen.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from policies.gate import Gate
from schemas import topics
from schemas.codec import decode
from schemas.decisions import decisions_in
from schemas.keys import DeploymentKey
from schemas.timelines import timeline_in
from streams.puts import Put
from streams.sharing import Share

Report = dict[str, Any]


class Effect(NamedTuple):
    """One kind of effect that other policies would have on entries of one event type for one audience.

    `change` is `shown` for entries that are not shown now, `shown_otherwise` for those that would be shown with other
    fields, for other purposes or on other terms, and `recalled` for those that would no longer be. `clauses` are those
    that would permit them, each as `AGREEMENT CLAUSE`; `reasons` are those of the decision.
    """

    audience: str
    agency: str
    event_type: str
    change: str
    clauses: tuple[str, ...]
    reasons: tuple[str, ...]


class Rehearsal:
    """A copy of what the share stage holds. `partitions` is the partition count of persons.events."""

    def __init__(self, key: DeploymentKey, audiences: Sequence[str], partitions: int) -> None:
        self._audiences = tuple(audiences)
        self._share = Share(key, audiences, partitions)
        self._shown: dict[str, set[str]] = {audience: set() for audience in audiences}

    def replay_events(self, partition: int, values: Iterable[bytes | None]) -> None:
        """Take back what the log of persons.events holds."""
        self._share.people.replay_events(partition, values)

    def replay_timelines(self, audience: str, partition: int, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take back an audience's timelines, each as it was last written."""
        written = {key: value for key, value in pairs if value is not None}
        self._share.people.replay_timelines(audience, partition, written.items())
        for value in written.values():
            self._shown[audience].update(entry["event_id"] for entry in timeline_in(value)["entries"])

    async def under(self, gate: Gate, at: datetime) -> Report:
        """Decide everything under the gate's policies, once. Counts of entries and people, and no id of either.

        Raises PolicyUnavailable where the gate gives no answer.
        """
        entries: Counter[Effect] = Counter()
        people: defaultdict[Effect, set[str]] = defaultdict(set)
        for partition, named in self._share.people.everybody_under(gate.scope()):
            asked = self._share.asked_again(partition, named)
            await gate.prepare(asked)
            ruling = gate.rulings(asked).__getitem__
            for effect, person in self._effects(self._share.decide_again(partition, named, ruling, at)):
                entries[effect] += 1
                people[effect].add(person)
            await asyncio.sleep(0)
        return {
            "audiences": [self._totals(audience, entries, people) for audience in self._audiences],
            "changes": [
                {**_listed(effect), "entries": entries[effect], "people": len(people[effect])}
                for effect in sorted(entries, key=lambda effect: tuple(map(str, effect)))
            ],
        }

    def _effects(self, puts: Sequence[Put]) -> Iterator[tuple[Effect, str]]:
        """Each disclosure that the stage would write, as its effect and the pseudonym of whom it is about. One without
        a decision is no effect of the policies: an event came or left while the log was read."""
        made = [put.value for put in puts if put.topic == topics.DECISIONS and put.value is not None]
        decided = {(each["audience"], each["event_id"]): each for value in made for each in decisions_in(value)}
        for audience in self._audiences:
            for put in puts:
                if put.topic == topics.disclosures(audience) and put.value is not None:
                    told = decode(put.value)
                    event_id = told["event_id"]
                    if (decision := decided.get((audience, event_id))) is not None:
                        yield self._effect(audience, told["kind"] == "recalled", decision, event_id), told["person"]

    def _effect(self, audience: str, is_recalled: bool, decision: dict[str, Any], event_id: str) -> Effect:
        change = "recalled"
        if not is_recalled:
            change = "shown_otherwise" if event_id in self._shown[audience] else "shown"
        clauses = {f"{grant['agreement']} {grant['clause']}" for grant in decision["grants"]}
        of = (decision["agency"], decision["event_type"])
        return Effect(audience, *of, change, tuple(sorted(clauses)), tuple(decision["reasons"]))

    def _totals(self, audience: str, entries: Counter[Effect], people: dict[Effect, set[str]]) -> dict[str, Any]:
        """How many entries of an audience stand, and would change in which way; of how many people."""
        mine = [effect for effect in entries if effect.audience == audience]
        counted = {
            name: sum(entries[effect] for effect in mine if effect.change == name)
            for name in ("shown", "shown_otherwise", "recalled")
        }
        return {
            "audience": audience,
            "stand": len(self._shown[audience]) - counted["shown_otherwise"] - counted["recalled"],
            **counted,
            "people": len(set().union(*(people[effect] for effect in mine))),
        }


def _listed(effect: Effect) -> dict[str, Any]:
    return {**effect._asdict(), "clauses": list(effect.clauses), "reasons": list(effect.reasons)}
