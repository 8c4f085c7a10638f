"""The figures of docs/transport.md: python -m tests.system.crash.measure --bootstrap 127.0.0.1:9092."""

import argparse
import asyncio
import logging
import time
import zlib

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.types import TP

from schemas.broker import Broker
from streams.transport import App
from streams.transport.replay import replay
from streams.transport.store import ReplayStore
from tests.system.crash import scenarios
from tests.system.crash.harness import PARTITIONS, Plan, carry_out


async def fill(broker: Broker, topic: str, records: int, keys: int, value_bytes: int) -> None:
    """A topic of so many records of so many bytes."""
    admin = AIOKafkaAdminClient(**broker.client_options())
    await admin.start()
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await admin.close()
    async with AIOKafkaProducer(**broker.client_options(), linger_ms=5, max_batch_size=500_000) as producer:
        waiting = []
        for number in range(records):
            key = b"p%d" % (number % keys)
            value = (b"%d" % number).ljust(value_bytes, b".")
            waiting.append(await producer.send(topic, value, key=key, partition=zlib.crc32(key) % PARTITIONS))
        await asyncio.gather(*waiting)


async def replays(broker: Broker, records: int) -> None:
    """A changelog into a table's store, and a source topic into a callback that looks at each record."""
    app = App("measure", broker=broker)
    table = app.Table("measured", partitions=PARTITIONS)
    for name, value_bytes in (("changelog", 2_000), ("source", 300)):
        topic = f"measure-{name}-{time.time_ns()}"
        await fill(broker, topic, records, records // 4, value_bytes)
        ends = {TP(topic, number): None for number in range(PARTITIONS)}
        store = ReplayStore("replay://", app, table)
        last: dict[bytes | None, int] = {}

        def apply(tp, found, store=store, last=last, name=name):
            if name == "changelog":
                store.apply(found)
            else:
                for record in found:
                    last[record.key] = record.offset

        began_at = time.perf_counter()
        await replay(broker.client_options(), ends, apply)
        seconds = time.perf_counter() - began_at
        print(f"replay of a {name}: {records} records of {value_bytes} bytes in {seconds:.2f} s,", end=" ")
        print(f"{records / seconds:,.0f} a second", flush=True)


async def pipeline(broker: Broker, events: int, window_seconds: float) -> None:
    """Two stages in one worker, nobody killed, from the start of the process."""
    plan = Plan(
        broker=broker, events=events, persons=events // 10, chunk=2_000, pause_seconds=0.0,
        window_seconds=window_seconds, deadline_seconds=300.0,
    )  # fmt: skip
    result = await carry_out(plan, scenarios.calm)
    print(f"two stages, window {window_seconds} s: {result}", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.system.crash.measure", description=__doc__)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--records", type=int, default=200_000)
    given = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    broker = Broker(given.bootstrap)
    await replays(broker, given.records)
    for window_seconds in (0.05, 0.02):
        await pipeline(broker, given.records, window_seconds)


if __name__ == "__main__":
    asyncio.run(main())
