"""Every look is written down before anything is shown; what cannot be written down is not shown."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from schemas import topics
from schemas.codec import encode
from schemas.vocabulary import Action
from views.errors import LookNotRecorded, NotWritten
from views.writing import KafkaWriter

RECORD = "fanlight.bus.Look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who looked at what, when and why; fields as in fanlight.bus.Look."""

    look_id: str
    actor: str
    role: str
    audience: str | None = None
    purpose: str | None = None
    action: Action
    person: str | None = None
    shown: int
    at: datetime
    about: str | None = None


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
            await self._writer.write(topics.LOOKS, look.look_id.encode(), encode(RECORD, asdict(look)))
        except NotWritten as fault:
            raise LookNotRecorded(f"look {look.look_id}: {fault}") from fault
