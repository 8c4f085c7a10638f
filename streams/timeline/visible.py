"""What one purpose may see of a timeline: the door between what an audience holds and what is shown or thought about.

Everything else in this room takes `VisibleEntry`, so nothing that is not granted for the purpose stated can reach it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from policies.masking import narrow, when_told
from schemas.catalogue import person_labels
from schemas.vocabulary import Precision
from streams.timeline import days
from streams.timeline.entries import Order, order, order_of

_IDENTIFIERS = "identifiers"
#: What a date of so many characters can be exact to, and first what it is where its source says otherwise.
_EXACT_TO = {
    4: (Precision.YEAR,),
    7: (Precision.MONTH, Precision.YEAR),
    10: (Precision.DAY, Precision.SESSION, Precision.MONTH, Precision.YEAR),
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VisibleEntry:
    """One entry as one purpose sees it. `day` is the local day on which it happened, None where that is not known.

    `granted` names every field the clause passes, with or without a value: an empty field that may be seen says
    something, a field that may not be seen says nothing. `version_of` names the first entry of the same record, where
    several came together.
    """

    event_id: str
    type: str
    agency: str
    role: str
    occurred: str
    precision: str
    day: int | None
    recorded_at: datetime | None
    grading: Mapping[str, str] | None = None
    handling: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    person: Mapping[str, Any] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    obligations: tuple[str, ...] = ()
    agreement: str
    clause: str
    valid_until: datetime | None = None
    version_of: str | None = None

    def __repr__(self) -> str:
        return f"VisibleEntry({self.type} {self.event_id})"

    @property
    def record(self) -> str:
        """What all versions of one record have in common."""
        return self.version_of or self.event_id

    @property
    def minute(self) -> tuple[str, ...] | None:
        """Which agency says what kind of thing of which minute; None where it says none."""
        is_known = self.precision in (Precision.MINUTE, Precision.SECOND)
        return (self.agency, self.type, self.occurred) if is_known else None

    @property
    def order(self) -> Order:
        """Where it stands on the timeline."""
        return order(self.occurred, self.type, self.event_id)


def is_granted(valid_until: datetime | None, now: datetime) -> bool:
    """Whether a grant still holds at `now` that ends at `valid_until`, or never where that is None."""
    return valid_until is None or now < valid_until


def in_order(entries: Iterable[VisibleEntry]) -> list[VisibleEntry]:
    """Each entry once, oldest first."""
    return sorted({entry.event_id: entry for entry in entries}.values(), key=lambda entry: entry.order)


def visible(entries: Iterable[Mapping[str, Any]], purpose: str, now: datetime) -> list[VisibleEntry]:
    """The entries granted for a purpose at an instant, each once, oldest first, with the fields of that grant alone."""
    shown: dict[str, VisibleEntry] = {}
    for entry in sorted(entries, key=order_of):
        grant = _grant(entry["grants"], purpose, now)
        if grant is not None:
            shown[entry["event_id"]] = _shown(entry, grant)
    return list(shown.values())


def _grant(grants: Iterable[Mapping[str, Any]], purpose: str, now: datetime) -> Mapping[str, Any] | None:
    valid = [g for g in grants if purpose in g["purposes"] and is_granted(g["valid_until"], now)]
    return min(valid, key=lambda g: (g["agreement"], g["clause"]), default=None)


def _shown(entry: Mapping[str, Any], grant: Mapping[str, Any]) -> VisibleEntry:
    passes = _passes(tuple(grant["fields"]), tuple(grant["masked"]))
    occurred, precision = entry["occurred"]["value"], entry["occurred"]["precision"]
    told = when_told(entry["type"], occurred, entry["person"].get("birth_date"), [passes])
    if told != occurred:
        occurred, precision = told, Precision.MONTH if told else Precision.YEAR
    # An entry holds the fullest form that any purpose may have: what this one may have only coarsely is coarsened here.
    fields, person = narrow(entry["fields"], entry["person"], passes)
    return VisibleEntry(
        event_id=entry["event_id"],
        type=entry["type"],
        agency=entry["agency"],
        role=entry["role"],
        occurred=occurred,
        precision=_exact_to(occurred, precision),
        day=days.ordinal(occurred),
        recorded_at=entry["recorded_at"],
        grading=entry["grading"],
        handling=tuple(entry["handling"]),
        fields=fields,
        person=person,
        granted=passes.granted,
        obligations=tuple(grant["obligations"]),
        agreement=grant["agreement"],
        clause=grant["clause"],
        valid_until=grant["valid_until"],
        version_of=entry.get("version_of"),
    )


def _exact_to(occurred: str, said: str) -> str:
    """How exactly it is known when something happened, which is never more than the date itself says."""
    can_be = _EXACT_TO.get(len(occurred))
    return str(said if can_be is None or said in can_be else can_be[0])


class _Passes(NamedTuple):
    """A grant's field names, made once: there are as many grants as entries, and few that differ."""

    fields: tuple[str, ...]
    masked: tuple[str, ...]
    granted: frozenset[str]


@lru_cache(maxsize=4096)
def _passes(whole: tuple[str, ...], masked: tuple[str, ...]) -> _Passes:
    return _Passes(whole, masked, frozenset(whole) | frozenset(masked))


def card(entries: Iterable[VisibleEntry]) -> dict[str, Any]:
    """The young person's card: the newest value of each demographic field, and which agency it came from.

    Each agency numbers people in its own way, and no number takes the place of one of another system.
    """
    newest: dict[str, tuple[Any, VisibleEntry]] = {}
    numbers: dict[str, list[str]] = {}
    for entry in sorted(entries, key=_freshness):
        for name, value in entry.person.items():
            # How exact a birth date is says only the record that has one.
            told = entry.person.get("birth_date") if name == "birth_date_accuracy" else value
            if told not in (None, "", [], ()) and name in person_labels():
                newest[name] = value, entry
        numbers |= _by_system(entry.person.get(_IDENTIFIERS) or ())
    if _IDENTIFIERS in newest:
        _, entry = newest[_IDENTIFIERS]
        newest[_IDENTIFIERS] = [number for system in sorted(numbers) for number in numbers[system]], entry
    return {
        name: {"value": value, "agency": entry.agency, "occurred": entry.occurred, "event_id": entry.event_id}
        for name, (value, entry) in sorted(newest.items())
    }


def _by_system(identifiers: Iterable[str]) -> dict[str, list[str]]:
    """Identifiers, each `system:value`, by their system."""
    found: dict[str, list[str]] = {}
    for identifier in identifiers:
        found.setdefault(identifier.partition(":")[0], []).append(identifier)
    return found


def _freshness(entry: VisibleEntry) -> tuple[str, str, str]:
    recorded = entry.recorded_at.isoformat() if entry.recorded_at else ""
    # What is still to come, as an appointment, tells of the young person as of when it was written down.
    return min(entry.occurred, recorded or entry.occurred), recorded, entry.event_id
