"""What people decide about two records, on a running stack whose identify worker is killed in between."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Source
from fanlight.engines import embedded, kafka
from schemas import topics
from tests.memory_bus import ANALYST, LEAD, MISSING
from tests.scenarios.partner_files import NHS, attendance, bundle, missing, patient, table, unlinked
from tests.system.stack import Stack, running

pytestmark = pytest.mark.system

NUMBER = {"nhs_number": NHS}
ROBIN, TWIN, CHILD = "police:SYN-REF-77", "police:SYN-REF-78", f"nhs:{NHS}"
SAID = ("--name", "Avery Example", "--reason", "both workers know the child")


def files(folder: Path, *sources: Source) -> list[Path]:
    for source in sources:
        (folder / source.name).write_bytes(source.data)
    return [folder / source.name for source in sources]


@pytest.fixture(
    scope="module",
    params=[pytest.param("kafka", marks=pytest.mark.kafka), "embedded"],
)
def stack(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tools_dir: Path,
    demand: Callable[[str | None], None],
) -> Iterator[Stack]:
    """A stack to which the police and a hospital have published; a record that fits badly waits for somebody."""
    demand(kafka.why_not(tools_dir) if request.param == "kafka" else embedded.why_not())
    folder = tmp_path_factory.mktemp("decisions")
    episodes = [unlinked(missing(n, day)) for n, day in ((1, "2026-10-28"), (2, "2026-11-04"))]
    strange = unlinked(missing(3, "2026-11-09")) | NUMBER | {"person_ref": "SYN-REF-78", "forename": "Zed"}
    police = files(folder, table("missing.csv", [*episodes, strange]))
    hospital = files(folder, bundle(patient(), attendance(1, "2026-11-05")))
    with running(Stack(folder / "data", broker=request.param)) as stack:
        stack.json("publish", "csv", *police, "--mapping", "police-missing-episodes")
        stack.json("publish", "fhir-r4-json", *hospital)
        stack.settle()
        yield stack


def seen(stack: Stack) -> list[Any]:
    """All that both audiences can see of the three records."""
    asked = ((ANALYST, MISSING), (LEAD, "s47-enquiry"))
    printed = [stack.timeline(name, *each) for name in (ROBIN, TWIN, CHILD) for each in asked]
    return [*printed, *(stack.timelines(audience) for audience, _ in asked)]


def entries(stack: Stack, name: str) -> list[str]:
    return [e["event_id"] for e in json.loads(stack.timeline(name, ANALYST, MISSING))["entries"]]


def test_what_is_in_doubt_is_listed_without_a_name_and_shown_after_the_look_is_recorded(stack: Stack) -> None:
    (listed,) = stack.json("identity", "review")
    assert sorted(listed["agencies"]) == ["nhs", "police"]
    assert not {"Robin", "robin", NHS, "SYN-REF-78"} & set(json.dumps(listed).replace('"', " ").split())
    shown = stack.json("identity", "show", listed["review_id"][:8])
    assert {shown["left"]["record"], shown["right"]["record"]} == {TWIN, CHILD}
    by_name = {field["name"]: field for field in shown["fields"]}
    assert (by_name["nhs-number"]["left"], by_name["nhs-number"]["right"]) == ([NHS], [NHS])
    assert by_name["given_name"]["words"] == "different"
    assert shown["bits"] == pytest.approx(listed["bits"], abs=0.01)
    looks = [(look["action"], look["about"], look["shown"]) for look in stack.records(topics.LOOKS)]
    assert ("review", listed["review_id"], len(shown["fields"])) in looks
    printed = stack.run("identity", "show", listed["review_id"]).stdout
    assert "different" in printed
    assert "not joined" in printed


def test_why_a_record_is_not_one_with_another_is_said_in_words_and_numbers(stack: Stack) -> None:
    told = stack.json("identity", "explain", TWIN)
    assert (told["record"], told["status"]) == (TWIN, "contradiction")
    beside = {each["record"]: each for each in told["beside"]}
    assert not beside[CHILD]["joined"]
    assert beside[CHILD]["fields"]
    assert told["model"] in beside[CHILD]["sentences"][-1]


def test_what_was_joined_and_taken_back_while_identify_was_killed_leaves_no_trace(stack: Stack) -> None:
    before = seen(stack)
    old = {name: json.loads(stack.timeline(name, ANALYST, MISSING))["person"] for name in (ROBIN, CHILD)}
    apart = [entries(stack, name) for name in (ROBIN, CHILD)]
    stack.kill_part("identify", signal.SIGKILL)
    decision = stack.json("identity", "same", ROBIN, CHILD, *SAID)["judgement_id"]
    stack.kill_part("identify", signal.SIGKILL)
    stack.settle()
    assert sorted(entries(stack, ROBIN)) == sorted(entries(stack, CHILD)) == sorted(apart[0] + apart[1])
    joined = json.loads(stack.timeline(ROBIN, ANALYST, MISSING))["person"]
    for reference in old.values():
        asked = ("--person", reference, "--audience", ANALYST, "--purpose", MISSING)
        assert stack.json("timeline", *asked)["person"] == joined
    told = {each["record"]: each for each in stack.json("identity", "explain", ROBIN)["beside"]}
    assert (told[CHILD]["joined"], told[CHILD]["decided_by"]) == (True, "judgement")

    undone = stack.run("identity", "undo", decision[:8], *SAID)
    assert undone.returncode == 0
    stack.kill_part("identify", signal.SIGKILL)
    stack.settle()
    assert seen(stack) == before
    recalls = [r for r in stack.records(topics.disclosures(ANALYST)) if r["kind"] == "recalled"]
    assert {(r["reason"], r["link"]) for r in recalled(recalls, joined)} == {("moved", decision)}
    assert recalled(recalls, joined), "somebody was shown an entry that rested on the link"
    for name, reference in old.items():
        asked = ("--person", reference, "--audience", ANALYST, "--purpose", MISSING)
        assert (
            stack.json("timeline", *asked)["entries"] == json.loads(stack.timeline(name, ANALYST, MISSING))["entries"]
        )
    assert stack.run("identity", "undo", decision, *SAID).returncode == 1


def recalled(recalls: list[dict[str, Any]], person: str) -> list[dict[str, Any]]:
    return [r for r in recalls if r["person"] == person]


def test_a_review_goes_when_somebody_has_decided_and_comes_back_when_that_is_undone(stack: Stack) -> None:
    (waiting,) = stack.json("identity", "review")
    decision = stack.json("identity", "different", TWIN, CHILD, "--do-not-link", *SAID)["judgement_id"]
    stack.settle()
    assert stack.json("identity", "review") == []
    stack.kill_part("identify", signal.SIGKILL)
    stack.json("identity", "undo", decision, *SAID)
    stack.settle()
    assert [r["review_id"] for r in stack.json("identity", "review")] == [waiting["review_id"]]


def test_what_cannot_be_decided_says_so(stack: Stack) -> None:
    assert stack.run("identity", "same", ROBIN, ROBIN, *SAID).returncode == 1
    assert stack.run("identity", "same", ROBIN, CHILD, "--name", "Avery Example").returncode == 2
    assert stack.run("identity", "same", ROBIN, "fire:1", *SAID).returncode == 2
    assert stack.run("identity", "show", "no-such-review").returncode == 1
    assert stack.run("identity", "undo", "no-such-decision", *SAID).returncode == 1
    assert stack.run("identity", "explain", "police:NOBODY").returncode == 1


def test_what_is_said_on_stderr_names_no_record(stack: Stack) -> None:
    unheard = "9990000999"
    refused = stack.run("identity", "explain", f"nhs:{unheard}")
    assert refused.returncode == 1
    early = stack.run("identity", "different", ROBIN, f"nhs:{unheard}", *SAID)
    assert early.returncode == 0
    assert "such a record of nhs" in refused.stderr
    assert "second record (nhs)" in early.stderr
    assert unheard not in refused.stderr + early.stderr
