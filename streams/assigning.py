"""What is written of the person to whom a source record belongs: with each of its events, and when that changes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from schemas import topics
from schemas.codec import encode
from schemas.keys import DeploymentKey
from schemas.vocabulary import MatchStatus
from streams.envelope import seal
from streams.identity.change import Change
from streams.identity.record import Assignment
from streams.identity.registry import Registry
from streams.opening import Opened
from streams.puts import Put

#: The rule that is named for a record that stands alone, where no pair of records decided. Otherwise it is `alone`.
_ALONE: Final = {MatchStatus.CONTRADICTION: "overlaid", MatchStatus.MANY_MATCH: "crowd"}


class Assigning:
    """Makes the records of persons.events, identity.assignments and identity.decisions. `partitions` is the partition
    count of persons.events."""

    def __init__(self, key: DeploymentKey, partitions: int, registry: Registry) -> None:
        self._key = key
        self._partitions = partitions
        self._registry = registry

    def identified(self, assignment: Assignment, event: Opened) -> Put:
        """An event on its way to the person it is about."""
        value = seal(assignment.person_id, assignment.subject_key, assignment.epoch, event)
        return self._to_person(assignment.person_id, value)

    def changed(self, change: Change, at: datetime, judged: str | None) -> Iterator[Put]:
        """What to write where a source record has become another person's: the assignment, the decision with its
        reasons, and a `Moved` to each person who must send its events on.

        `judged` is the id of the decision of people by which this changed; None where no such decision was the cause.
        """
        now = change.assignment
        subject_key = now.subject_key.encode()
        assignment = {
            "subject_key": now.subject_key,
            "agency": self._registry.said(now.subject_key).agency,
            "person_id": now.person_id,
            "epoch": now.epoch,
            "status": now.status,
            "provisional": now.provisional,
        }
        yield Put(topics.ASSIGNMENTS, subject_key, encode("fanlight.bus.Assignment", assignment))
        why = self._why(change, at, judged)
        yield Put(topics.IDENTITY_DECISIONS, subject_key, encode("fanlight.bus.IdentityDecision", why))
        if change.leaves is not None:
            joined_by = change.joined_by
            link = judged or (joined_by.judgement_id if joined_by else why["decision_id"])
            yield from self._moves(change, link)

    def _moves(self, change: Change, link: str) -> Iterator[Put]:
        """A `Moved` to the person that the record leaves, and to the person that is named after the record: whoever
        still has a reference from when the record stood alone must be led to where it is now."""
        now = change.assignment
        told = {change.leaves or "", change.own_id} if now.epoch > 1 else {change.leaves or ""}
        for person_id in sorted(told - {now.person_id}):
            moved = {
                "person_id": person_id,
                "subject_key": now.subject_key,
                "epoch": now.epoch,
                "to_person_id": now.person_id,
                "link": link,
            }
            yield self._to_person(person_id, encode("fanlight.bus.Moved", moved))

    def _why(self, change: Change, at: datetime, judged: str | None) -> dict[str, Any]:
        now, why = change.assignment, change.because
        other = None if why is None else (why.right if why.left == now.subject_key else why.left)
        parts = (now.subject_key, now.person_id, str(now.epoch), now.status, other or "")
        alone = _ALONE.get(now.status, "alone") if judged is None else "judgement"
        return {
            "decision_id": self._key.derive("identity-decision", *parts),
            "subject_key": now.subject_key,
            "other_subject_key": other,
            "status": now.status,
            "person_id": now.person_id,
            "agreed": list(why.agreed) if why else [],
            "differed": list(why.differed) if why else [],
            "rule": why.decided_by if why else alone,
            "model": self._registry.model.version,
            "at": at,
        }

    def _to_person(self, person_id: str, value: bytes) -> Put:
        partition = topics.partition_of(person_id, self._partitions)
        return Put(topics.PERSONS, person_id.encode(), value, partition)
