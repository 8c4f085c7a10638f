"""For whoever settles whose a record is: what is in doubt, why, and what people decide about it."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from connectors.identifiers import is_nhs_number
from connectors.sending import KafkaSink
from fanlight.bus import read_records
from fanlight.commands.comparing import print_explanation, print_review, side_by_side
from fanlight.commands.options import AsJson, DataDir, Name, Reason, source_record
from fanlight.deployment import DATA_DIR, Deployment, find_deployment
from fanlight.errors import StackError
from fanlight.identity import identity_of, open_reviews, records_named
from fanlight.looks import record_look
from fanlight.output import ERR, OUT, print_json, print_rows
from schemas import topics
from schemas.evidence import LEVELS
from schemas.judgements import judged, undone
from schemas.topics import Message
from schemas.vocabulary import Action, Agency, JudgementKind
from streams.identifying import Identify
from streams.identity.explain import Explanation
from views.references import as_kept, short_reference

Record = Annotated[
    str,
    typer.Argument(
        metavar="AGENCY:SOURCE_ID",
        help="A record as its agency names it; a number may say whose it is, as NUMBER@ORGANISATION.",
    ),
]


def review(data_dir: DataDir = DATA_DIR, as_json: AsJson = False) -> None:
    """The pairs of records that wait for somebody: references, agencies and weights, nothing of who they are."""
    rows = [
        {
            "review_id": each["review_id"],
            "why": each["why"],
            "agencies": [each["left"]["agency"], each["right"]["agency"]],
            "bits": round(each["weight"], 2),
            "decided_by": each["decided_by"],
            "judgements": len(each["judgements"]),
            "since": each["since"],
        }
        for each in open_reviews(find_deployment(data_dir).broker)
    ]
    columns = ["review_id", "why", "agencies", "bits", "decided_by", "judgements", "since"]
    print_rows(rows, columns, as_json=as_json, nothing="nothing waits for anybody")


def show(
    ref: Annotated[str, typer.Argument(metavar="REF", help="The id of a review, or its beginning, or RV-…")],
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Two records side by side: what agrees, what differs, what it weighs, what decided. The look is recorded first."""
    deployment = find_deployment(data_dir)
    found = _only({each["review_id"]: each for each in open_reviews(deployment.broker)}, ref, "review", "RV")
    shown = side_by_side(found)
    record_look(deployment, Action.REVIEW, len(shown["fields"]), about=found["review_id"])
    if as_json:
        print_json(shown)
    else:
        print_review(shown)


def same(
    one: Record, other: Record, reason: Reason, name: Name, data_dir: DataDir = DATA_DIR, as_json: AsJson = False
) -> None:
    """Two records are of one child: their timelines are joined, whatever the evidence. Prints the decision's id."""
    _decide(JudgementKind.SAME, one, other, reason, name, find_deployment(data_dir), as_json)


def different(
    one: Record,
    other: Record,
    reason: Reason,
    name: Name,
    do_not_link: Annotated[
        bool, typer.Option("--do-not-link", help="As an order, such as for records from before and after an adoption.")
    ] = False,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Two records are of two children: never joined, whatever the evidence. Prints the id of the decision."""
    kind = JudgementKind.DO_NOT_LINK if do_not_link else JudgementKind.DIFFERENT
    _decide(kind, one, other, reason, name, find_deployment(data_dir), as_json)


def undo(
    judgement_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a decision, or its beginning, or JD-…")],
    reason: Reason,
    name: Name,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Take a decision back: all is as if nobody had made it. Prints the id of the undo."""
    deployment = find_deployment(data_dir)
    judgements = {each["judgement_id"]: each for each in read_records(deployment.broker, topics.JUDGEMENTS)}
    decision = _only(judgements, judgement_id, "decision", "JD")
    if before := [j["judgement_id"] for j in judgements.values() if j["undoes"] == decision["judgement_id"]]:
        raise StackError(f"{decision['judgement_id']} has been taken back already, by {before[0]}")
    new_id = str(uuid.uuid4())
    _send(deployment, new_id, undone(new_id, decision, by=name, reason=reason, at=datetime.now(UTC)), as_json)


def explain(named: Record, data_dir: DataDir = DATA_DIR, as_json: AsJson = False) -> None:
    """Why a record is, or is not, one person with each it was weighed against. The look is recorded first."""
    deployment = find_deployment(data_dir)
    agency, subject_key, _ = _meant(deployment, named, "record")
    stage = identity_of(deployment.broker, deployment.key)
    assignment = stage.registry.assignment(subject_key)
    if assignment is None:
        raise StackError(f"nothing has come of such a record of {agency}: is it the agency's own key?")
    told = [_explained(stage, subject_key, each) for each in stage.registry.explain(subject_key)]
    record_look(deployment, Action.IDENTITY, len(told), about=subject_key)
    explained = {
        "record": named,
        "person_id": assignment.person_id,
        "status": assignment.status,
        "model": stage.registry.model.version,
        "beside": told,
    }
    if as_json:
        print_json(explained)
    else:
        print_explanation(explained)


def _only(known: Mapping[str, dict[str, Any]], ref: str, what: str, kind: str) -> dict[str, Any]:
    """The one of `known`, by id, whose id begins with `ref` or that goes by it on the pages, where its `kind` is said
    first. Raises StackError where there is none, or more than one.

    The error does not repeat `ref`: whoever types the agency's key of a record in its place has typed a child's number.
    """
    meant = as_kept(ref)
    found = [each for name, each in known.items() if name.startswith(meant) or short_reference(name, kind) == meant]
    if not found:
        raise StackError(f"there is no {what} under this reference")
    if len(found) > 1:
        raise StackError(f"this reference is of {len(found)} {what}s: say the whole id")
    return found[0]


def _decide(
    kind: JudgementKind, one: str, other: str, reason: str, name: str, deployment: Deployment, as_json: bool
) -> None:
    records = [_meant(deployment, one, "first record"), _meant(deployment, other, "second record")]
    agencies, (left, right), unheard = zip(*records, strict=True)
    new_id = str(uuid.uuid4())
    message = judged(new_id, kind, left, right, by=name, reason=reason, at=datetime.now(UTC), agencies=agencies)
    _send(deployment, new_id, message, as_json)
    for told in unheard:
        if told:
            ERR.print(told)


def _meant(deployment: Deployment, named: str, what: str) -> tuple[str, str, str]:
    """The agency and the key of a record as somebody names it; and what to say of it if nothing has come of it."""
    agency, source_id = source_record(named, f"the {what}")
    found = records_named(deployment.broker, deployment.key, agency, source_id)
    if len(found) > 1:
        whose = ", ".join(sorted(each["source_id"].removeprefix(f"{source_id}@") for each in found))
        alike = f"{len(found)} organisations have the number of the {what}"
        raise StackError(f"{alike}: say NUMBER@ORGANISATION, of {whose}")
    if found:
        return agency, found[0]["subject_key"], ""
    unheard = f"nothing has come of the {what} ({agency}) yet: the decision waits for it"
    if agency == Agency.NHS and "@" not in source_id and not is_nhs_number(source_id):
        unheard += ", under this number alone; where the hospital is sent with it, say NUMBER@ORGANISATION"
    return agency, deployment.key.subject_key(agency, source_id), unheard


def _send(deployment: Deployment, judgement_id: str, message: Message, as_json: bool) -> None:
    """Write a decision and print its id; when this returns the broker has acknowledged it."""
    with KafkaSink(deployment.broker) as sink:
        sink.send(topics.JUDGEMENTS, *message)
    if as_json:
        print_json({"judgement_id": judgement_id})
    else:
        OUT.print(judgement_id)


def _explained(stage: Identify, subject_key: str, told: Explanation) -> dict[str, Any]:
    other = told.right if told.left == subject_key else told.left
    return {
        "record": f"{stage.registry.said(other).agency}:{stage.source_id(other)}",
        "joined": told.joined,
        "decided_by": told.decided_by,
        "because": told.reason,
        "bits": told.weight,
        "prior_bits": told.prior,
        "fields": [{"name": f.name, "level": f.level, "words": LEVELS[f.level], "bits": f.bits} for f in told.fields],
        "sentences": list(told.sentences),
    }
