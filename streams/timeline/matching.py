"""Which entries a rule card hears: type, role and visible fields, and intelligence fit to act upon."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from policies.attributes import age_least
from policies.rulecards import RuleCard, RuleInput, folded
from streams.timeline import days, visible
from streams.timeline.visible import VisibleEntry

_BIRTH_DATE = "birth_date"
_SUSPECTED_FALSE = "E"
_WITH_CONDITIONS = "C"
#: A record under any of these is handled with conditions, whatever became of its grading.
_CONDITIONS = frozenset({_WITH_CONDITIONS, "A1", "A2", "A3", "S1", "S2"})


class Heard(NamedTuple):
    """One entry a card hears, and what it is to the card's measure.

    `day` is that from which it counts, `began` that of which prose speaks, where it is another. `until` is the day on
    which it was over: the same as `day` of what has no duration, None of what still lasts. `counts_with` names another
    record that tells of the same happening.
    """

    day: int
    event_id: str
    part: str
    entry: VisibleEntry
    until: int | None
    began: int | None = None
    counts_with: str | None = None

    @property
    def happening(self) -> str:
        """What all that tells of one happening has in common: versions of one record, a beginning and its end, and what
        an agency dates to one minute."""
        return self.counts_with or self.entry.record

    def last(self, day: int) -> int:
        """The last day, up to this one, on which it went on."""
        return day if self.until is None else min(day, self.until)

    @property
    def when(self) -> str:
        """When it was, as prose says it: a month or a year where no more is known."""
        day = self.day if self.began is None else self.began
        known = days.month_or_year(self.entry.occurred) if day == self.entry.day else None
        began = known or days.written(day)
        if self.until is None:
            return f"since {began} and not known to be over"
        if self.until != self.day:
            return f"from {began} to {days.written(self.until)}"
        return f"in {began}" if known else f"on {began}"


def drives(entry: VisibleEntry) -> bool:
    """Whether an entry may drive an indicator: it has a day, and is no intelligence graded E or handled under C."""
    if entry.day is None or not _CONDITIONS.isdisjoint(entry.handling):
        return False
    grading = entry.grading
    return grading is None or (
        grading["intelligence_assessment"] != _SUSPECTED_FALSE and grading["handling_code"] != _WITH_CONDITIONS
    )


class ByType(dict[str, tuple[VisibleEntry, ...]]):
    """The entries that may drive an indicator, by event type; made of all that are visible."""

    def __init__(self, entries: Iterable[VisibleEntry]) -> None:
        self._all = tuple(entries)
        found: dict[str, list[VisibleEntry]] = {}
        for entry in self._all:
            if drives(entry):
                found.setdefault(entry.type, []).append(entry)
        super().__init__((event_type, tuple(items)) for event_type, items in found.items())

    def fitting(self, item: RuleInput) -> Iterator[VisibleEntry]:
        """The entries that are what an input of a card describes."""
        born = None if item.age_years_min is None else self._born
        return (entry for entry in self.get(item.type, ()) if fits(item, entry, born))

    @cached_property
    def _born(self) -> object:
        """The birth date on the card."""
        return visible.card(self._all).get(_BIRTH_DATE, {}).get("value")


def heard(card: RuleCard, entries: ByType) -> list[Heard]:
    """What a card hears, oldest first; an entry that fits two of its inputs is heard once, as the first says.

    What is `unended` depends on the instant of asking too, and on other entries: see `streams.timeline.unended`.
    """
    found: dict[str, Heard] = {}
    for item in card.inputs:
        if item.unended is None:
            for entry in entries.fitting(item):
                if entry.event_id not in found:
                    found[entry.event_id] = _heard(item, entry)
    return sorted(_at_once(sorted(found.values())))


def _at_once(found: Iterable[Heard]) -> Iterator[Heard]:
    """Of what an agency dates to one minute, the later as the same happening as the first: it has two keys of the young
    person, or two systems of one thing. Nobody goes missing twice at once."""
    first: dict[tuple[str, ...], str] = {}
    for item in found:
        at = item.entry.minute
        happening = item.happening if at is None else first.setdefault(at, item.happening)
        yield item if happening == item.happening else item._replace(counts_with=happening)


def each_record(heard: Iterable[Heard], says: Callable[[Heard], float]) -> list[Heard]:
    """Each record once, oldest first: of versions that came together the one for which `says` is greatest, and of
    several such the first."""
    kept: dict[str, Heard] = {}
    for item in sorted(heard):
        known = kept.setdefault(item.entry.record, item)
        if says(item) > says(known):
            kept[item.entry.record] = item
    return sorted(kept.values())


def _heard(item: RuleInput, entry: VisibleEntry) -> Heard:
    """An entry with its days, from what may be seen alone: an end that is empty says that it lasts, and one that is
    withheld leaves a beginning without a duration."""
    assert entry.day is not None
    day = (_moment(entry, item.dated_by) if item.dated_by is not None else None) or entry.day
    if item.lasts_until is None or item.lasts_until not in entry.granted:
        return Heard(day, entry.event_id, item.part, entry, day)
    end = _moment(entry, item.lasts_until)
    return Heard(day, entry.event_id, item.part, entry, None if end is None else max(day, end))


def _moment(entry: VisibleEntry, name: str) -> int | None:
    return days.field_ordinal(entry.fields.get(name))


def fits(item: RuleInput, entry: VisibleEntry, born: object = None) -> bool:
    """Whether an entry is what an input of a card describes. A field that is not visible fits nothing.

    `born` is when the young person was born where the entry does not say: a search whose record has no birth date would
    else raise an offending concern of a child whose page says that they are nine.
    """
    if entry.role not in item.roles or not item.sees <= entry.granted:
        return False
    if item.age_years_min is not None and not _reaches_age(entry, item.age_years_min, born):
        return False
    # Plain loops: this runs for each entry and each input of each card, and most inputs ask for nothing more.
    fields = entry.fields
    for name in item.where:
        if not _holds_one(fields.get(name), item.where[name]):
            return False
    for name in item.at_least:
        if not _reaches(fields.get(name), item.at_least[name]):
            return False
    for name in item.unless:  # noqa: SIM110
        if _holds_one(fields.get(name), item.unless[name]):
            return False
    return True


def _reaches_age(entry: VisibleEntry, least: int, born: object) -> bool:
    """Whether the young person had that age for certain on the day, where it is known when they were born."""
    assert entry.day is not None
    age = age_least(str(entry.person.get(_BIRTH_DATE, born)), date.fromordinal(entry.day))
    return age is None or age >= least


def _holds_one(value: Any, values: frozenset[Any]) -> bool:
    if isinstance(value, list | tuple):
        return any(folded(item) in values for item in value)
    return folded(value) in values


def _reaches(value: Any, least: float) -> bool:
    return isinstance(value, int | float) and value >= least
