"""Policies to ask: the one that ships, and a small one made so that its clauses get in each other's way."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from policies.engines.embedded import EmbeddedEngine
from policies.load import HERE, PolicySet

SMALL = Path(__file__).parent / "small"


@pytest.fixture(scope="session")
def policy() -> PolicySet:
    """The policy that ships."""
    return PolicySet.load()


@pytest.fixture
def small_directory(tmp_path: Path) -> Path:
    """The small policy's files, to be changed."""
    directory = tmp_path / "policies"
    shutil.copytree(SMALL, directory)
    shutil.copytree(HERE / "rego", directory / "rego")
    return directory


@pytest.fixture
def small(small_directory: Path) -> PolicySet:
    """The small policy."""
    return PolicySet.load(small_directory)


@pytest.fixture(scope="session")
def engine(policy: PolicySet) -> EmbeddedEngine:
    """The embedded engine with the policy that ships."""
    return EmbeddedEngine(policy)


@pytest.fixture(scope="session")
def asking() -> Callable[[Any, Sequence[dict[str, Any]]], Sequence[Any]]:
    """`asking(engine, inputs)`: the answers, from a test that is not asynchronous."""
    return lambda engine, inputs: asyncio.run(engine.evaluate(inputs))
