"""What somebody at an agency decides of an event that policy left to a person: the event that says so."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.connector import Context, build_event
from connectors.dates import instant_moment
from schemas.errors import InvalidJudgement
from schemas.events import Event
from schemas.forms import LINE_CHARACTERS_MAX, is_line
from schemas.signature import unsigned
from schemas.vocabulary import Answer


def answered(
    context: Context,
    header: Mapping[str, Any],
    audience: str,
    answer: Answer,
    asked: Sequence[str],
    *,
    by: str,
    reason: str,
) -> Event:
    """The answer about the event of this decoded header, for one audience: released, or refused, which recalls what was
    released before. `asked` are the questions that a person was asked, which a release answers.

    Raises InvalidJudgement where it is not said by whom it is and why, or no line can hold the name.
    """
    if fault := unsigned("a decision", by, reason):
        raise InvalidJudgement(fault)
    if not is_line(by):
        raise InvalidJudgement(f"a name has at most {LINE_CHARACTERS_MAX} printable characters, and stands on one line")
    at = context.received_at
    body = {
        "judgement": answer,
        "judged_by": by,
        "about_event": header["event_id"],
        "audience": audience,
        "answers": list(asked) if answer is Answer.RELEASE else [],
        "reason": reason,
    }
    return build_event(
        context,
        f"{context.agency}.human_judgement",
        subject=header["subject"],
        # Of one event for one audience: the last decision is the newest version, and the one that counts.
        natural_key=(header["event_id"], audience),
        occurred=instant_moment(at),
        body=body,
        recorded_at=at,
        regime=header["regime"],
    )
