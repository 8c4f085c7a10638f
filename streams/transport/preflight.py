"""What must be true of the topics before a worker may start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from streams.transport.errors import TopicsUnfit


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What an application reads and writes; `tables` are the changelogs of its tables.

    `concurrent` names the agents that would have several batches in hand at once.
    """

    sources: tuple[str, ...]
    sinks: tuple[str, ...]
    tables: tuple[str, ...]
    replays: tuple[str, ...]
    concurrent: tuple[str, ...] = ()

    @property
    def topics(self) -> list[str]:
        """Every topic that must exist."""
        return sorted({*self.sources, *self.sinks, *self.tables, *self.replays})


def problems(needs: Needs, partitions: Mapping[str, int]) -> list[str]:
    """A sentence for each thing that is wrong; none if the worker may start."""
    found = [
        f"source topic {topic} has more than one agent: its offsets can travel in one transaction only"
        for topic in sorted({topic for topic in needs.sources if needs.sources.count(topic) > 1})
    ]
    found += [f"agent {name} must have a concurrency of 1: batches finish in order" for name in needs.concurrent]
    uses = [
        ("source", needs.sources),
        ("sink", needs.sinks),
        ("changelog", needs.tables),
        ("replayed", needs.replays),
    ]
    for use, topics in uses:
        found += [
            f"{use} topic {topic} does not exist: create it before the worker starts"
            for topic in dict.fromkeys(topics)
            if topic not in partitions
        ]
    found += [
        f"source topic {source} has {partitions[source]} partitions and changelog {changelog} has"
        f" {partitions[changelog]}: a table's partitions must equal those of its sources"
        for changelog in needs.tables
        for source in needs.sources
        if {source, changelog} <= partitions.keys() and partitions[source] != partitions[changelog]
    ]
    return found


async def check(options: Mapping[str, Any], needs: Needs) -> dict[str, int]:
    """The partitions of every topic in use; raises TopicsUnfit with every sentence that applies."""
    partitions = await topic_partitions(options, needs.topics)
    if found := problems(needs, partitions):
        raise TopicsUnfit("; ".join(found))
    return partitions


async def topic_partitions(options: Mapping[str, Any], topics: Iterable[str]) -> dict[str, int]:
    """How many partitions each of these topics has, without those that do not exist."""
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    try:
        # All topics, because asking for a missing one by name creates it on a broker that is set to.
        known = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    finally:
        await admin.close()
    return {topic: known[topic] for topic in topics if known.get(topic)}
