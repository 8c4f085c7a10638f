"""The share of possible sessions a pupil missed, from termly summaries or from register marks.

Both are read as blocks: a term's summaries, or the marks of one window of days. Codes that do not count as possible
(school closed, not required to attend) are in neither figure.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from policies.rulecards import RuleCard
from streams.timeline.matching import Heard
from streams.timeline.state import State

SUMMARY = "school.attendance_summary"
_ABSENT = ("authorised", "unauthorised")
_POSSIBLE = ("present", *_ABSENT)


class Block(NamedTuple):
    """Sessions over a stretch of time that ends on `day`."""

    day: int
    name: str
    absent: float
    possible: float
    heard: tuple[Heard, ...]

    @property
    def share(self) -> float:
        """How much of what was possible was missed."""
        return self.absent / self.possible

    @property
    def because(self) -> tuple[Heard, ...]:
        """The absences."""
        return tuple(h for h in self.heard if h.entry.fields.get("meaning") in _ABSENT)

    @property
    def detail(self) -> str:
        """The share in words."""
        return f"{self.absent:g} of {self.possible:g} possible sessions missed ({self.share:.1%}) {self.name}"


class _Blocks:
    """The blocks of sessions a card hears."""

    def __init__(self, card: RuleCard, heard: Sequence[Heard]) -> None:
        self._window = card.window_days
        self._share, self._least = float(card.parameters["share"]), float(card.parameters["sessions_min"])
        counted = [h for h in heard if _sessions(h) > 0 and h.entry.fields.get("meaning") in _POSSIBLE]
        self._terms = _terms([h for h in counted if h.entry.type == SUMMARY])
        self._marks = [h for h in counted if h.entry.type != SUMMARY]
        self._days = [h.day for h in self._marks]
        absent = (_sessions(h) if h.entry.fields["meaning"] in _ABSENT else 0.0 for h in self._marks)
        self._absent = list(accumulate(absent, initial=0.0))
        ends = {block.day for block in self._terms} | set(self._days)
        self.changes: Sequence[int] = sorted({day + n * self._window for day in ends for n in (0, 1, 2)})

    def _marks_until(self, day: int) -> Block | None:
        first, last = bisect_right(self._days, day - self._window), bisect_right(self._days, day)
        if last - first < self._least:
            return None
        # Register marks are one session each.
        absent = self._absent[last] - self._absent[first]
        name = f"in {self._window} days of register marks"
        return Block(self._days[last - 1], name, absent, float(last - first), tuple(self._marks[first:last]))

    def pair(self, day: int) -> tuple[Block | None, Block | None]:
        """The newest block that is large enough and recent enough, and the one of its kind before it."""
        terms = [b for b in self._terms if b.day <= day and b.possible >= self._least]
        newest = terms[-1] if terms and terms[-1].day > day - self._window else None
        marks = self._marks_until(day)
        if marks is not None and (newest is None or marks.day >= newest.day):
            return marks, self._marks_until(day - self._window)
        return newest, terms[-2] if newest is not None and len(terms) > 1 else None


def _sessions(heard: Heard) -> float:
    if heard.entry.type != SUMMARY:
        return 1.0
    value = heard.entry.fields.get("sessions")
    return float(value) if isinstance(value, int | float) else 0.0


def _terms(summaries: Sequence[Heard]) -> list[Block]:
    terms: dict[str, list[Heard]] = {}
    for item in summaries:
        terms.setdefault(str(item.entry.fields.get("term") or item.day), []).append(item)
    return sorted(_term(name, items) for name, items in terms.items())


def _term(name: str, items: Sequence[Heard]) -> Block:
    absent = sum(_sessions(h) for h in items if h.entry.fields["meaning"] in _ABSENT)
    return Block(max(h.day for h in items), f"in {name}", absent, sum(map(_sessions, items)), tuple(items))


class Absence(_Blocks):
    """At least this share of possible sessions missed in the newest block."""

    def holds(self, day: int) -> bool:
        """Whether the newest block reaches the share."""
        newest, _ = self.pair(day)
        return newest is not None and newest.share >= self._share

    def state(self, day: int) -> State:
        """The absences in the newest block."""
        newest, _ = self.pair(day)
        assert newest is not None
        return State(newest.because, newest.detail + ".")


class AbsenceRecovered(_Blocks):
    """Less than this share missed in the newest block, and at least that much in the one before."""

    def holds(self, day: int) -> bool:
        """Whether the share fell below the threshold."""
        newest, before = self.pair(day)
        return newest is not None and before is not None and newest.share < self._share <= before.share

    def state(self, day: int) -> State:
        """The sessions of the newest block."""
        newest, before = self.pair(day)
        assert newest is not None
        assert before is not None
        return State(newest.heard, f"{newest.detail}, after {before.share:.1%} {before.name}.")
