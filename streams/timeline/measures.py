"""What a threshold may count: each measure says, for any day, whether it is reached, by which events, and in words.

A measure knows the days on which its answer may change; between two of them it never does. So the day since when a
rule holds and the day on which it fades are found by looking at those days alone.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import inf
from types import MappingProxyType
from typing import Any

from policies.rulecards import RuleCard
from policies.thresholds import (
    ABSENCE,
    ABSENCE_RECOVERED,
    ACROSS_AGENCIES,
    CONCERN,
    COUNT,
    DAYS,
    ENDS,
    START,
    UNBROKEN,
)
from streams.timeline import days
from streams.timeline.attendance import Absence, AbsenceRecovered
from streams.timeline.matching import Heard, each_record
from streams.timeline.state import Measure, State


class Endings:
    """The days on which the events of one agency that end its evidence went on; `heard` are these, oldest first."""

    def __init__(self, heard: Sequence[Heard]) -> None:
        self._days = [h.day for h in heard]
        self._until = list(accumulate((inf if h.until is None else h.until for h in heard), max))

    def first(self, day: float) -> float:
        """The first such day from this one on, infinity where there is none."""
        begun = bisect_right(self._days, day)
        if begun and self._until[begun - 1] >= day:
            return day
        return self._days[begun] if begun < len(self._days) else inf


class Count:
    """So many happenings in the window, from so many agencies. What lasts is in it until a window after its end.

    Versions of one record that came together are all in it, and count once; so do a beginning and its end, and what an
    agency dates to one minute. What an agency said counts no more once the same agency has said otherwise, by an event
    that `ends` it.

    By `days`, what began on one day counts once too: several people or systems may tell of one happening.
    """

    def __init__(self, card: RuleCard, heard: Sequence[Heard]) -> None:
        self._window = card.window_days
        self._least, self._agencies = int(card.parameters["at_least"]), int(card.parameters.get("agencies", 1))
        self._by_day = card.measure == DAYS
        self.evidence: Sequence[Heard] = [h for h in heard if h.part != ENDS]
        self._gone = self._goes(card.kind == CONCERN, [h for h in heard if h.part == ENDS])
        self._days = [h.day for h in self.evidence]
        self._longest = max((gone - day for gone, day in zip(self._gone, self._days, strict=True)), default=0)
        turns = self._turns()
        self.changes: Sequence[int] = sorted(turns)
        self._reached = self._swept(turns)

    def _goes(self, keeps_ties: bool, ends: Sequence[Heard]) -> list[float]:
        """For each piece of evidence the day from which on it no longer counts, infinity where there is none.

        `ends` are the events that end evidence of their agency, from their day on; with `keeps_ties` only from the day
        after the evidence.
        """
        agencies = {h.entry.agency for h in ends}
        endings = {agency: Endings([h for h in ends if h.entry.agency == agency]) for agency in agencies}
        gone = []
        for item in self.evidence:
            over = inf if item.until is None else item.until
            ending = endings.get(item.entry.agency)
            # Of what happened on one day nobody knows which came last: a concern is kept, and nothing good claimed.
            ended = inf if ending is None else ending.first(over + keeps_ties)
            gone.append(min(over + self._window, ended))
        return gone

    def _turns(self) -> Mapping[int, list[tuple[Heard, int]]]:
        """What comes (1) and goes (-1) on which day."""
        turns: dict[int, list[tuple[Heard, int]]] = defaultdict(list)
        for item, gone in zip(self.evidence, self._gone, strict=True):
            if gone > item.day:
                turns[item.day].append((item, 1))
            if item.day < gone < inf:
                turns[int(gone)].append((item, -1))
        return turns

    def _swept(self, turns: Mapping[int, list[tuple[Heard, int]]]) -> list[bool]:
        """Whether enough is there, from each change on."""
        happenings: Counter[str] = Counter()
        agencies: Counter[str] = Counter()
        begun: Counter[int] = Counter()
        reached = []
        for day in self.changes:
            for item, step in turns[day]:
                _tally(happenings, item.happening, step)
                _tally(agencies, item.entry.agency, step)
                _tally(begun, item.day, step)
            times = self._times(len(happenings), len(begun))
            reached.append(times >= self._least and len(agencies) >= self._agencies)
        return reached

    def _times(self, happenings: int, begun: int) -> int:
        return min(happenings, begun) if self._by_day else happenings

    def holds(self, day: int) -> bool:
        """Whether enough happened in the window that ends on this day."""
        past = bisect_right(self.changes, day)
        return past > 0 and self._reached[past - 1]

    def state(self, day: int) -> State:
        """The events in the window."""
        span = range(bisect_right(self._days, day - self._longest), bisect_right(self._days, day))
        because = tuple(self.evidence[i] for i in span if day < self._gone[i])
        newest = max(because, key=lambda h: (inf if h.until is None else h.until, h.day, h.event_id)).when
        happenings = len({h.happening for h in because})
        times = self._times(happenings, len({h.day for h in because}))
        often = (
            f"On {times} days of the last {self._window}" if self._by_day else f"{times} times in {self._window} days"
        )
        said = f"Once in {self._window} days, {newest}." if times == 1 else f"{often}, most recently {newest}."
        versions = len({h.entry.record for h in because}) < len(because)
        said += " Versions of one record that came together count once." if versions else ""
        at = {(h.entry.minute, h.entry.record) for h in because if h.entry.minute is not None}
        at_once = len({minute for minute, _ in at}) < len(at)
        if times < happenings or (at_once and self._by_day):
            said += " What is told of one day counts once."
        elif at_once:
            said += " What an agency tells of one minute counts once."
        return State(because, said)


def _tally(counted: Counter[Any], name: Any, step: int) -> None:
    """Count one more or one less; of whom none are left is not in it."""
    counted[name] += step
    if not counted[name]:
        del counted[name]


class Unbroken:
    """A state that began with a `start` and has lasted: no later start, and nothing newer that ended it."""

    def __init__(self, card: RuleCard, heard: Sequence[Heard]) -> None:
        # Where versions of one record contradict one another, the one that ended first: nothing is claimed to hold.
        self._heard = heard = each_record(heard, lambda h: -inf if h.until is None else -h.until)
        self._least = int(card.parameters["days"])
        self.evidence: Sequence[Heard] = ()
        dates = {h.day for h in heard} | {h.day + self._least for h in heard}
        self.changes: Sequence[int] = sorted(dates | {h.until for h in heard if h.until is not None})

    def _start(self, day: int) -> Heard | None:
        known = [h for h in self._heard if h.day <= day]
        starts = [h for h in known if h.part == START]
        if not starts:
            return None
        # Of two rows of one day the open one is the later: a record closes before its successor opens.
        newest = max(known, key=lambda h: (h.day, h.until is None, h.event_id))
        return starts[-1] if newest.until is None or newest.until > day else None

    def holds(self, day: int) -> bool:
        """Whether it has lasted long enough by this day."""
        start = self._start(day)
        return start is not None and day - start.day >= self._least

    def state(self, day: int) -> State:
        """The event it began with."""
        start = self._start(day)
        assert start is not None
        return State((start,), f"Unbroken since {days.written(start.day)}, as far as this view can see.")


MEASURES: Mapping[str, Callable[[RuleCard, Sequence[Heard]], Measure]] = MappingProxyType(
    {
        COUNT: Count,
        DAYS: Count,
        ACROSS_AGENCIES: Count,
        ABSENCE: Absence,
        ABSENCE_RECOVERED: AbsenceRecovered,
        UNBROKEN: Unbroken,
    }
)
