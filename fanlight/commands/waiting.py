"""`fanlight waiting …`: for an agency, what policy leaves to its people before it may go to an audience."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fanlight.commands.explaining import print_waiting
from fanlight.commands.options import AsJson, DataDir, Discreet, Name, Reason, audiences, demand_audience
from fanlight.deployment import DATA_DIR, find_deployment
from fanlight.errors import StackError
from fanlight.looks import record_look
from fanlight.output import OUT, print_json, print_rows
from fanlight.waiting import answer, left_to_people
from policies.explain import reason_in_words
from policies.load import PolicySet
from schemas.codec import decode, decode_header
from schemas.vocabulary import Action, Agency, Answer, Outcome
from streams.waiting import Left

app = typer.Typer(
    name="waiting",
    help="What policy leaves to a person at the agency that published it: see what waits, and decide.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

EventId = Annotated[str, typer.Argument(metavar="EVENT_ID", help="As `fanlight waiting list` gives it.")]
Audience = Annotated[
    str,
    typer.Option(metavar="AUDIENCE", help="For whom: it is decided for each by itself.", autocompletion=audiences),
]


@app.command("list", cls=Discreet)
def waits(
    agency: Annotated[Agency | None, typer.Option(help="Only events of this agency.")] = None,
    audience: Annotated[
        str | None, typer.Option(metavar="AUDIENCE", help="Only for this audience.", autocompletion=audiences)
    ] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Events that wait for a person, the longest first: ids, types and reasons, nothing of who it is about."""
    deployment, policy = find_deployment(data_dir), PolicySet.load()
    if audience is not None:
        demand_audience(policy, audience)
    rows = [
        {
            "event_id": each.event_id,
            "audience": each.audience,
            "agency": each.agency,
            "event_type": each.event_type,
            "reasons": list(each.outstanding),
            "since": each.since,
        }
        for each in left_to_people(deployment, policy)
        if each.outcome is Outcome.REVIEW and agency in (None, each.agency) and audience in (None, each.audience)
    ]
    record_look(deployment, Action.WAITING, len(rows))
    columns = ["event_id", "event_type", "audience", "reasons", "since"]
    print_rows(rows, columns, as_json=as_json, nothing="nothing waits for a person")


@app.command(cls=Discreet)
def show(event_id: EventId, data_dir: DataDir = DATA_DIR, as_json: AsJson = False) -> None:
    """Why an event waits, what would go to whom for which purpose if it were released, and who has decided what so far.

    It names the record in the agency's own system, and no content: that stands there. The look is recorded first.
    """
    deployment, policy = find_deployment(data_dir), PolicySet.load()
    found = [each for each in left_to_people(deployment, policy) if each.event_id == event_id]
    if not found:
        raise _not_left()
    header, *_ = decode_header(found[0].event)
    shown = {
        "event_id": event_id,
        "record": f"{found[0].agency}:{header['subject']}",
        "event_type": found[0].event_type,
        "occurred": header["occurred"]["value"],
        "recorded_at": header["recorded_at"],
        "received_at": header["received_at"],
        "audiences": [_for(policy, each) for each in found],
    }
    record_look(deployment, Action.WAITING, len(found), about=event_id)
    if as_json:
        print_json(shown)
    else:
        print_waiting(shown)


@app.command(cls=Discreet)
def release(
    event_id: EventId,
    audience: Audience,
    reason: Reason,
    name: Name,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Let an event go to an audience, as far as the clauses of the agreements let it. Prints the id of the answer."""
    _answer(Answer.RELEASE, event_id, audience, reason, name, data_dir, as_json=as_json)


@app.command(cls=Discreet)
def refuse(
    event_id: EventId,
    audience: Audience,
    reason: Reason,
    name: Name,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Keep an event from an audience; where it was released before, it is recalled. Prints the id of the answer."""
    _answer(Answer.REFUSE, event_id, audience, reason, name, data_dir, as_json=as_json)


def _answer(
    given: Answer, event_id: str, audience: str, reason: str, name: str, data_dir: Path, *, as_json: bool
) -> None:
    deployment, policy = find_deployment(data_dir), PolicySet.load()
    demand_audience(policy, audience)
    found = [each for each in left_to_people(deployment, policy) if each.event_id == event_id]
    mine = [each for each in found if each.audience == audience]
    if not mine:
        raise _not_left()
    answered = answer(deployment, mine[0], given, by=name, reason=reason)
    if as_json:
        print_json({"answer_id": answered, "event_id": event_id, "audience": audience, "answer": given})
    else:
        OUT.print(answered)


def _not_left() -> StackError:
    # What was typed may be a child's number, so it is not said again.
    return StackError("no such event is left to a person for that: `fanlight waiting list` gives those that wait")


def _for(policy: PolicySet, left: Left) -> dict[str, Any]:
    return {
        "audience": left.audience,
        "stands": {Outcome.REVIEW: "waiting", Outcome.PERMIT: "released", Outcome.DENY: "refused"}[left.outcome],
        "reasons": [
            {"code": code, "words": reason_in_words(policy, code), "outstanding": code in left.outstanding}
            for code in left.reasons
        ],
        "would_pass": {
            grant.purpose: [*grant.fields, *(f"{name} (coarser)" for name in grant.masked)]
            for grant in left.released.grants  # one a purpose
        },
        "answers": [_answered(decode(each)) for each in left.answers],
    }


def _answered(judgement: dict[str, Any]) -> dict[str, Any]:
    return {
        "answer": judgement["judgement"],
        "by": judgement["judged_by"],
        "reason": judgement["reason"],
        "at": judgement["header"]["recorded_at"],
    }
