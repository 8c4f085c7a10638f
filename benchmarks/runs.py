"""The measurements. Each returns plain figures; what they mean is written in docs/performance.md."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.measure import latencies, spent
from benchmarks.stack import Stack
from benchmarks.traffic import Publisher, Reader, count_decisions, count_records
from connectors.sending import TopicMessage
from fanlight.deployment import PERSON_PARTITIONS
from fanlight.settling import behind
from schemas import topics

Figures = dict[str, Any]

#: The first seconds of a steady rate are not counted: connections and caches are still warming.
WARM_SECONDS = 3.0
_QUIET_SECONDS = 1.0
_SETTLE_SECONDS_MAX = 900.0
_MS = 1000
_MICRO = 1_000_000


def _timelines(stack: Stack) -> dict[str, int]:
    return {topics.timelines(audience): PERSON_PARTITIONS for audience in stack.audiences}


async def _settled(stack: Stack, reader: Reader) -> None:
    """Wait until everything published is readable. Asking the broker costs CPU, so only when nothing comes any more."""
    deadline = time.monotonic() + _SETTLE_SECONDS_MAX
    while True:
        await reader.quiet(_QUIET_SECONDS)
        stack.demand_alive()
        if not await asyncio.to_thread(behind, stack.broker):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not everything was readable after {_SETTLE_SECONDS_MAX:.0f} s")


async def drain(stack: Stack, messages: Sequence[TopicMessage]) -> Figures:
    """Publish into idle workers as fast as the broker takes it, until the last timeline is read."""
    records, sizes = await count_records(stack.broker, stack.partitions), stack.bytes_written()
    decided = await count_decisions(stack.broker, PERSON_PARTITIONS)
    before = stack.cpu()
    publisher = Publisher(stack.broker)
    async with Reader(stack.broker, _timelines(stack)) as reader:
        began_at = time.time()
        await publisher.flat_out(messages)
        published = time.time() - began_at
        await _settled(stack, reader)
        seconds = reader.last_at - began_at
    cpu = spent(before, stack.cpu())
    after = await count_records(stack.broker, stack.partitions)
    written = {name: count - records[name] for name, count in after.items()}
    return {
        "events": len(messages),
        "seconds": round(seconds, 2),
        "seconds_publishing": round(published, 2),
        "events_per_second": round(len(messages) / seconds),
        "decisions_per_second": round((await count_decisions(stack.broker, PERSON_PARTITIONS) - decided) / seconds),
        "cpu_seconds": cpu,
        "cpu_us_per_event": _per_event(cpu, len(messages)),
        "records_written": written,
        "bytes_written": {name: size - sizes.get(name, 0) for name, size in stack.bytes_written().items()},
    }


async def steady(stack: Stack, messages: Sequence[TopicMessage], rate: float) -> Figures:
    """So many events a second into warm workers: how long each timeline took to become readable."""
    before = stack.cpu()
    publisher = Publisher(stack.broker)
    async with Reader(stack.broker, _timelines(stack)) as reader:
        began_at = await publisher.steadily(messages, rate)
        await _settled(stack, reader)
        last_at, arrivals = reader.last_at, reader.arrivals
    cpu = spent(before, stack.cpu())
    due_seconds = len(messages) / rate
    counted = [late for stamp, late in arrivals if stamp + late >= (began_at + WARM_SECONDS) * _MS]
    return {
        "rate": rate,
        "events": len(messages),
        "seconds": round(due_seconds, 2),
        "latency_ms": {name: round(value, 1) for name, value in latencies(counted).items()},
        "timelines_counted": len(counted),
        "events_per_second": round(len(messages) / max(due_seconds, last_at - began_at)),
        "seconds_behind_at_the_end": round(max(0.0, last_at - began_at - due_seconds), 2),
        "sender_late_ms_max": round(publisher.late_seconds_max * _MS, 1),
        "cpu_seconds": cpu,
        "cpu_us_per_event": _per_event(cpu, len(messages)),
    }


async def restart(stack: Stack, stage: str) -> Figures:
    """SIGTERM, start again with all the state there is, until /readyz says 200."""
    read_back = {
        "identify": (topics.SOURCE_RECORDS, topics.FEEDS),
        "share": (topics.PERSONS, *_timelines(stack)),
    }[stage]
    stopping = stack.stop_worker(stage)
    ready = stack.start_worker(stage)
    every = stack.partitions
    records = await count_records(stack.broker, {name: every[name] for name in read_back})
    return {
        "seconds_to_stop": round(stopping, 2),
        "seconds_to_ready": round(ready, 2),
        "records_replayed": sum(records.values()),
        "records_replayed_by_topic": records,
    }


def _per_event(cpu: Mapping[str, float], events: int) -> dict[str, float]:
    return {name: round(seconds / events * _MICRO, 1) for name, seconds in cpu.items()}
