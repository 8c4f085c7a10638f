"""Whatever is killed, every event comes out once, in order, and the tables say the same as the log."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from fanlight.engines import rights
from fanlight.engines.kafka import KafkaBroker
from fanlight.parts import Part
from tests.system.crash import scenarios
from tests.system.crash.harness import Harm, Plan, Result, Run, carry_out, until

pytestmark = [pytest.mark.system, pytest.mark.kafka]


def assert_harmed_at_work(result: Result) -> None:
    """Else the test shows nothing."""
    assert result.harmed_at
    assert max(result.harmed_at) < result.sent, "a signal came when all was done"


async def test_a_worker_killed_again_and_again_loses_and_repeats_nothing(
    shared_kafka: KafkaBroker, tmp_path: Path
) -> None:
    # Without a window one transaction follows the other: a kill always falls into some.
    plan = Plan(broker=shared_kafka.broker, window_seconds=0.0, pause_seconds=0.05)
    result = await carry_out(plan, scenarios.restarts(signal.SIGKILL, 4), logs=tmp_path)
    assert result.exact, result
    assert_harmed_at_work(result)
    assert result.exit_codes == [-signal.SIGKILL] * 4 + [os.EX_OK]


async def test_a_worker_told_to_stop_again_and_again_loses_and_repeats_nothing(
    shared_kafka: KafkaBroker, tmp_path: Path
) -> None:
    result = await carry_out(
        Plan(broker=shared_kafka.broker, pause_seconds=0.05), scenarios.restarts(signal.SIGTERM, 4), logs=tmp_path
    )
    assert result.exact, result
    assert_harmed_at_work(result)
    # Told before it listens, it ends by the signal.
    assert set(result.exit_codes) <= {os.EX_OK, -signal.SIGTERM}


@pytest.mark.parametrize(
    ("static", "harm"),
    [
        pytest.param(True, scenarios.restarts(signal.SIGKILL, 3), id="static members killed"),
        pytest.param(False, scenarios.restarts(signal.SIGKILL, 3), id="dynamic members killed"),
        pytest.param(False, scenarios.restarts(signal.SIGTERM, 3), id="dynamic members told to stop"),
    ],
)
async def test_two_workers_of_which_one_is_restarted_lose_and_repeat_nothing(
    shared_kafka: KafkaBroker, tmp_path: Path, static: bool, harm: Harm
) -> None:
    plan = Plan(broker=shared_kafka.broker, workers=2, static=static, pause_seconds=0.1)
    result = await carry_out(plan, harm, logs=tmp_path)
    assert result.exact, result
    assert_harmed_at_work(result)
    assert os.EX_SOFTWARE not in result.exit_codes, "nobody should have been fenced"


@pytest.mark.parametrize("static", [pytest.param(True, id="static"), pytest.param(False, id="dynamic")])
async def test_a_worker_that_wakes_after_its_work_was_given_away_is_fenced(
    shared_kafka: KafkaBroker, tmp_path: Path, static: bool
) -> None:
    # Slow batches and a long window: whenever it is stopped, something finished is not yet committed.
    plan = Plan(broker=shared_kafka.broker, workers=2, static=static, pause_seconds=0.03, window_seconds=1.0)
    result = await carry_out(plan, scenarios.zombie, logs=tmp_path)
    assert result.exact, result
    assert_harmed_at_work(result)
    assert os.EX_SOFTWARE in result.exit_codes


async def test_a_broker_killed_and_started_again_makes_no_difference(kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    harm = scenarios.broker_killed(kafka_broker.kill, kafka_broker.start)
    result = await carry_out(Plan(broker=kafka_broker.broker), harm, logs=tmp_path)
    assert result.exact, result


async def test_a_worker_told_to_stop_while_its_broker_is_away_ends_before_it_would_be_killed(
    kafka_broker: KafkaBroker, tmp_path: Path
) -> None:
    ended_after: list[float] = []

    async def harm(run: Run) -> None:
        [worker] = run.workers
        await run.output_reaches(run.plan.events)
        kafka_broker.kill()
        await run.jitter(3.0, 2.0)
        worker.keep = False
        began_at = time.monotonic()
        worker.send(signal.SIGTERM)
        await until(lambda: worker.process.poll() is not None, 90, "an end after SIGTERM")
        ended_after.append(time.monotonic() - began_at)
        await asyncio.to_thread(kafka_broker.start)
        worker.keep = True
        await run.look_until(lambda: worker.exit_codes != [] and worker.ready, "a worker that is ready")

    result = await carry_out(Plan(broker=kafka_broker.broker, events=500), harm, logs=tmp_path)
    assert result.exact, result
    assert result.exit_codes == [os.EX_OK, os.EX_OK]
    assert ended_after[0] < Part(name="share", argv=[]).stop_seconds_max


async def test_a_broker_that_asks_for_a_password_is_given_it_by_every_producer_and_consumer(
    secured_kafka: KafkaBroker, tmp_path: Path
) -> None:
    plan = Plan(broker=secured_kafka.broker_for(rights.BUS), events=5_000)
    result = await carry_out(plan, scenarios.restarts(signal.SIGKILL, 1), logs=tmp_path)
    assert result.exact, result
