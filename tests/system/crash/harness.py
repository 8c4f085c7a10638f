"""Starts workers, does them harm, restarts what ended, and compares what came out with what went in."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from schemas.broker import Broker, on_either_broker

PARTITIONS = 4
POLL_SECONDS = 0.05
REPOSITORY = Path(__file__).parents[3]


@dataclass(kw_only=True)
class Plan:
    """How many events, how fast, by how many workers of which kind."""

    broker: Broker
    events: int = 20_000
    persons: int = 1_000
    workers: int = 1
    static: bool = True
    chunk: int = 100
    pause_seconds: float = 0.01
    window_seconds: float = 0.05
    deadline_seconds: float = 90.0
    app_id: str = field(default_factory=lambda: f"crash{time.time_ns() // 1000}")

    def topic(self, name: str) -> str:
        return f"{self.app_id}-{name}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a reader of committed records sees at the end, beside what was sent."""

    sent: int
    lost: int
    duplicated: int
    in_order: bool
    wrong_counts: int
    exit_codes: list[int]
    harmed_at: list[int]  # how much had come out at each signal
    seconds: float

    @property
    def exact(self) -> bool:
        return (self.lost, self.duplicated, self.wrong_counts) == (0, 0, 0) and self.in_order


async def until(true: Callable[[], bool], deadline_seconds: float, what: str) -> None:
    """Poll until it is true; fail with what was awaited."""
    end = time.monotonic() + deadline_seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {deadline_seconds:.0f} s: {what}")
        await asyncio.sleep(POLL_SECONDS)


class Worker:
    """One Faust process that is started again whenever it ends, as a supervisor would."""

    def __init__(self, plan: Plan, name: str, logs: Path) -> None:
        self._plan = plan
        self._log = logs / f"{name}.log"
        self._env = {
            **os.environ,
            "CRASH_APP_ID": plan.app_id,
            "CRASH_BOOTSTRAP": plan.broker.bootstrap,
            "CRASH_CHUNK": str(plan.chunk),
            "CRASH_PAUSE_SECONDS": str(plan.pause_seconds),
            "CRASH_WINDOW_SECONDS": str(plan.window_seconds),
        }
        if plan.broker.username is not None and plan.broker.password is not None:
            self._env |= {"CRASH_USERNAME": plan.broker.username, "CRASH_PASSWORD": plan.broker.password}
        if plan.static:
            self._env["CRASH_INSTANCE"] = name
        self.exit_codes: list[int] = []
        self.keep = True
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = ["-m", "faust", "-A", "tests.system.crash.worker", "worker", "-l", "info", "--without-web"]
        with self._log.open("ab") as log:
            self._log_begins_at = log.tell()
            return subprocess.Popen([sys.executable, *command], env=self._env, cwd=REPOSITORY, stdout=log, stderr=log)

    @property
    def ready(self) -> bool:
        """Whether it owns its partitions and has its state, since it was last started."""
        with self._log.open("rb") as log:
            log.seek(self._log_begins_at)
            return b"Worker ready" in log.read()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def look(self) -> None:
        """Note that it ended, and start it again unless it should stay down."""
        code = self.process.poll()
        if code is not None and self.keep:
            self.exit_codes.append(code)
            self.process = self._start()

    async def stop(self) -> None:
        """SIGTERM, and the exit code."""
        self.keep = False
        self.send(signal.SIGTERM)
        try:
            await until(lambda: self.process.poll() is not None, 30, f"{self._log.name}: an end after SIGTERM")
        finally:
            self.send(signal.SIGKILL)
            self.exit_codes.append(self.process.wait())


class Reader:
    """Reads the output and the table's changelog as they are committed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.output: dict[int, list[bytes]] = {number: [] for number in range(PARTITIONS)}
        self.table: dict[bytes, bytes] = {}

    @property
    def count(self) -> int:
        return sum(len(values) for values in self.output.values())

    async def read(self) -> None:
        """Follow both topics until cancelled."""
        async with self._consumer() as consumer:
            while True:
                await self._poll(consumer, timeout_ms=100)

    async def read_to_end(self) -> None:
        """Read both topics afresh, once, as far as anything is committed."""
        self.__init__(self._plan)  # type: ignore[misc]  # begin again
        async with self._consumer() as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                await self._poll(consumer, timeout_ms=200)

    @contextlib.asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        options = self._plan.broker.client_options()
        consumer = on_either_broker(AIOKafkaConsumer(**options, isolation_level="read_committed"))
        await consumer.start()
        try:
            topics = [self._plan.topic("output"), self._plan.topic("counts-changelog")]
            partitions = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
            consumer.assign(partitions)
            for partition in partitions:
                consumer.seek(partition, 0)
            yield consumer
        finally:
            await consumer.stop()

    async def _poll(self, consumer: AIOKafkaConsumer, timeout_ms: int) -> None:
        for partition, records in (await consumer.getmany(timeout_ms=timeout_ms)).items():
            if partition.topic == self._plan.topic("output"):
                self.output[partition.partition].extend(record.value for record in records)
            else:
                self.table.update((record.key, record.value) for record in records)


class Run:
    """One plan being carried out; scenarios do harm through it."""

    def __init__(self, plan: Plan, logs: Path, rng: random.Random) -> None:
        self.plan = plan
        self.rng = rng
        self.workers: list[Worker] = []
        self.reader = Reader(plan)
        self.harmed_at: list[int] = []
        self._logs = logs

    def start_worker(self) -> Worker:
        """One more worker."""
        worker = Worker(self.plan, f"w{len(self.workers)}", self._logs)
        self.workers.append(worker)
        return worker

    async def output_reaches(self, count: int) -> None:
        """Wait until so many results are committed."""
        await self.look_until(lambda: self.reader.count >= count, f"{count} results")

    def harm(self, worker: Worker, number: signal.Signals) -> None:
        """Send a signal, and note how much had come out by then."""
        self.harmed_at.append(self.reader.count)
        worker.send(number)

    async def look_until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until it is true, keeping the workers up meanwhile."""

        def looked() -> bool:
            for worker in self.workers:
                worker.look()
            return true()

        codes = [worker.exit_codes for worker in self.workers]
        await until(looked, self.plan.deadline_seconds, f"{what} (exit codes {codes})")

    async def jitter(self, seconds_max: float, seconds_min: float = 0.0) -> None:
        """A random moment, so that harm is not done always at the same point of a batch."""
        await asyncio.sleep(self.rng.uniform(seconds_min, seconds_max))


Harm = Callable[[Run], Awaitable[None]]


async def carry_out(plan: Plan, harm: Harm, *, logs: Path | None = None, seed: int = 0) -> Result:
    """Publish, start, harm, wait for the end, stop, compare."""
    logs = logs or Path(tempfile.mkdtemp(prefix="crash-"))
    run = Run(plan, logs, random.Random(seed))
    began_at = time.monotonic()
    sent = await publish(plan)
    following = asyncio.create_task(follow(run.reader))
    try:
        for _ in range(plan.workers):
            run.start_worker()
        with contextlib.suppress(TimeoutError):  # what is missing is then counted
            await harm(run)
            await run.output_reaches(plan.events)
        for worker in run.workers:
            await worker.stop()
    finally:
        following.cancel()
        for worker in run.workers:
            worker.send(signal.SIGKILL)
            worker.process.wait()
    reader = Reader(plan)
    await reader.read_to_end()
    return compare(sent, reader, run, time.monotonic() - began_at)


async def follow(reader: Reader) -> None:
    """Read on, whatever happens to the broker."""
    while True:
        with contextlib.suppress(KafkaError, OSError):
            reader.__init__(reader._plan)  # type: ignore[misc]  # from the start
            await reader.read()
        await asyncio.sleep(POLL_SECONDS)


def compare(sent: dict[int, list[bytes]], reader: Reader, run: Run, seconds: float) -> Result:
    """Every partition's input must come out of the next one, in order; every key's count must be its events."""
    expected = {(number + 1) % PARTITIONS: values for number, values in sent.items()}
    went_in = Counter(value for values in sent.values() for value in values)
    came_out = Counter(value for values in reader.output.values() for value in values)
    keys = Counter(key_of(value) for value in went_in)
    table = {key: int(value) for key, value in reader.table.items()}
    return Result(
        sent=sum(went_in.values()),
        lost=(went_in - came_out).total(),
        duplicated=(came_out - went_in).total(),
        in_order=reader.output == expected,
        wrong_counts=sum(table.get(key) != number for key, number in keys.items()) + len(table.keys() - keys),
        exit_codes=[code for worker in run.workers for code in worker.exit_codes],
        harmed_at=run.harmed_at,
        seconds=seconds,
    )


def key_of(value: bytes) -> bytes:
    return value.split(b" ")[0]


async def publish(plan: Plan) -> dict[int, list[bytes]]:
    """Make the topics and send the events, behind some that are taken back; the values of each partition, in order."""
    options = plan.broker.client_options()
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    names = ["source", "middle", "output", "counts-changelog"]
    await admin.create_topics([NewTopic(plan.topic(name), PARTITIONS, 1) for name in names])
    await admin.close()
    sent: dict[int, list[bytes]] = {number: [] for number in range(PARTITIONS)}
    for number in range(plan.events):
        key = b"p%d" % (number % plan.persons)
        sent[zlib.crc32(key) % PARTITIONS].append(key + b" e%d" % number)
    async with AIOKafkaProducer(**options, transactional_id=plan.topic("publisher")) as producer:
        await producer.begin_transaction()
        await asyncio.gather(*(send(producer, plan.topic("source"), number, [b"p0 never"]) for number in sent))
        await producer.abort_transaction()
    async with AIOKafkaProducer(**options, linger_ms=5, max_batch_size=500_000, acks="all") as producer:
        await asyncio.gather(*(send(producer, plan.topic("source"), *item) for item in sent.items()))
    return sent


async def send(producer: AIOKafkaProducer, topic: str, partition: int, values: Iterable[bytes]) -> None:
    waiting = [await producer.send(topic, value, key=key_of(value), partition=partition) for value in values]
    await asyncio.gather(*waiting)
