"""What the pages write: a message counts as written when every replica in step has it, and not before."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.broker import Broker
from views.errors import NotWritten

SECONDS_MAX = 5.0


class Writer(Protocol):
    """Where looks, and what stewards decide, are written."""

    async def write(self, topic: str, key: bytes, value: bytes) -> None:
        """Return when the message is durable, or raise NotWritten: then nobody knows whether it will be."""


class KafkaWriter:
    """One producer for all that the pages write."""

    def __init__(self, broker: Broker, producer: Callable[..., AIOKafkaProducer] = AIOKafkaProducer) -> None:
        self._options = broker.client_options()
        self._producer = producer
        self._running: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def write(self, topic: str, key: bytes, value: bytes) -> None:
        try:
            async with asyncio.timeout(SECONDS_MAX):
                producer = await self._started()
                await producer.send_and_wait(topic, value=value, key=key)
        except (KafkaError, TimeoutError, OSError) as fault:
            raise NotWritten(f"{topic}: not written ({type(fault).__name__})") from fault

    async def _started(self) -> AIOKafkaProducer:
        # Started at the first message: the pages come up, and say why they are empty, while the broker is still down.
        async with self._starting:
            if self._running is None:
                producer = self._producer(
                    **self._options, acks="all", enable_idempotence=True, request_timeout_ms=int(SECONDS_MAX * 1000)
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._running = producer
            return self._running

    async def stop(self) -> None:
        """Let go of the broker."""
        if self._running is not None:
            await self._running.stop()
