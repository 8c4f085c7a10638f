"""What a threshold may count: each measure says, for any day, whether it is reached, by which events, and in words.

A measure knows the days on which its answer may change; between two of them it never does. So the day since when a
rule holds and the day on which it fades are found by looking at those days alone.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from policies.rulecards import RuleCard
from streams.timeline import days
from streams.timeline.attendance import Absence, AbsenceRecovered
from streams.timeline.matching import Heard
from streams.timeline.state import Measure, State


class Count:
    """So many events in the window, from so many agencies."""

    def __init__(self, card: RuleCard, heard: Sequence[Heard]) -> None:
        self._heard, self._window = heard, card.window_days
        self.evidence = heard
        self._least, self._agencies = int(card.parameters["at_least"]), int(card.parameters.get("agencies", 1))
        self._days = [item.day for item in heard]
        self.changes: Sequence[int] = sorted({d for day in self._days for d in (day, day + self._window)})

    def _in_window(self, day: int) -> slice:
        return slice(bisect_right(self._days, day - self._window), bisect_right(self._days, day))

    def holds(self, day: int) -> bool:
        """Whether enough happened in the window that ends on this day."""
        window = self._in_window(day)
        if window.stop - window.start < self._least:
            return False
        return self._agencies == 1 or len({h.entry.agency for h in self._heard[window]}) >= self._agencies

    def state(self, day: int) -> State:
        """The events in the window."""
        because = tuple(self._heard[self._in_window(day)])
        newest = days.written(because[-1].day)
        if len(because) == 1:
            return State(because, f"Once in {self._window} days, on {newest}.")
        return State(because, f"{len(because)} times in {self._window} days, most recently on {newest}.")


class Unbroken:
    """A state that began with a `start` and has lasted: no later start, and nothing newer that ended it."""

    def __init__(self, card: RuleCard, heard: Sequence[Heard]) -> None:
        self._heard, self._least = heard, int(card.parameters["days"])
        self.evidence: Sequence[Heard] = ()
        ends = {h.event_id: days.field_ordinal(h.entry.fields.get("ended")) for h in heard}
        self._ends = ends
        dates = {h.day for h in heard} | {h.day + self._least for h in heard}
        self.changes: Sequence[int] = sorted(dates | {end for end in ends.values() if end is not None})

    def _start(self, day: int) -> Heard | None:
        known = [h for h in self._heard if h.day <= day]
        starts = [h for h in known if h.part == "start"]
        if not starts:
            return None
        # Of two rows of one day the open one is the later: a record closes before its successor opens.
        newest = max(known, key=lambda h: (h.day, self._ends[h.event_id] is None, h.event_id))
        end = self._ends[newest.event_id]
        return starts[-1] if end is None or end > day else None

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
        "count": Count,
        "across_agencies": Count,
        "absence": Absence,
        "absence_recovered": AbsenceRecovered,
        "unbroken": Unbroken,
    }
)
