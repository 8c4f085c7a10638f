"""The style is a test: sizes, and things not done here, each with what to do instead."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "policies", "connectors", "streams", "views", "fanlight")
MODULES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MODULE_LINES_MAX = 350
FUNCTION_LINES_MAX = 50
README_LINES_MAX = 100

BANS = {
    r"\b(TODO|FIXME|XXX)\b": "finish it, or write it down where work is planned",
    r"except( Exception)?:\s*(pass|\.\.\.|continue)\b": "park it and say so: a lost event is a missed warning",
    r"^(#|//) ?[-=]{8,}": "no banners: a module that needs them is two modules",
    r"\bdef (?!get_response\b)(get|list|handle|process)_": "say what it does in the domain's words",
    r"\bunittest\.mock\b|\bmock\.patch\b": "a fake that is written down, not a patch",
}
#: What makes two runs of one log differ: it is handed in. `fanlight` composes, and may reach for it anywhere.
OUTER_WORLD = {
    "environment": ("os.environ", "os.getenv", "pydantic_settings"),
    "clock": (
        *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
        "datetime.date.today",
        *(f"time.{name}{unit}" for name in ("time", "monotonic", "perf_counter") for unit in ("", "_ns")),
    ),
    "randomness": ("random", "secrets", "os.urandom", "uuid.uuid1", "uuid.uuid4"),
}
MAY_REACH = {
    "environment": {
        "schemas/settings.py": "the settings of a worker and of the pages, read at their composition roots",
    },
    "clock": {
        "schemas/broker.py": "how long a fetch took that brought nothing",
        "streams/agents.py": "the wall clock that the composition root hands in",
        "streams/app.py": "composition root: the gate's clock",
        "streams/transport/driver.py": "when something was last committed, of which Faust keeps watch",
        "streams/transport/replay.py": "how long a replay took, for the log",
        "views/__main__.py": "composition root: the wall clock of every page",
        "views/kafka_subscription.py": "how long the broker has been silent",
    },
    "randomness": {"views/__main__.py": "composition root: session tokens, and the ids of looks and decisions"},
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_read_without_scrolling_back(path):
    text = path.read_text()
    assert text.count("\n") <= MODULE_LINES_MAX
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= FUNCTION_LINES_MAX] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name)
def test_nothing_banned_is_written(path):
    if path == Path(__file__):
        return
    text = path.read_text()
    assert [instead for ban, instead in BANS.items() if re.search(ban, text, re.MULTILINE)] == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_tests_poll_with_a_deadline_and_do_not_sleep_blindly(path):
    sleeps = [line for line in path.read_text().splitlines() if re.search(r"^\s+time\.sleep\((?!0\.)", line)]
    assert path == Path(__file__) or sleeps == []


def dotted(node: ast.expr) -> str:
    """`a.b.c` as it is written; empty for what is no such chain."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def named_from_outside(text: str) -> set[str]:
    """Every name that a module takes from an import or reaches by one, in full and under whatever name it goes here."""
    tree, full = ast.parse(text), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            full |= {each.asname: each.name for each in node.names if each.asname}
            full |= {top: top for each in node.names if not each.asname for top in each.name.split(".")[:1]}
        elif isinstance(node, ast.ImportFrom):
            full |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    chains = [dotted(node).partition(".") for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {*full.values(), *(f"{full[first]}.{rest}" for first, _, rest in chains if first in full)}


def reaches(kind: str, text: str) -> bool:
    return any(f"{found}.".startswith(f"{each}.") for found in named_from_outside(text) for each in OUTER_WORLD[kind])


@pytest.mark.parametrize("kind", OUTER_WORLD)
def test_environment_clock_and_randomness_are_reached_only_where_it_is_said_why(kind):
    thinking = [path for path in MODULES if not path.is_relative_to(ROOT / "fanlight")]
    assert {name(path) for path in thinking if reaches(kind, path.read_text())} == set(MAY_REACH[kind])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("environment", "import os\nos.environ.get('HOME')"),
        ("environment", "import os.path\nos.environ['HOME']"),
        ("environment", "from os import getenv as read\nread('HOME')"),
        ("clock", "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
        ("clock", "import datetime as dt\ndt.date.today()"),
        ("clock", "def late():\n    from time import monotonic"),
        ("randomness", "from random import Random"),
        ("randomness", "from uuid import uuid4"),
    ],
)
def test_reaching_for_them_is_seen_under_any_name(kind, text):
    assert reaches(kind, text)
    assert not reaches(kind, "from datetime import datetime, timedelta\nimport os, uuid\nos.fsync(uuid.UUID)")


def test_the_readme_can_be_read_at_one_sitting():
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES_MAX


def test_our_packages_are_the_ones_imported():
    for room in ROOMS:
        module = __import__(room)
        assert Path(module.__file__).is_relative_to(ROOT), room
