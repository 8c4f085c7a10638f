"""The local Kafka's jars: resolved by Maven from a pinned pom, their digests checked, fetched once."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from fanlight.errors import StackError

JAVA_MIN = 17  # what Kafka 4's broker is compiled for
FETCH_SECONDS_MAX = 600.0


def find_java() -> str | None:
    """A `java` of at least JAVA_MIN, or None."""
    program = shutil.which("java")
    if program is None:
        return None
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r'version "(\d+)', told.stderr)
    return program if version and int(version[1]) >= JAVA_MIN else None


def why_not(tools_dir: Path) -> str | None:
    """Why the local Kafka cannot run on this machine, or None if it can."""
    if find_java() is None:
        return f"Apache Kafka needs Java {JAVA_MIN} or later, and there is none on the PATH"
    if shutil.which("mvn") is None and not _complete(_library(tools_dir)):
        return "Apache Kafka is fetched by Maven, and there is no mvn on the PATH"
    return None


def class_path(tools_dir: Path) -> str:
    """The jars as one Java class path; fetches them if they are not there."""
    library = _library(tools_dir)
    if not _complete(library):
        _fetch(library)
    return os.pathsep.join(str(library / name) for name in _digests())


def _library(tools_dir: Path) -> Path:
    return tools_dir / "kafka" / "lib"


def _digests() -> Mapping[str, str]:
    lines = files(__package__).joinpath("jars.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if not line.startswith("#"))}


def _complete(library: Path) -> bool:
    """Whether every jar is there, byte for byte: a stale or half-fetched folder is fetched again."""
    return not _differing(library)


def _differing(library: Path) -> list[str]:
    return [name for name, digest in _digests().items() if _digest(library / name) != digest]


def _digest(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(library: Path) -> None:
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        lock = (library.parent / "lock").open("w")
    except OSError as error:
        raise StackError(f"nothing can be written in {library.parent}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two stacks that start at once fetch once
        if _complete(library):
            return
        with tempfile.TemporaryDirectory(dir=library.parent) as scratch:
            fetched = Path(scratch) / "lib"
            _run_maven(Path(scratch), fetched)
            if differing := _differing(fetched):
                raise StackError(f"Maven fetched a {differing[0]} whose digest is not the one in jars.sha256")
            shutil.rmtree(library, ignore_errors=True)
            fetched.replace(library)


def _run_maven(scratch: Path, target: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise StackError("Apache Kafka is fetched by Maven, and there is no mvn on the PATH")
    pom = scratch / "pom.xml"
    pom.write_bytes(files(__package__).joinpath("pom.xml").read_bytes())
    command = [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS_MAX)
    except subprocess.TimeoutExpired as error:
        raise StackError(f"Maven had not fetched Kafka's jars after {FETCH_SECONDS_MAX:.0f} s") from error
    if done.returncode != 0:
        complaints = [line for line in done.stdout.splitlines() if "ERROR" in line] or ["it did not say why"]
        raise StackError(f"Maven could not fetch Kafka's jars: {complaints[0]}")
