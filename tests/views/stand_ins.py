"""Where looks and decisions go in tests: into a list, or nowhere, as when a broker does not answer."""

from schemas.looks import Look
from schemas.topics import Message
from views.errors import JudgementNotRecorded, LookNotRecorded


class MemoryLooks:
    """Looks kept in a list."""

    def __init__(self) -> None:
        self.recorded: list[Look] = []

    async def record(self, look: Look) -> None:
        self.recorded.append(look)


class FailingLooks:
    """A broker that never answers."""

    async def record(self, look: Look) -> None:
        raise LookNotRecorded(f"look {look.look_id}: not written (refused)")


class MemoryJudgements:
    """Decisions kept in a list."""

    def __init__(self) -> None:
        self.recorded: list[Message] = []

    async def record(self, message: Message) -> None:
        self.recorded.append(message)


class FailingJudgements:
    """A broker that never answers."""

    async def record(self, message: Message) -> None:
        raise JudgementNotRecorded("not written (refused)")
