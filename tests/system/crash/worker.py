"""The application that is killed: two stages that copy every event and count events per key, twice over.

One count is a table whose changelog travels in the transaction; the other is memory rebuilt from the source
topic itself. They must agree after every batch, whatever was killed before.
"""

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import Sequence

from schemas.broker import Broker
from streams.transport import App, Record, Settings, batches, guarded

PARTITIONS = 4
APP_ID = os.environ["CRASH_APP_ID"]
SOURCE, MIDDLE, OUTPUT = f"{APP_ID}-source", f"{APP_ID}-middle", f"{APP_ID}-output"
PAUSE_SECONDS = float(os.environ["CRASH_PAUSE_SECONDS"])

app = App(
    APP_ID,
    broker=Broker(os.environ["CRASH_BOOTSTRAP"], os.environ.get("CRASH_USERNAME"), os.environ.get("CRASH_PASSWORD")),
    sinks=[MIDDLE, OUTPUT],
    settings=Settings(
        batch_records_max=int(os.environ["CRASH_CHUNK"]),
        window_seconds=float(os.environ["CRASH_WINDOW_SECONDS"]),
        backlog_window_seconds=float(os.environ["CRASH_WINDOW_SECONDS"]),
    ),
    consumer_group_instance_id=os.environ.get("CRASH_INSTANCE"),  # without: a dynamic member
    broker_session_timeout=6.0,  # the shortest that brokers accept
    worker_redirect_stdouts=False,
)
source = app.topic(SOURCE, partitions=PARTITIONS)
middle = app.topic(MIDDLE, partitions=PARTITIONS)
counts = app.Table("counts", partitions=PARTITIONS)
seen: dict[int, Counter[bytes | None]] = defaultdict(Counter)


def remember(partition: int, records: Sequence[Record]) -> None:
    seen[partition].update(record.key for record in records)


def forget(partition: int) -> None:
    seen.pop(partition, None)


app.replay(MIDDLE, apply=remember, forget=forget)


@app.agent(source)
@guarded
async def route(stream):
    async for batch in batches(stream):
        # To the next partition, so that the second stage reads what another producer, maybe of another worker, wrote.
        partition = (batch.partition + 1) % PARTITIONS
        for record in batch.records:
            batch.put(MIDDLE, record.key, record.value, partition=partition, timestamp=record.timestamp)
        await batch.done()


@app.agent(middle)
@guarded
async def count(stream):
    async for batch in batches(stream):
        if PAUSE_SECONDS:
            await asyncio.sleep(PAUSE_SECONDS)  # as if a policy server were asked
        remember(batch.partition, batch.records)
        changed: dict[bytes, int] = {}
        for record in batch.records:
            key = record.key
            before = changed[key] if key in changed else int(counts.data.get(key, b"0"))
            changed[key] = before + 1
            batch.put(OUTPUT, key, record.value, timestamp=record.timestamp)
        for key, number in changed.items():
            batch.write(counts, key, b"%d" % number)
            replayed = seen[batch.partition][key]
            assert replayed == number, "the log and the table disagree"
        await batch.done()
