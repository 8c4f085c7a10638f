"""`fanlight up` and its commands as somebody meets them: real processes, real Kafka, files of a small county."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fanlight.county import Manifest
from fanlight.engines import embedded, kafka
from fanlight.ports import free_port
from fanlight.state import read_state
from schemas import topics
from tests.system.stack import FANLIGHT, Stack, fanlight, running, until

pytestmark = [pytest.mark.system, pytest.mark.kafka]

ANALYST, MISSING = "police-intelligence-analyst", "missing-response"
CALLUM = ("police:SYN-N-0000001", ANALYST, MISSING)


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Callable[[str | None], None]
) -> Iterator[Stack]:
    """A stack on Apache Kafka that every test of this module shares."""
    demand(kafka.why_not(tools_dir))
    with running(Stack(tmp_path_factory.mktemp("stack") / "data")) as stack:
        yield stack


@pytest.fixture(scope="module")
def published(stack: Stack, county: Manifest) -> list[dict[str, Any]]:
    """The summaries of publishing the county: one delivery in a process of its own, the others without."""
    first, *others = county.deliveries
    done = fanlight("publish", first.format, *first.paths, "--feed", first.feed, "--json", "--data-dir", stack.data_dir)
    assert (done.returncode, done.stderr) == (3, "")
    summaries = [json.loads(done.stdout)]
    for delivery in others:
        mapping = ["--mapping", delivery.mapping] if delivery.mapping else []
        code = 3 if delivery.planted else 0
        arguments = [delivery.format, *delivery.paths, *mapping, "--feed", delivery.feed]
        summaries.append(stack.json("publish", *arguments, code=code))
    assert stack.json("settle") == {"settled": True, "stuck": []}
    return summaries


def test_up_prints_one_ready_line_with_its_addresses(stack: Stack) -> None:
    (line,) = stack.out.read_text().splitlines()
    assert line.startswith(f"ready views=http://127.0.0.1:{stack.port} ")
    assert "broker=kafka:127.0.0.1:" in line
    assert "opa=embedded" in line


def test_no_log_steers_the_terminal_on_which_its_end_is_shown(stack: Stack) -> None:
    logs = {path.stem: path.read_bytes() for path in (stack.data_dir / "logs").iterdir()}
    assert {"identify", "share", "views", "kafka"} <= logs.keys()
    assert [name for name, said in logs.items() if b"\x1b" in said] == []


def test_publishing_tells_what_was_read_accepted_and_refused(published: list[dict[str, Any]], county: Manifest) -> None:
    for summary, delivery in zip(published, county.deliveries, strict=True):
        assert list(summary) == ["read", "accepted", "rejected", "events", "by_type", "by_reason"]
        assert summary["read"] == summary["accepted"] + summary["rejected"] > 0
        assert summary["rejected"] == sum(summary["by_reason"].values()) == delivery.planted
        assert summary["events"] == sum(summary["by_type"].values()) >= summary["accepted"] > 0


def test_a_refusal_says_where_and_why(stack: Stack, published: list[dict[str, Any]], county: Manifest) -> None:
    refused = stack.json("rejections")
    assert len(refused) == sum(delivery.planted for delivery in county.deliveries)
    assert {tuple(each) for each in refused} == {("feed", "source", "position", "field", "code", "message")}
    assert {each["feed"] for each in refused} <= {delivery.feed for delivery in county.deliveries}
    assert stack.json("rejections", "--feed", "nobody") == []
    assert "no feed of that name has been heard; there are " in stack.run("rejections", "--feed", "nobody").stderr


def test_a_timeline_explains_itself(stack: Stack, published: list[dict[str, Any]]) -> None:
    shown = json.loads(stack.timeline(*CALLUM))
    contract = {"person", "audience", "purpose", "entries", "concerns", "protective", "quiet", "feeds", "withheld"}
    assert contract <= set(shown)
    of_entry = {"event_id", "type", "agency", "occurred", "recorded_at", "fields", "agreement", "clause"}
    assert all(of_entry <= set(entry) for entry in shown["entries"])
    assert {entry["agency"] for entry in shown["entries"]} == {"police", "nhs", "school", "social_care"}
    assert all({"rule", "title", "since", "because", "lowers"} <= set(found) for found in shown["concerns"])
    known = {entry["event_id"] for entry in shown["entries"]}
    assert shown["concerns"]
    assert all(found["because"] and set(found["because"]) <= known for found in shown["concerns"])
    assert all({"feed", "last_heard"} <= set(feed) for feed in shown["feeds"])


def test_every_agency_and_the_audiences_own_reference_lead_to_the_same_timeline(
    stack: Stack, published: list[dict[str, Any]], county: Manifest
) -> None:
    (callum,) = (story for story in county.stories if story.key == "building-up")
    by_police = stack.timeline(*CALLUM)
    nhs = stack.timeline(f"nhs:{callum.subjects['nhs']}", ANALYST, MISSING)
    asked = ["--person", json.loads(by_police)["person"], "--audience", ANALYST, "--purpose", MISSING]
    assert nhs == by_police == stack.run("timeline", *asked, "--json").stdout


def test_every_entry_has_its_decision_and_every_decision_its_explanation(
    stack: Stack, published: list[dict[str, Any]]
) -> None:
    entry = json.loads(stack.timeline(*CALLUM))["entries"][0]
    made = stack.json("decisions", "--event", entry["event_id"])
    columns = {"decision_id", "event_id", "audience", "outcome", "agreement", "clause", "revision", "reasons", "at"}
    assert all(columns <= set(decision) for decision in made)
    (mine,) = (decision for decision in made if decision["audience"] == ANALYST)
    assert mine["outcome"] == "PERMIT"
    explained = stack.json("explain", entry["event_id"])
    assert {each["audience"] for each in explained} == {decision["audience"] for decision in made}


def test_decisions_are_found_by_outcome_and_agency(stack: Stack, published: list[dict[str, Any]]) -> None:
    every = stack.json("decisions")
    refused = stack.json("decisions", "--outcome", "DENY", "--agency", "nhs")
    assert refused
    assert refused == [d for d in every if d["outcome"] == "DENY" and d["agency"] == "nhs"]
    assert len({d["decision_id"] for d in every}) == len(every)


def test_what_is_not_there_is_said_in_one_sentence(stack: Stack) -> None:
    for code, arguments in (
        (1, ("explain", "00000000-0000-8000-8000-000000000000")),
        (2, ("timeline", "--subject", "police:1", "--audience", "nobody", "--purpose", MISSING)),
        (2, ("timeline", "--subject", "police:1", "--audience", ANALYST, "--purpose", "early-help")),
        (2, ("timeline", "--subject", "no-colon", "--audience", ANALYST, "--purpose", MISSING)),
        (2, ("publish", "carrier-pigeon", "README.md")),
        (1, ("publish", "fhir-r4-json", "no-such-file.json")),
    ):
        done = stack.run(*arguments)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith("fanlight: ")
        assert "Traceback" not in done.stderr


def test_somebody_unknown_and_somebody_of_whom_nothing_is_shared_look_alike(
    stack: Stack, published: list[dict[str, Any]]
) -> None:
    unknown = json.loads(stack.timeline("police:NOBODY", ANALYST, MISSING))
    assert (unknown["entries"], unknown["concerns"], unknown["quiet"]) == ([], [], [])


def disclosed(stack: Stack) -> dict[str, set[str]]:
    """Per topic that comes of deciding, the ids on it."""
    audiences = (ANALYST, "designated-safeguarding-lead")
    released = {
        topics.disclosures(a): {r["decision_id"] for r in stack.records(topics.disclosures(a))} for a in audiences
    }
    return released | {topics.DECISIONS: {d["decision_id"] for d in stack.decisions()}}


def test_no_disclosure_is_without_its_decision(stack: Stack, published: list[dict[str, Any]]) -> None:
    ids = disclosed(stack)
    decisions = ids.pop(topics.DECISIONS)
    assert all(ids.values())
    assert all(released <= decisions for released in ids.values())


def test_publishing_twice_changes_nothing(stack: Stack, published: list[dict[str, Any]], county: Manifest) -> None:
    before, decided = stack.timeline(*CALLUM), len(stack.decisions())
    assert [stack.publish(delivery) for delivery in county.deliveries] == published
    stack.settle()
    assert stack.timeline(*CALLUM) == before
    assert len(stack.decisions()) == decided
    assert len(stack.json("rejections")) == sum(delivery.planted for delivery in county.deliveries)


def test_a_second_up_says_that_the_stack_is_up(stack: Stack) -> None:
    done = fanlight("up", "--data-dir", stack.data_dir, "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith(f"fanlight: the stack on {stack.data_dir} is already up (pid {stack.pid}): ")


def test_reset_leaves_a_stack_alone_that_is_up(stack: Stack) -> None:
    done = stack.run("reset", "--yes")
    assert done.returncode == 1
    assert "stop it first" in done.stderr


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path, demand: Callable[[str | None], None]) -> None:
    demand(embedded.why_not())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = fanlight("up", "--broker", "embedded", "--data-dir", tmp_path / "data", "--port", str(port))
    assert done.returncode == 1
    said = f"fanlight: port {port}, which views needs, is taken by another program: name another with --port"
    assert done.stderr.splitlines()[-1] == said
    assert read_state(tmp_path / "data") is None


def test_a_stack_that_stops_leaves_nothing_running_and_comes_back_with_its_data(
    stack: Stack, published: list[dict[str, Any]]
) -> None:
    before, parts = stack.timeline(*CALLUM), dict(stack.state.pids)
    decisions = stack.json("decisions")
    assert set(parts) == {"kafka", "identify", "share", "views"}
    assert stack.stop() == 0
    assert stack.leftovers(parts) == []
    assert read_state(stack.data_dir) is None
    stack.start()
    stack.settle()
    assert stack.timeline(*CALLUM) == before
    assert stack.json("decisions") == decisions


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["told to stop", "killed"])
def test_the_stack_on_the_embedded_broker_runs_whole_and_leaves_nothing_running(
    number: signal.Signals, county: Manifest, tmp_path: Path, demand: Callable[[str | None], None]
) -> None:
    demand(embedded.why_not())
    with running(Stack(tmp_path / "data", broker="embedded")) as stack:
        for delivery in county.deliveries:
            stack.publish(delivery)
        stack.settle()
        shown = json.loads(stack.timeline(*CALLUM))
        assert {entry["agency"] for entry in shown["entries"]} == {"police", "nhs", "school", "social_care"}
        parts = dict(stack.state.pids)
        if number == signal.SIGKILL:
            os.kill(stack.pid, number)
        assert stack.stop(number) in (0, -signal.SIGKILL)
        until(lambda: not stack.leftovers(parts), "everything has ended", 60)
    assert fanlight("reset", "--data-dir", stack.data_dir).returncode == 1, "nobody was there to be asked"
    assert stack.data_dir.exists()
    assert fanlight("reset", "--yes", "--data-dir", stack.data_dir).returncode == 0
    assert not stack.data_dir.exists()


def test_ctrl_c_while_the_stack_starts_leaves_nothing_running(
    tmp_path: Path, demand: Callable[[str | None], None]
) -> None:
    demand(embedded.why_not())
    data_dir = tmp_path / "data"
    arguments = [*FANLIGHT, "up", "--broker", "embedded", "--data-dir", str(data_dir), "--port", str(free_port())]
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as up:
        state = until(lambda: (s := read_state(data_dir)) and "identify" in s.pids and s, "the workers are starting")
        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 0
    assert Stack(data_dir).leftovers(dict(state.pids)) == []
