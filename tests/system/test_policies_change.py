"""A board suspends its agreements and restarts the stack: what they let through is taken back, of everybody, and it is
told. A rehearsal said so before. In force again, it comes back."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka import Producer

import policies
import policies.load
from fanlight.bus import applied_policies
from fanlight.county import LEAST_PEOPLE, write_county
from fanlight.engines import kafka
from fanlight.settling import wait_until_settled
from schemas import topics
from schemas.timelines import timeline_in
from tests.memory_bus import ANALYST
from tests.system.stack import Stack

pytestmark = [pytest.mark.system]


def suspended(folder: Path) -> Path:
    """A folder with the policies in which no agreement is in force, to be found before the shipped ones."""
    return suspend(copied(folder))


def copied(folder: Path) -> Path:
    shipped = Path(policies.__file__).parent
    shutil.copytree(shipped, folder / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def suspend(folder: Path) -> Path:
    for file in (folder / "policies" / "agreements").glob("*.yaml"):
        file.write_text(file.read_text().replace("status: in_force", "status: suspended"))
    return folder


def entries(stack: Stack) -> dict[str, list[dict]]:
    """What each young person's timeline shows, but for under which decision."""
    return {
        person: [{**entry, "decision_id": None} for entry in timeline_in(value)["entries"]]
        for person, value in stack.timelines(ANALYST).items()
    }


def recalled(stack: Stack) -> Counter[str]:
    return Counter(each["reason"] for each in stack.records(topics.disclosures(ANALYST)) if each["kind"] == "recalled")


def say_under_way(stack: Stack) -> None:
    """As a worker that ended in the middle of deciding anew has left it."""
    now = next(each for each in applied_policies(stack.deployment.broker) if each.partition == 0)
    producer = Producer(stack.deployment.broker.librdkafka_options())
    key, value = now._replace(is_done=False).message(datetime.now(UTC))
    producer.produce(topics.POLICIES, value, key, 0)
    assert producer.flush(30) == 0


def explained(stack: Stack, decision: dict, files: Path) -> dict:
    """A decision explained on a machine that has these files."""
    here = policies.load.PolicySet.load(files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policies.load.PolicySet, "load", lambda: here)
        return next(
            e for e in stack.json("explain", decision["event_id"]) if e["decision_id"] == decision["decision_id"]
        )


@pytest.mark.kafka
def test_what_no_agreement_permits_any_more_is_recalled(
    tmp_path: Path, tools_dir: Path, demand: Callable[[str | None], None]
) -> None:
    demand(kafka.why_not(tools_dir))
    stack = Stack(tmp_path / "data")
    county = write_county(tmp_path / "county", people=LEAST_PEOPLE, today=datetime.now(UTC).date())
    try:
        stack.start()
        for delivery in county.deliveries:
            stack.publish(delivery)
        stack.settle()
        before, told = entries(stack), recalled(stack)
        granted = next(each for each in stack.decisions() if each["outcome"] == "PERMIT")
        decided = {each["decision_id"] for each in stack.decisions()}
        theirs = suspended(tmp_path / "theirs")
        assert stack.json("rehearse")["changes"] == []
        rehearsed = stack.json("rehearse", theirs / "policies")
        assert entries(stack) == before
        assert sum(map(len, before.values())) > 100
        stack.stop()

        stack.start(theirs)
        stack.settle()
        assert not entries(stack)
        taken = recalled(stack) - told
        assert taken == {"no_longer_permitted": sum(map(len, before.values()))}
        anew = [each for each in stack.decisions() if each["decision_id"] not in decided]
        assert {each["outcome"] for each in anew} == {"DENY"}
        told_before = next(each for each in rehearsed["audiences"] if each["audience"] == ANALYST)
        assert (told_before["recalled"], told_before["stand"]) == (taken["no_longer_permitted"], 0)
        assert rehearsed["revision"] == stack.json("rehearse")["instead_of"]
        # Of decisions of then and of now the words are those of then and of now, whichever files lie here.
        then, now = (explained(stack, each, theirs / "policies") for each in (granted, anew[0]))
        signed = policies.load.PolicySet.load().clause(granted["agreement"], granted["clause"])
        assert (then["ground"]["text"], then["revision_in_force"]) == (signed.text, False)
        assert (now["outcome"], now["revision_in_force"]) == ("DENY", True)
        stack.stop()

        stack.start()
        stack.settle()
        assert entries(stack) == before
        assert recalled(stack) == told + taken

        say_under_way(stack)
        assert wait_until_settled(stack.deployment, patience=2) == [
            f"share has not yet decided everybody on {topics.PERSONS}/0 under the policies that hold now"
        ]
        stack.kill_part("share")
        stack.settle()
    finally:
        stack.kill()


def test_a_worker_that_comes_back_does_not_put_in_force_what_was_edited_meanwhile(tmp_path: Path) -> None:
    theirs = copied(tmp_path / "theirs")
    stack = Stack(tmp_path / "data", broker="embedded").start(theirs)
    try:
        suspend(theirs)
        os.kill(stack.state.pids["share"][0], signal.SIGKILL)
        assert stack.ended(90) == 1
        assert f"{policies.load.PolicySet.load().revision} is to run: put its files back" in stack.err.read_text()
    finally:
        stack.kill()
