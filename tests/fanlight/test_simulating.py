"""`fanlight simulate` at the command line: what it says, how it ends, and that it leaves nothing half-written."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fanlight import command_line as cli
from fanlight import simulator
from fanlight.errors import StackError

RUNNER = CliRunner()


def run(*arguments: str):
    return RUNNER.invoke(cli.app, ["simulate", *arguments], env={"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"})


def test_it_says_what_it_wrote(tmp_path: Path) -> None:
    result = run("--people", "50", "--seed", "1", "--out", str(tmp_path / "county"), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    rows = (tmp_path / "county/records.csv").read_text(encoding="utf-8").splitlines()
    truth = (tmp_path / "county/truth.csv").read_text(encoding="utf-8").splitlines()
    assert told == {"people": 50, "records": len(truth) - 1, "rows": len(rows) - 1}


def test_a_bad_error_file_ends_with_code_2_its_key_and_its_value_and_nothing_written(tmp_path: Path) -> None:
    errors = tmp_path / "errors.yaml"
    errors.write_text("version: 1\nerrors:\n  given_name:\n    typo: 1.5\n", encoding="utf-8")
    result = run("--people", "50", "--seed", "1", "--out", str(tmp_path / "county"), "--errors", str(errors))
    assert result.exit_code == 2
    said = " ".join(result.output.replace("│", " ").split())
    assert "errors.yaml: errors.given_name.typo: 1.5 is greater than the maximum of 1" in said
    assert [path.name for path in tmp_path.iterdir()] == ["errors.yaml"]


@pytest.mark.parametrize("people", ["0", "-5", "800001", "many"])
def test_a_number_of_people_that_cannot_be_ends_with_code_2(people: str, tmp_path: Path) -> None:
    result = run("--people", people, "--seed", "1", "--out", str(tmp_path / "county"))
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_one_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = run("--people", "50", "--seed", "1", "--out", str(tmp_path / "file"))
    assert isinstance(result.exception, StackError)
    assert "name another directory" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_fails_half_way_leaves_the_county_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    county = tmp_path / "county"
    simulator.simulate(county, people=30, seed=1)
    before = (county / "records.csv").read_bytes()

    def full(directory: Path) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(simulator, "write_partner_files", full)
    result = run("--people", "30", "--seed", "2", "--out", str(county), "--partner-files")
    assert isinstance(result.exception, StackError)
    assert (county / "records.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["county"]
