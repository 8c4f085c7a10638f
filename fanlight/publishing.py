"""Publishing files into a stack, as `fanlight publish` and the demo do."""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from connectors.connector import Context, Source
from connectors.csv_mapped import CsvMapped, left_out, mapping_of
from connectors.formats import FORMATS
from connectors.mapping import load_mapping, tells_any_address
from connectors.publish import publish_delivery
from connectors.sending import KafkaSink
from fanlight.deployment import Deployment
from fanlight.engines import EmbeddedBroker
from fanlight.errors import StackError, WrongUsage
from fanlight.output import ERR, as_text
from schemas.forms import LINE_CHARACTERS_MAX, is_line
from schemas.vocabulary import Agency

#: What a public code of a force, council, school or hospital is made of: GMP, E10000023, 302/4000, RXX.
_ORGANISATION = re.compile(r"[A-Z0-9](?:[A-Z0-9 ./_-]{0,38}[A-Z0-9])?")
#: Stands for the agency of a delivery that does not say whose it is.
UNSTATED = "unstated"


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
    if feed is not None and not (feed.strip() and is_line(feed)):
        raise WrongUsage(f"a feed's name is shown to every audience: 1 to {LINE_CHARACTERS_MAX} printable characters")
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
    """Say which columns no mapping reads: one whose name is misspelt would else be missed by nobody. So would a mark
    that an address must not be told."""
    if mapping is not None and tells_any_address(mapping):
        way_out = "name its column as address_withheld under person"
        ERR.print(
            as_text(f"{mapping['name']} reads where a child lives, and no mark that nobody may be told; {way_out}")
        )
    for source in sources:
        fitting = mapping or mapping_of(source)
        if fitting and (unread := left_out(source, fitting)):
            ERR.print(as_text(f"{source.name}: {fitting['name']} does not read {', '.join(unread)}"))


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
