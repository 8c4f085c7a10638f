"""The harm that is done: each takes a run and returns when it has done it."""

import asyncio
import signal
import time
from collections.abc import Callable

from tests.system.crash.harness import Harm, Run


def restarts(number: signal.Signals, times: int) -> Harm:
    """Signal the last worker while it works, and every third time while it starts, joins or replays."""

    async def harm(run: Run) -> None:
        worker = run.workers[-1]
        for turn in range(times):
            if turn % 3 < 2:
                await run.look_until(lambda: worker.ready, "a worker that is ready")
                # Its own first results may be anybody's: what counts is that it is at work by then.
                await run.output_reaches(run.reader.count + run.plan.chunk)
                await run.jitter(0.2)
            else:
                await run.jitter(3.0)
            ended = len(worker.exit_codes) + 1
            run.harm(worker, number)
            await run.look_until(lambda ended=ended: len(worker.exit_codes) >= ended, f"an end after {number.name}")

    return harm


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
    # Output is seen just after a commit, when nothing waits for the next.
    await run.jitter(run.plan.window_seconds / 2, run.plan.window_seconds / 4)
    run.harm(sleeper, signal.SIGSTOP)
    try:
        await run.output_reaches(run.plan.events)
    finally:
        sleeper.send(signal.SIGCONT)
    await run.look_until(lambda: bool(sleeper.exit_codes), "the end of a worker that was fenced")


def broker_killed(kill: Callable[[], None], start: Callable[[], None]) -> Harm:
    """Kill the broker in the middle and start it again."""

    async def harm(run: Run) -> None:
        await run.output_reaches(run.plan.events // 3)
        await run.jitter(0.1)
        await asyncio.to_thread(kill)
        await asyncio.to_thread(start)

    return harm
