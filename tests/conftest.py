"""What every test may use: the rule for parts whose engine this machine does not have, and what runs beside what."""

import gc
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import schemas.native

ROOT = Path(__file__).parents[1]
Demand = Callable[[str | None], None]
#: Each of these is one piece of work for a worker, begun before all others: it takes longest, and waits for most of it.
STACKS, ENGINES = LANES = ("tests with whole stacks", "tests with engines by themselves")

# Here the source runs, of which a test can count and replace the parts. What was compiled runs in every process that
# tests start, as it does for users, and `tests/streams/test_native.py` holds the two equal.
schemas.native.compiled = lambda init: []
del schemas.__path__[:-1]

# How long an example takes depends on what else the machine does; whether it holds does not.
settings.register_profile("fanlight", deadline=None)
settings.load_profile("fanlight")


def demand(why_not: str | None) -> None:
    """Go on if nothing is missing; else skip and say why, or fail where REQUIRE=all demands everything."""
    if why_not is None:
        return
    if os.environ.get("REQUIRE") == "all":
        pytest.fail(f"demanded by REQUIRE=all, but absent: {why_not}", pytrace=False)
    pytest.skip(why_not)


@pytest.fixture(scope="session", name="demand")
def demand_fixture() -> Demand:
    """`demand(why_not)`, for tests and fixtures that cannot import this file."""
    return demand


def pytest_collection_finish() -> None:
    """What thousands of tests and their modules hold stays to the end: no look for circles need go through it again."""
    gc.collect()
    gc.freeze()


@cache
def lane(path: str) -> str:
    """What the tests of a file are kept together with; the file itself where that is nothing else."""
    if not path.startswith("tests/system/"):
        return path
    return STACKS if "from tests.system.stack import" in (ROOT / path).read_text() else ENGINES


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A worker of `-n 2` hands out work in this order."""
    if hasattr(config, "workerinput"):
        first = {name: place for place, name in enumerate(LANES)}
        items.sort(key=lambda item: first.get(lane(item.nodeid.partition("::")[0]), len(first)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2` the tests of a file stay together, and no two whole stacks ever run side by side."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return lane(super()._split_scope(nodeid))

    config.option.loadscopereorder = False  # by number of tests, which says nothing of how long they take
    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tests_of: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        tests_of[reason] = tests_of.get(reason, 0) + 1
    if tests_of:
        terminalreporter.section("not run, because")
        for reason, count in sorted(tests_of.items()):
            terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}")
