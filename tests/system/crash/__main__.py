"""By hand, for longer: python -m tests.system.crash --bootstrap 127.0.0.1:9092 kill --events 100000 --times 20."""

import argparse
import asyncio
import signal
import sys
import time

from schemas.broker import Broker
from tests.system.crash import scenarios
from tests.system.crash.harness import Plan, carry_out


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.system.crash", description=__doc__)
    parser.add_argument(
        "scenario",
        choices=["calm", "kill", "term", "zombie"],
        help="a zombie wants --pause 0.03 --window 1: only who has something to commit is fenced",
    )
    parser.add_argument("--bootstrap", required=True, help="a Kafka broker that asks for no password")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--persons", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=8, help="signals sent to the last worker")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--dynamic", action="store_true", help="dynamic group members instead of static ones")
    parser.add_argument("--chunk", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.01, help="seconds that each batch of the second stage waits")
    parser.add_argument("--window", type=float, default=0.05, help="commit window in seconds")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    return parser.parse_args()


async def main(given: argparse.Namespace) -> int:
    harms = {
        "kill": scenarios.restarts(signal.SIGKILL, given.times),
        "term": scenarios.restarts(signal.SIGTERM, given.times),
        "zombie": scenarios.zombie,
        "calm": scenarios.calm,
    }
    inexact = 0
    for turn in range(given.rounds):
        plan = Plan(
            broker=Broker(given.bootstrap),
            events=given.events,
            persons=given.persons,
            workers=given.workers,
            static=not given.dynamic,
            chunk=given.chunk,
            pause_seconds=given.pause,
            window_seconds=given.window,
            deadline_seconds=600.0,
        )
        result = await carry_out(plan, harms[given.scenario], seed=given.seed + turn)
        print(result, flush=True)
        inexact += not result.exact
    return 1 if inexact else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(arguments())))
