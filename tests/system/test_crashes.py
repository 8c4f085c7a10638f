"""Workers and the broker are killed while a county is loaded: timelines are those of an undisturbed run."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fanlight.county import Manifest
from fanlight.engines import kafka
from schemas import topics
from schemas.codec import decode_header
from tests.memory_bus import MemoryBus, policy
from tests.system.stack import Stack, running, shown, undisturbed, until

pytestmark = [pytest.mark.system, pytest.mark.kafka]

#: Who is killed after which delivery: often enough to meet every state, seldom enough for the supervisor to go on.
KILLED = {1: "share", 3: "identify", 5: "share", 7: "kafka", 9: "identify", 11: "share", 12: "identify"}


@pytest.fixture(scope="module")
def disturbed(
    tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, county: Manifest, demand: Callable[[str | None], None]
) -> Iterator[Stack]:
    """A stack that was loaded while its parts were killed, settled."""
    demand(kafka.why_not(tools_dir))
    folder = tmp_path_factory.mktemp("crashes")
    with running(Stack(folder / "data", key_file=folder / "shared.key")) as stack:
        for number, delivery in enumerate(county.deliveries):
            stack.publish(delivery)
            if number in KILLED:
                stack.kill_part(KILLED[number], signal.SIGKILL)
        stack.settle()
        yield stack


@pytest.fixture(scope="module")
def expected(disturbed: Stack, county: Manifest) -> MemoryBus:
    return undisturbed(disturbed, county.deliveries)


def test_every_part_was_killed_and_came_back(disturbed: Stack) -> None:
    told = disturbed.err.read_text()
    for part in set(KILLED.values()):
        assert f"{part} was ended by SIGKILL; it is started again" in told


@pytest.mark.parametrize("audience", tuple(policy().audiences))
def test_timelines_are_those_of_an_undisturbed_run_byte_for_byte(
    audience: str, disturbed: Stack, expected: MemoryBus
) -> None:
    assert disturbed.timelines(audience) == shown(expected.timelines(audience))
    assert disturbed.timelines(audience)


def test_every_decision_is_there_and_no_other(disturbed: Stack, expected: MemoryBus) -> None:
    made = [record["decision_id"] for record in disturbed.decisions()]
    assert set(made) == {record["decision_id"] for record in expected.decisions()}
    assert len({r["event_id"] for r in expected.decisions()}) * len(policy().audiences) == len(set(made))


@pytest.mark.parametrize("audience", tuple(policy().audiences))
def test_every_disclosure_rests_on_a_decision_that_can_be_read(audience: str, disturbed: Stack) -> None:
    made = {record["decision_id"]: record for record in disturbed.decisions()}
    released = disturbed.records(topics.disclosures(audience))
    assert released
    for each in released:
        assert made[each["decision_id"]]["event_id"] == each["event_id"]
        assert made[each["decision_id"]]["audience"] == audience
        assert made[each["decision_id"]]["outcome"] == "PERMIT"


def test_every_event_published_has_reached_a_person(disturbed: Stack, expected: MemoryBus) -> None:
    def events(records: list[dict[str, Any]]) -> set[str]:
        return {decode_header(record["event"])[0]["event_id"] for record in records if "event" in record}

    assert events(disturbed.records(topics.PERSONS)) == events(expected.records(topics.PERSONS))


def test_workers_say_so_when_the_broker_is_away(disturbed: Stack) -> None:
    os.kill(disturbed.state.pids["kafka"][0], signal.SIGKILL)
    workers = disturbed.state.health.values()
    until(lambda: all("the broker does not answer" in disturbed.get(url)[1] for url in workers), "both say so", 30)
