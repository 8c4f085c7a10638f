"""The identify stage without Kafka: one published event in, what must be written out.

Each event goes on to the person it is about, untouched, in a small envelope. When a source record changes person,
`Moved` tells the share stage to send on what it already holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from schemas import topics
from schemas.codec import decode, encode
from schemas.errors import InvalidEvent
from schemas.keys import DeploymentKey
from schemas.vocabulary import MatchStatus
from streams.envelope import seal
from streams.identity.registry import Assignment, Change, Registry
from streams.identity.snapshot import Demographics, Features, Snapshot, of_event
from streams.opening import Opened, open_event
from streams.puts import Put

_MERGED = "fanlight.nhs.PatientMerged"
_HEARTBEAT = "fanlight.Heartbeat"
#: The names of a source record as written: one row of each kind, the kind first.
_NAMES = ["given", "middle", "family"]


class Identify:
    """Whose event is this? Holds the registry of one region. `partitions` is the partition count of persons.events."""

    def __init__(self, key: DeploymentKey, partitions: int) -> None:
        self._key = key
        self._partitions = partitions
        self._deliveries: set[str] = set()
        self.forget()

    def forget(self) -> None:
        """The region belongs to another worker now."""
        self.registry = Registry(lambda subject_key: self._key.derive("person", subject_key))
        self._deliveries.clear()

    def restore(self, values: Iterable[bytes | None]) -> None:
        """Take back source records as they were written down."""
        records = [_from_record(decode(value)) for value in values if value is not None]
        self.registry.restore([said for said, _ in records], [assignment for _, assignment in records])

    def restore_feeds(self, values: Iterable[bytes | None]) -> None:
        """Take back which deliveries have been heard."""
        self._deliveries.update(decode(value)["delivery"] for value in values if value is not None)

    def arrive(self, topic: str, place: str, data: bytes | None, at: datetime) -> list[Put]:
        """What follows from one record of a topic: what is no event of the topic's agency becomes a rejection.

        `place` names the record on its topic.
        """
        try:
            return self.take(data or b"", at, topic.removeprefix("events."))
        except InvalidEvent as fault:
            return [self._rejected(topic, place, data, str(fault), at)]

    def take(self, data: bytes, at: datetime, agency: str | None = None) -> list[Put]:
        """What follows from one published event. Raises InvalidEvent on bytes that are none, or not the agency's."""
        event = open_event(data)
        header = event.header
        if agency not in (None, header["agency"]):
            # Else anybody who may publish could take back, or speak for, what another agency said.
            raise InvalidEvent("the event is of another agency than its topic")
        if event.name == _HEARTBEAT:
            return self._heartbeat(event)
        merged = [event.rest["prior_subject_key"]] if event.name == _MERGED else []
        changes = self.registry.observe(of_event(header, event.rest.get("person"), merged))
        puts = [put for change in changes for put in self._changed(change, at)]
        assignment = self.registry.assignment(header["subject_key"])
        assert assignment is not None, "an observed record is assigned"
        puts.append(self._identified(assignment, event))
        return puts

    def _rejected(self, topic: str, place: str, data: bytes | None, why: str, at: datetime) -> Put:
        rejection_id = self._key.derive("rejection", place)
        rejection = {
            "rejection_id": rejection_id,
            "agency": topic.removeprefix("events."),
            "feed": topic,
            "format": "avro",
            "source": place,
            "position": 0,
            "field": None,
            "code": "unreadable_event",
            "message": why,
            "raw": data,
            "at": at,
        }
        return Put(topics.REJECTED, rejection_id.encode(), encode("fanlight.bus.Rejection", rejection), 0)

    def _heartbeat(self, event: Opened) -> list[Put]:
        header, record = event.header, event.rest
        delivery = header["event_id"]
        if delivery in self._deliveries:
            # The same delivery again is no news of the feed: publishing a file twice changes nothing.
            return []
        self._deliveries.add(delivery)
        status = {
            "feed": header["feed"],
            "agency": header["agency"],
            "delivery": delivery,
            "last_heard": header["received_at"],
            "records_read": record["records_read"],
            "records_rejected": record["records_rejected"],
        }
        return [Put(topics.FEEDS, delivery.encode(), encode("fanlight.bus.FeedStatus", status))]

    def _identified(self, assignment: Assignment, event: Opened) -> Put:
        value = seal(assignment.person_id, assignment.subject_key, assignment.epoch, event)
        return self._to_person(assignment.person_id, value)

    def _to_person(self, person_id: str, value: bytes) -> Put:
        partition = topics.partition_of(person_id, self._partitions)
        return Put(topics.PERSONS, person_id.encode(), value, partition)

    def _changed(self, change: Change, at: datetime) -> Iterator[Put]:
        now = change.assignment
        subject_key = now.subject_key.encode()
        said = self.registry.said(now.subject_key)
        yield Put(topics.SOURCE_RECORDS, subject_key, encode("fanlight.bus.SourceRecord", _to_record(said, now)))
        assignment = {
            "subject_key": now.subject_key,
            "agency": said.agency,
            "person_id": now.person_id,
            "epoch": now.epoch,
            "status": now.status,
            "provisional": now.provisional,
        }
        yield Put(topics.ASSIGNMENTS, subject_key, encode("fanlight.bus.Assignment", assignment))
        yield Put(
            topics.IDENTITY_DECISIONS, subject_key, encode("fanlight.bus.IdentityDecision", self._why(change, at))
        )
        if change.leaves is not None:
            moved = {
                "person_id": change.leaves,
                "subject_key": now.subject_key,
                "epoch": now.epoch,
                "to_person_id": now.person_id,
            }
            yield self._to_person(change.leaves, encode("fanlight.bus.Moved", moved))

    def _why(self, change: Change, at: datetime) -> dict[str, Any]:
        now, why = change.assignment, change.because
        other = None if why is None else (why.right if why.left == now.subject_key else why.left)
        parts = (now.subject_key, now.person_id, str(now.epoch), now.status, other or "")
        return {
            "decision_id": self._key.derive("identity-decision", *parts),
            "subject_key": now.subject_key,
            "other_subject_key": other,
            "status": now.status,
            "person_id": now.person_id,
            "agreed": list(why.agreed) if why else [],
            "differed": list(why.differed) if why else [],
            "rule": why.decided_by if why else "alone",
            "model": self.registry.model.version,
            "at": at,
        }


def _to_record(said: Snapshot, now: Assignment) -> dict[str, Any]:
    features = said.features
    return {
        "subject_key": now.subject_key,
        "agency": said.agency,
        "names": [
            [kind, *sorted(found)]
            for kind, found in zip(_NAMES, (features.given, features.middle, features.family), strict=True)
        ],
        "birth_dates": sorted(features.born),
        "postcodes": sorted(features.postcodes),
        "addresses": sorted(features.addresses),
        "identifiers": [each.split(":", 1) for each in sorted(features.identifiers)],
        "merged": sorted(features.merged),
        "person_id": now.person_id,
        "epoch": now.epoch,
        "status": now.status,
    }


def _from_record(record: Mapping[str, Any]) -> tuple[Snapshot, Assignment]:
    names = record["names"]
    as_today = [kind for kind, *_ in names] == _NAMES
    given, middle, family = [frozenset(found) for _, *found in names] if as_today else _of_pairs(names)
    features = Features(
        given=given,
        middle=middle,
        family=family,
        born=frozenset(record["birth_dates"]),
        postcodes=frozenset(record["postcodes"]),
        # Release 1.0 wrote an address as one word, which would be unlike every address of today.
        addresses=frozenset(record["addresses"] if as_today else ()),
        identifiers=frozenset(f"{system}:{value}" for system, value in record["identifiers"]),
        merged=frozenset(record["merged"]),
    )
    assignment = Assignment(record["subject_key"], record["person_id"], record["epoch"], MatchStatus(record["status"]))
    return Snapshot(record["subject_key"], features, record["agency"]), assignment


def _of_pairs(names: Iterable[Iterable[str]]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The names of release 1.0: sorted pairs of given and family name, never in the order of `_NAMES`."""
    said = Snapshot.of("", Demographics(aliases=tuple(" ".join(pair) for pair in names))).features
    return said.given, said.middle, said.family
