"""Exactly-once Faust: outputs, table changes and source offsets of a batch are one Kafka transaction.

An agent gets batches, puts everything that follows from one, and finishes it:

    from streams.transport import App, batches, guarded

    app = App("share", broker="127.0.0.1:9092", sinks=["decisions"])
    persons = app.topic("persons.events", partitions=4)
    timelines = app.Table(
        "timelines", partitions=4,
        changelog_topic=app.topic("timelines.analyst", partitions=4, compacting=True),
    )
    known = {}                                       # partition → state whose log is the source topic itself
    app.replay("persons.events", apply=remember, forget=lambda partition: known.pop(partition, None))

    @app.agent(persons)
    @guarded                                         # an exception ends the process, not the batch
    async def share(stream):
        async for batch in batches(stream):          # only batches that this worker owns
            answers = await decide(batch.records)    # await first ...
            for record, answer in zip(batch.records, answers, strict=True):
                batch.put("decisions", record.key, answer, timestamp=record.timestamp)
                old = timelines.data.get(record.key)
                batch.write(timelines, record.key, fold(old, record), timestamp=record.timestamp)
            await batch.done()                       # ... nothing between the first put and this

`batch.records` are aiokafka ConsumerRecords in offset order; keys and values are bytes everywhere. Beneath
`Batch` are `app.transactions.owns(message)`, `.put_all(tp, rows, timestamp)` and
`await .done(tp, next_offset)`. docs/transport.md says what holds, and why Faust alone does not do.
"""

from streams.transport.app import App
from streams.transport.batch import batches, guarded
from streams.transport.records import Record
from streams.transport.settings import Settings

__all__ = ["App", "Record", "Settings", "batches", "guarded"]
