"""The same arguments give the same bytes, whatever Python makes of hashes."""

import os
import subprocess
import sys
from pathlib import Path

from fanlight.simulator import simulate


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def simulated(folder: Path, *arguments: str, hash_seed: str = "0") -> dict[str, bytes]:
    command = [sys.executable, "-m", "fanlight", "simulate", "--out", str(folder), *arguments]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": hash_seed}, capture_output=True)
    return contents(folder)


def test_two_hash_seeds_give_the_same_bytes(tmp_path):
    arguments = ("--people", "1500", "--seed", "4", "--partner-files")
    one = simulated(tmp_path / "one", *arguments, hash_seed="1")
    other = simulated(tmp_path / "other", *arguments, hash_seed="4242")
    assert len(one) > 10
    assert one == other


def test_a_run_into_a_directory_that_has_one_replaces_it(tmp_path):
    simulate(tmp_path / "county", people=60, seed=1, partner_files=True)
    first = contents(tmp_path / "county")
    simulate(tmp_path / "county", people=60, seed=1, partner_files=True)
    assert contents(tmp_path / "county") == first


def test_another_seed_gives_another_county(tmp_path):
    for seed in (1, 2):
        simulate(tmp_path / str(seed), people=60, seed=seed)
    assert contents(tmp_path / "1")["records.csv"] != contents(tmp_path / "2")["records.csv"]
