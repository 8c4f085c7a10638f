"""For a partner: what can be read, publish it, see what was refused, and know when it has arrived."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.formats import FORMATS
from connectors.mapping import shipped
from fanlight.bus import read_records
from fanlight.commands.options import AsJson, DataDir, named_path
from fanlight.deployment import DATA_DIR, find_deployment
from fanlight.output import ERR, OUT, Exit, print_json, print_rows
from fanlight.publishing import publish_files
from fanlight.settling import SETTLE_SECONDS, wait_until_settled
from schemas import topics
from schemas.vocabulary import Agency


def formats(as_json: AsJson = False) -> None:
    """What can be read, and which agency it belongs to."""
    rows = [
        {"format": name, "agency": connector.agency, "title": connector.title} for name, connector in FORMATS.items()
    ]
    print_rows(rows, ["format", "agency", "title"], as_json=as_json, nothing="no formats")


def publish(
    format_name: Annotated[
        str, typer.Argument(metavar="FORMAT", help="One of `fanlight formats`.", autocompletion=lambda: [*FORMATS])
    ],
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", parser=named_path, help="Files, or folders of files, of one delivery."),
    ],
    agency: Annotated[Agency | None, typer.Option(help="Who publishes, where the format does not say.")] = None,
    feed: Annotated[
        str | None, typer.Option(help="Name of the delivery line. Default: the agency and the format.")
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            help="For csv: a shipped mapping's name, or a mapping file. Default: the shipped one that fits.",
            autocompletion=lambda: [*shipped()],
        ),
    ] = None,
    organisation: Annotated[
        str | None,
        typer.Option(
            metavar="CODE", help="Which force, council, school or hospital publishes, where several number alike."
        ),
    ] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Publish files in a partner's own format. Returns when every event is acknowledged.

    Exit code 0 when all records were accepted, 3 when some were refused: see `fanlight rejections`.
    """
    deployment = find_deployment(data_dir)
    summary = publish_files(
        deployment, format_name, paths, agency=agency, feed=feed, mapping=mapping, organisation=organisation
    )
    if as_json:
        print_json(summary)
    else:
        ERR.print(
            f"{summary['read']} records read, {summary['accepted']} accepted, {summary['rejected']} rejected,"
            f" {summary['events']} events"
        )
        counts = [{"what": k, "count": v} for part in ("by_type", "by_reason") for k, v in summary[part].items()]
        print_rows(counts, ["what", "count"], as_json=False, nothing="")
    if summary["rejected"]:
        raise typer.Exit(Exit.SOME_REJECTED)


def rejections(
    feed: Annotated[str | None, typer.Option(help="Only this feed.")] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """What was refused, where it was, and why. Never the value at fault."""
    columns, broker = ["feed", "source", "position", "field", "code", "message"], find_deployment(data_dir).broker
    found = {r["rejection_id"]: r for r in read_records(broker, topics.REJECTED)}
    rows = [{c: r[c] for c in columns} for r in found.values() if feed in (None, r["feed"])]
    print_rows(rows, columns, as_json=as_json, nothing="nothing was refused")
    if feed and not rows and feed not in (heard := {each["feed"] for each in read_records(broker, topics.FEEDS)}):
        # What was typed is not said again: it may be anything.
        ERR.print(f"no feed of that name has been heard; there are {', '.join(sorted(heard)) or 'none yet'}")


def settle(
    data_dir: DataDir = DATA_DIR,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds without any progress before it counts as stuck.")
    ] = SETTLE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Return when everything published so far has reached every timeline. Exit code 4 says what is stuck."""
    deployment = find_deployment(data_dir)
    stuck = wait_until_settled(deployment, patience)
    if as_json:
        print_json({"settled": not stuck, "stuck": stuck})
    elif not stuck:
        OUT.print("everything published so far has reached every timeline")
    for line in stuck:
        ERR.print(line)
    if stuck:
        raise typer.Exit(Exit.STUCK)
