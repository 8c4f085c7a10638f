"""For a governance board: every decision, why it was made, and what other policies would change."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from fanlight.bus import read_decisions
from fanlight.commands.explaining import print_decisions
from fanlight.commands.options import AsJson, DataDir, named_path
from fanlight.deployment import DATA_DIR, Deployment, find_deployment
from fanlight.errors import StackError
from fanlight.looks import record_look
from fanlight.output import ERR, OUT, print_json, print_rows
from fanlight.rehearsal import rehearsal_of
from fanlight.revisions import Revisions
from policies import remits, rulecards
from policies.explain import explain as explain_decision
from policies.load import PolicySet
from schemas.dates import midnight
from schemas.vocabulary import Action, Agency, Outcome

COLUMNS = ("decision_id", "event_id", "audience", "outcome", "agreement", "clause", "revision", "reasons", "at")
MORE = ("event_type", "agency", "grants", "dropped", "engine")


def _decisions(deployment: Deployment) -> list[dict[str, Any]]:
    # A decision made again, with the same answer, has the same id: it is shown once, as it was first made.
    found: dict[str, dict[str, Any]] = {}
    for decision in read_decisions(deployment.broker):
        found.setdefault(decision["decision_id"], decision)
    return sorted(found.values(), key=lambda d: (d["at"], d["decision_id"]))


def decisions(
    event: Annotated[str | None, typer.Option(metavar="ID", help="Only on this event.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only with this outcome.")] = None,
    agency: Annotated[Agency | None, typer.Option(help="Only on events of this agency.")] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Every decision of the gate: on which event, for whom, under which clause, at which revision. No content."""
    deployment = find_deployment(data_dir)
    rows = [
        {name: d[name] for name in (*COLUMNS, *MORE)}
        for d in _decisions(deployment)
        if event in (None, d["event_id"]) and outcome in (None, d["outcome"]) and agency in (None, d["agency"])
    ]
    record_look(deployment, Action.DECISIONS, len(rows))
    shown = ["event_id", "event_type", "audience", "outcome", "agreement", "clause", "reasons", "at"]
    print_rows(rows, shown, as_json=as_json, nothing="no such decision")


def explain(
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID")],
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """For each audience: which clause of which agreement decided, what was passed, masked, dropped, and why."""
    deployment = find_deployment(data_dir)
    made = [d for d in _decisions(deployment) if d["event_id"] == event_id]
    if not made:
        # What was typed may be a child's number, so it is not said again.
        raise StackError(
            "no decision was made on such an event: `fanlight decisions` lists the ids of those decided on"
        )
    revisions = Revisions(deployment.broker)
    explained = [
        {
            "decision_id": decision["decision_id"],
            "audience": decision["audience"],
            **explain_decision(revisions.policy(decision["revision"]), decision, decision["event_type"]),
            "revision_in_force": decision["revision"] in revisions.in_force,
        }
        for decision in made
    ]
    record_look(deployment, Action.EXPLAIN, len(explained), about=event_id)
    if as_json:
        print_json(explained)
        return
    print_decisions(event_id, list(zip(made, explained, strict=True)))


def policies(
    out: Annotated[Path, typer.Option(metavar="DIR", parser=named_path, help="The folder to write.")],
) -> None:
    """Write the policies in force as a bundle that an OPA server can serve: Rego, agreements, revision.

    Rule cards and remits are checked, too.
    """
    policy = PolicySet.load()
    # No part of the bundle, and found out of order only when the pages start.
    rulecards.load()
    remits.load()
    try:
        policy.write_bundle(out)
    except OSError as error:
        raise StackError(f"{out} cannot be written ({error.strerror}); name another --out") from error
    ERR.print(f"revision {policy.revision} is in {out}")


def rehearse(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="Agreements, audiences, prohibitions and Rego to try, as in `policies/`; else those in force.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="As that day begins in England; else now."),
    ] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Decide all that the bus holds under other policies or on another day, and report what would change.

    For each audience: what it would see more, less and otherwise, in counts, never who or what. Nothing is changed; the
    look is recorded.
    """
    deployment = find_deployment(data_dir)
    policy = PolicySet.load() if folder is None else PolicySet.load(folder)
    at = datetime.now(UTC) if on is None else midnight(on.date())
    report = rehearsal_of(deployment, policy, at)
    record_look(deployment, Action.REHEARSAL, len(report["changes"]), about=policy.revision)
    if as_json:
        print_json({"revision": policy.revision, "at": at, **report})
        return
    instead = f"revision {policy.revision} instead of {report['instead_of']}"
    OUT.print(f"{instead}, as of {at.isoformat(timespec='seconds')}")
    print_rows(
        report["audiences"],
        ["audience", "stand", "shown", "shown_otherwise", "recalled", "people"],
        as_json=False,
        nothing="there is no audience",
    )
    columns = ["audience", "event_type", "change", "entries", "people", "clauses", "reasons"]
    print_rows(report["changes"], columns, as_json=False, nothing="nothing would change")
