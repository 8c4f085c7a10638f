"""A model run in shadow, activated and killed in the middle of it, on a whole stack."""

import csv
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from connectors.sending import KafkaSink
from fanlight.engines import embedded, kafka
from schemas import topics
from schemas.activations import activated
from schemas.codec import decode
from tests.scenarios.partner_files import missing
from tests.system.stack import Stack, running, until

pytestmark = pytest.mark.system

#: Of each pair day and month are exchanged, and they live a few houses apart: one child to uk-1, two to uk-2.
PAIRS = 40
OTHERS = 6_000
DAY = "2026-10-28"


def rows() -> Iterator[dict[str, str]]:
    for number in range(PAIRS):
        named = {"forename": "Amy", "surname": "Thistle" + _word(number)}
        year, day, place = f"20{10 + number // 8}", f"{number % 8 + 4:02}", f"ZZ{number + 1} 2A"
        for side, born, house in (("B", f"03-{day}", 12), ("C", f"{day}-03", 14)):
            who = named | {
                "date_of_birth": f"{year}-{born}",
                "postcode": place + side,
                "address": f"{house} Kelder Road",
            }
            yield missing(1, DAY) | who | {"person_ref": f"SYN-{side}{number}", "report_ref": f"SYN-M-{side}{number}"}
    for number in range(OTHERS):
        born = f"20{number % 12 + 7:02}-{number // 12 % 12 + 1:02}-{number // 144 % 28 + 1:02}"
        who = {"forename": _word(number), "surname": f"Marrow{_word(number)}", "date_of_birth": born}
        who["postcode"] = f"ZZ{number % 90 + 10} {number // 90 % 9 + 1}QX"
        yield missing(1, DAY) | who | {"person_ref": f"SYN-O{number}", "report_ref": f"SYN-M-O{number}"}


def _word(number: int) -> str:
    """Letters that no other number has, far from those of its neighbours."""
    consonants, vowels = "bdfgklmnprstvz", "aeiou"
    sounds = [consonants[number % 14] + vowels[number % 5], consonants[number // 14 % 14] + vowels[number // 7 % 5]]
    return "".join(sounds) + consonants[number // 196 % 14] * 2 + vowels[number // 70 % 5]


@pytest.fixture(scope="module", params=["kafka", "embedded"])
def stack(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tools_dir: Path,
    demand: Callable[[str | None], None],
) -> Iterator[Stack]:
    demand(kafka.why_not(tools_dir) if request.param == "kafka" else embedded.why_not())
    folder = tmp_path_factory.mktemp(request.param)
    episodes = list(rows())
    with (folder / "missing.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(episodes[0]))
        writer.writeheader()
        writer.writerows(episodes)
    with running(Stack(folder / "data", broker=request.param)) as up:
        said = up.json("publish", "csv", folder / "missing.csv", "--mapping", "police-missing-episodes")
        assert said
        up.settle()
        yield up


def assigned(stack: Stack) -> dict[str, str]:
    return {each["subject_key"]: each["person_id"] for each in stack.records(topics.ASSIGNMENTS)}


@contextmanager
def something_written(stack: Stack, topic: str) -> Iterator[Callable[[], bool]]:
    """Whether a topic has grown since; quick to ask."""
    consumer, partition = KafkaConsumer(**stack.deployment.broker.client_options()), TopicPartition(topic, 0)
    before = consumer.end_offsets([partition])
    yield lambda: consumer.end_offsets([partition]) != before
    consumer.close()


def test_a_model_is_run_in_shadow_activated_and_killed_in_the_middle(stack: Stack, tmp_path: Path) -> None:
    assert [each["model"] for each in stack.json("identity", "models")["models"] if each["holds"]] == ["uk-1"]
    before, written = assigned(stack), len(stack.records(topics.IDENTITY_DECISIONS))
    report = stack.json("identity", "shadow", "uk-2", "--out", tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert len(report["split"]) > PAIRS // 2
    assert len(stack.records(topics.IDENTITY_DECISIONS)) == written, "a shadow writes nothing"

    who = ("--name", "Avery Example", "--reason", "the report was seen by the board")
    refused = stack.run("identity", "activate", "uk-2", *who, "--shadow", "f" * 32)
    assert (refused.returncode, report["shadow_id"][:8] in refused.stderr) == (1, False), "who names it has looked"
    assert stack.run("identity", "activate", "uk-2", *who).returncode == 2
    assert stack.run("identity", "activate", "uk-9", *who, "--without-shadow").returncode == 1
    assert stack.run("identity", "activate", "uk-1", *who, "--without-shadow").returncode == 1
    assert stack.records(topics.MODELS) == []

    pid = stack.state.pids["identify"][0]
    with something_written(stack, topics.IDENTITY_DECISIONS) as has_begun:
        told = stack.json("identity", "activate", "uk-2", *who, "--shadow", report["shadow_id"][:8])
        until(has_begun, "something has changed")
        os.kill(pid, signal.SIGKILL)
    under_way = [each for each in stack.records(topics.MODELS) if "records" in each] == []
    stack.settle()
    assert under_way, "it was over before it was killed: this shows nothing"

    moved = {each["subject_key"]: each["to"] for each in report["moved"]}
    assert assigned(stack) == before | moved
    said = stack.json("identity", "models")
    assert [each["model"] for each in said["models"] if each["holds"]] == ["uk-2"]
    [activation] = said["activations"]
    assert activation["activation_id"] == told["activation_id"]
    assert activation["shadow_id"] == report["shadow_id"]
    assert activation["applied_at"] is not None
    again = stack.json("identity", "shadow", "uk-2")
    assert (again["moved"], again["merged"], again["split"]) == ([], [], [])
    assert (again["reviews"]["opened"], again["reviews"]["closed"]) == ([], [])


def test_timelines_are_those_of_the_persons_that_the_report_named(stack: Stack) -> None:
    persons, audience = set(assigned(stack).values()), "police-intelligence-analyst"
    shown = {decode(value)["person"] for value in stack.timelines(audience).values()}
    assert shown == {stack.deployment.key.pseudonym(audience, person) for person in persons}


def test_a_worker_that_does_not_ship_the_model_ends_and_says_so(
    tmp_path: Path, demand: Callable[[str | None], None]
) -> None:
    """On a stack of its own, of whichever broker: it does not come back from it."""
    demand(embedded.why_not())
    told = activated(
        "by-another-release", "uk-99", by="Avery Example", reason="a newer one", at=datetime.now(UTC), shadow_id=None
    )
    with running(Stack(tmp_path / "data", broker="embedded")) as stack:
        with KafkaSink(stack.deployment.broker) as sink:
            sink.send(topics.MODELS, *told)
        log = stack.data_dir / "logs" / "identify.log"
        until(lambda: "leaving with code 70: UnknownModel: activation by-another-release" in log.read_text(), "it ends")
        assert "this release ships no identity model uk-99, but uk-1, uk-2" in log.read_text()
