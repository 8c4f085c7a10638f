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


class Change(NamedTuple):
    """What would become of entries for an audience: `shown` that are not, `shown_otherwise` with other fields, purposes
    or terms, or `recalled`. `clauses` are all that would permit them, each after its agreement."""

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
        entries: Counter[Change] = Counter()
        people: defaultdict[Change, set[str]] = defaultdict(set)
        for partition, named in self._share.people.everybody_under(gate.scope()):
            asked = self._share.asked_again(partition, named)
            await gate.prepare(asked)
            ruling = gate.rulings(asked).__getitem__
            for change, person in self._changes(self._share.decide_again(partition, named, ruling, at)):
                entries[change] += 1
                people[change].add(person)
            await asyncio.sleep(0)
        return {
            "audiences": [self._of(audience, entries, people) for audience in self._audiences],
            "changes": [
                {**_listed(change), "entries": entries[change], "people": len(people[change])}
                for change in sorted(entries, key=lambda change: tuple(map(str, change)))
            ],
        }

    def _changes(self, puts: Sequence[Put]) -> Iterator[tuple[Change, str]]:
        made = [put.value for put in puts if put.topic == topics.DECISIONS and put.value is not None]
        decided = {(each["audience"], each["event_id"]): each for value in made for each in decisions_in(value)}
        for audience in self._audiences:
            for put in puts:
                if put.topic == topics.disclosures(audience) and put.value is not None:
                    told = decode(put.value)
                    event_id = told["event_id"]
                    decision = decided[audience, event_id]
                    yield self._change(audience, told["kind"] == "recalled", decision, event_id), told["person"]

    def _change(self, audience: str, is_recalled: bool, decision: dict[str, Any], event_id: str) -> Change:
        change = "recalled"
        if not is_recalled:
            change = "shown_otherwise" if event_id in self._shown[audience] else "shown"
        clauses = {f"{grant['agreement']} {grant['clause']}" for grant in decision["grants"]}
        of = (decision["agency"], decision["event_type"])
        return Change(audience, *of, change, tuple(sorted(clauses)), tuple(decision["reasons"]))

    def _of(self, audience: str, entries: Counter[Change], people: dict[Change, set[str]]) -> dict[str, Any]:
        mine = [change for change in entries if change.audience == audience]
        counted = {
            name: sum(entries[change] for change in mine if change.change == name)
            for name in ("shown", "shown_otherwise", "recalled")
        }
        return {
            "audience": audience,
            "stand": len(self._shown[audience]) - counted["shown_otherwise"] - counted["recalled"],
            **counted,
            "people": len(set().union(*(people[change] for change in mine))),
        }


def _listed(change: Change) -> dict[str, Any]:
    return {**change._asdict(), "clauses": list(change.clauses), "reasons": list(change.reasons)}
