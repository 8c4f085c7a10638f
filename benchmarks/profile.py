"""`python -m benchmarks.profile identify|share`: CPU per event of a pure stage over the same load.

CPU time and not wall time, and the least of several repeats: other work on the machine can only add to either. What
runs is what a worker runs between reading a batch and putting its records.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.load import KEY, Load
from fanlight.deployment import PERSON_PARTITIONS
from policies.engines import open_engine
from policies.gate import Gate
from policies.load import PolicySet
from schemas import topics
from streams.collecting import collect_rarely
from streams.identifying import Identify
from streams.identity.registry import Registry
from streams.identity.snapshot import of_event
from streams.opening import open_event
from streams.puts import Put
from streams.sharing import Share

#: The day on which the load was received: the same load in every run, under agreements that were in force.
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
_MICRO = 1_000_000
_ROOT = Path(__file__).parents[1]

Parts = dict[str, float]


class Clock:
    """CPU seconds by part, and a profile over all parts where one is wanted."""

    def __init__(self, profile: cProfile.Profile | None = None) -> None:
        self.seconds: Parts = defaultdict(float)
        self._profile = profile

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens in the block to this part."""
        if self._profile is not None:
            self._profile.enable()
        began_at = time.process_time()
        try:
            yield
        finally:
            self.seconds[name] += time.process_time() - began_at
            if self._profile is not None:
                self._profile.disable()


def identified(values: Sequence[bytes], clock: Clock) -> list[Put]:
    """Every event through the identify stage."""
    stage, puts = Identify(KEY, PERSON_PARTITIONS), []
    with clock.part("take"):
        for value in values:
            puts += stage.take(value, NOW)
    return puts


def inside_identify(values: Sequence[bytes], clock: Clock) -> None:
    """What of `take` is reading and deciding, done once more by themselves; the rest of it is encoding."""
    with clock.part("read"):
        opened = [open_event(value, arriving=True) for value in values]
    registry = Registry(lambda subject_key: KEY.derive("person", subject_key))
    with clock.part("decide"):
        for event in opened:
            registry.observe(of_event(event.header, event.rest.get("person")))


def shared(puts: Sequence[Put], batch: int, gate: Gate, clock: Clock) -> list[Put]:
    """Every event through the share stage in batches of a partition; what comes out."""
    stage = Share(KEY, tuple(gate.policy.audiences), PERSON_PARTITIONS)
    waiting: dict[int, list[bytes | None]] = defaultdict(list)
    for put in puts:
        if put.topic == topics.PERSONS:
            waiting[put.partition or 0].append(put.value)
    written: list[Put] = []
    while any(waiting.values()):
        for partition in range(PERSON_PARTITIONS):
            values, waiting[partition] = waiting[partition][:batch], waiting[partition][batch:]
            out = asyncio.run(_share(stage, partition, values, gate, clock))
            written += out
            for put in out:
                if put.topic == topics.PERSONS:
                    waiting[put.partition or 0].append(put.value)
    return written


async def _share(stage: Share, partition: int, values: Sequence[bytes | None], gate: Gate, clock: Clock) -> list[Put]:
    with clock.part("read"):
        incoming = stage.read(values)
    with clock.part("ask"):
        asked = stage.asked(partition, incoming)
    await gate.prepare(asked)  # a ruling is evaluated once: what is counted is finding it again
    with clock.part("decide"):
        await gate.prepare(asked)
        rulings = gate.rulings(asked)
    with clock.part("take"):
        return stage.take(partition, incoming, rulings.__getitem__, NOW)


def least(run: Callable[[Clock], object], repeats: int) -> Parts:
    """Each part's least CPU seconds over the repeats."""
    found: list[Parts] = []
    for _ in range(repeats):
        clock = Clock()
        gc.collect()
        clock.seconds["reference"] = reference()
        run(clock)
        found.append(clock.seconds)
    return {name: min(parts[name] for parts in found) for name in found[0]}


def reference() -> float:
    """CPU seconds of a fixed piece of plain Python: on a busy machine it slows down as the stages do."""
    began_at = time.process_time()
    held: dict[int, str] = {}
    for number in range(200_000):
        held[number & 1023] = str(number)
    return time.process_time() - began_at


def hot_spots(profile: cProfile.Profile, top: int, events: int) -> list[str]:
    """Where the time goes by function: relative, because the profiler itself slows small functions most."""
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in stats.values())
    rows = sorted(((row[2], row[1], where) for where, row in stats.items()), reverse=True)[:top]
    return [f"{own / total:6.1%}  {calls / events:7.2f} calls an event  {_name(where)}" for own, calls, where in rows]


def _name(where: tuple[str, int, str]) -> str:
    file, line, function = where
    path = Path(file)
    if file == "~":
        return function
    known = path.is_relative_to(_ROOT) and ".venv" not in path.parts
    return f"{path.relative_to(_ROOT) if known else path.name}:{line} {function}"


def main(argv: Sequence[str]) -> None:
    """Print µs an event by part, and the hot spots."""
    options = _options(argv)
    collect_rarely()  # as in the workers
    values = [message.value for message in Load(options.people, NOW).take(options.events)]
    profile = cProfile.Profile()
    if options.stage == "identify":
        parts = least(lambda clock: identified(values, clock), options.repeats)
        parts |= least(lambda clock: inside_identify(values, clock), options.repeats)
        parts["encode"] = parts["take"] - parts["read"] - parts["decide"]
        total, unit = parts.pop("take"), parts.pop("reference")
        identified(values, Clock(profile))
    else:
        puts = identified(values, Clock())
        policy = PolicySet.load()
        gate = Gate(policy, open_engine("embedded", policy), lambda: int(NOW.timestamp() * 1e9))
        parts = least(lambda clock: shared(puts, options.batch, gate, clock), options.repeats)
        unit = parts.pop("reference")
        total = sum(parts.values())
        shared(puts, options.batch, gate, Clock(profile))
    print(f"{unit * 1000:.1f} ms for the reference loop: compare runs only where it is alike, or by their ratio to it")
    for name, seconds in [*parts.items(), ("all", total)]:
        print(f"{name:8} {seconds / len(values) * _MICRO:7.1f} µs an event")
    print(*hot_spots(profile, options.top, len(values)), sep="\n")


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("stage", choices=("identify", "share"))
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=4_000)
    parser.add_argument("--batch", type=int, default=500, help="records of one partition in a batch (share)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--top", type=int, default=10)
    return parser.parse_args(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
