"""For whoever answers for the model of identity: what it is, what another would change, and taking it into use."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.sending import KafkaSink
from fanlight.bus import activations
from fanlight.commands.options import AsJson, DataDir, Name, Reason
from fanlight.deployment import DATA_DIR, Deployment, find_deployment
from fanlight.errors import StackError
from fanlight.identity import shadow_of
from fanlight.looks import record_look
from fanlight.output import ERR, OUT, print_json, print_rows
from schemas import topics
from schemas.activations import activated
from schemas.vocabulary import Action
from streams.identity.model import DEFAULT, load, shipped
from streams.identity.shadow import Report

#: Of a report's id at the least: nobody is to hit upon one without having looked.
DIGITS_MIN = 8
Version = Annotated[str, typer.Argument(metavar="MODEL", help="The version of a model that this release ships.")]


def models(data_dir: DataDir = DATA_DIR, as_json: AsJson = False) -> None:
    """The models that this release ships, and which holds since when, by whom and why."""
    said = activations(find_deployment(data_dir).broker)
    holds = _in_force(said)
    known = [{"model": each, "made": load(each).made, "holds": each == holds} for each in shipped()]
    if as_json:
        print_json({"models": known, "activations": said})
        return
    print_rows(known, ["model", "holds", "made"], as_json=False, nothing="this release ships no model")
    columns = ["model", "at", "activated_by", "reason", "shadow_id", "applied_at"]
    print_rows(said, columns, as_json=False, nothing=f"nobody has activated a model: {DEFAULT} holds")


def shadow(
    model: Version,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the whole report there, as JSON.")] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Run a model beside the one that holds, and report what it would change. Nothing is changed; the look is recorded.

    By record keys and person ids, never values. It takes minutes for a county.
    """
    deployment, candidate = find_deployment(data_dir), load(model)
    if out is not None:
        out.touch()  # before the minutes that it takes, and before there is a look
    report = shadow_of(deployment.broker, deployment.key, candidate)
    record_look(deployment, Action.SHADOW, len(report["moved"]), about=report["shadow_id"])
    if out is not None:
        out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if as_json:
        print_json(report)
    else:
        _print(report)


def activate(
    model: Version,
    reason: Reason,
    name: Name,
    shadow_id: Annotated[
        str | None,
        typer.Option(
            "--shadow",
            metavar="ID",
            help=f"The report that was seen on the bus as it is now, or the first {DIGITS_MIN} digits of its id.",
        ),
    ] = None,
    without_shadow: Annotated[
        bool, typer.Option("--without-shadow", help="Without knowing what will change; it is written down so.")
    ] = False,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Take a model into use: all records are resolved by it, and what differs is changed. Prints the activation's id.

    Exit code 1 without a report of `fanlight identity shadow` on just what the bus holds now; 2 for both or neither
    of --shadow and --without-shadow.
    """
    if (shadow_id is None) != without_shadow:
        raise typer.BadParameter("say either --shadow ID or --without-shadow")
    deployment, candidate = find_deployment(data_dir), load(model)
    _demand_other(deployment, model)
    if shadow_id is not None:
        # A report's id is made of all that it says and rests on: the same id again is the same state.
        now = shadow_of(deployment.broker, deployment.key, candidate)["shadow_id"]
        if not is_named(now, shadow_id):
            # Which it would be is not said: whoever names it has looked.
            raise StackError(
                f"report {shadow_id} is not of {model} on what the bus holds now:"
                f" look at `fanlight identity shadow {model}` again"
            )
        shadow_id = now
    activation_id = str(uuid.uuid4())
    said = activated(activation_id, model, by=name, reason=reason, at=datetime.now(UTC), shadow_id=shadow_id)
    with KafkaSink(deployment.broker) as sink:
        sink.send(topics.MODELS, *said)
    if as_json:
        print_json({"activation_id": activation_id})
        return
    OUT.print(activation_id)
    ERR.print("`fanlight settle` waits until every record has been resolved by it")


def is_named(shadow_id: str, said: str) -> bool:
    """Whether what was said is a report's id, or enough of its beginning."""
    return len(said) >= DIGITS_MIN and shadow_id.startswith(said)


def _demand_other(deployment: Deployment, model: str) -> None:
    said = activations(deployment.broker)
    if model == _in_force(said):
        since = f"since {said[-1]['at'].isoformat()}" if said else "as nobody has activated another"
        raise StackError(f"{model} holds already, {since}")


def _in_force(said: Sequence[Mapping[str, Any]]) -> str:
    """The model that holds after these activations, the last of them last."""
    return str(said[-1]["model"]) if said else DEFAULT


def _print(report: Report) -> None:
    persons, reviews, statuses = report["persons"], report["reviews"], report["statuses"]
    OUT.print(f"report {report['shadow_id']}: {report['model']} instead of {report['instead_of']}")
    rows: list[dict[str, Any]] = [
        {"what": "records", "before": report["records"], "after": report["records"]},
        {"what": "persons", "before": persons["before"], "after": persons["after"]},
        {"what": "reviews", "before": reviews["before"], "after": reviews["after"]},
        *(
            {"what": status, "before": statuses["before"].get(status, 0), "after": statuses["after"].get(status, 0)}
            for status in sorted({*statuses["before"], *statuses["after"]})
        ),
    ]
    print_rows(rows, ["what", "before", "after"], as_json=False, nothing="")
    moved = [
        {"agency": agency, "records": count, **{k: report["by_agency"][k].get(agency, 0) for k in _CHANGES}}
        for agency, count in report["by_agency"]["records"].items()
    ]
    print_rows(moved, ["agency", "records", *_CHANGES], as_json=False, nothing="the bus holds no records")
    OUT.print(
        f"{len(report['merged'])} persons made of several, {len(report['split'])} parted;"
        f" {len(reviews['opened'])} reviews opened, {len(reviews['closed'])} closed"
    )


_CHANGES = ("moved", "status_changed")
