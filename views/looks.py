"""Every look is written down before anything is shown; what cannot be written down is not shown."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.broker import Broker
from schemas.codec import encode
from views.errors import LookNotRecorded

RECORD = "fanlight.bus.Look"
SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who looked at what, when and why; fields as in fanlight.bus.Look."""

    look_id: str
    actor: str
    role: str
    audience: str | None = None
    purpose: str | None = None
    action: str
    person: str | None = None
    shown: int
    at: datetime


class Looks(Protocol):
    """Where looks are written."""

    async def record(self, look: Look) -> None:
        """Return when the look is durable, or raise LookNotRecorded."""


class KafkaLooks:
    """Writes looks to their topic and waits until every replica in step has them."""

    def __init__(self, broker: Broker, producer: Callable[..., AIOKafkaProducer] = AIOKafkaProducer) -> None:
        self._options = broker.client_options()
        self._producer = producer
        self._running: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def record(self, look: Look) -> None:
        value = encode(RECORD, asdict(look))
        try:
            async with asyncio.timeout(SECONDS_MAX):
                producer = await self._started()
                await producer.send_and_wait(topics.LOOKS, value=value, key=look.look_id.encode())
        except (KafkaError, TimeoutError, OSError) as fault:
            raise LookNotRecorded(f"look {look.look_id}: not written ({type(fault).__name__})") from fault

    async def _started(self) -> AIOKafkaProducer:
        # Started at the first look: the pages come up, and say why they are empty, while the broker is still down.
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


class MemoryLooks:
    """Looks kept in a list, for tests."""

    def __init__(self) -> None:
        self.recorded: list[Look] = []

    async def record(self, look: Look) -> None:
        self.recorded.append(look)


class FailingLooks:
    """A broker that never answers, for tests."""

    async def record(self, look: Look) -> None:
        raise LookNotRecorded(f"look {look.look_id}: not written (refused)")
