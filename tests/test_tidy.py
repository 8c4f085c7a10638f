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
READS_ENVIRONMENT = {"__main__.py", "app.py"}


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


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_composition_roots_read_the_environment(path):
    if re.search(r"\bos\.environ\b|\bos\.getenv\b", path.read_text()):
        in_fanlight = path.is_relative_to(ROOT / "fanlight")
        assert in_fanlight or path.name in READS_ENVIRONMENT


def test_the_readme_can_be_read_at_one_sitting():
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES_MAX


def test_our_packages_are_the_ones_imported():
    for room in ROOMS:
        module = __import__(room)
        assert Path(module.__file__).is_relative_to(ROOT), room
