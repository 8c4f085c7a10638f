"""`fanlight identity …` as people run it, on a hamlet of files written by hand."""

import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fanlight.command_line import main

HAMLET = Path(__file__).parent / "samples" / "hamlet"
GUIDE = Path(__file__).parents[3] / "docs" / "identity.md"


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def identity(*arguments: object) -> Done:
    """Run the command here: a process of its own takes longer to load than what most of these tests ask of it."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(["identity", *map(str, arguments)])
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def identity_apart(*arguments: object, seed: str = "0") -> Done:
    """Run the command in a process of its own, under one seed of Python's hashes."""
    command = [sys.executable, "-m", "fanlight", "identity", *map(str, arguments)]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "NO_COLOR": "1", "COLUMNS": "160"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    return Done(done.returncode, done.stdout, done.stderr)


def resolved(folder: Path, out: Path, *options: object, run: Callable[..., Done] = identity) -> dict[str, bytes]:
    done = run("resolve", folder, "--out", out, *options)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def evaluated(folder: Path, *options: object) -> dict[str, Any]:
    done = identity("evaluate", folder, "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def persons(outcome: dict[str, bytes]) -> dict[str, str]:
    """`source:record_id` -> person_id."""
    rows = csv.DictReader(outcome["assignments.csv"].decode().splitlines())
    return {f"{row['source']}:{row['record_id']}": row["person_id"] for row in rows}


@pytest.fixture(scope="module", name="plain")
def plain_fixture(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return resolved(HAMLET, tmp_path_factory.mktemp("plain") / "out", run=identity_apart)


@pytest.fixture(scope="module", name="figures")
def figures_fixture() -> dict[str, Any]:
    return evaluated(HAMLET, "--shuffle", 3)


def test_every_record_has_one_person_and_a_status(plain: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(plain["assignments.csv"].decode().splitlines()))
    with (HAMLET / "truth.csv").open() as file:
        records = sorted((row["source"], row["record_id"]) for row in csv.DictReader(file))
    assert [(row["source"], row["record_id"]) for row in rows] == records
    assert {row["status"] for row in rows} <= {"match", "potential", "many_match", "contradiction", "new"}
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["person_id"]) for row in rows)


def test_who_is_surely_one_is_joined_and_twins_and_the_protected_are_not(plain: dict[str, bytes]) -> None:
    whose = persons(plain)
    assert whose["gp:g01"] == whose["care:c01"]
    assert whose["gp:g05"] == whose["police:p05"]
    assert len({whose["gp:g02"], whose["gp:g03"], whose["school:s02"], whose["school:s03"]}) >= 2
    assert whose["gp:g02"] != whose["gp:g03"]
    assert whose["school:s02"] != whose["school:s03"]
    assert whose["gp:g04"] != whose["school:s04"]
    assert whose["care:c04"] != whose["school:s04"]


def test_neither_hash_seed_nor_the_order_of_rows_changes_a_byte(plain: dict[str, bytes], tmp_path: Path) -> None:
    header, *rows = (HAMLET / "records.csv").read_text().splitlines()
    random.Random(1).shuffle(rows)
    (tmp_path / "records.csv").write_text("\n".join([header, *rows, ""]))
    assert resolved(tmp_path, tmp_path / "out", run=partial(identity_apart, seed="17")) == plain


def test_what_is_written_names_fields_and_records_and_nothing_they_hold(plain: dict[str, bytes]) -> None:
    written = (plain["evidence.jsonl"] + plain["reviews.csv"]).decode().casefold()
    for secret in ("okonjo", "marshall", "9990000018", "k999000125001", "2012-03-04", "mill lane", "ab1 2cd"):
        assert secret not in written


def test_every_line_of_evidence_is_one_pair_once(plain: dict[str, bytes]) -> None:
    lines = [json.loads(line) for line in plain["evidence.jsonl"].decode().splitlines()]
    pairs = [(line["left"], line["right"]) for line in lines]
    assert pairs
    assert all(left < right for left, right in pairs)
    assert len(set(pairs)) == len(pairs)


def test_a_line_of_evidence_says_in_words_and_numbers_why_two_records_are_one_person(plain: dict[str, bytes]) -> None:
    lines = {(line["left"], line["right"]): line for line in map(json.loads, plain["evidence.jsonl"].splitlines())}
    line = lines["care:c01", "gp:g01"]
    assert (line["joined"], line["decided_by"]) == (True, "identifier")
    assert line["because"].startswith("one person: a number and more agrees (model uk-")
    assert line["fields"]["birth_date"]["level"] == "exact"
    assert line["bits"] == pytest.approx(
        line["prior_bits"] + sum(each["bits"] for each in line["fields"].values()), abs=0.01
    )


def test_the_keys_of_a_line_of_evidence_are_those_of_the_guide(plain: dict[str, bytes]) -> None:
    documented = GUIDE.read_text().partition("| key of a line |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", documented, re.MULTILINE)
    (first, *_) = plain["evidence.jsonl"].splitlines()
    assert sorted(name for cell in cells for name in re.findall(r"`(\w+)`", cell)) == sorted(json.loads(first))


def test_decisions_are_honoured_and_an_undone_one_leaves_no_trace(plain: dict[str, bytes], tmp_path: Path) -> None:
    whose = persons(resolved(HAMLET, tmp_path / "out", "--decisions", HAMLET / "decisions.csv"))
    assert whose["gp:g01"] != whose["care:c01"]
    assert whose["school:s07"] == whose["police:p07"]
    assert whose["gp:g02"] != whose["gp:g03"]
    assert whose["gp:g08"] != whose["care:c08"]
    taken_back = tmp_path / "taken_back.csv"
    given = (HAMLET / "decisions.csv").read_text()
    taken_back.write_text(given + "".join(f"u{n},undo,,,d{n},A. Reviewer,again,\n" for n in (1, 2, 5)))
    assert resolved(HAMLET, tmp_path / "undone", "--decisions", taken_back) == plain


def test_another_key_gives_other_ids_and_the_same_people(plain: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("5a" * 32)
    others = persons(resolved(HAMLET, tmp_path / "out", "--key-file", tmp_path / "key"))
    ours = persons(plain)
    assert set(others.values()).isdisjoint(ours.values())
    together = {(ours[key], others[key]) for key in ours}
    assert len(together) == len(set(ours.values())) == len(set(others.values()))


def test_an_earlier_outcome_is_replaced_whole(plain: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "reviews.csv").write_text("of an earlier run")
    assert resolved(HAMLET, out) == plain
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_nothing_is_written_of_bad_files_and_an_earlier_outcome_is_left_alone(tmp_path: Path) -> None:
    bad, out = tmp_path / "bad", tmp_path / "places" / "out"
    shutil.copytree(HAMLET, bad)
    out.mkdir(parents=True)
    (out / "reviews.csv").write_text("of an earlier run")
    with (bad / "records.csv").open("a") as file:
        file.write("gp,g99,soon,,,,,,,,,,,,,\n,g99,1,,,,,,,,,,,,,\n")
    done = identity("resolve", bad, "--out", out)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "fanlight: records.csv row 21: seq is not a whole number",
        "records.csv row 22: source is empty",
    ]
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert [path.read_text() for path in out.iterdir()] == ["of an earlier run"]
    fresh = tmp_path / "fresh" / "out"
    assert identity("resolve", bad, "--out", fresh).returncode == 1
    assert not fresh.parent.exists()


def test_a_folder_that_holds_anything_else_is_not_replaced(tmp_path: Path) -> None:
    shutil.copytree(HAMLET, tmp_path / "hamlet")
    done = identity("resolve", tmp_path / "hamlet", "--out", tmp_path / "hamlet")
    assert done.returncode == 1
    assert "which is no outcome of a resolve: name another place" in " ".join(done.stderr.split())
    assert (tmp_path / "hamlet" / "records.csv").exists()


def test_nothing_is_joined_wrongly_in_the_hamlet_in_any_order(figures: dict[str, Any]) -> None:
    assert (figures["rows"], figures["records"], figures["people"]) == (19, 18, 8)
    assert (figures["precision"], figures["misfiled_records"], figures["impure_clusters"]) == (1.0, 0, 0)
    assert (figures["protected_joins"], figures["protected_pairs"]) == (0, 1)
    assert (figures["orders"], figures["differing_clusters"], figures["differing_assignments"]) == (3, 0, 0)
    assert figures["notes"] == [
        "records.csv: cells of birth_date that are no dates, and so no evidence: 1, the first in row 16"
    ]


def test_a_reviewer_who_is_always_right_only_helps(figures: dict[str, Any]) -> None:
    assert figures["assisted"]["recall"] >= figures["recall"]
    assert figures["assisted"]["precision"] == 1.0


def test_decisions_that_stand_are_counted_and_honoured_in_any_order() -> None:
    figures = evaluated(HAMLET, "--decisions", HAMLET / "decisions.csv", "--shuffle", 2)
    assert figures["decisions"] == {"given": 5, "standing": 3, "honoured": 3, "broken": []}
    assert figures["differing_clusters"] == figures["differing_assignments"] == 0


def test_every_figure_is_defined_in_the_guide_and_no_other(figures: dict[str, Any]) -> None:
    meanings = GUIDE.read_text().partition("## What the figures mean")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", meanings, re.MULTILINE)
    assert sorted(name for cell in cells for name in re.findall(r"`(\w+)`", cell)) == sorted(figures)


def test_people_are_shown_the_same_figures_in_tables() -> None:
    done = identity_apart("evaluate", HAMLET)
    assert done.returncode == 0
    shown = " ".join(done.stdout.split())
    for words in ("misfiled_per_100k", "b_cubed recall", "latency_ms p99", "traveller", "worst recall: "):
        assert words in shown


@pytest.mark.parametrize(
    ("lacking", "words"),
    [("truth.csv", "truth.csv cannot be read (No such file or directory)"), ("records.csv", "records.csv cannot be")],
)
def test_a_file_that_lacks_is_named(tmp_path: Path, lacking: str, words: str) -> None:
    shutil.copytree(HAMLET, tmp_path / "hamlet")
    (tmp_path / "hamlet" / lacking).unlink()
    done = identity("evaluate", tmp_path / "hamlet")
    assert done.returncode == 1
    assert words in done.stderr


def test_wrong_usage_ends_with_code_2() -> None:
    assert identity("evaluate", HAMLET, "--shuffle", "some").returncode == 2
    assert identity("resolve", HAMLET).returncode == 2
