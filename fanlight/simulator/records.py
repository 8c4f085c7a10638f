"""Records: what each agency wrote down of a person, when, and when it arrived."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from fanlight.county import identifiers as ids
from fanlight.simulator.error_model import ErrorModel, Source
from fanlight.simulator.mistakes import MISTAKES, SPOILS
from fanlight.simulator.names import County
from fanlight.simulator.people import Facts, Person
from fanlight.simulator.registers import Registers
from fanlight.simulator.sheet import Fields, Sheet

NAME_FIELDS = frozenset({"given_name", "family_name"})
#: What is written down and put right together.
PARTS = (
    ("given_name", "family_name", "aliases"), ("middle_names",), ("birth_date",), ("sex",), ("postcode", "address"),
    ("nhs_number",), ("upn",), ("la_child_id",), ("protected",),
)  # fmt: skip
IDENTIFIERS = ("nhs_number", "upn", "la_child_id")
SCHOOL_AGE = 3
NHS, SCHOOL, SOCIAL_CARE, POLICE = "nhs", "school", "social_care", "police"
#: A source does not mistype what its own system gave out.
OWN_KEY = {SOCIAL_CARE: "la_child_id"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one record. `arrived` is the day it came in, which may be long after it was observed."""

    fields: Fields
    observed: date
    arrived: date


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source: its key there, whose it is, and its rows."""

    source: str
    record_id: str
    person: Person
    rows: tuple[Row, ...]


@dataclass(slots=True)
class Clerks:
    """Everybody who writes people down; `rng` is that of one family's paperwork."""

    model: ErrorModel
    names: County
    registers: Registers
    rng: Random

    def records(self, person: Person) -> Iterator[Record]:
        """Every record of a person."""
        for source in self.model.sources:
            if self.rng.random() >= self._knows(source, person):
                continue
            yield self._record(source, person, second=False)
            if self.rng.random() < source.twice:
                yield self._record(source, person, second=True)

    def _knows(self, source: Source, person: Person) -> float:
        if person.group == "unborn" and source.name == SOCIAL_CARE:
            return 1.0  # an unborn child is known because somebody worries
        return source.knows(person.age(person.until)) if person.born <= person.until else source.knows(0)

    def _record(self, source: Source, person: Person, *, second: bool) -> Record:
        serial, school = self.registers.record(), person.school
        if second and source.name == SCHOOL:
            school = self.rng.randrange(self.registers.schools) + 1
        if source.name == SOCIAL_CARE and not second:
            serial = int(person.first.la_child_id.removeprefix("SYN"))
        record_id = _record_id(source.name, serial, school)
        rows = self._rows(source, person, record_id, self._days(source, person))
        return Record(source.name, record_id, person, tuple(self._arrivals(rows)))

    def _days(self, source: Source, person: Person) -> list[date]:
        """When the record was made, when it was looked at again, and when news of a change reached it."""
        rng, since = self.rng, person.since
        if source.name == SCHOOL:
            since = max(since, person.born + timedelta(days=SCHOOL_AGE * 365))
        first = _between(rng, min(since, person.until), person.until)
        days = [first]
        left = rng.expovariate(1.0)
        while left < source.again:
            days.append(_between(rng, first, person.until))
            left += rng.expovariate(1.0)
        for changed, _ in person.truths[1:]:
            if changed > first and rng.random() < 0.6:
                days.append(min(person.until, changed + timedelta(days=rng.randrange(60))))
        return sorted(days)

    def _rows(self, source: Source, person: Person, record_id: str, days: list[date]) -> Iterator[tuple[date, Fields]]:
        model, rng = self.model, self.rng
        careless = rng.random() < model.careless
        times = model.careless_times if careless else model.careful_times
        known = {name for name in IDENTIFIERS if rng.random() < source.carries.get(name, 0.0)}
        instead = {"nhs_number": person.borrowed_nhs} if rng.random() < model.wrong_number_used else {}
        instead |= {OWN_KEY[source.name]: record_id} if source.name in OWN_KEY else {}
        written: Fields = {}
        truth: Fields = {}
        for day in days:
            facts = person.at(day)
            now = _plain(facts, known if person.age(day) >= SCHOOL_AGE else known - {"upn"})
            now |= {name: value for name, value in instead.items() if value and now[name]}
            changed = [part for part in PARTS if any(truth.get(name) != now[name] for name in part)]
            corrected = [part for part in PARTS if part not in changed and self._corrected(part, written, now)]
            afresh = {name: now[name] for part in (*changed, *corrected) for name in part}
            sheet = Sheet(written | afresh, facts, person, day, rng, self.names, self.registers, model.same_again)
            self._spoil(sheet, source, times, {name for part in changed for name in part})
            written, truth = sheet.written, now
            yield day, dict(written)

    def _corrected(self, part: tuple[str, ...], written: Fields, now: Fields) -> bool:
        return any(written[name] != now[name] for name in part) and self.rng.random() < self.model.corrected

    def _spoil(self, sheet: Sheet, source: Source, times: float, fields: set[str]) -> None:
        rng, written = sheet.rng, sheet.written
        hard = times * self.model.hard_name if sheet.person.hard_name else times
        for field, rates in source.errors.items():
            if field == OWN_KEY.get(source.name):
                continue
            spoils = SPOILS[field]
            if spoils[0] in fields and written[spoils[0]]:
                kind = rates.draw(rng.random(), hard if field in NAME_FIELDS else times)
                if kind is not None:
                    MISTAKES[field][kind](sheet)

    def _arrivals(self, rows: Iterator[tuple[date, Fields]]) -> Iterator[Row]:
        model, rng = self.model, self.rng
        held: date | None = None
        for day, fields in rows:
            delay = rng.randint(20, 300) if rng.random() < model.late else rng.choice((0, 0, 1, 1, 2, 5))
            arrived = day + timedelta(days=delay)
            if held is not None and rng.random() < model.out_of_order:
                arrived = held - timedelta(days=1)
            held = arrived
            yield Row(fields, day, arrived)
            if rng.random() < model.repeated:
                yield Row(fields, day, arrived + timedelta(days=rng.randint(0, 30)))


def _record_id(source: str, serial: int, school: int) -> str:
    """The key by which a source knows its record, in the form that its files have it."""
    if source == NHS:
        return ids.hospital_number(serial)
    if source == SCHOOL:
        return f"syn{serial:05d}-{school:03d}"
    return ids.child_id(serial) if source == SOCIAL_CARE else ids.police_reference(serial)


def _between(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randrange(max(1, (last - first).days + 1)))


def _plain(facts: Facts, known: set[str]) -> Fields:
    """The truth as the columns of a record, with the identifiers that the record has."""
    home = facts.home
    return {
        "given_name": facts.given_name,
        "middle_names": facts.middle_names,
        "family_name": facts.family_name,
        "aliases": ";".join(facts.aliases),
        "birth_date": facts.birth_date,
        "sex": facts.sex,
        "postcode": home.postcode if home else "",
        "address": home.address if home else "",
        "nhs_number": facts.nhs_number if "nhs_number" in known else "",
        "upn": facts.upn if "upn" in known else "",
        "la_child_id": facts.la_child_id if "la_child_id" in known else "",
        "protected": facts.protected,
    }
