"""What people decide about two source records, as messages for the topic of judgements.

Whoever decides gives the id: sent again under the same id, a decision is the same one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from schemas.codec import encode
from schemas.errors import InvalidJudgement
from schemas.signature import unsigned
from schemas.topics import Message
from schemas.vocabulary import JudgementKind

JUDGEMENT = "fanlight.bus.Judgement"
#: Of one decision: the review of a pair repeats those that stand about it.
JUDGEMENT_BYTES_MAX = 16_000


def judged(
    judgement_id: str,
    kind: JudgementKind,
    one: str,
    other: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    agencies: Iterable[str] = (),
) -> Message:
    """A decision about two source records, by their subject keys in any order. Raises InvalidJudgement.

    `agencies` says whose the records are; without it no page shows the decision to anybody.
    """
    if kind is JudgementKind.UNDO:
        raise InvalidJudgement("an undo names the decision that it takes back, not two records")
    if one == other:
        raise InvalidJudgement("both records are one: a decision is about two")
    left, right = sorted((one, other))
    whose = sorted(set(agencies))
    said = {"judgement_id": judgement_id, "kind": kind, "left": left, "right": right, "agencies": whose}
    return _message(left, **said, by=by, reason=reason, at=at)


def undone(judgement_id: str, decision: Mapping[str, Any], *, by: str, reason: str, at: datetime) -> Message:
    """Takes back `decision`, a fanlight.bus.Judgement that is no undo itself. Raises InvalidJudgement."""
    if decision["kind"] == JudgementKind.UNDO:
        raise InvalidJudgement("an undo cannot be undone: decide anew instead")
    undoes, whose = decision["judgement_id"], decision.get("agencies", [])
    said = {"judgement_id": judgement_id, "kind": JudgementKind.UNDO, "undoes": undoes, "agencies": whose}
    return _message(decision["left"], **said, by=by, reason=reason, at=at)


def _message(key: str, **said: Any) -> Message:
    if fault := unsigned("a decision", said["by"], said["reason"]):
        raise InvalidJudgement(fault)
    value = encode(JUDGEMENT, {"left": None, "right": None, "undoes": None, **said})
    if len(value) > JUDGEMENT_BYTES_MAX:
        raise InvalidJudgement(f"a decision of {len(value)} bytes, of {JUDGEMENT_BYTES_MAX} at the most: shorten why")
    return key.encode(), value
