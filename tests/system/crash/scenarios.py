"""The harm that is done: each takes a run and returns when it has done it."""

import asyncio
import signal
import time
from collections.abc import Callable

from tests.system.crash.harness import Harm, Run, until


def restarts(number: signal.Signals, times: int, which: int = -1) -> Harm:
    """Signal one worker at points spread over the run, now and then just after it started."""

    async def harm(run: Run) -> None:
        for turn in range(times):
            worker = run.workers[which]
            if turn % 3 < 2:
                await run.output_reaches(run.plan.events * (turn + 1) // (times + 1))
                await run.jitter(0.1)
            else:
                await run.jitter(3.0)  # while it starts, joins or replays
            worker.send(number)
            ended = len(worker.exit_codes) + 1
            await _look_until(run, lambda: len(worker.exit_codes) >= ended, f"an end after {number.name}")  # noqa: B023  # called within the turn

    return harm


async def _look_until(run: Run, true: Callable[[], bool], what: str) -> None:
    def looked() -> bool:
        for worker in run.workers:
            worker.look()
        return true()

    await until(looked, run.plan.deadline_seconds, what)


async def calm(run: Run) -> None:
    """No harm: the time between the first and the last result is that of the pipeline."""
    await run.output_reaches(1)
    began_at = time.monotonic()
    await run.output_reaches(run.plan.events)
    rate = run.plan.events / (time.monotonic() - began_at)
    print(f"{rate:,.0f} events a second through both stages", flush=True)


async def zombie(run: Run) -> None:
    """Stop a worker for longer than its session, let another do its work, and wake it."""
    sleeper = run.workers[-1]
    await run.output_reaches(run.plan.events // 4)
    sleeper.send(signal.SIGSTOP)
    try:
        await run.output_reaches(run.plan.events)
    finally:
        sleeper.send(signal.SIGCONT)
    await _look_until(run, lambda: bool(sleeper.exit_codes), "the end of a worker that was fenced")


def broker_killed(kill: Callable[[], None], start: Callable[[], None]) -> Harm:
    """Kill the broker in the middle and start it again."""

    async def harm(run: Run) -> None:
        await run.output_reaches(run.plan.events // 3)
        await run.jitter(0.1)
        await asyncio.to_thread(kill)
        await asyncio.to_thread(start)

    return harm
