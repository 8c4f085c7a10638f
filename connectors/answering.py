"""What somebody at an agency decides of an event that policy left to a person: the event that says so."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.connector import Context, build_event
from schemas.errors import InvalidJudgement
from schemas.events import Event, Moment
from schemas.signature import demanded
from schemas.vocabulary import Answer, Precision


def release(
    context: Context, header: Mapping[str, Any], audience: str, answers: Sequence[str], *, by: str, reason: str
) -> Event:
    """The event of this decoded header goes to an audience. `answers` are the reasons for which a person was asked.
    Raises InvalidJudgement where it is not said by whom it is and why."""
    return _answer(context, header, audience, Answer.RELEASE, answers, by, reason)


def refuse(context: Context, header: Mapping[str, Any], audience: str, *, by: str, reason: str) -> Event:
    """It does not; where it was released before, it is recalled. Raises InvalidJudgement as `release` does."""
    return _answer(context, header, audience, Answer.REFUSE, (), by, reason)


def _answer(
    context: Context,
    header: Mapping[str, Any],
    audience: str,
    answer: Answer,
    answers: Sequence[str],
    by: str,
    reason: str,
) -> Event:
    if fault := demanded("a decision", by, reason):
        raise InvalidJudgement(fault)
    at = context.received_at
    body = {
        "judgement": answer,
        "judged_by": by,
        "about_event": header["event_id"],
        "audience": audience,
        "answers": list(answers),
        "reason": reason,
    }
    return build_event(
        context,
        f"{context.agency}.human_judgement",
        subject=header["subject"],
        # Of one event for one audience: the last decision is the newest version, and the one that counts.
        natural_key=(header["event_id"], audience),
        occurred=Moment(value=at.strftime("%Y-%m-%dT%H:%M:%SZ"), precision=Precision.SECOND),
        body=body,
        recorded_at=at,
        regime=header["regime"],
    )
