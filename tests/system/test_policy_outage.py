"""The policy engine stops answering while files are published: nothing is released, nothing is lost, it says why."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fanlight.county import Manifest
from fanlight.engines import kafka, opa
from schemas import topics
from tests.memory_bus import policy
from tests.system.stack import Stack, running, shown, undisturbed, until

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.opa]


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Callable[[str | None], None]
) -> Iterator[Stack]:
    """A stack whose gate asks a real OPA server."""
    demand(kafka.why_not(tools_dir))
    demand(opa.why_not(tools_dir))
    folder = tmp_path_factory.mktemp("outage")
    with running(Stack(folder / "data", opa="server", key_file=folder / "shared.key")) as stack:
        yield stack


def counts(stack: Stack) -> dict[str, int]:
    """How much has been decided and released."""
    names = [topics.DECISIONS, *map(topics.disclosures, policy().audiences), *map(topics.timelines, policy().audiences)]
    return {name: len(stack.records(name)) for name in names}


def readiness(stack: Stack) -> tuple[int, str]:
    status, said = stack.get(stack.state.health["share"])
    return status, json.loads(said)["reason"] or "" if said else ""


def test_nothing_is_released_while_the_engine_is_silent_and_all_of_it_afterwards(
    stack: Stack, county: Manifest
) -> None:
    first, *others = county.deliveries
    stack.publish(first)
    stack.settle()
    assert stack.decisions()[0]["engine"].startswith("opa ")
    before = counts(stack)
    assert all(before.values())

    stack.kill_part("opa", signal.SIGSTOP)  # it hangs: connections open, no answer comes
    for delivery in others:
        stack.publish(delivery)
    _, reason = until(lambda: (r := readiness(stack))[0] == 503 and r, "the share worker says that it is not ready")
    assert "nothing is released" in reason
    assert "OPA server gave no answer" in reason
    pages = f"http://127.0.0.1:{stack.port}/readyz"
    assert "OPA server gave no answer" in until(lambda: (said := stack.get(pages)[1]) and "OPA" in said and said, pages)
    stuck = stack.run("settle", "--patience", "2", "--json")
    assert stuck.returncode == 4
    assert "share is " in stuck.stderr
    assert "OPA server gave no answer" in stuck.stderr
    assert counts(stack) == before

    stack.kill_part("share")  # whoever comes back now waits for the engine alone: given up, it would die again
    started = stack.state.health["share"].replace("readyz", "startupz")
    until(lambda: stack.get(started)[0] == 200, "the share worker has started")
    assert counts(stack) == before

    stack.kill_part("opa", signal.SIGKILL)  # the supervisor starts another
    stack.settle()
    until(lambda: readiness(stack) == (200, ""), "the share worker is ready again")

    expected = undisturbed(stack, county.deliveries)
    decided = {record["decision_id"] for record in stack.decisions()}
    assert decided == {record["decision_id"] for record in expected.decisions()}
    for audience in policy().audiences:
        assert stack.timelines(audience) == shown(expected.timelines(audience))
        assert {r["decision_id"] for r in stack.records(topics.disclosures(audience))} <= decided


def test_an_engine_killed_while_files_are_published_loses_nothing(stack: Stack, county: Manifest) -> None:
    twice = county.deliveries[:2]
    for delivery in twice:
        stack.publish(delivery)
    stack.settle()
    before = counts(stack)
    for delivery in twice:
        stack.kill_part("opa", signal.SIGKILL)
        stack.publish(delivery)
    stack.settle()
    assert counts(stack) == before, "the same files change nothing"
    until(lambda: readiness(stack) == (200, ""), "the share worker is ready again")


def test_readiness_says_so_when_no_events_come_either(stack: Stack) -> None:
    until(lambda: readiness(stack) == (200, ""), "the share worker is ready")
    stack.kill_part("opa", signal.SIGSTOP)
    _, reason = until(lambda: (r := readiness(stack))[0] == 503 and r, "the share worker says that it is not ready")
    assert "OPA server gave no answer" in reason
    stack.kill_part("opa", signal.SIGCONT)
    until(lambda: readiness(stack) == (200, ""), "the share worker is ready again")
