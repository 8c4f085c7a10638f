"""Every look is written down before anything is shown; what cannot be written down is not shown."""

from typing import Protocol

from schemas import topics
from schemas.looks import Look
from views.errors import LookNotRecorded, NotWritten
from views.writing import KafkaWriter


class Looks(Protocol):
    """Where looks are written."""

    async def record(self, look: Look) -> None:
        """Return when the look is durable, or raise LookNotRecorded."""


class KafkaLooks:
    """Writes looks to their topic."""

    def __init__(self, writer: KafkaWriter) -> None:
        self._writer = writer

    async def record(self, look: Look) -> None:
        try:
            await self._writer.write(topics.LOOKS, *look.message())
        except NotWritten as fault:
            raise LookNotRecorded(f"look {look.look_id}: {fault}") from fault
