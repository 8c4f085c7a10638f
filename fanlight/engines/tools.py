"""The folder that keeps downloaded jars and built programs: one for each person, not one for each clone."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fanlight.errors import StackError


def default_tools_dir(environ: Mapping[str, str]) -> Path:
    """FANLIGHT_TOOLS_DIR if it is set, else in the user's cache; the environment is the caller's to read."""
    if named := environ.get("FANLIGHT_TOOLS_DIR"):
        return Path(named).absolute()
    if cache := environ.get("XDG_CACHE_HOME"):
        return Path(cache) / "fanlight"
    try:
        return Path.home() / ".cache" / "fanlight"
    except RuntimeError:  # no HOME, and an account that the machine does not know: usual in containers
        raise StackError("there is no home folder to keep tools in: set FANLIGHT_TOOLS_DIR to a folder") from None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that two stacks that start at once fetch or build a thing once."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise StackError(
            f"nothing can be written in {folder} ({error.strerror}): set FANLIGHT_TOOLS_DIR to another folder"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
