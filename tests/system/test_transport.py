"""The transport against real Kafka: what is replayed, and what keeps a worker from starting."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.types import TP

from fanlight.engines.kafka import KafkaBroker
from streams.transport.preflight import topic_partitions
from streams.transport.records import Record
from streams.transport.replay import replay
from tests.system.crash.harness import REPOSITORY

pytestmark = [pytest.mark.system, pytest.mark.kafka]


@pytest.fixture
def prefix() -> str:
    return f"transport{time.time_ns()}"


async def make_topics(broker: KafkaBroker, **partitions: int) -> None:
    admin = AIOKafkaAdminClient(**broker.broker.client_options())
    await admin.start()
    await admin.create_topics([NewTopic(name, count, 1) for name, count in partitions.items()])
    await admin.close()


async def write(broker: KafkaBroker, topic: str, *values: bytes, commit: bool = True) -> None:
    options = broker.broker.client_options()
    async with AIOKafkaProducer(**options, transactional_id=f"writer-{topic}") as producer:
        await producer.begin_transaction()
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    # Readers are told some moments after the writer is; its next namesake is let in after that.
    async with AIOKafkaProducer(**options, transactional_id=f"writer-{topic}"):
        pass


async def replayed(broker: KafkaBroker, topic: str, end: int | None) -> tuple[list[bytes | None], int]:
    values: list[bytes | None] = []

    def apply(tp: TP, records: Sequence[Record]) -> None:
        values.extend(record.value for record in records)

    ends = await replay(broker.broker.client_options(), {TP(topic, 0): end}, apply)
    return values, ends[TP(topic, 0)]


async def test_a_replay_reads_what_is_committed_and_passes_what_was_aborted(
    shared_kafka: KafkaBroker, prefix: str
) -> None:
    await make_topics(shared_kafka, **{prefix: 1})
    await write(shared_kafka, prefix, b"a", b"b")
    await write(shared_kafka, prefix, b"lost", commit=False)
    await write(shared_kafka, prefix, b"c")
    # Offsets: a 0, b 1, marker 2, lost 3, marker 4, c 5, marker 6.
    assert await replayed(shared_kafka, prefix, None) == ([b"a", b"b", b"c"], 7)


@pytest.mark.parametrize(
    ("end", "values"), [(0, []), (1, [b"a"]), (2, [b"a", b"b"]), (3, [b"a", b"b"]), (99, [b"a", b"b"])]
)
async def test_a_replay_up_to_a_committed_offset_stops_there(
    shared_kafka: KafkaBroker, prefix: str, end: int, values: list[bytes]
) -> None:
    await make_topics(shared_kafka, **{prefix: 1})
    await write(shared_kafka, prefix, b"a", b"b")
    assert await replayed(shared_kafka, prefix, end) == (values, min(end, 3))


async def test_a_replay_of_an_empty_topic_ends(shared_kafka: KafkaBroker, prefix: str) -> None:
    await make_topics(shared_kafka, **{prefix: 1})
    assert await replayed(shared_kafka, prefix, None) == ([], 0)


async def test_partitions_are_known_only_of_topics_that_exist(shared_kafka: KafkaBroker, prefix: str) -> None:
    await make_topics(shared_kafka, **{prefix: 3})
    found = await topic_partitions(shared_kafka.broker.client_options(), [prefix, "missing"])
    assert found == {prefix: 3}
    assert await topic_partitions(shared_kafka.broker.client_options(), ["missing"]) == {}, "asking made it"


@pytest.mark.parametrize(
    ("partitions", "sentence"),
    [
        pytest.param(
            {"source": 4, "middle": 4},
            "sink topic {prefix}-output does not exist: create it before the worker starts",
            id="a sink is missing",
        ),
        pytest.param(
            {"source": 2, "middle": 4, "output": 4},
            "source topic {prefix}-source has 2 partitions and changelog {prefix}-counts-changelog has 4:"
            " a table's partitions must equal those of its sources",
            id="a source has other partitions than the table",
        ),
    ],
)
async def test_a_worker_whose_topics_do_not_fit_says_so_and_ends(
    shared_kafka: KafkaBroker, prefix: str, partitions: dict[str, int], sentence: str
) -> None:
    await make_topics(shared_kafka, **{f"{prefix}-{name}": count for name, count in partitions.items()})
    environment = {
        **os.environ,
        "CRASH_APP_ID": prefix,
        "CRASH_BOOTSTRAP": shared_kafka.address,
        "CRASH_CHUNK": "100",
        "CRASH_PAUSE_SECONDS": "0",
        "CRASH_WINDOW_SECONDS": "0.05",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "faust", "-A", "tests.system.crash.worker", "worker", "--without-web"],
        env=environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert sentence.format(prefix=prefix) in ended.stderr + ended.stdout
    assert ended.returncode == os.EX_SOFTWARE
