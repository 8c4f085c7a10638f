"""Which events held for a person stand, once duplicates, newer versions, retractions and corrections have spoken.

The answer depends on the set of events alone: never on their order, never on how often one of them came.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from schemas.vocabulary import Answer

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Version = tuple[datetime, datetime]


class Act(StrEnum):
    """What an event does to other events of its agency. All but the first two never stand on a timeline themselves."""

    NONE = ""
    SUPERSEDES = "supersedes"
    RETRACTS = "retraction"
    CORRECTS = "correction"
    HEARTBEAT = "heartbeat"
    ANSWERS = "answer"


_NEVER_STAND: Final = {Act.RETRACTS, Act.CORRECTS, Act.HEARTBEAT, Act.ANSWERS}
_REPLACE: Final = {Act.SUPERSEDES, Act.CORRECTS}
#: By what an event type is called after its agency: the types that are nothing but an act upon others.
_ACTS: Final = {str(act): act for act in (Act.RETRACTS, Act.CORRECTS, Act.HEARTBEAT)}
_JUDGEMENT: Final = "human_judgement"
#: The judgements that answer a REVIEW. Any other, such as a scaling, is an entry itself.
_ANSWERS: Final = frozenset(Answer)


class HeldEvent(NamedTuple):
    """What folding needs of one event.

    `record` names the source's record within its agency, `version` orders the versions of it, `instant` is when this
    one came to be, `target` is the event or record it acts upon.
    """

    event_id: str
    agency: str
    record: str
    version: Version
    instant: datetime
    received_at: datetime
    act: Act
    target: str | None


def acts(header: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Act, str | None]:
    """What a decoded event does to others, and to which; of its body only that of a correction or answer is read."""
    kind = header["type"].rpartition(".")[2]
    act = _ACTS.get(kind, Act.NONE)
    if kind == _JUDGEMENT and body["judgement"] in _ANSWERS:
        return Act.ANSWERS, body["about_event"]
    if act is Act.RETRACTS:
        return act, header["retracts"]
    if act is Act.CORRECTS:
        return act, body["corrects"]
    target = header["supersedes"]
    return Act.SUPERSEDES if target is not None and act is Act.NONE else act, target


def held_event(
    event_id: str,
    agency: str,
    record_key: str,
    recorded_at: datetime | None,
    received_at: datetime,
    act: Act,
    target: str | None,
) -> HeldEvent:
    """An event as folding sees it. Nothing was written after it came: by a slip in its year, no version would ever be
    newer, and nothing could take the record back."""
    recorded_at = None if recorded_at is None else min(recorded_at, received_at)
    return HeldEvent(
        event_id,
        agency,
        _record(agency, record_key),
        (recorded_at or _NEVER, received_at),
        recorded_at or received_at,
        received_at,
        act,
        target,
    )


def _record(agency: str, record_key: str) -> str:
    # The agency is part of the name: nobody replaces or takes back another agency's record by using its key.
    return f"{agency} {record_key}"


def names(event: HeldEvent) -> tuple[str, ...]:
    """Under which names other events can act on this one, or be acted upon by it."""
    own = (event.event_id, event.record)
    return own if event.target is None else (*own, event.target, _record(event.agency, event.target))


def standing(held: Iterable[HeldEvent]) -> frozenset[str]:
    """The ids of the events that stand."""
    events: Collection[HeldEvent] = tuple(held)
    ids = frozenset([e.event_id for e in events])
    if len(ids) < len(events):
        events = _once(events).values()
    # By far the most people have nothing to take back, and this runs for each of them at each batch.
    if {e.act for e in events} <= {Act.NONE}:
        return ids if len({e.record for e in events}) == len(ids) else frozenset([e.event_id for e in _newest(events)])
    return _standing({e.event_id: e for e in events})


def in_force(held: Iterable[HeldEvent]) -> frozenset[str]:
    """The ids of the answers that are neither taken back nor replaced by a newer one."""
    return frozenset(e.event_id for e in _live(_once(held)) if e.act is Act.ANSWERS)


def versions_together(events: Iterable[HeldEvent]) -> tuple[tuple[str, ...], ...]:
    """For each record of which several versions are among these events that stand: the ids of those versions."""
    by_record: dict[str, list[str]] = {}
    for event in events:
        by_record.setdefault(event.record, []).append(event.event_id)
    return tuple(sorted(tuple(sorted(ids)) for ids in by_record.values() if len(ids) > 1))


def not_taken_back(held: Iterable[HeldEvent]) -> frozenset[str]:
    """The ids of the events that no retraction, correction or explicit replacement reaches.

    An older version of a record is among them: it was true when it was written, until somebody says otherwise.
    """
    return frozenset(e.event_id for e in _unreplaced(_without_retracted(_once(held))))


def _once(events: Iterable[HeldEvent]) -> dict[str, HeldEvent]:
    """Each event as it first came."""
    kept: dict[str, HeldEvent] = {}
    for event in events:
        known = kept.get(event.event_id)
        if known is None or _delivery(event) < _delivery(known):
            kept[event.event_id] = event
    return kept


def _delivery(event: HeldEvent) -> tuple[Any, ...]:
    return event.received_at, event.version, event.record, event.act, event.target or ""


def _newest(events: Iterable[HeldEvent]) -> list[HeldEvent]:
    """The newest version of each record; versions that came together all stand."""
    newest: dict[str, Version] = {}
    for event in events:
        if event.version >= newest.get(event.record, event.version):
            newest[event.record] = event.version
    return [e for e in events if e.version == newest[e.record]]


def _standing(events: dict[str, HeldEvent]) -> frozenset[str]:
    return frozenset(e.event_id for e in _live(events) if e.act not in _NEVER_STAND)


def _live(events: dict[str, HeldEvent]) -> list[HeldEvent]:
    unretracted = _without_retracted(events)
    unreplaced = {e.event_id for e in _unreplaced(unretracted)}
    return [e for e in _newest(unretracted) if e.event_id in unreplaced]


def _unreplaced(events: Collection[HeldEvent]) -> list[HeldEvent]:
    replaced = {(e.agency, e.target) for e in events if e.act in _REPLACE and e.target != e.event_id}
    return [e for e in events if (e.agency, e.event_id) not in replaced]


def _without_retracted(events: dict[str, HeldEvent]) -> list[HeldEvent]:
    """Events that no retraction reaches; latest retractions first, because a retraction can itself be retracted."""
    reach: dict[str, datetime] = {}

    def reached(event: HeldEvent) -> bool:
        return event.record in reach and event.instant <= reach[event.record]

    retractions = [e for e in events.values() if e.act is Act.RETRACTS and e.target is not None]
    for retraction in sorted(retractions, key=lambda e: (e.received_at, e.event_id), reverse=True):
        if not reached(retraction):
            reach.setdefault(_named(events, retraction), retraction.received_at)
    return [e for e in events.values() if not reached(e)]


def _named(events: dict[str, HeldEvent], retraction: HeldEvent) -> str:
    """The record a retraction names: by its key, or by the id of any of its versions."""
    assert retraction.target is not None
    event = events.get(retraction.target)
    if event is not None and event.agency == retraction.agency:
        return event.record
    return _record(retraction.agency, retraction.target)
