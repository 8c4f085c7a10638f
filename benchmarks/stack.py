"""A broker, an OPA server where one is asked for, and workers as processes, in a folder that goes when all is done."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

from benchmarks.load import KEY
from benchmarks.measure import cpu_seconds
from fanlight.bus import create_topics
from fanlight.deployment import PERSON_PARTITIONS
from fanlight.engines import KafkaBroker, OpaServer, default_tools_dir
from fanlight.engines.server import Server
from fanlight.linkage.speed import resident_bytes
from fanlight.parts import Part, Process
from fanlight.ports import answers, free_port
from fanlight.stack import credentials
from policies.load import PolicySet
from schemas.broker import Broker
from schemas.topics import Spread, Topic, table

READY_SECONDS_MAX = 300.0


class Stack:
    """Everything that is measured, each part a process of its own. Leaving the `with` block ends what it started."""

    def __init__(self, folder: Path, *, opa_server: bool = False, extra_topics: Iterable[str] = ()) -> None:
        tools_dir = default_tools_dir(os.environ)
        self.policy = PolicySet.load()
        self.audiences = tuple(self.policy.audiences)
        self.folder = folder
        self.topics = (*table(self.audiences), *map(_by_person, extra_topics))
        self.kafka = KafkaBroker(folder, tools_dir, free_port())
        self.opa = OpaServer(folder / "policies", free_port(), tools_dir, log_dir=folder) if opa_server else None
        self._workers: dict[str, Process] = {}
        self._ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        try:
            self.kafka.start()
            create_topics(self.broker, self.topics, PERSON_PARTITIONS)
            (self.folder / "key").write_text(KEY.secret.hex())
            if self.opa is not None:
                self.policy.write_bundle(self.opa.bundle_dir)
                self.opa.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        for worker in self._workers.values():
            worker.kill()
        for engine in self._engines():
            engine.kill()  # its data goes with the folder: nothing is gained by stopping it tidily

    def _engines(self) -> list[Server]:
        return [engine for engine in (self.opa, self.kafka) if engine is not None]

    @property
    def broker(self) -> Broker:
        """How the bus itself connects, password and all."""
        return self.kafka.broker

    @property
    def partitions(self) -> dict[str, int]:
        """Every topic and its number of partitions."""
        return {t.name: PERSON_PARTITIONS if t.spread is Spread.PERSON else 1 for t in self.topics}

    def start_worker(self, stage: str) -> float:
        """Start `python -m streams STAGE`; seconds from there until /readyz says 200."""
        port = self._ports[stage] = free_port()
        env = {
            **credentials(self.broker),
            "FANLIGHT_KEY_FILE": str(self.folder / "key"),
            "FANLIGHT_OPA": self.opa.url if self.opa is not None else "embedded",
            "FANLIGHT_HEALTH_PORT": str(port),
        }
        return self.start(stage, ["-m", "streams", stage], env, lambda: answers(port, "/readyz"))

    def start(self, name: str, arguments: list[str], env: Mapping[str, str], ready: Callable[[], bool]) -> float:
        """Start a Python program; seconds until it is ready."""
        began_at = time.perf_counter()
        part = Part(
            name=name,
            argv=[sys.executable, *arguments],
            env=env,
            ready=ready,
            ready_seconds_max=READY_SECONDS_MAX,
            stop_seconds_max=60.0,
        )
        self._workers[name] = process = Process(part, self.folder / f"{name}.log")
        process.start()
        process.wait_ready()
        return time.perf_counter() - began_at

    def stop_worker(self, stage: str) -> float:
        """SIGTERM; seconds until it has ended."""
        began_at = time.perf_counter()
        self._workers.pop(stage).stop()
        return time.perf_counter() - began_at

    def demand_alive(self) -> None:
        """Raise with its last words if a process has ended by itself: what is measured then is nothing."""
        for process in self._workers.values():
            if not process.alive:
                ending = f"{process.part.name} {process.ending()}"
                raise RuntimeError(f"{ending} while it was measured{process.last_words()}")

    def cpu(self) -> dict[str, float]:
        """CPU seconds that each process has used so far."""
        engines = {engine.name: engine.pid for engine in self._engines()}
        pids = engines | {name: process.pid for name, process in self._workers.items()}
        return {name: cpu_seconds(pid) for name, pid in sorted(pids.items()) if pid is not None}

    def resident(self, worker: str) -> int:
        """Bytes of memory that a worker holds."""
        pid = self._workers[worker].pid
        assert pid is not None, "a worker that is held has been started"
        return resident_bytes(pid)

    def bytes_written(self) -> dict[str, int]:
        """Bytes in the logs of each topic; segments are larger than all of it, so nothing has been compacted yet."""
        found: dict[str, int] = {}
        for segment in (self.kafka.home / "log").glob("*/*.log"):
            topic = segment.parent.name.rpartition("-")[0]
            if not topic.startswith("__"):
                found[topic] = found.get(topic, 0) + segment.stat().st_size
        return dict(sorted(found.items()))


def _by_person(name: str) -> Topic:
    return Topic(name=name, records="", key="", spread=Spread.PERSON, written_by=(), read_by=())
