"""The transactional producer of one partition group, on librdkafka: its requests run beside Python, not between agents.

A commit is half a dozen round trips. A client that lives in the event loop takes each of them only when the agent has
finished a batch; this one needs the loop once to hand the records over, and once more when all is done.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka import Producer as Librdkafka
from faust.types import TP

from streams.transport.errors import TransactionFailed

_UNLIMITED = 0
#: How long records wait for others of their partition; a commit sends what waits at once.
_LINGER_MS = 1000
#: Well below what a broker takes as one batch, so that a record beside others never makes it too large.
_BATCH_BYTES = 700_000
#: Offsets and commit have a timeout each. This is for a client that keeps neither.
_PATIENCE = 3


#: A record to write: topic, partition, key, value, timestamp in milliseconds (0 for now).
Outgoing = tuple[str, int, bytes | None, bytes | None, int]


class TransactionalProducer(Protocol):
    """What a partition group needs of a producer."""

    async def commit(self, records: Sequence[Outgoing], offsets: Mapping[TP, int]) -> None:
        """Records and source offsets become visible together, in this order, before it returns; else it raises."""

    async def close(self) -> None:
        """Give the transactional id up."""


class Producer:
    """Commits with librdkafka. Make one with `open`."""

    def __init__(self, client: Librdkafka, group: Any, seconds: float) -> None:
        self._client = client
        self._group = group
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")

    @classmethod
    async def open(
        cls,
        connection: Mapping[str, Any],
        *,
        transactional_id: str,
        consumer_group: str,
        record_bytes_max: int,
        timeout_seconds: float,
    ) -> "Producer":
        """A producer whose former namesake is fenced, and its open transaction aborted, when this returns.

        Raises TransactionFailed where the broker does not answer within the timeout.
        """
        client = Librdkafka(
            {
                **connection,
                "transactional.id": transactional_id,
                "transaction.timeout.ms": int(timeout_seconds * 1000),
                "linger.ms": _LINGER_MS,
                "batch.size": _BATCH_BYTES,
                "message.max.bytes": record_bytes_max,
                # With "rebootstrap", a broker that is killed within a transaction and comes back leaves the client
                # waiting for a coordinator for ever (librdkafka 2.16).
                "metadata.recovery.strategy": "none",
                # What may wait is bounded by the group, whole batches at a time.
                "queue.buffering.max.messages": _UNLIMITED,
            }
        )
        # A consumer that never joins: its metadata names the group and no member of it, so nothing but the
        # transactional id is fenced on. That id is of the source partition, hence as good as a generation.
        group = Consumer({**connection, "group.id": consumer_group}).consumer_group_metadata()
        producer = cls(client, group, timeout_seconds)
        await producer._run(client.init_transactions, timeout_seconds)
        return producer

    async def commit(self, records: Sequence[Outgoing], offsets: Mapping[TP, int]) -> None:
        produce = self._client.produce
        try:
            self._client.begin_transaction()
            for topic, partition, key, value, timestamp in records:
                produce(topic, value, key, partition, timestamp=timestamp)
        except (BufferError, KafkaException) as fault:
            raise _failed(fault) from None
        await self._run(
            self._end, [TopicPartition(topic, number, offset) for (topic, number), offset in offsets.items()]
        )

    def _end(self, offsets: list[TopicPartition]) -> None:
        self._client.send_offsets_to_transaction(offsets, self._group, self._seconds)
        self._client.commit_transaction(self._seconds)

    async def close(self) -> None:
        # Nothing is left to send: what was not committed is dropped, and whoever comes next aborts it.
        self._client.purge()
        self._thread.shutdown(wait=False)

    async def _run(self, blocking: Any, *arguments: Any) -> None:
        try:
            async with asyncio.timeout(_PATIENCE * self._seconds):
                await asyncio.get_running_loop().run_in_executor(self._thread, blocking, *arguments)
        except KafkaException as fault:
            raise _failed(fault) from None
        except TimeoutError:
            raise TransactionFailed(f"no answer from the broker for {_PATIENCE * self._seconds:.0f} s") from None


def _failed(fault: Exception) -> TransactionFailed:
    return TransactionFailed(f"the transaction could not be committed: {fault.args[0]}")
