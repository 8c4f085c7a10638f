"""What a steward decides, written to its topic; a page says that it was recorded only once it is there to stay."""

from typing import Protocol

from schemas import topics
from schemas.topics import Message
from views.errors import JudgementNotRecorded, NotWritten
from views.writing import KafkaWriter


class Judgements(Protocol):
    """Where decisions about pairs of records are written."""

    async def record(self, message: Message) -> None:
        """Return when the decision is durable, or raise JudgementNotRecorded."""


class KafkaJudgements:
    """Writes decisions to their topic, by which identity goes."""

    def __init__(self, writer: KafkaWriter) -> None:
        self._writer = writer

    async def record(self, message: Message) -> None:
        try:
            await self._writer.write(topics.JUDGEMENTS, *message)
        except NotWritten as fault:
            raise JudgementNotRecorded(str(fault)) from fault
