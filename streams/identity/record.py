"""A source record as the registry holds it, and the person it is assigned to."""

from operator import attrgetter
from typing import Any, NamedTuple

from schemas.vocabulary import MatchStatus
from streams.identity.edge import Edge
from streams.identity.snapshot import NOTHING, Features

#: Statuses in which a record stands alone until somebody has looked.
PROVISIONAL = frozenset({MatchStatus.POTENTIAL, MatchStatus.MANY_MATCH, MatchStatus.CONTRADICTION})
#: What records are sorted by, so that nothing depends on the order in which they came.
by_key = attrgetter("key")
#: Among so many records most say the same, and what holds of one holds of others. In a county of 20,000 people no
#: record has as many beside it, and to look for what says the same would cost more than it saves.
MANY = 64
#: All that an agency says of a record.
Saying = tuple[Features, str]


def by_content(record: "Record") -> tuple[list[tuple[Any, ...]], str]:
    """Edges of equal weight are ordered by this: first by what the record says, which is the same in every deployment,
    then by its key, which is not."""
    # Nearly always one of each, and then there is nothing to sort.
    return [tuple(field) if len(field) < 2 else tuple(sorted(field)) for field in record.features], record.key


class Assignment(NamedTuple):
    """Whose a source record is. `epoch` counts how often it has changed person."""

    subject_key: str
    person_id: str
    epoch: int
    status: MatchStatus

    @property
    def provisional(self) -> bool:
        """Whether the record stands alone only until somebody has looked."""
        return self.status in PROVISIONAL


class Record:
    """A source record: what it was said to be, its edges to others, the blocks it stands in, and whose it is.

    `said` is everything; `features` leaves out numbers that are nobody's.
    """

    __slots__ = (
        "agency",
        "assignment",
        "edges",
        "features",
        "key",
        "keys",
        "own_id",
        "said",
        "wake",  # only while it is asleep, as is `written`
        "weighed",
        "written",
    )

    #: Read back from the log, and not looked at yet (asleep.py).
    asleep = False

    def __init__(self, key: str, own_id: str, agency: str) -> None:
        self.key = key
        self.own_id = own_id
        self.agency = agency
        self.said = self.features = NOTHING
        self.edges: dict[Record, Edge] = {}
        self.keys: tuple[str, ...] = ()
        self.assignment: Assignment | None = None
        self.weighed = True

    @property
    def saying(self) -> Saying:
        """What is said of it, and by whom: two records that have this in common are to all others what the other is,
        but for what is said or decided of their keys."""
        return self.said, self.agency

    @property
    def person_id(self) -> str:
        """The person it is assigned to."""
        assert self.assignment is not None, "a settled record is assigned"
        return self.assignment.person_id

    @property
    def person_id_or_none(self) -> str | None:
        """The person it is assigned to, if it has been settled yet."""
        return self.assignment.person_id if self.assignment else None

    def assign(self, person_id: str, status: MatchStatus) -> bool:
        """Put the record to a person; whether that is anything new."""
        before = self.assignment
        if before is None:
            self.assignment = Assignment(self.key, person_id, 0, status)
            return True
        if before.person_id == person_id and before.status is status:
            return False
        moved = before.person_id != person_id
        self.assignment = Assignment(self.key, person_id, before.epoch + moved, status)
        return True
