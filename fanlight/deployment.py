"""What every command knows: where the data is, which key derives the ids, where the broker is."""

import json
import os
import secrets
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from shlex import quote
from tempfile import NamedTemporaryFile

from fanlight.engines import EmbeddedBroker, KafkaBroker, default_tools_dir
from fanlight.errors import StackError
from fanlight.state import StackState, holder, read_state
from schemas.broker import Broker
from schemas.keys import KEY_BYTES, DeploymentKey, read_key

DATA_DIR = Path(".fanlight")
#: Persons are cut into so many partitions where the topics are made: as many workers can share at once. Each partition
#: has its own transactions, some twenty a second, which cost the broker and the worker more than what is in them.
PERSON_PARTITIONS = 2


def key_path(data_dir: Path, key_file: Path | None) -> Path:
    """Where the deployment key is: the file named, else one kept with the data."""
    return key_file if key_file is not None else data_dir / "deployment.key"


def claim_key(data_dir: Path, path: Path) -> DeploymentKey:
    """The deployment key of a data folder, made where there is no data yet.

    Raises StackError where the data there was made under another: every id would be another, so that nobody would be
    found again, and whatever is published again would stand beside itself.
    """
    mark = data_dir / "deployment.mark"
    if not path.exists() and any((data_dir / name).exists() for name in (mark.name, "kafka", "embedded")):
        raise StackError(f"{path} is not there, and the data in {data_dir} has its key: name its file with --key-file")
    key = make_key(path)
    if not _is_of(data_dir, key):
        raise StackError(
            f"the data in {data_dir} was made under another deployment key than that in {path}: name the file of its"
            " key with --key-file, or empty the folder with `fanlight reset`"
        )
    write_once(mark, key.derive("deployment"))
    return key


def _is_of(data_dir: Path, key: DeploymentKey) -> bool:
    """Whether the data there was made under this key, or there is none yet."""
    mark = data_dir / "deployment.mark"
    return not mark.exists() or mark.read_text().strip() == key.derive("deployment")


def open_to_others(path: Path) -> bool:
    """Whether the file's group or everybody may read it."""
    return bool(path.stat().st_mode & 0o044)


def make_key(path: Path) -> DeploymentKey:
    """The deployment key, made on first use and readable by its owner alone; it is there whole or not at all."""
    try:
        write_once(path, secrets.token_hex(KEY_BYTES))
    except OSError as error:
        raise StackError(
            f"the deployment key {path} cannot be made ({error.strerror}): name another --key-file or --data-dir"
        ) from error
    return read_key(path)


def write_once(path: Path, line: str) -> None:
    """A file of one line, unless it is there: whole or not at all, and its owner's alone."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another process may just have made it. The file of `tempfile` is its owner's alone.
    with suppress(FileExistsError), NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as file:
        file.write(line + "\n")
        file.flush()
        os.link(file.name, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A stack that is up, as a command meets it."""

    data_dir: Path
    broker: Broker
    key: DeploymentKey
    state: StackState


def reasons(state: StackState) -> list[str]:
    """What the workers of a stack say of themselves where they are not ready."""
    return [reason for url in state.health.values() for reason in _reason(url)]


def _reason(url: str) -> list[str]:
    try:
        try:
            answer = urllib.request.urlopen(url, timeout=2)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            said = json.load(answer)
    except (OSError, HTTPException, ValueError):  # it may end in the middle of its answer
        return [f"{url} does not answer"]
    return [f"{said['stage']}: {said['reason']}"] if said.get("reason") else []


def find_deployment(data_dir: Path) -> Deployment:
    """The stack that runs on this data folder. Raises StackError where none does, or its key has been exchanged."""
    state = read_state(data_dir)
    if state is None:
        if (pid := holder(data_dir)) is not None:
            raise StackError(
                f"the stack on {data_dir} is starting (pid {pid}): try again when it says that it is ready"
            )
        raise StackError(
            f"no stack is up on {data_dir}: start one with `fanlight up --data-dir {quote(str(data_dir))}`"
        )
    key = read_key(Path(state.key_file))
    if not _is_of(data_dir, key):
        raise StackError(f"{state.key_file} holds another deployment key than the stack was started under: put it back")
    return Deployment(data_dir=data_dir, broker=connection(state, data_dir), key=key, state=state)


def connection(state: StackState, data_dir: Path) -> Broker:
    """How the bus's own commands connect to the broker of a stack."""
    port = int(state.bootstrap.rpartition(":")[2])
    if state.broker_engine == "kafka":
        return KafkaBroker(data_dir, default_tools_dir(os.environ), port).broker
    if state.broker_engine == "embedded":
        return EmbeddedBroker(data_dir, port).broker
    return remote_broker(state.bootstrap)


def remote_broker(bootstrap: str) -> Broker:
    """A broker that somebody else runs, with the credentials that the environment holds for it."""
    return Broker(bootstrap, os.environ.get("FANLIGHT_BROKER_USERNAME"), os.environ.get("FANLIGHT_BROKER_PASSWORD"))
