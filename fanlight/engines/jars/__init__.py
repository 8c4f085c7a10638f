"""The local Kafka's jars: resolved by Maven from a pinned pom, their digests checked, fetched once."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from fanlight.engines.tools import alone_in
from fanlight.errors import StackError
from fanlight.output import ERR
from fanlight.parts import run_briefly

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
    with alone_in(library.parent):
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
    command = [maven, "-q", "-B", "-Dstyle.color=never", "-f", str(pom), "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
    ERR.print("Kafka's jars are fetched with Maven, this once: it may take a minute")
    run_briefly(command, "fetching Kafka's jars with Maven", seconds_max=FETCH_SECONDS_MAX)
