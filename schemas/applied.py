"""Under which policies everybody of a partition is decided, and what stood in these: messages for one topic.

No timeline can say the one: where nobody may be shown anything there is none. No folder can say the other: files
change, and a decision must be explained by the words that were signed when it was made.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from schemas.codec import decode_as, encode, record_name

APPLIED = "fanlight.bus.PoliciesApplied"
TEXT = "fanlight.bus.PolicyText"


class Applied(NamedTuple):
    """Of a partition of persons the policies, and whether everybody has been decided under them or is still being."""

    partition: int
    under: str
    is_done: bool

    @property
    def revision(self) -> str:
        """Of `REVISION/EPOCH`, as the gate names what it holds under."""
        return self.under.partition("/")[0]

    @property
    def epoch_ns(self) -> int:
        """Of the same, when the stretch began in which no agreement begins or ends."""
        return int(self.under.partition("/")[2])


class PolicyText(NamedTuple):
    """The policies of one revision: the text of each file by its path in their folder."""

    revision: str
    files: Mapping[str, str]


def message(applied: Applied, at: datetime) -> tuple[bytes, bytes]:
    """Key and value of a message that says so."""
    return str(applied.partition).encode(), encode(APPLIED, applied._asdict() | {"at": at})


def text_message(text: PolicyText) -> tuple[bytes, bytes]:
    """Key and value of a message that holds the text."""
    said = {"revision": text.revision, "files": [list(file) for file in text.files.items()]}
    return text.revision.encode(), encode(TEXT, said)


def applied_in(value: bytes) -> Applied | PolicyText:
    """What a message of either kind says. Raises InvalidEvent."""
    if record_name(value) == TEXT:
        text = decode_as(TEXT, value)
        return PolicyText(text["revision"], dict(text["files"]))
    said = decode_as(APPLIED, value)
    return Applied(said["partition"], said["under"], said["is_done"])
