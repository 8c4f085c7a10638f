"""Runs of the resolver beside everything that the tests of a process hold."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from fanlight.linkage import replay


@pytest.fixture(scope="module", autouse=True)
def no_look_for_circles() -> Iterator[None]:
    """No run looks for circles before it begins, as each does to measure memory: here it would go through whatever the
    tests of the process hold, hundreds of times, for tenths of a second each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "gc", SimpleNamespace(collect=lambda: 0))
        yield
