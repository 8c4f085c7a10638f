"""`python -m benchmarks`: measure the bus and plain Faust in one run, print JSON, write docs/performance.md."""

import argparse
import asyncio
import gc
import json
import logging
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import runs
from benchmarks.compare import plain_faust
from benchmarks.load import Load
from benchmarks.machine import machine, versions
from benchmarks.peers import PEER_SINKS
from benchmarks.report import marks, page, write_between
from benchmarks.runs import Figures
from benchmarks.stack import Stack
from connectors.sending import TopicMessage

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_QUICK = {"events": 5_000, "people": 2_000, "rate": 500.0, "seconds": 6.0, "peer": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much is measured."""

    events: int
    people: int
    rate: float
    seconds: float
    peer: int
    quick: bool

    @property
    def cold(self) -> int:
        """Events drained first, while the workers still ask for every ruling."""
        return self.events // 10

    @property
    def paced(self) -> int:
        """Events of the steady rate."""
        return round(self.rate * self.seconds)


def main(argv: Sequence[str]) -> None:
    """Measure everything; a quick run checks the harness and writes no page."""
    options = _options(argv)
    # Kafka's clients log every password that travels in the clear, here only over the loopback, and every request
    # they repeat because a topic was made a moment ago. What fails for good is raised.
    for client in ("aiokafka", "kafka"):
        logging.getLogger(client).setLevel(logging.CRITICAL)
    figures = measure(options)
    print(json.dumps(figures, indent=1))
    if not options.quick:
        write_between(PAGE, page(figures))
        _tell(f"written: docs/{PAGE.name}")


def _options(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events drained")
    parser.add_argument("--people", type=int, default=20_000, help="young people they are about")
    parser.add_argument("--rate", type=float, default=5_000.0, help="events a second of the steady rate")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long that rate is held")
    parser.add_argument("--peer", type=int, default=3_000, help="events for plain Faust")
    parser.add_argument("--quick", action="store_true", help="about a minute, to check that the benchmark itself works")
    given = parser.parse_args(argv)
    return Options(**(vars(given) | (_QUICK if given.quick else {})))


def measure(options: Options) -> Figures:
    """Everything, on three fresh stacks one after another."""
    load = Load(options.people, datetime.now(UTC).replace(microsecond=0))
    _tell(f"making {options.cold + options.events + options.paced:,} events about {options.people:,} young people")
    cold, drained, paced = (load.take(count) for count in (options.cold, options.events, options.paced))
    gc.freeze()  # else this process would look through all of them while it measures
    figures: Figures = {
        "date": load.now.date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "load": {
            "people": options.people,
            "source_records": load.source_records,
            "bytes_an_event": round(statistics.fmean(len(message.value) for message in drained), 1),
        },
        "embedded": _bus((cold, drained, paced), options, opa_server=False),
        "opa": _bus((cold, drained, paced), options, opa_server=True),
        "peer": _peer(drained[: options.peer]),
    }
    return figures | {"marks": marks(figures)}


def _bus(slices: tuple[list[TopicMessage], ...], options: Options, *, opa_server: bool) -> Figures:
    cold, drained, paced = slices
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Stack(Path(folder), opa_server=opa_server) as stack:
        engine = "OPA server" if opa_server else "embedded engine"
        for stage in ("share", "identify"):
            stack.start_worker(stage)
        _tell(f"{engine}: draining {len(cold):,} events with cold caches")
        figures: Figures = {"cold": asyncio.run(runs.drain(stack, cold))}
        _tell(f"{engine}: {figures['cold']['events_per_second']:,} events/s; now draining {len(drained):,}")
        figures["drain"] = asyncio.run(runs.drain(stack, drained))
        _tell(f"{engine}: {figures['drain']['events_per_second']:,} events/s; now {options.rate:,.0f} a second")
        figures["steady"] = asyncio.run(runs.steady(stack, paced, options.rate))
        _tell(f"{engine}: p99 {figures['steady']['latency_ms']['p99']:,} ms")
        if not opa_server:
            figures["restart"] = {stage: asyncio.run(runs.restart(stack, stage)) for stage in ("share", "identify")}
        return figures


def _peer(messages: Sequence[TopicMessage]) -> Figures:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Stack(Path(folder), opa_server=True, extra_topics=PEER_SINKS) as stack,
    ):
        _tell(f"plain Faust: {len(messages):,} events")
        return asyncio.run(plain_faust(stack, messages))


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
