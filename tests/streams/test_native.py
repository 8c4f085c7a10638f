"""The core as machine code: the same to the byte, and never of another source than the one beside it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.native import ROOT, folder
from tests.conftest import Demand

COMPILED = """
import streams.identity.resolve, streams.sharing
assert streams.identity.resolve.__file__.endswith(".so")
assert streams.sharing.__file__.endswith(".so")
"""
INTERPRETED = """
import schemas.native
schemas.native.compiled = lambda init: []
del schemas.__path__[:-1]
import streams.identity.resolve, streams.sharing
assert streams.identity.resolve.__file__.endswith(".py")
assert streams.sharing.__file__.endswith(".py")
"""
#: Every function that reads, and the writers of all but events, which no worker writes.
NO_SOURCE_LEFT = """
import schemas.machine_code
from schemas.functions import SOURCES
assert len(SOURCES) > 50
assert all(hasattr(schemas.machine_code, name) for name, source in SOURCES.items() if "data: bytes" in source)
"""
FUNCTIONS = """
import pytest
import sys
sys.exit(pytest.main(["--noconftest", "-p", "no:cacheprovider", "tests/schemas/test_functions.py"]))
"""
#: With policies that stand before those of the rooms.
BESIDE_OTHERS = """
import sys
sys.path.insert(0, sys.argv[1])
import policies.gate, streams.sharing
assert policies.__file__.startswith(sys.argv[1])
assert policies.gate.__file__.endswith(".py")
assert streams.sharing.__file__.endswith(".py")
"""
WAYS = {"compiled": COMPILED, "source": INTERPRETED}
COMMAND_LINE = """
import fanlight.__main__
fanlight.__main__.main()
"""
#: Both stages over the load of the benchmark.
STAGES = """
from benchmarks.load import Load
from benchmarks.profile import NOW, Clock, identified, shared
from policies.engines import open_engine
from policies.gate import Gate
from policies.load import PolicySet

policy = PolicySet.load()
gate = Gate(policy, open_engine("embedded", policy), lambda: int(NOW.timestamp() * 1e9))
puts = identified([message.value for message in Load(300, NOW).take(3000)], Clock())
for put in [*puts, *shared(puts, 100, gate, Clock())]:
    print(put)
"""


@pytest.fixture(scope="module", autouse=True)
def _compiled(demand: Demand) -> None:
    demand(None if folder(ROOT).is_dir() else "the core is not compiled here (no C compiler)")


def run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def test_what_is_compiled_resolves_as_its_source_does(tmp_path: Path) -> None:
    county = str(tmp_path / "county")
    run(INTERPRETED + COMMAND_LINE, "simulate", "--people", "1000", "--seed", "77", "--out", county)
    for way in WAYS:
        run(WAYS[way] + COMMAND_LINE, "identity", "resolve", county, "--out", str(tmp_path / way))
    written = sorted(each.name for each in (tmp_path / "source").iterdir())
    assert written == ["assignments.csv", "evidence.jsonl", "reviews.csv"]
    for name in written:
        assert (tmp_path / "compiled" / name).read_bytes() == (tmp_path / "source" / name).read_bytes(), name


def test_what_is_compiled_identifies_and_shares_as_its_source_does() -> None:
    said = run(INTERPRETED + STAGES)
    assert said.count("Put(") > 10_000
    assert said == run(COMPILED + STAGES + NO_SOURCE_LEFT)


def test_what_is_compiled_reads_and_writes_records_as_fastavro_does() -> None:
    run(COMPILED + FUNCTIONS)


def test_beside_policies_from_elsewhere_the_source_runs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    run(BESIDE_OTHERS, str(tmp_path))


@pytest.mark.parametrize("changed", ["streams/identity/resolve.py", "policies/gate.py", "schemas/vocabulary.py"])
def test_nothing_is_taken_that_was_compiled_of_another_source(changed: str, tmp_path: Path) -> None:
    for room in ("schemas", "policies", "streams"):
        shutil.copytree(ROOT / room, tmp_path / room)
    assert folder(tmp_path).name == folder(ROOT).name
    with (tmp_path / changed).open("a") as source:
        source.write("# another\n")
    assert folder(tmp_path).name != folder(ROOT).name
