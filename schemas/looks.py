"""That somebody looked, as a message for the topic of looks: pages and the command line write it before they show."""

from dataclasses import asdict, dataclass
from datetime import datetime

from schemas.codec import encode
from schemas.topics import Message
from schemas.vocabulary import Action

LOOK = "fanlight.bus.Look"


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

    def message(self) -> Message:
        """The key and the value."""
        return self.look_id.encode(), encode(LOOK, asdict(self))
