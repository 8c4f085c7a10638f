"""Under which policies everybody of a partition is decided, and the text of these policies: messages for one topic.

Timelines cannot say under which: where nobody may be shown anything there is none. The folder of policies cannot give
the text: its files change, and a decision must be explained by the words that were signed when it was made.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from schemas.codec import decode_as, encode, record_name
from schemas.topics import Message

_APPLIED = "fanlight.bus.PoliciesApplied"
_TEXT = "fanlight.bus.PolicyText"


class Applied(NamedTuple):
    """Under which policies one partition of persons is decided.

    `under` names them as `Gate.scope` does, as `REVISION/EPOCH`. `is_done` is False from the moment at which they begin
    to hold until everybody of the partition has been decided under them.
    """

    partition: int
    under: str
    is_done: bool

    @property
    def revision(self) -> str:
        """The revision of the policy set."""
        return self.under.partition("/")[0]

    @property
    def epoch_ns(self) -> int:
        """When the policies were last changed by an agreement that began, ended or fell due, in nanoseconds since
        1970."""
        return int(self.under.partition("/")[2])

    def message(self, at: datetime) -> Message:
        """The key and the value that say this, as of `at`."""
        return str(self.partition).encode(), encode(_APPLIED, self._asdict() | {"at": at})


class PolicyText(NamedTuple):
    """The policies of one revision: the text of each file by its path in their folder."""

    revision: str
    files: Mapping[str, str]

    def message(self) -> Message:
        """The key and the value that hold this."""
        said = {"revision": self.revision, "files": [list(file) for file in self.files.items()]}
        return self.revision.encode(), encode(_TEXT, said)


def applied_in(value: bytes) -> Applied | PolicyText:
    """What the value of a message of either kind says. Raises InvalidEvent on bytes that are neither."""
    if record_name(value) == _TEXT:
        text = decode_as(_TEXT, value)
        return PolicyText(text["revision"], dict(text["files"]))
    said = decode_as(_APPLIED, value)
    return Applied(said["partition"], said["under"], said["is_done"])
