"""The bus as the operator's commands see it: topics made, and whole topics read."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

from fanlight.errors import StackError
from schemas import topics
from schemas.aborts import still_aborted
from schemas.activations import ACTIVATION, MODEL_APPLIED
from schemas.applied import Applied, PolicyText, applied_in
from schemas.broker import Broker
from schemas.codec import decode, record_name
from schemas.decisions import decisions_in
from schemas.errors import InvalidAgreement, InvalidEvent
from schemas.keys import DeploymentKey
from schemas.signature import unsigned
from schemas.sizes import RECORD_BYTES_MAX
from schemas.timelines import timeline_in
from schemas.topics import Spread, Topic

POLL_MS = 200
#: How long a broker that runs may take to answer at all.
_ANSWER_MS = 15_000
#: How long a command waits for the rest of what it reads: a broker that was killed is back within half of it.
_SILENCE_SECONDS = 60.0
#: A broker that makes some twenty topics needs a second or two, and many times that on a busy machine.
_TOPICS_SECONDS = 30
#: Kafka compacts whole segments that are full: at its gigabyte a worker would read back every version of everything.
_COMPACTED = {"cleanup.policy": "compact", "segment.bytes": str(64 << 20)}
#: A broker that is started again is back within seconds: the client's own pauses would grow to half a minute.
RECONNECT: dict[str, Any] = {"reconnect_backoff_max_ms": 1000}


def create_topics(broker: Broker, table: Iterable[Topic], person_partitions: int) -> None:
    """Make the topics that are not there yet; where persons are in partitions already, in as many.

    When this returns they can be used. Raises StackError where they cannot be after half a minute, where no broker
    answers, and where one is in other partitions, such as a broker makes of itself for whoever asks first.
    """
    admin = _admin(broker)
    try:
        wanted = {topic.name: topic for topic in table}
        there = _partitions(admin, wanted.keys() & set(admin.list_topics()))
        person_partitions = there.get(topics.PERSONS, person_partitions)
        missing = [_new_topic(topic, person_partitions) for name, topic in wanted.items() if name not in there]
        for name, found in sorted(there.items()):
            if found != (needed := _spread_over(wanted[name], person_partitions)):
                raise StackError(
                    f"{name} on {broker.bootstrap} has {found} partitions, and the bus needs {needed}: somebody else"
                    " has made it; take it away, or name a broker without it"
                )
        if missing:
            admin.create_topics(missing)
            _await_topics(admin, {topic.name for topic in missing})
    finally:
        admin.close()


def _admin(broker: Broker) -> KafkaAdminClient:
    try:
        return KafkaAdminClient(**broker.client_options(), **RECONNECT, bootstrap_timeout_ms=_ANSWER_MS)
    except KafkaError as fault:
        raise StackError(
            f"the broker at {broker.bootstrap} gave no answer ({type(fault).__name__}):"
            " see whether it runs there, and takes the account it is asked with"
        ) from None


def _topics_on(broker: Broker) -> set[str]:
    admin = _admin(broker)
    try:
        return set(admin.list_topics())
    finally:
        admin.close()


def _await_topics(admin: KafkaAdminClient, names: set[str]) -> None:
    """A broker says that a topic is made before it tells everybody of it."""
    deadline = time.monotonic() + _TOPICS_SECONDS
    while unknown := names - set(admin.list_topics()):
        if time.monotonic() > deadline:
            raise StackError(f"the broker has not made {min(unknown)} in {_TOPICS_SECONDS} s: see its log")
        time.sleep(POLL_MS / 1000)


def _new_topic(topic: Topic, person_partitions: int) -> NewTopic:
    # Nothing is forgotten by age: retention is decided by the agreements, not by a broker's default of a week.
    configs = (_COMPACTED if topic.compacted else {"retention.ms": "-1"}) | {"max.message.bytes": str(RECORD_BYTES_MAX)}
    partitions = _spread_over(topic, person_partitions)
    return NewTopic(topic.name, num_partitions=partitions, replication_factor=1, topic_configs=configs)


def _spread_over(topic: Topic, person_partitions: int) -> int:
    return person_partitions if topic.spread is Spread.PERSON else 1


def _partitions(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, int]:
    """In how many partitions each of these topics is."""
    named = sorted(names)
    return {each["name"]: len(each["partitions"]) for each in (admin.describe_topics(named) if named else ())}


def open_consumer(broker: Broker) -> KafkaConsumer:
    """A reader of what is committed, from the beginning."""
    consumer = KafkaConsumer(
        **broker.client_options(),
        **RECONNECT,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20,
    )
    return _leaves_out_only_aborted(consumer)


def _leaves_out_only_aborted(consumer: KafkaConsumer) -> KafkaConsumer:
    """What `schemas.broker.on_either_broker` does to the other client, which has no public place for it either."""
    take = consumer._fetcher._handle_fetch_response

    def corrected(node: int, asked: Mapping[TopicPartition, int], sent_at: float, answer: Any) -> None:
        for topic in answer.responses:
            for found in topic.partitions:
                if aborted := found.aborted_transactions:
                    since = asked[TopicPartition(topic.topic, found.partition_index)]
                    pairs = [(each.producer_id, each.first_offset) for each in aborted]
                    left, found.records = still_aborted(found.records or b"", pairs, since, found.last_stable_offset)
                    kept = zip(aborted, pairs, strict=True)
                    found.aborted_transactions = [each for each, pair in kept if pair in left]
        take(node, asked, sent_at, answer)

    consumer._fetcher._handle_fetch_response = corrected
    return consumer


def read_topic(broker: Broker, topic: str) -> Iterator[Any]:
    """Every committed record of a topic as it stands now."""
    consumer = open_consumer(broker)
    try:
        tps = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        if not tps:
            return
        consumer.assign(tps)
        ends = consumer.end_offsets(tps)
        for tp, start in consumer.beginning_offsets(tps).items():
            consumer.seek(tp, start)
        yield from _until(consumer, ends)
    finally:
        consumer.close()


def _until(consumer: KafkaConsumer, ends: dict[TopicPartition, int]) -> Iterator[Any]:
    before, moved_at = None, time.monotonic()
    while (at := {tp: consumer.position(tp) for tp in ends}) and any(at[tp] < end for tp, end in ends.items()):
        if at != before:
            before, moved_at = at, time.monotonic()
        elif time.monotonic() - moved_at > _SILENCE_SECONDS:
            raise StackError(
                f"the broker stopped in the middle of {min(ends).topic}: try again when the stack is ready"
            )
        for records in consumer.poll(timeout_ms=POLL_MS).values():
            yield from records


def read_records(broker: Broker, topic: str) -> Iterator[dict[str, Any]]:
    """The decoded Avro records of a topic."""
    return (decode(record.value) for record in read_topic(broker, topic) if record.value is not None)


def by_partition(broker: Broker, topic: str) -> dict[int, list[tuple[bytes, bytes | None]]]:
    """Keys and values of a topic, in the order of each partition."""
    found: defaultdict[int, list[tuple[bytes, bytes | None]]] = defaultdict(list)
    for record in read_topic(broker, topic):
        found[record.partition].append((record.key or b"", record.value))
    return found


def standing(broker: Broker, topic: str) -> list[bytes]:
    """What a compacted topic holds now: the last value of each key that has not been taken back."""
    last: dict[bytes | None, bytes | None] = {record.key: record.value for record in read_topic(broker, topic)}
    return [value for value in last.values() if value is not None]


def read_timelines(broker: Broker, audience: str) -> dict[str, dict[str, Any]]:
    """An audience's timelines as they are now, by pseudonym."""
    return {each["person"]: each for each in map(timeline_in, standing(broker, topics.timelines(audience)))}


def demand_audiences(broker: Broker, audiences: Iterable[str]) -> None:
    """Refuse policies that leave out an audience to which something is still shown: no worker would take it back.

    Raises InvalidAgreement; StackError where no broker answers.
    """
    for topic in sorted(_topics_on(broker) - {topics.timelines(audience) for audience in audiences}):
        audience = topic.removeprefix(topics.timelines(""))
        if audience != topic and any(each["entries"] for each in read_timelines(broker, audience).values()):
            raise InvalidAgreement(
                f"{audience} is still shown timelines, and no policies/audiences/{audience}.yaml is there: put it back,"
                " let no clause name it, and take it away when `fanlight settle` has returned"
            )


def demand_key(broker: Broker, key: DeploymentKey | None) -> None:
    """Refuse a key, or to make one, where what the broker holds was published under another: nobody would be found
    again, and whatever is published again would stand beside itself.

    Raises StackError; also where no broker answers.
    """
    if topics.SOURCE_RECORDS not in _topics_on(broker):
        return
    holds_records = False
    for each in read_records(broker, topics.SOURCE_RECORDS):
        if not each.get("source_id"):  # written by schema release 1.0, or the saying of a record told of already
            continue
        if key is not None and key.subject_key(each["agency"], each["source_id"]) == each["subject_key"]:
            return
        holds_records = True
    if holds_records:
        raise StackError(
            f"what {broker.bootstrap} holds was published under another deployment key: name the file of its key with"
            " --key-file"
        )


def read_decisions(broker: Broker) -> Iterator[dict[str, Any]]:
    """Every decision, as fanlight.bus.Decision."""
    for record in read_topic(broker, topics.DECISIONS):
        if record.value is not None:
            yield from decisions_in(record.value)


def told_of_policies(broker: Broker) -> list[Applied | PolicyText]:
    """Under which policies each partition of persons is decided, and what stood in all that ever decided anything."""
    return [applied_in(value) for value in standing(broker, topics.POLICIES)]


def applied_policies(broker: Broker) -> list[Applied]:
    """Under which policies each partition of persons is decided."""
    return [each for each in told_of_policies(broker) if isinstance(each, Applied)]


def activations(broker: Broker) -> list[dict[str, Any]]:
    """Every activation in its order, each once, with when all records had been resolved by it; None before that."""
    found: dict[str, dict[str, Any]] = {}
    for record in read_topic(broker, topics.MODELS):
        name, said = _activation(record.value)
        if name == ACTIVATION:
            found.setdefault(said["activation_id"], {**said, "applied_at": None})
        elif name == MODEL_APPLIED and said["activation_id"] in found:
            found[said["activation_id"]]["applied_at"] = said["at"]
    return list(found.values())


def _activation(value: bytes | None) -> tuple[str, dict[str, Any]]:
    """Nothing where the worker refused it, which says so among the rejections."""
    try:
        name, said = record_name(value or b""), decode(value or b"")
    except InvalidEvent:
        return "", {}
    refused = name == ACTIVATION and unsigned("an activation", said["activated_by"], said["reason"])
    return ("", {}) if refused else (name, said)


def latest(broker: Broker, topic: str, key: str) -> dict[str, Any] | None:
    """The last record of a key in a compacted topic, decoded."""
    found: bytes | None = None
    wanted = key.encode()
    for record in read_topic(broker, topic):
        if record.key == wanted:
            found = record.value
    return None if found is None else decode(found)
