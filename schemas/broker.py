"""Where the Kafka broker is and as whom to speak to it: the one value every Kafka client is opened with."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from schemas.aborts import still_aborted
from schemas.errors import InvalidSetting

#: How long a consumer rests after a fetch that brought nothing, at the least.
EMPTY_FETCH_SECONDS = 0.02
_FETCH = 1  # its number among Kafka's requests


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's address and one principal's credentials; without credentials the connection is anonymous."""

    bootstrap: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise InvalidSetting(
                f"broker {self.bootstrap}: a username comes with a password:"
                " set FANLIGHT_BROKER_USERNAME and FANLIGHT_BROKER_PASSWORD, or neither"
            )

    def client_options(self) -> dict[str, Any]:
        """The keyword arguments that kafka-python and aiokafka share."""
        if self.username is None:
            return {"bootstrap_servers": self.bootstrap}
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            # PLAIN, because faust, aiokafka and kafka-python all speak it and a broker can hold its
            # passwords before it has any metadata; SCRAM would need a user made in a running cluster.
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }

    def librdkafka_options(self) -> dict[str, Any]:
        """The same as settings of librdkafka."""
        if self.username is None:
            return {"bootstrap.servers": self.bootstrap}
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": self.username,
            "sasl.password": self.password,
        }


def on_either_broker(consumer: Any) -> Any:
    """The same aiokafka consumer of committed records, mended in three ways for which it has no setting.

    * It rests for EMPTY_FETCH_SECONDS after a fetch that brought nothing. Kafka holds such a fetch for as long as it
      was asked to; the embedded broker answers at once, and aiokafka would ask some two thousand times a second.
    * It leaves out no record that was committed: `schemas.aborts` says why the embedded broker's answers would make it.
    * `stop` returns while the broker is away. aiokafka raises CancelledError then, which belongs to a fetch that it has
      given up, and would end the task that called `stop` without a word.

    It replaces private methods of aiokafka, as there is no public place between its client and its consumer.
    """
    send, stop = consumer._client.send, consumer.stop

    async def patient(node: int, request: Any, **options: Any) -> Any:
        began_at = time.monotonic()
        answer = await send(node, request, **options)
        if getattr(request, "API_KEY", None) == _FETCH:
            answer.topics = _without_past_aborts(request, answer)
            if not _holds_records(answer):
                await asyncio.sleep(max(0.0, EMPTY_FETCH_SECONDS - (time.monotonic() - began_at)))
        return answer

    async def stop_itself_alone() -> None:
        try:
            await stop()
        except asyncio.CancelledError:
            if (stopper := asyncio.current_task()) is not None and stopper.cancelling():
                raise
            await consumer._client.close()  # all that `stop` has not done by then

    consumer._client.send, consumer.stop = patient, stop_itself_alone
    return consumer


def _without_past_aborts(request: Any, answer: Any) -> list[tuple[str, list[Any]]]:
    asked = {(topic, number): offset for topic, partitions in request.topics for number, offset, *_ in partitions}
    return [
        (topic, [_corrected(partition, asked[topic, partition[0]]) for partition in partitions])
        for topic, partitions in answer.topics
    ]


def _corrected(partition: tuple[Any, ...], since: int) -> tuple[Any, ...]:
    # As it is since the fifth version of the answer; Kafka has that since 1.0.
    number, error, end, stable, start, aborted, *others, records = partition
    if not aborted:
        return partition
    left, known = still_aborted(records or b"", aborted, since, stable)
    return (number, error, end, stable, start, left, *others, known)


def _holds_records(answer: Any) -> bool:
    return any(partition[-1] for _, partitions in answer.topics for partition in partitions)
