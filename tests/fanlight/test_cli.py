"""What the command line says of itself, and how it ends: no stack is needed for any of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from inspect import cleandoc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError
from typer.main import get_command
from typer.testing import CliRunner

import policies
from connectors.formats import FORMATS
from fanlight import command_line as cli
from fanlight.commands import governing, judging, seeing
from fanlight.commands.options import source_record
from fanlight.deployment import Deployment
from fanlight.errors import StackError, WrongUsage
from fanlight.state import StackState, claim
from policies import rulecards
from policies.load import PolicySet
from schemas.broker import Broker
from schemas.errors import BusError, InvalidMapping
from schemas.keys import DeploymentKey
from schemas.vocabulary import JudgementKind
from streams.timeline.present import present

RUNNER = CliRunner()
COMMANDS = {command.__name__ for commands in cli.COMMANDS.values() for command in commands}
PROMISED = {"up", "demo", "reset", "formats", "publish", "settle", "rejections", "timeline", "decisions", "explain"}
IDENTITY = ("review", "show", "same", "different", "undo", "explain")
PRINTS_RESULTS = (
    *("demo", "formats", "publish", "settle", "rejections", "timeline", "decisions", "explain"),
    *(f"identity {command}" for command in IDENTITY),
    *(f"waiting {command}" for command in ("list", "show", "release", "refuse")),
)


def said(*arguments: str, code: int = 0) -> str:
    result = RUNNER.invoke(cli.app, list(arguments), env={"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "160"})
    assert result.exit_code == code, result.output
    return re.sub(r"\x1b\[[0-9;]*m", "", result.output)


def test_what_a_command_is_for_is_one_line() -> None:
    # Where it is two, both are listed broken where the source was, in a terminal of any width.
    whole: Any = get_command(cli.app)
    groups = [each for each in whole.commands.values() if hasattr(each, "commands")]
    every = [command for group in (whole, *groups) for command in group.commands.values()]
    assert [each.name for each in every if "\n" in cleandoc(each.help).split("\n\n")[0]] == []


def test_every_promised_command_is_there_under_who_runs_it() -> None:
    overview = said("--help")
    assert PROMISED <= COMMANDS
    for command in COMMANDS:
        assert f" {command} " in overview
    for panel in cli.COMMANDS:
        assert panel in overview


def test_the_exit_codes_are_documented_where_one_looks_first() -> None:
    overview = " ".join(said("--help").split())
    for code in ("0 done", "1 it could not", "2 wrong usage", "3 published, but some", "4 not settled", "130 ended"):
        assert code in overview


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_every_option_of_it_is_explained(command: str) -> None:
    page = said(command, "--help")
    about = next(c for commands in cli.COMMANDS.values() for c in commands if c.__name__ == command).__doc__
    assert about
    assert about.split(".")[0].split()[0] in page
    for line in page.splitlines():
        if re.search(r"\s--[a-z-]+ ", line):
            assert len(re.sub(r"--[a-z-]+|[│*\[\]|]|[A-Z]{3,}", " ", line).split()) > 1, line


@pytest.mark.parametrize("command", PRINTS_RESULTS)
def test_whatever_prints_results_prints_them_as_json_too(command: str) -> None:
    assert "--json" in said(*command.split(), "--help")


@pytest.mark.parametrize(
    "command",
    [
        ["identity", "same", "police:1", "nhs:2"],
        ["identity", "different", "police:1", "nhs:2"],
        ["identity", "undo", "1"],
        ["waiting", "release", "1", "--audience", "police-intelligence-analyst"],
        ["waiting", "refuse", "1", "--audience", "police-intelligence-analyst"],
    ],
)
@pytest.mark.parametrize("left_out", ["--name", "--reason"])
def test_nobody_decides_without_a_name_and_a_reason(command: list[str], left_out: str) -> None:
    given = {"--name": "Avery Example", "--reason": "both workers know the child"}
    del given[left_out]
    options = [word for pair in given.items() for word in pair]
    assert RUNNER.invoke(cli.app, [*command, *options]).exit_code == 2


#: What somebody may type by mistake where an id belongs.
NUMBER = "9990000018"


@pytest.fixture
def bare_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack on which one pair waits and one event was decided on; nothing can be looked at."""

    def looked(*_: object, **__: object) -> None:
        raise AssertionError("nothing was there to look at")

    for module in (judging, seeing, governing):
        monkeypatch.setattr(module, "find_deployment", lambda _: SimpleNamespace(broker=None))
        monkeypatch.setattr(module, "record_look", looked)
    monkeypatch.setattr(judging, "open_reviews", lambda _: [{"review_id": "87419d88-216a-8e40-a14a-a39374a4e583"}])
    monkeypatch.setattr(judging, "read_records", lambda *_: iter([{"judgement_id": "4a49d6cc", "kind": "same"}]))
    decided = {"event_id": "5a677320", "decision_id": "d", "at": 0}
    monkeypatch.setattr(governing, "read_decisions", lambda _: iter([decided]))


@pytest.mark.usefixtures("bare_stack")
@pytest.mark.parametrize(
    "command",
    [
        ("identity", "show", NUMBER),
        ("identity", "undo", NUMBER, "--name", "Avery Example", "--reason", "the wrong child"),
        ("explain", NUMBER),
        ("timeline", "--person", NUMBER, "--audience", "police-intelligence-analyst", "--purpose", "s47-enquiry"),
    ],
)
def test_what_was_typed_in_the_place_of_an_id_is_neither_said_again_nor_written_down(command: tuple[str, ...]) -> None:
    result = RUNNER.invoke(cli.app, list(command))
    assert isinstance(result.exception, StackError)
    assert NUMBER not in str(result.exception) + result.output


@pytest.mark.parametrize("ref", ["87419d88-216a-8e40-a14a-a39374a4e583", "87419D88", "RV-GX0SV2", "rv gxosv2"])
def test_a_pair_goes_by_its_id_and_by_its_reference_on_the_pages(ref: str) -> None:
    pairs = {name: {"review_id": name} for name in ("87419d88-216a-8e40-a14a-a39374a4e583", "4a49d6cc")}
    assert judging._only(pairs, ref, "review", "RV") == {"review_id": "87419d88-216a-8e40-a14a-a39374a4e583"}


@pytest.mark.parametrize(
    "command",
    [
        ("identity", "explain", "nhs:999", "000", "0018"),
        ("identity", "same", "police:1", "nhs:2", "--name", "Avery", "Quillfeather", "--reason", "both know the child"),
        ("identity", "activate", "uk-2", "--without-shadow", "--name", "Avery", "Quillfeather", "--reason", "better"),
        ("identity", "evaluate", "county", "Quillfeather"),
        ("timeline", "--audience", "a", "--purpose", "p", "--subject", "police:Robin", "Quillfeather"),
    ],
)
def test_what_a_command_was_given_too_much_of_is_not_said_again(command: tuple[str, ...]) -> None:
    told = said(*command, code=2)
    assert "more than it takes" in told
    assert not {"0018", "Quillfeather"} & set(re.findall(r"\w+", told))


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("nhs:999 339 5633", "9993395633"),
        ("nhs:999-339-5633", "9993395633"),
        ("nhs:999 339 5634", "999 339 5634"),
        ("nhs:SYN-H 12", "SYN-H 12"),
        ("police:999 339 5633", "999 339 5633"),
        ("school:k999 0001 25001", "K999000125001"),
    ],
)
def test_a_national_number_may_be_typed_as_it_is_printed(named: str, meant: str) -> None:
    assert source_record(named, "--subject") == (named.partition(":")[0], meant)


#: Of a variable that is not set; and in bytes that no event can hold, as of a terminal that writes Latin-1.
NO_WORDS = {"": "it may not be empty", " ": "it may not be empty", "M\udcfcller": "it is not text in UTF-8"}


@pytest.mark.parametrize(("blank", "fault"), NO_WORDS.items(), ids=["empty", "a space", "Latin-1"])
@pytest.mark.parametrize(
    "command",
    [
        ("rejections", "--feed"),
        ("publish", "csv", "a.csv", "--mapping"),
        ("timeline", "--audience", "a", "--purpose", "p", "--subject"),
        ("identity", "undo", "--name", "Avery Example", "--reason", "a typo"),
        ("identity", "same", "police:1", "nhs:2", "--name", "Avery Example", "--reason"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_an_argument_without_words_is_refused_before_anything_is_asked(
    command: tuple[str, ...], blank: str, fault: str
) -> None:
    assert fault in said(*command, blank, code=2)


def test_formats_are_listed_with_the_agency_they_belong_to() -> None:
    rows = json.loads(said("formats", "--json"))
    assert [row["format"] for row in rows] == list(FORMATS)
    assert {row["format"]: row["agency"] for row in rows}["ssda903-csv"] == "social_care"
    assert all(row["title"] for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("publish",),
        ("timeline",),
        ("decisions", "--outcome", "MAYBE"),
        ("up", "--port", "x"),
        ("up", "--port", "65536"),
    ],
)
def test_wrong_usage_ends_with_code_2(arguments: tuple[str, ...]) -> None:
    said(*arguments, code=2)


@pytest.mark.parametrize("command", ["settle", "rejections", "decisions"])
def test_without_a_stack_a_command_says_how_to_start_one(command: str) -> None:
    result = RUNNER.invoke(cli.app, [command, "--data-dir", "Ämter & Co"])
    assert isinstance(result.exception, StackError)
    way_out = "start one with `fanlight up --data-dir 'Ämter & Co'`"
    assert str(result.exception) == f"no stack is up on Ämter & Co: {way_out}"


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (StackError("the port is taken"), "fanlight: the port is taken"),
        (InvalidMapping("m.yaml: not YAML"), "fanlight: m.yaml: not YAML"),
        (
            PermissionError(13, "Permission denied", "data/lock"),
            "fanlight: data/lock cannot be used (Permission denied)",
        ),
        (StackError("\x1b[2Ja.csv cannot be read"), "fanlight: \ufffd[2Ja.csv cannot be read"),
        (ConnectionResetError(), "fanlight: a file or connection cannot be used (ConnectionResetError)"),
        (
            KafkaTimeoutError(),
            "fanlight: the broker gave no answer (KafkaTimeoutError): try again when the stack is ready",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence_on_stderr_and_code_1(
    fault: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(args: object) -> None:
        raise fault

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    out, err = capfd.readouterr()
    assert (out, " ".join(err.split())) == ("", sentence)


def test_wrong_usage_is_told_from_what_could_not_be_done(monkeypatch, capfd):
    def fail(args: object) -> None:
        raise WrongUsage("no format fax; there are csv")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, capfd.readouterr().err) == (2, "fanlight: no format fax; there are csv\n")


def test_a_mistake_of_ours_says_where_it_is_and_quotes_nothing(monkeypatch, capfd):
    monkeypatch.setattr(cli, "app", lambda args: {}["-".join(("999", "0018"))])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    out, err = capfd.readouterr()
    assert (out, "KeyError" in err, "test_cli.py" in err, "999-0018" in err) == ("", True, True, False)


def test_reset_of_nothing_is_done_at_once_and_of_something_asks(tmp_path: Path) -> None:
    assert "there is nothing in" in said("reset", "--data-dir", str(tmp_path / "none"))
    (tmp_path / "data").mkdir()
    result = RUNNER.invoke(cli.app, ["reset", "--data-dir", str(tmp_path / "data")])
    assert "nobody to ask" in str(result.exception)
    assert (tmp_path / "data").exists()
    said("reset", "--yes", "--data-dir", str(tmp_path / "data"))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("named", ["link", "."])
def test_reset_empties_a_folder_that_cannot_itself_be_taken_away(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Such as a link to a disk with more room, or where that disk is mounted.
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data")
    monkeypatch.chdir(tmp_path if named == "link" else tmp_path / "data")
    with claim(Path(named)):
        Path(named, "logs").mkdir()
        Path(named, "logs", "kafka.log").touch()
    said("reset", "--yes", "--data-dir", named)
    assert list(Path(named).iterdir()) == []


@pytest.mark.parametrize("name", ["folder", "file"])
def test_reset_leaves_what_is_not_a_stacks_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letters.txt").touch()
    (tmp_path / "file").touch()
    result = RUNNER.invoke(cli.app, ["reset", "--yes", "--data-dir", str(tmp_path / name)])
    assert str(result.exception) == f"{tmp_path / name} was left as it is: it is not the data folder of a stack"
    assert (tmp_path / "folder" / "letters.txt").exists()


def test_reset_leaves_a_stack_alone_that_is_starting(tmp_path: Path) -> None:
    with claim(tmp_path):
        result = RUNNER.invoke(cli.app, ["reset", "--yes", "--data-dir", str(tmp_path)])
        assert str(result.exception) == f"the stack is up on {tmp_path}: stop it first"
        assert (tmp_path / "lock").exists()


def test_reset_leaves_a_folder_alone_in_which_a_stack_was_not_alone(tmp_path: Path) -> None:
    with claim(tmp_path):
        (tmp_path / "logs").mkdir()
    (tmp_path / "letters.txt").touch()
    result = RUNNER.invoke(cli.app, ["reset", "--yes", "--data-dir", str(tmp_path)])
    assert str(result.exception) == f"{tmp_path} was left as it is: besides a stack's data it holds letters.txt"
    (tmp_path / "letters.txt").unlink()
    (tmp_path / ".county.day.abc").touch()  # of a demo that was killed as it wrote down its day
    said("reset", "--yes", "--data-dir", str(tmp_path))
    assert not tmp_path.exists()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--opa", "nonsense", "--opa must be embedded, server, or the URL of an OPA server, not nonsense"),
        ("--opa", "http://:8181", "--opa must be embedded, server, or the URL of an OPA server, not http://:8181"),
        ("--opa", "http://a:65536", "--opa must be embedded, server, or the URL of an OPA server, not http://a:65536"),
        ("--broker", "nonsense", "--broker must be auto, kafka, embedded or HOST:PORT, not nonsense"),
        (
            "--key-file",
            "/proc/key",
            "the deployment key /proc/key cannot be made (No such file or directory): name another --key-file or"
            " --data-dir",
        ),
    ],
)
def test_an_option_that_cannot_be_followed_is_told_before_anything_is_started(
    option: str, value: str, sentence: str, tmp_path: Path
) -> None:
    arguments = ["up", "--broker", "embedded", "--data-dir", str(tmp_path / "data"), option, value]
    result = RUNNER.invoke(cli.app, arguments)
    assert isinstance(result.exception, StackError)
    assert str(result.exception) == sentence


def test_policies_are_written_as_a_bundle_with_their_revision(tmp_path: Path) -> None:
    assert "revision " in said("policies", "--out", str(tmp_path / "bundle"))
    assert json.loads((tmp_path / "bundle" / ".manifest").read_text())["revision"]


def test_a_place_in_which_no_bundle_can_be_written_is_named_with_the_way_out(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    done = RUNNER.invoke(cli.app, ["policies", "--out", str(taken)])
    assert isinstance(done.exception, StackError)
    assert str(done.exception) == f"{taken} cannot be written (Not a directory); name another --out"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("rules/repeat-missing.yaml", "threshold: 3", "threshold: {measure: count, at_least: three}"),
        ("remits/identity-county.yaml", "agencies: [police,", "agencies: [polis,"),
        ("agreements/locality-tasking.yaml", "in_force_until: 2029-04-01", "in_force_until: 9999-12-31"),
    ],
)
def test_a_policy_file_that_is_not_in_order_is_told_and_no_bundle_is_written(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    shutil.copytree(Path(policies.__file__).parent, tmp_path / "policies")
    file = tmp_path / "policies" / name
    file.write_text(file.read_text().replace(before, after))
    arguments = [sys.executable, "-m", "fanlight", "policies", "--out", "bundle"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"fanlight: {file.name}: ")
    assert not (tmp_path / "bundle").exists()


def test_no_stack_starts_with_other_policies_than_those_that_were_approved(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fanlight", "up", "--broker", "embedded", "--data-dir", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"FANLIGHT_POLICY_REVISION": "0123"},
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "the policies are of revision" in done.stderr
    assert "and 0123 is to run" in done.stderr


def test_completion_can_be_shown_for_a_shell() -> None:
    arguments = [sys.executable, "-m", "fanlight", "--show-completion", "bash"]
    # Else Typer looks for the shell among the processes that started this one, and there need be none.
    named = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, env=named)
    assert done.returncode == 0
    assert "COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("publish fhir", "fhir-r4-json"),
        ("publish csv --mapping police-enc", "police-encompass"),
        ("timeline --audience desig", "designated-safeguarding-lead"),
        ("timeline --purpose s47", "s47-enquiry"),
        ("waiting list --agency pol", "police"),
        ("waiting release ID --audience desig", "designated-safeguarding-lead"),
    ],
)
def test_a_shell_completes_whatever_has_a_name(typed: str, offered: str) -> None:
    words = f"fanlight {typed}"
    asked = {"_FANLIGHT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = RUNNER.invoke(cli.app, env=asked, prog_name="fanlight")
    assert done.stdout.split() == [offered]


def test_a_timeline_bears_the_marking_of_its_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = PolicySet.load()
    marked = replace(policy.audiences["police-intelligence-analyst"], marking="OFFICIAL")
    told = replace(policy, audiences={marked.id: marked})
    monkeypatch.setattr(seeing, "find_deployment", lambda _: SimpleNamespace(broker=None))
    monkeypatch.setattr(seeing, "record_look", lambda *_, **__: None)
    monkeypatch.setattr(seeing, "read_timelines", lambda *_: {})
    monkeypatch.setattr(seeing, "read_records", lambda *_: iter([]))
    monkeypatch.setattr(seeing.PolicySet, "load", lambda: told)
    reference = "4113833a-6182-867c-9d91-2bf9d1073af4"
    shown = said("timeline", "--person", reference, "--audience", marked.id, "--purpose", "s47-enquiry")
    assert shown.startswith(f"OFFICIAL  {reference}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("publish", "csv", ""),
        ("publish", "csv", "a", ""),
        ("settle", "--data-dir="),
        ("up", "--key-file="),
        ("identity", "resolve", ".", "--out", "a", "--key-file="),
        ("policies", "--out", ""),
        ("identity", "resolve", ".", "--out", ""),
        ("simulate", "--people", "5", "--seed", "1", "--out", ""),
    ],
)
def test_nothing_in_the_place_of_a_path_is_not_the_folder_one_stands_in(arguments: tuple[str, ...]) -> None:
    assert "it may not be empty" in said(*arguments, code=2)


def test_patience_is_no_less_than_none() -> None:
    assert "greater than or equal to 0" in said("settle", "--patience", "-1", code=2)


def test_a_decision_about_one_record_is_not_said_to_wait(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(judging, "records_named", lambda *_: [])
    nowhere = Deployment(
        data_dir=Path(),
        broker=Broker("127.0.0.1:1"),
        key=DeploymentKey(bytes(32)),
        state=StackState(broker_engine="remote", bootstrap="127.0.0.1:1", opa="embedded"),
    )
    with pytest.raises(BusError, match="both records are one"):
        judging._decide(JudgementKind.SAME, "police:1", "police:1", "because", "A", nowhere, True)
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def nothing_shown() -> dict[str, Any]:
    return present(
        {"person": "p", "audience": "a", "redirect": None, "entries": []},
        purpose="missing-response",
        policy_withheld={"statement": "", "ask": {}},
        cards=rulecards.load(),
        feeds=[],
        now=datetime(2028, 1, 1, tzinfo=UTC),
    )


def test_a_rule_past_its_date_does_not_pass_for_one_that_found_nothing(
    nothing_shown: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    seeing._print(nothing_shown, "OFFICIAL-SENSITIVE")
    assert "repeat-missing is past its date: " in capsys.readouterr().out


def test_an_entry_is_printed_with_its_grading_the_part_played_and_what_must_be_done(
    nothing_shown: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    grading = {"source_evaluation": "2", "intelligence_assessment": "B", "handling_code": "P"}
    entry = {
        "occurred": "2026-11-07", "agency": "police", "type": "police.intelligence_report", "role": "victim",
        "event_id": "e", "clause": "EM-5", "handling": [], "grading": grading, "fields": {"themes": ["county_lines"]},
        "obligations": ["no_onward_sharing"],
    }  # fmt: skip
    seeing._print(nothing_shown | {"entries": [entry]}, "OFFICIAL-SENSITIVE")
    told = capsys.readouterr().out
    for part in ("intelligence_assessment B; handling_code P; themes county_lines", "victim", "no_onward_sharing"):
        assert part in told


def test_half_of_a_credential_for_a_broker_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FANLIGHT_BROKER_USERNAME", "bus")
    with pytest.raises(SystemExit):
        cli.main(["topics", "--broker", "127.0.0.1:1"])
    assert " ".join(capsys.readouterr().err.split()).startswith(
        "fanlight: broker 127.0.0.1:1: a username comes with a password: set"
    )


def test_a_broker_without_a_port_is_not_asked() -> None:
    with pytest.raises(WrongUsage, match=r"^--broker must be HOST:PORT, not localhost$"):
        RUNNER.invoke(cli.app, ["topics", "--broker", "localhost"], catch_exceptions=False)
