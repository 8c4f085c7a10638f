"""What somebody at an agency is shown before they release an event, and what they are not."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from fanlight import command_line as cli
from fanlight import waiting as bus_waiting
from fanlight.commands import waiting
from fanlight.deployment import Deployment
from fanlight.errors import StackError, WrongUsage
from schemas.applied import Applied
from schemas.vocabulary import Answer
from tests.streams.test_answered import HELD, QUESTIONS, REASONS, concern, said
from tests.streams.test_sharing import ANALYST, KEY, POLICY
from tests.streams.test_waiting import left

Run = Callable[..., Any]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """A stack that holds a concern of `test_answered`; the looks that are recorded."""
    recorded: list[tuple[Any, ...]] = []
    monkeypatch.setattr(waiting, "find_deployment", lambda _: None)
    monkeypatch.setattr(waiting, "left_to_people", lambda *_: left(concern(), said(Answer.REFUSE)))
    monkeypatch.setattr(waiting, "record_look", lambda _, *look, about=None: recorded.append((*look, about)))
    return recorded


def test_whoever_is_to_release_sees_which_fields_would_go_for_which_purpose_and_no_content(
    looks: list[tuple[Any, ...]],
) -> None:
    said_so = CliRunner().invoke(cli.app, ["waiting", "show", HELD, "--json"], catch_exceptions=False).stdout
    (shown,) = json.loads(said_so)["audiences"]
    assert (shown["audience"], shown["stands"]) == (ANALYST, "refused")
    assert [reason["code"] for reason in shown["reasons"]] == [*REASONS]
    (waits,) = left(concern())
    assert shown["would_pass"].keys() == {grant.purpose for grant in waits.released.grants}
    passes = shown["would_pass"]["s47-enquiry"]
    assert {"category", "person.family_name", "person.postcode (coarser)"} <= {*passes}
    assert "person.postcode" not in passes
    assert "CANARY text" not in said_so
    assert "Amy" not in said_so
    assert looks == [("waiting", 1, HELD)]


@pytest.mark.parametrize(
    ("answers", "outstanding"), [(QUESTIONS[:1], list(REASONS[1:])), (("clause_requires_review",), list(REASONS))]
)
def test_what_was_released_for_some_of_those_who_ask_waits_for_the_others(
    looks: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, answers: tuple[str, ...], outstanding: list[str]
) -> None:
    monkeypatch.setattr(waiting, "left_to_people", lambda *_: left(concern(), said(answers=answers)))
    (row,) = json.loads(CliRunner().invoke(cli.app, ["waiting", "list", "--json"]).stdout)
    assert row["reasons"] == outstanding
    (shown,) = json.loads(CliRunner().invoke(cli.app, ["waiting", "show", HELD, "--json"]).stdout)["audiences"]
    assert shown["stands"] == "waiting"
    assert {reason["code"]: reason["outstanding"] for reason in shown["reasons"]} == {
        reason: reason in outstanding for reason in REASONS
    }
    assert [each["answer"] for each in shown["answers"]] == ["release"]
    assert looks == [("waiting", 1, None), ("waiting", 1, HELD)]


@pytest.mark.usefixtures("looks")
def test_people_are_told_the_same_as_programs() -> None:
    people, programs = (CliRunner().invoke(cli.app, ["waiting", "show", HELD, *how]).stdout for how in ([], ["--json"]))
    told = json.loads(programs)
    said = [told["event_id"], told["record"], told["event_type"], told["occurred"]]
    for each in told["audiences"]:
        said += [f"for {each['audience']}: {each['stands']}"]
        answered = {True: "", False: ", which was answered"}
        said += [f"{r['words']}{answered[r['outstanding']]} [{r['code']}]" for r in each["reasons"]]
        said += [f"{purpose}: {', '.join(fields)}" for purpose, fields in each["would_pass"].items()]
        said += [f"{answer['answer']}, by {answer['by']}: {answer['reason']}" for answer in each["answers"]]
    assert [each for each in said if each not in people] == []
    assert "Amy" not in people


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize("command", [("list",), ("refuse", HELD, "--name", "Avery Example", "--reason", "not yet")])
def test_for_an_audience_that_is_misspelt_it_is_not_said_that_nothing_waits(command: tuple[str, ...]) -> None:
    told = CliRunner().invoke(cli.app, ["waiting", *command, "--audience", "police-intelligence-analist"])
    assert isinstance(told.exception, WrongUsage)
    assert str(told.exception).startswith("no audience police-intelligence-analist; there are ")


@pytest.mark.parametrize(("decides", "is_refused"), [((), False), (("old",), True), (("old", POLICY.revision), False)])
def test_nobody_answers_what_policies_ask_by_which_the_bus_does_not_decide(
    monkeypatch: pytest.MonkeyPatch, decides: tuple[str, ...], is_refused: bool
) -> None:
    """Somebody has edited the files, and the workers have not been started anew for them."""
    applied = [Applied(number, f"{revision}/0", True) for number, revision in enumerate(decides)]
    monkeypatch.setattr(bus_waiting, "applied_policies", lambda _: applied)
    monkeypatch.setattr(bus_waiting, "by_partition", lambda *_: {0: [(b"", concern())]})
    deployment = cast("Deployment", SimpleNamespace(broker=None, key=KEY))
    if is_refused:
        with pytest.raises(StackError, match=f"revision old, and those here are of {POLICY.revision}: put the files"):
            bus_waiting.left_to_people(deployment, POLICY)
    else:
        assert [each.event_id for each in bus_waiting.left_to_people(deployment, POLICY)] == [HELD]


def test_an_event_that_is_left_to_nobody_is_not_shown_and_what_was_typed_is_not_said_again(
    looks: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["waiting", "show", "9990000018"])
    assert "9990000018" not in capsys.readouterr().err
    assert looks == []
