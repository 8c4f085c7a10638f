"""A pair of records from partner files to a steward's decision and back, on a running stack."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fanlight.engines import kafka
from fanlight.publishing import publish_files
from schemas import topics
from tests.scenarios.partner_files import concern, doubtful, missing, table
from tests.system.browser import Browser
from tests.system.stack import Stack, running, until

pytestmark = [pytest.mark.system, pytest.mark.kafka]

JORDAN = "steward-jordan-example"


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Callable[[str | None], None]
) -> Iterator[Stack]:
    """A stack in which police and a school know a child who may be one or two."""
    demand(kafka.why_not(tools_dir))
    folder = tmp_path_factory.mktemp("steward")
    seen, noted = doubtful("3 Invented Row")
    with running(Stack(folder / "data")) as stack:
        for source, mapping in (
            (table("missing.csv", [missing(1, "2026-11-03", **seen)]), "police-missing-episodes"),
            (table("concerns.csv", [concern(2, "2026-11-11", **noted)]), "school-concerns"),
        ):
            (folder / source.name).write_bytes(source.data)
            publish_files(stack.deployment, "csv", [folder / source.name], mapping=mapping)
        stack.settle()
        yield stack


@pytest.fixture
def browser(stack: Stack) -> Browser:
    """Jordan, who may see the records of all four agencies."""
    made = Browser(stack)
    made.open("/sign-in", actor=JORDAN)
    return made


def pairs(browser: Browser) -> list[str]:
    return re.findall(r'href="(/reviews/[0-9a-f-]{36})"', browser.open("/reviews"))


def form_of(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found
    return found[1]


def people(stack: Stack) -> int:
    """How many young people there are now."""
    now = {each["subject_key"]: each["person_id"] for each in stack.records(topics.ASSIGNMENTS)}
    return len(set(now.values()))


def test_a_pair_is_decided_and_taken_back_and_identity_follows(stack: Stack, browser: Browser) -> None:
    (pair,) = until(lambda: pairs(browser), "the pair to wait")
    page = browser.open(pair)
    for said in (
        "SYN-REF-88",
        "Z999000125002",
        "3 February 2012",
        "3 March 2012",
        "one figure differs",
        "3 invented row",
    ):
        assert said in page
    assert people(stack) == 2

    why = "The school and the force have the same sister on file."
    answer = browser.open(pair, kind="same", reason=why, form=form_of(page))
    assert "/reviews?recorded=" in str(browser.at)
    assert "Recorded: the same person." in answer
    until(lambda: people(stack) == 1, "the two to be one")
    until(lambda: not pairs(browser), "the pair to be settled")
    assert "This pair is not waiting" in browser.open(pair)

    (decision,) = set(re.findall(r'href="(/judgements/[0-9a-f-]{36})"', browser.open("/judgements")))
    browser.open(f"{decision}/undo", reason="It was her cousin.", form=form_of(browser.open(decision)))
    until(lambda: people(stack) == 2, "the two to be two again")
    assert until(lambda: pairs(browser), "the pair to wait again") == [pair]


def test_the_pair_is_there_after_the_pages_were_killed(stack: Stack) -> None:
    stack.kill_part("views")
    until(lambda: stack.get(f"http://127.0.0.1:{stack.port}/readyz")[0] == 200, "the pages to be ready")
    browser = Browser(stack)
    browser.open("/sign-in", actor=JORDAN)
    assert len(pairs(browser)) == 1


def test_every_look_at_the_pair_is_on_record(stack: Stack, browser: Browser) -> None:
    (pair,) = until(lambda: pairs(browser), "the pair to wait")
    browser.open(pair)
    looks = [look for look in stack.records(topics.LOOKS) if look["action"] == "review"]
    assert {(look["actor"], look["about"], look["person"]) for look in looks} == {
        (JORDAN, pair.removeprefix("/reviews/"), None)
    }
