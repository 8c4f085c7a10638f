"""For a partner: what can be read, publish it, see what was refused, and know when it has arrived."""

import os
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from kafka.errors import KafkaError

from connectors.connector import Context, Source
from connectors.csv_mapped import CsvMapped, left_out, mapping_of
from connectors.formats import FORMATS
from connectors.mapping import load_mapping
from connectors.publish import KafkaSink, publish_delivery
from fanlight.bus import read_records
from fanlight.commands.options import AsJson, DataDir, named_path
from fanlight.engines import EmbeddedBroker
from fanlight.errors import StackError, WrongUsage
from fanlight.output import ERR, Exit, as_text, print_json, print_rows
from fanlight.revisions import unsettled
from fanlight.settings import DATA_DIR, Deployment, find_deployment, reasons
from schemas import topics
from schemas.vocabulary import Agency

SETTLE_SECONDS = 60.0
FEED_CHARACTERS_MAX = 100
#: What a public code of a force, council, school or hospital is made of: GMP, E10000023, 302/4000, RXX.
_ORGANISATION = re.compile(r"[A-Z0-9](?:[A-Z0-9 ./_-]{0,38}[A-Z0-9])?")
#: Stands for the agency of a delivery that does not say whose it is.
UNSTATED = "unstated"


def formats(as_json: AsJson = False) -> None:
    """What can be read, and which agency it belongs to."""
    rows = [
        {"format": name, "agency": connector.agency, "title": connector.title} for name, connector in FORMATS.items()
    ]
    print_rows(rows, ["format", "agency", "title"], as_json=as_json, nothing="no formats")


def publish(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="One of `fanlight formats`.")],
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", parser=named_path, help="Files, or folders of files, of one delivery."),
    ],
    agency: Annotated[Agency | None, typer.Option(help="Who publishes, where the format does not say.")] = None,
    feed: Annotated[
        str | None, typer.Option(help="Name of the delivery line. Default: the agency and the format.")
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="For csv: a shipped mapping's name, or a mapping file.")] = None,
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


def publish_files(
    deployment: Deployment,
    format_name: str,
    paths: list[Path],
    *,
    agency: Agency | None = None,
    feed: str | None = None,
    mapping: str | None = None,
    organisation: str | None = None,
) -> dict[str, Any]:
    """Read files and publish what they hold; the summary that `fanlight publish` prints."""
    if format_name not in FORMATS:
        raise WrongUsage(f"no format {format_name}; there are {', '.join(FORMATS)}")
    connector = FORMATS[format_name]
    if agency is not None and connector.agency is not None and agency != connector.agency:
        raise WrongUsage(f"{format_name} belongs to {connector.agency}, not {agency}")
    if mapping is not None and not isinstance(connector, CsvMapped):
        raise WrongUsage(
            f"{format_name} takes no mapping: leave --mapping out, or publish the file as {CsvMapped.name}"
        )
    if feed is not None and not (feed.strip() and feed.isprintable() and len(feed) <= FEED_CHARACTERS_MAX):
        raise WrongUsage(f"a feed's name is shown to every audience: 1 to {FEED_CHARACTERS_MAX} printable characters")
    code = organisation.strip().upper() if organisation is not None else None
    if code is not None and not _ORGANISATION.fullmatch(code):
        raise WrongUsage("--organisation is a code of up to 40 letters, digits, spaces and . / _ - such as E10000023")
    loaded = load_mapping(mapping) if mapping is not None else None
    sources = _sources(paths)
    if isinstance(connector, CsvMapped):
        _tell_unread(sources, loaded)
    publisher = connector.agency or agency or _agency_of(loaded, sources)
    context = Context(
        key=deployment.key,
        agency=publisher,
        feed=feed or f"{publisher}.{format_name}",
        received_at=datetime.now(UTC),
        mapping=loaded,
        organisation=code,
    )
    if deployment.state.broker_engine == EmbeddedBroker.name:
        EmbeddedBroker(deployment.data_dir, 0).demand_room()
    with KafkaSink(deployment.broker) as sink:
        return publish_delivery(connector, sources, context, sink).as_json()


def _tell_unread(sources: list[Source], mapping: Mapping[str, Any] | None) -> None:
    """Say which columns no mapping reads: one whose name is misspelt would else be missed by nobody."""
    for source in sources:
        fitting = mapping or mapping_of(source)
        if fitting and (unread := left_out(source, fitting)):
            ERR.print(f"{source.name}: {fitting['name']} does not read {', '.join(map(as_text, unread))}")


def _agency_of(mapping: Mapping[str, Any] | None, sources: list[Source]) -> Agency:
    """The agency that the mapping names, or the first shipped mapping that fits; else nobody's, and all is refused."""
    fitting = mapping or next((found for source in sources if (found := mapping_of(source)) is not None), None)
    return Agency(fitting["agency"]) if fitting else cast(Agency, UNSTATED)


def _sources(paths: list[Path]) -> list[Source]:
    found: list[Source] = []
    for path in paths:
        try:
            files = _files_in(path) if path.is_dir() else [path]
            found += [Source(name=_as_words(file.name), data=file.read_bytes()) for file in files]
        except OSError as error:  # without a name where reading fails, as on a share that has gone
            raise StackError(f"{error.filename or path} cannot be read ({error.strerror})") from error
    if not found:
        raise StackError("there is no file to publish in what was named")
    return found


def _as_words(name: str) -> str:
    """A file's name as a rejection can hold it: one that was unpacked from Windows may be in another encoding."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _files_in(folder: Path) -> list[Path]:
    """The files of a folder that somebody put there: what a machine leaves in it (.DS_Store) begins with a dot."""
    found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for path in found:
        if path.is_dir():
            ERR.print(as_text(f"{path} is a folder within a folder, and is not read; name it as well"))
    # A link that leads nowhere is no file either, and is refused where it is read: it stood for a part of the delivery.
    return [path for path in found if path.is_file() or (path.is_symlink() and not path.exists())]


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
    for line in stuck:
        ERR.print(line)
    if stuck:
        raise typer.Exit(Exit.STUCK)


def wait_until_settled(deployment: Deployment, patience: float = SETTLE_SECONDS) -> list[str]:
    """Wait while the workers make progress; what is left when they have made none for `patience` seconds."""
    before, since = None, time.monotonic()
    while left := _left(deployment):
        if left != before:
            before, since = left, time.monotonic()
        elif time.monotonic() - since > patience:
            return [*left, *reasons(deployment.state)]
        time.sleep(0.1)
    return []


def _left(deployment: Deployment) -> list[str]:
    try:
        return unsettled(deployment.broker, time.time_ns())
    except KafkaError as error:
        return [f"the broker gave no answer ({type(error).__name__})"]
