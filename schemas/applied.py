"""Under which policies everybody of a partition is decided, as messages for the topic of applied policies.

No timeline can say it: where nobody may be shown anything there is none.
"""

from datetime import datetime
from typing import NamedTuple

from schemas.codec import decode_as, encode

APPLIED = "fanlight.bus.PoliciesApplied"


class Applied(NamedTuple):
    """The policies, and whether everybody has been decided under them or is still being."""

    under: str
    is_done: bool

    @property
    def revision(self) -> str:
        """Of `REVISION/EPOCH`, as the gate names what it holds under."""
        return self.under.partition("/")[0]


def message(partition: int, applied: Applied, at: datetime) -> tuple[bytes, bytes]:
    """Key and value of a message that says so."""
    said = {"partition": partition, "under": applied.under, "is_done": applied.is_done, "at": at}
    return str(partition).encode(), encode(APPLIED, said)


def applied_in(value: bytes) -> Applied:
    """What such a message says. Raises InvalidEvent."""
    said = decode_as(APPLIED, value)
    return Applied(said["under"], said["is_done"])
