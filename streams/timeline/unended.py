"""What nothing is known to have ended: an event that counts once that has been so for as many hours as its card says.

Its end is an event of its own, of any agency. No key of the source's records leaves for an audience, so the two are
paired by what may be seen: the first end that comes after an event ends it, and so does the end of what began at its
very moment. What is not certain is not claimed. Alone of what cards hear it turns within a day, at an instant.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from policies.rulecards import RuleCard, RuleInput, Unended
from schemas.dates import local_date
from streams.timeline import days
from streams.timeline.matching import ByType, Heard
from streams.timeline.visible import VisibleEntry

_NEVER = datetime.max.replace(tzinfo=UTC)
Span = tuple[datetime, datetime]


class _Ending(NamedTuple):
    """An event that ends others. It came at some instant from `first` to `last`; `began` is when what it ends began,
    where it says so."""

    first: datetime
    last: datetime
    record: str
    agency: str
    began: Span | None


class _Endings:
    """All that ends the events of one input."""

    def __init__(self, found: Iterable[_Ending]) -> None:
        self._sorted = sorted(found, key=lambda end: end[:4])
        self._began: dict[Span, _Ending] = {}
        for end in self._sorted:
            if end.began is not None:
                self._began.setdefault(end.began, end)
        self._possible: dict[str, tuple[list[datetime], list[_Ending]]] = {}

    def of(self, entry: VisibleEntry, span: Span) -> _Ending | None:
        """The first end of an event that happened within `span`; None where nothing is known to have ended it."""
        begun, over = span
        after = bisect_left(self._sorted, over, key=lambda end: end.first)
        known = [self._began[span]] if span in self._began else []
        lasts, firsts = self._possible.get(entry.agency) or self._possibly(entry.agency)
        known += firsts[bisect_right(lasts, begun) :][:1] + self._sorted[after : after + 1]
        return min(known, key=lambda end: end[:4], default=None)

    def _possibly(self, agency: str) -> tuple[list[datetime], list[_Ending]]:
        """Those ends that end an event of this agency even if they overlap it in time, to be searched by bisection: the
        last instants of all of them, in order; and beside each the earliest of the ends from there on.

        An end by the same agency does: where it has the date of the event, it came after it. An end by another agency
        does not, as nobody knows which of the two came first; unless its date may not be seen, when it may have come at
        any time.
        """
        mine = sorted(
            (end for end in self._sorted if end.agency == agency or end.last == _NEVER), key=lambda end: end.last
        )
        firsts: list[_Ending] = []
        for end in reversed(mine):
            firsts.append(min(end, firsts[-1], key=lambda each: each[:4]) if firsts else end)
        self._possible[agency] = [end.last for end in mine], firsts[::-1]
        return self._possible[agency]


def unended(card: RuleCard, entries: ByType, now: datetime) -> list[Heard]:
    """What a card hears of events that nothing had ended for long enough by `now`, though something may have since."""
    found: dict[str, Heard] = {}
    for item in card.inputs:
        if item.unended is not None:
            for heard in _heard(item, item.unended, entries, now):
                found.setdefault(heard.event_id, heard)
    return sorted(found.values())


def turns(cards: Iterable[RuleCard], entries: ByType) -> set[datetime]:
    """The instants at which an event counts, unless it has ended before."""
    items = [(item, item.unended.hours) for card in cards for item in card.inputs if item.unended is not None]
    return {_reached(span, hours) for item, hours in items for _, span in _begun(item, entries)}


def _reached(span: Span, hours: float) -> datetime:
    return span[1] + timedelta(hours=hours)


def _begun(item: RuleInput, entries: ByType) -> list[tuple[VisibleEntry, Span]]:
    """The events of an input, oldest first, each with when it can have happened."""
    found = [(entry, span) for entry in entries.fitting(item) if (span := days.span(entry.occurred))]
    return sorted(found, key=lambda pair: (pair[1], pair[0].event_id))


def _heard(item: RuleInput, terms: Unended, entries: ByType, now: datetime) -> Iterable[Heard]:
    """The events of one input that reached the hours of its terms without an end."""
    endings = _Endings(_endings_in(terms, entries))
    begun = [(entry, span, endings.of(entry, span)) for entry, span in _begun(item, entries)]
    # All that nothing is known to have ended are one happening, that of the oldest.
    oldest_lasting = next((entry.record for entry, _, end in begun if end is None), None)
    # Of several that one end came after, it is the end of the newest; when the others ended, nobody says.
    newest_ended_by = {end.record: entry.record for entry, _, end in begun if end is not None}
    for entry, span, end in begun:
        reached = _reached(span, terms.hours)
        if reached > now:
            continue
        if end is None:
            yield _stays(item, entry, reached, None, oldest_lasting)
        elif end.first >= reached and (newest_ended_by[end.record] == entry.record or end.began == span):
            yield _stays(item, entry, reached, end.first, end.record)


def _endings_in(terms: Unended, entries: ByType) -> Iterable[_Ending]:
    for by in terms.by:
        for entry in entries.fitting(by):
            yield from _ends(by, entry)


def _stays(
    item: RuleInput, entry: VisibleEntry, reached: datetime, ended: datetime | None, counts_with: str | None
) -> Heard:
    until = None if ended is None else _day(ended)
    return Heard(_day(reached), entry.event_id, item.part, entry, until, entry.day, counts_with)


def _day(instant: datetime) -> int:
    return local_date(instant).toordinal()


def _ends(item: RuleInput, entry: VisibleEntry) -> Sequence[_Ending]:
    """The end that an entry tells of: none where it says that there has been none. One that may not be seen, or cannot
    be read, may have come at any time from the entry's own on."""
    own = days.span(entry.occurred)
    if own is None:
        return ()
    when = own
    if item.dated_by is not None:
        if item.dated_by in entry.granted and entry.fields.get(item.dated_by) is None:
            return ()
        when = _moment(entry, item.dated_by) or (own[0], _NEVER)
    began = None if item.began is None else _moment(entry, item.began)
    return (_Ending(*when, entry.record, entry.agency, began),)


def _moment(entry: VisibleEntry, name: str) -> Span | None:
    value: Any = entry.fields.get(name)
    return days.span(value) if isinstance(value, str) else None
