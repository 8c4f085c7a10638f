"""How far the workers have come: what has not yet reached every timeline, and waiting until all has."""

import time
from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from fanlight.bus import POLL_MS, RECONNECT, activations, open_consumer
from fanlight.deployment import Deployment, reasons
from fanlight.revisions import Revisions
from policies.load import PolicySet
from schemas import topics
from schemas.applied import Applied
from schemas.broker import Broker

SETTLE_SECONDS = 60.0
#: How long a reader may stand still before what it stands at counts as something that nobody can read yet.
_UNREAD_SECONDS = 10.0


def wait_until_settled(deployment: Deployment, patience: float = SETTLE_SECONDS) -> list[str]:
    """Wait while the workers make progress; what is left when they have made none for `patience` seconds."""
    before, since = None, time.monotonic()
    while left := _left(deployment):
        if left != before:
            before, since = left, time.monotonic()
        elif time.monotonic() - since > patience:
            return [*left, *reasons(deployment.state)]
        time.sleep(0.1)
    return []


def _left(deployment: Deployment) -> list[str]:
    try:
        return unsettled(deployment, time.time_ns())
    except KafkaError as error:
        return [f"the broker gave no answer ({type(error).__name__})"]


def unsettled(deployment: Deployment, now_ns: int) -> list[str]:
    """What has not yet reached every timeline, a sentence each: published events, and what other policies or another
    day take back or let through."""
    broker = deployment.broker
    return behind(broker) or list(_undecided(Revisions(broker), deployment.state.revision, now_ns))


def _undecided(revisions: Revisions, revision: str, now_ns: int) -> Iterator[str]:
    """Of the partitions of which somebody is still to be decided under the policies that hold now. While the stack
    starts it may have others than the log has heard of."""
    for each in revisions.applied:
        is_done = each.is_done and each.revision == revision
        if not is_done or _is_past(each, revisions.policy(each.revision), now_ns):
            place = f"{topics.PERSONS}/{each.partition}"
            yield f"share has not yet decided everybody on {place} under the policies that hold now"


def _is_past(applied: Applied, policy: PolicySet, now_ns: int) -> bool:
    """Whether an agreement has begun or ended since, which a worker that is away at midnight has not heard of yet."""
    return policy.revision == applied.revision and policy.epoch_ns(now_ns) > applied.epoch_ns


def behind(broker: Broker) -> list[str]:
    """What published events have not yet gone through, a sentence each; none when all has been decided on once.

    Stages are looked at in the order of the flow: a stage's outputs and offsets are one transaction, so when the first
    has nothing before it, all it will ever write is before the second.
    """
    admin, consumer = KafkaAdminClient(**broker.client_options(), **RECONNECT), open_consumer(broker)
    try:
        identified, shared = (list(_behind(admin, consumer, stage)) for stage in topics.SOURCES)
        return [*identified, *_unapplied(broker), *shared]
    finally:
        consumer.close()
        admin.close()


def _unapplied(broker: Broker) -> Iterator[str]:
    """Of the model that was activated last, while records are still being resolved by it."""
    activated = activations(broker)
    if activated and activated[-1]["applied_at"] is None:
        yield f"identify has not yet resolved every record by {activated[-1]['model']}, which was activated"


def _behind(admin: KafkaAdminClient, consumer: KafkaConsumer, stage: str) -> Iterator[str]:
    """Of the partitions that a stage has not read to the end; markers of transactions count among the offsets."""
    group = topics.consumer_group(stage)
    tps = [TopicPartition(name, n) for name in topics.SOURCES[stage] for n in consumer.partitions_for_topic(name) or ()]
    committed = {tp: known.offset for tp, known in admin.list_group_offsets({group: tps})[group].items()}
    consumer.assign(tps)
    ends, starts = consumer.end_offsets(tps), consumer.beginning_offsets(tps)
    for tp in tps:
        at = max(committed.get(tp, 0), starts[tp])
        if at < ends[tp] and _has_records(consumer, tp, at, ends[tp]):
            yield f"{stage} is {ends[tp] - at} offsets behind on {tp.topic}/{tp.partition}"


def _has_records(consumer: KafkaConsumer, tp: TopicPartition, start: int, end: int) -> bool:
    """Whether anything but transaction markers lies between: a marker is never delivered, but takes an offset.

    What cannot be read on is something too, such as what waits behind a transaction that nobody ends.
    """
    consumer.assign([tp])
    consumer.seek(tp, start)
    at, moved_at = start, time.monotonic()
    while at < end:
        if consumer.poll(timeout_ms=POLL_MS, max_records=1) or time.monotonic() - moved_at > _UNREAD_SECONDS:
            return True
        if (now_at := consumer.position(tp)) > at:
            at, moved_at = now_at, time.monotonic()
    return False
