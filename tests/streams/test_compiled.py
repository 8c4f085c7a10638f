"""The resolver as machine code: the same to the byte, and never of another source than the one beside it."""

import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import streams
from tests.conftest import Demand

ROOM = Path(streams.__file__).parent
PACKAGE = ROOM / "identity"
RESOLVE = ["identity", "resolve"]
#: The command line, after it was seen that its resolver is the compiled one; and with the source, though there is one.
COMPILED = """
import fanlight.__main__, streams.identity.resolve
assert streams.identity.resolve.__file__.endswith(".so")
fanlight.__main__.main()
"""
INTERPRETED = """
import pathlib, streams.compiled
streams.compiled.folder = lambda package: pathlib.Path("nowhere")
import fanlight.__main__, streams.identity.resolve
assert streams.identity.resolve.__file__.endswith(".py")
fanlight.__main__.main()
"""


#: As programs find it; of the module that the tests hold, it was taken away.
folder: Callable[[Path], Path] = runpy.run_path(str(ROOM / "compiled.py"))["folder"]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("county") / "made"
    simulate = [sys.executable, "-m", "fanlight", "simulate", "--people", "1000", "--seed", "77", "--out", str(made)]
    subprocess.run(simulate, check=True, capture_output=True)
    return made


def test_what_is_compiled_resolves_as_its_source_does(demand: Demand, county: Path, tmp_path: Path) -> None:
    demand(None if folder(PACKAGE).is_dir() else "the resolver is not compiled here (no C compiler)")
    for name, program in (("compiled", COMPILED), ("source", INTERPRETED)):
        command = [sys.executable, "-c", program, *RESOLVE, str(county), "--out", str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True)
    written = sorted(each.name for each in (tmp_path / "source").iterdir())
    assert written == ["assignments.csv", "evidence.jsonl", "reviews.csv"]
    for name in written:
        assert (tmp_path / "compiled" / name).read_bytes() == (tmp_path / "source" / name).read_bytes(), name


@pytest.mark.parametrize("changed", ["streams/identity/resolve.py", "schemas/vocabulary.py"])
def test_nothing_is_taken_that_was_compiled_of_another_source(changed: str, tmp_path: Path) -> None:
    for room in ("streams/identity", "schemas"):
        shutil.copytree(PACKAGE.parents[1] / room, tmp_path / room, ignore=shutil.ignore_patterns("compiled"))
    package = tmp_path / "streams" / "identity"
    assert folder(package).name == folder(PACKAGE).name
    with (tmp_path / changed).open("a") as source:
        source.write("# another\n")
    assert folder(package).name != folder(PACKAGE).name
