"""What a running stack leaves in its data folder for other commands: where its parts are, and that it is up.

The lock, not the file, says whether a stack is up: the kernel drops it however the process dies.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TextIO

from fanlight.errors import StackError
from fanlight.parts import demand_folder

#: All that a stack, and the demo in it, keeps at the top of its data folder.
KEPT = {
    *("deployment.key", "deployment.mark", "lock", "state.draft", "state.json"),
    *("embedded", "kafka", "logs", "policies", "views", "county", "county.day"),
}
_DRAFTS = (".deployment.", ".county.day.", ".probe-")  # what a process that was killed may have left
ORPHAN_SECONDS_MAX = 30.0  # an embedded broker that lost its supervisor may still be writing its file


@dataclass(frozen=True, kw_only=True)
class StackState:
    """Where the stack is; holds no password and nothing about any person."""

    broker_engine: str  # kafka, embedded or remote
    bootstrap: str
    opa: str  # `embedded`, or the server's URL
    views: str = ""  # where a person opens the pages
    health: Mapping[str, str] = field(default_factory=dict)  # stage of a worker -> where it says whether it is ready
    key_file: str = ""
    revision: str = ""  # of the policies that it was started with
    ready: bool = False  # whether every part has been ready; some may be coming back since
    pid: int = 0
    # Part -> its pid and when the kernel says it was started, because pids are used again.
    pids: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    folder: int = 0  # the inode of the data folder: a copy of this file speaks of the parts of another stack


class Claim:
    """The right to run the stack of one data folder: held by at most one process."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._path = data_dir / "state.json"

    def publish(self, state: StackState) -> None:
        """Replace what other commands see, in one step."""
        draft = self._path.with_suffix(".draft")
        here = replace(state, pid=os.getpid(), folder=self.data_dir.stat().st_ino)
        try:
            draft.write_text(json.dumps(asdict(here), indent=2) + "\n")
        except OSError as error:
            raise StackError(
                f"nothing more can be written in {self.data_dir} ({error.strerror}): make room and start the stack anew"
            ) from error
        draft.replace(self._path)

    def withdraw(self) -> None:
        self._path.unlink(missing_ok=True)


@contextmanager
def claim(data_dir: Path) -> Iterator[Claim]:
    """Take the data folder for this process, and end what a crashed stack may have left running in it."""
    with _locked_file(data_dir) as lock:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        with contextlib.suppress(ValueError):  # another release's pids are not ours to read
            if (stale := _load(data_dir)) is not None and stale.folder == data_dir.stat().st_ino:
                _end_orphans(stale)
        mine = Claim(data_dir)
        mine.withdraw()  # what a crashed stack left says nothing of this one
        yield mine


def holder(data_dir: Path) -> str | None:
    """The pid of the stack that is up on this data folder or starts there; None where there is none. Raises OSError
    where this account may not look."""
    try:
        with (data_dir / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return (data_dir / "lock").read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return None


def read_state(data_dir: Path) -> StackState | None:
    """The running stack of this data folder, or None if none is up or it has not yet said where it is. Raises
    StackError where what it wrote cannot be read, OSError where this account may not look."""
    if (pid := holder(data_dir)) is None:
        return None
    try:
        state = _load(data_dir)
    except ValueError:
        raise StackError(f"the stack on {data_dir} is of another release (pid {pid}): start it anew") from None
    # Until a stack has said where it is, the file may be that of one that crashed.
    return state if state is not None and str(state.pid) == pid else None


def why_not_emptied(path: Path) -> str | None:
    """Why this folder may not be emptied; None where a stack alone has kept something here, or nobody has."""
    if not path.is_dir() or (any(path.iterdir()) and not (path / "lock").is_file()):
        return "it is not the data folder of a stack"
    # A stack runs in any folder that it is told to: in a home, or beside the program itself.
    if strange := sorted({each.name for each in path.iterdir() if not each.name.startswith(_DRAFTS)} - KEPT):
        return f"besides a stack's data it holds {', '.join(strange[:3])}"
    return None


def born(pid: int) -> int | None:
    """When the kernel started the process, in its own ticks; None if it is gone or cannot be looked up."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        # The second field is the program's name, which may hold anything, even blanks and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else int(fields[19])
    return None


@contextmanager
def _locked_file(data_dir: Path) -> Iterator[TextIO]:
    """The folder's lock, held. Raises StackError where somebody else holds it."""
    while True:
        demand_folder(data_dir)
        with (data_dir / "lock").open("a+") as lock:
            if not _locked(lock.fileno()):
                lock.seek(0)
                raise StackError(
                    f"the stack on {data_dir} is already up (pid {lock.read().strip()}):"
                    " stop it first, or name another --data-dir"
                )
            if _is_there(data_dir / "lock", lock.fileno()):
                yield lock
                return


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether it is this file that stands there: of one that went when the folder was emptied nobody else knows."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False


def _locked(descriptor: int) -> bool:
    deadline = time.monotonic() + 1.0  # another command may be looking whether a stack is up
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)


def _load(data_dir: Path) -> StackState | None:
    """What the file says, or None where there is none. Raises ValueError where it is not this release's."""
    try:
        # Read in one step: a stack that starts may write its first file between a look for it and the reading.
        text = (data_dir / "state.json").read_text()
    except FileNotFoundError:
        return None
    try:
        return StackState(**json.loads(text))
    except TypeError as error:
        raise ValueError(str(error)) from None


def _end_orphans(stale: StackState) -> None:
    """Wait for parts whose supervisor was killed: they were told to end, and hold ports and data."""
    deadline = time.monotonic() + ORPHAN_SECONDS_MAX
    orphans = [pid for pid, since in stale.pids.values() if since == born(pid)]
    while orphans and time.monotonic() < deadline:
        time.sleep(0.05)
        orphans = [pid for pid, since in stale.pids.values() if since == born(pid)]
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
