"""A concern that waits for the safeguarding lead of the school: seen, released, shown, refused and recalled, on a
running stack whose worker is killed in between."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanlight.engines import kafka
from fanlight.publishing import publish_files
from schemas import topics
from tests.memory_bus import ANALYST
from tests.scenarios.partner_files import concern, table
from tests.system.stack import Stack, running

pytestmark = [pytest.mark.system, pytest.mark.kafka]

REASONS = [
    "clause_requires_review:county-childrens-safeguarding/CS-6",
    "clause_requires_review:exploitation-and-missing/EM-12",
]
SIGNED = ("--audience", ANALYST, "--name", "Robin Sample", "--reason", "PLANTED words of the lead")


def test_what_waits_is_released_and_recalled_by_whoever_published_it(
    tmp_path: Path, tools_dir: Path, demand: Callable[[str | None], None]
) -> None:
    demand(kafka.why_not(tools_dir))
    source = table("concerns.csv", [concern(2, "2026-11-11")])
    (tmp_path / source.name).write_bytes(source.data)
    with running(Stack(tmp_path / "data")) as stack:
        publish_files(stack.deployment, "csv", [tmp_path / source.name], mapping="school-concerns")
        stack.settle()
        (waits,) = stack.json("waiting", "list", "--agency", "school")
        event_id = waits["event_id"]
        assert (waits["audience"], waits["reasons"]) == (ANALYST, REASONS)
        shown = stack.json("waiting", "show", event_id)
        assert shown["record"].startswith("school:")
        assert [each["stands"] for each in shown["audiences"]] == ["waiting"]
        assert entries(stack, shown["record"]) == []

        answered = stack.json("waiting", "release", event_id, *SIGNED)
        assert (answered["event_id"], answered["answer"]) == (event_id, "release")
        stack.settle()
        (entry,) = entries(stack, shown["record"])
        assert (entry["event_id"], entry["clause"]) == (event_id, "CS-6")
        assert stack.json("waiting", "list") == []
        assert "already" in stack.run("waiting", "release", event_id, *SIGNED).stderr

        stack.kill_part("share")
        stack.json("waiting", "refuse", event_id, *SIGNED)
        stack.settle()
        assert entries(stack, shown["record"]) == []
        outcomes = [each["outcome"] for each in stack.json("decisions", "--event", event_id) if mine(each)]
        assert outcomes == ["REVIEW", "PERMIT", "DENY"]
        kinds = [each["kind"] for each in stack.records(topics.disclosures(ANALYST))]
        assert kinds == ["disclosed", "recalled"]
        (told,) = stack.json("waiting", "show", event_id)["audiences"]
        assert (told["stands"], [each["answer"] for each in told["answers"]]) == ("refused", ["release", "refuse"])
        for topic in (topics.DECISIONS, topics.disclosures(ANALYST), topics.timelines(ANALYST), topics.LOOKS):
            assert "PLANTED" not in json.dumps(stack.records(topic), default=str)


def mine(decision: dict[str, Any]) -> bool:
    return bool(decision["audience"] == ANALYST)


def entries(stack: Stack, record: str) -> list[dict[str, Any]]:
    found = json.loads(stack.timeline(record, ANALYST, "s47-enquiry"))["entries"]
    return [each for each in found if each["type"] == "school.safeguarding_concern"]
