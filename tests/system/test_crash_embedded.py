"""Exactly once without Java: the embedded broker, within what it can do."""

import signal
from pathlib import Path

import pytest

from fanlight.engines.embedded import EmbeddedBroker
from tests.system.crash import scenarios
from tests.system.crash.harness import Plan, carry_out

pytestmark = pytest.mark.system


async def test_static_members_of_the_embedded_broker_lose_and_repeat_nothing(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    plan = Plan(broker=embedded_broker.broker, events=5_000)
    result = await carry_out(plan, scenarios.restarts(signal.SIGKILL, 2), logs=tmp_path)
    assert result.exact, result
