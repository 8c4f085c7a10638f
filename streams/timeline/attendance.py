"""The share of possible sessions a pupil missed, from termly summaries or from register marks.

Both are read as blocks: a term's summaries, or the marks of one window of days. Codes that do not count as possible
(school closed, not required to attend) are in neither figure. Census returns say how many sessions were missed and
not how many there were: from those alone a share is known only at the least, which may raise a concern and never
proves a recovery.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from policies.rulecards import RuleCard
from streams.timeline.matching import Heard, each_record
from streams.timeline.state import State

SUMMARY = "school.attendance_summary"
_ABSENT = ("authorised", "unauthorised")
_POSSIBLE = ("present", *_ABSENT)


class Block(NamedTuple):
    """Sessions over a stretch of time that ends on `day`. Where no session present is known, `possible` is the most
    that there can have been, so that the share is the least it can be."""

    day: int
    name: str
    absent: float
    possible: float
    exact: bool
    heard: tuple[Heard, ...]

    @property
    def share(self) -> float:
        """How much of what was possible was missed."""
        return self.absent / self.possible

    @property
    def because(self) -> tuple[Heard, ...]:
        """The absences."""
        return _absences(self.heard)

    @property
    def detail(self) -> str:
        """The share in words."""
        least = "" if self.exact else "at most "
        share = f"{self.share:.1%}" if self.exact else f"at least {self.share:.1%}"
        return f"{self.absent:g} of {least}{self.possible:g} possible sessions missed ({share}) {self.name}"


class _Blocks:
    """The blocks of sessions a card hears."""

    def __init__(self, card: RuleCard, heard: Sequence[Heard]) -> None:
        parameters = card.parameters
        self._window, self._span = card.window_days, int(parameters["marks_days"])
        self._share, self._least = float(parameters["share"]), float(parameters["sessions_min"])
        counted = [h for h in heard if _sessions(h) > 0 and h.entry.fields.get("meaning") in _POSSIBLE]
        # Where versions of one record contradict one another, most was missed: no recovery is claimed.
        counted = each_record(counted, _missed)
        self._terms = _terms([h for h in counted if h.entry.type == SUMMARY], float(parameters["sessions_term_max"]))
        self._marks = [h for h in counted if h.entry.type != SUMMARY]
        self._days = [h.day for h in self._marks]
        absent = (_sessions(h) if h.entry.fields["meaning"] in _ABSENT else 0.0 for h in self._marks)
        self._absent = list(accumulate(absent, initial=0.0))
        terms = {day for block in self._terms for day in (block.day, block.day + self._window)}
        self.changes: Sequence[int] = sorted(terms | {day + n * self._span for day in self._days for n in (0, 1, 2)})

    def _marks_until(self, day: int) -> Block | None:
        first, last = bisect_right(self._days, day - self._span), bisect_right(self._days, day)
        if last - first < self._least:
            return None
        # Register marks are one session each.
        absent = self._absent[last] - self._absent[first]
        name = f"in {self._span} days of register marks"
        return Block(self._days[last - 1], name, absent, float(last - first), True, tuple(self._marks[first:last]))

    def pair(self, day: int) -> tuple[Block | None, Block | None]:
        """The newest block that is large enough and recent enough, and the one of its kind before it."""
        marks = self._marks_until(day)
        terms = [b for b in self._terms if b.day <= day and b.possible >= self._least]
        newest = terms[-1] if terms and terms[-1].day > day - self._window else None
        if marks is not None and (newest is None or marks.day >= newest.day):
            return marks, self._marks_until(day - self._span)
        return newest, terms[-2] if newest is not None and len(terms) > 1 else None


def _absences(heard: Sequence[Heard]) -> tuple[Heard, ...]:
    return tuple(h for h in heard if h.entry.fields.get("meaning") in _ABSENT)


def _missed(heard: Heard) -> float:
    """How many sessions were missed; a negative number of sessions that were attended."""
    return _sessions(heard) if heard.entry.fields.get("meaning") in _ABSENT else -_sessions(heard)


def _sessions(heard: Heard) -> float:
    if heard.entry.type != SUMMARY:
        return 1.0
    value = heard.entry.fields.get("sessions")
    return float(value) if isinstance(value, int | float) else 0.0


def _terms(summaries: Sequence[Heard], term_max: float) -> list[Block]:
    terms: dict[str, list[Heard]] = {}
    for item in summaries:
        terms.setdefault(str(item.entry.fields.get("term") or item.day), []).append(item)
    return sorted(_term(name, items, term_max) for name, items in terms.items())


def _term(name: str, items: Sequence[Heard], term_max: float) -> Block:
    absent = sum(_sessions(h) for h in items if h.entry.fields["meaning"] in _ABSENT)
    known = sum(_sessions(h) for h in items)
    exact = known > absent
    possible = known if exact else max(known, term_max)
    return Block(max(h.day for h in items), f"in {name}", absent, possible, exact, tuple(items))


class Absence(_Blocks):
    """At least this share of possible sessions missed in the newest block."""

    def __init__(self, card: RuleCard, heard: Sequence[Heard]) -> None:
        super().__init__(card, heard)
        self.evidence: Sequence[Heard] = _absences(heard)

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

    evidence: Sequence[Heard] = ()

    def holds(self, day: int) -> bool:
        """Whether the share is known to have fallen below the threshold."""
        newest, before = self.pair(day)
        if newest is None or before is None or not newest.exact:
            return False
        return newest.share < self._share <= before.share

    def state(self, day: int) -> State:
        """The sessions of the newest block."""
        newest, before = self.pair(day)
        assert newest is not None
        assert before is not None
        return State(newest.heard, f"{newest.detail}, after {before.detail}.")
