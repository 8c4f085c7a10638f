"""Where looks and decisions go in tests."""

from schemas import topics
from schemas.codec import decode
from schemas.looks import Look
from schemas.topics import Message
from views.errors import NotWritten


class MemoryWriter:
    """Keeps what is written. Of the topics in `unanswered` nobody says so, as when a broker does not answer in time."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.judgements: list[Message] = []
        self.unanswered: set[str] = set()

    async def write(self, topic: str, key: bytes, value: bytes) -> None:
        if topic == topics.LOOKS:
            self.looks.append(Look(**decode(value)))
        else:
            self.judgements.append((key, value))
        if topic in self.unanswered:
            raise NotWritten(f"{topic}: not written (refused)")
