"""Where messages go: to a broker that acknowledges each of them, or into memory.

The Kafka producer lives only here.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from schemas.broker import Broker
from schemas.errors import BusError

Headers = Sequence[tuple[str, bytes]]
#: How long a broker may acknowledge nothing: as long as the client gives each message.
_SILENCE_SECONDS = 120.0
#: What to do where publishing again alone would fail again.
_BEFORE_AGAIN = {"InvalidTimestampError": "set this machine's clock, which is not the broker's, and "}


class Unacknowledged(BusError):
    """The broker did not say that it has everything. Publishing again is safe: the same records have the same ids."""


class Sink(Protocol):
    """Where messages go."""

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Take a message; it may still be under way when this returns."""
        ...

    def flush(self) -> None:
        """Return when every message taken is acknowledged, or raise."""
        ...


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """A message, the topic that it is for, and its headers."""

    topic: str
    key: bytes
    value: bytes = field(repr=False)
    headers: tuple[tuple[str, bytes], ...]


class MemorySink:
    """Keeps messages: for tests, and for loads that are made before they are sent."""

    def __init__(self) -> None:
        self.messages: list[TopicMessage] = []

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Keep the message."""
        self.messages.append(TopicMessage(topic, key, value, tuple(headers)))

    def flush(self) -> None:
        """Nothing is under way."""


class KafkaSink:
    """A broker. Messages go in large batches; `flush`, or leaving the `with` block, answers for every one of them."""

    def __init__(self, broker: Broker, producer: Any = None) -> None:
        self._producer = producer if producer is not None else _producer(broker)
        self._sent: list[Any] = []

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Hand the message to the producer, which batches it."""
        try:
            self._sent.append(self._producer.send(topic, key=key, value=value, headers=list(headers)))
        except KafkaError as fault:
            kind = type(fault).__name__
            raise Unacknowledged(f"topic {topic} takes no messages ({kind}); see that the stack is up") from None

    def flush(self) -> None:
        """Wait for the broker, and ask every message whether it arrived."""
        self._await_answers()
        failed = [future for future in self._sent if not future.succeeded()]
        total, self._sent = len(self._sent), []
        if failed:
            kinds = sorted({type(future.exception or KafkaTimeoutError()).__name__ for future in failed})
            way_out = "".join(_BEFORE_AGAIN.get(kind, "") for kind in kinds) + "publish again"
            fact = f"{len(failed)} of {total} messages not acknowledged ({', '.join(kinds)})"
            raise Unacknowledged(f"{fact}; {way_out}")

    def _await_answers(self) -> None:
        """As long as answers come. By itself kafka-python waits for ever where its broker goes before it was given an
        id as a producer, which it asks for again whenever a message has taken too long."""
        before = -1
        while (answered := sum(future.is_done for future in self._sent)) > before:
            with suppress(KafkaTimeoutError):
                self._producer.flush(timeout=_SILENCE_SECONDS)
                return
            before = answered

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._give_up()
            return
        try:
            self.flush()
        except BaseException:
            self._give_up()
            raise
        self._producer.close()

    def _give_up(self) -> None:
        """Close without what is still under way: `close` by itself would wait minutes for a broker that is silent, or
        with a timeout raise and stay open. There is no public way to tell it not to."""
        self._producer._sender.force_close()
        with suppress(KafkaError):
            self._producer.close(timeout=1)


def _producer(broker: Broker) -> Any:
    return KafkaProducer(
        **broker.client_options(),
        acks="all",
        enable_idempotence=True,
        linger_ms=20,
        batch_size=256 * 1024,
        # A broker that is started again is back within seconds: the client's own pauses would grow to half a minute.
        reconnect_backoff_max_ms=1000,
    )
