"""CSV of any shape, read through a mapping: the caller's, else the shipped one whose columns the header has."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from connectors import mapping as mappings
from connectors.cells import NO_KEY, date_in, instant_in, moment_in, required, says_none, stated, subject_in
from connectors.connector import Context, Read, Refused, Source, build_event, build_retraction
from connectors.csv_fields import Reading, body_field, filled, not_denied, person_of, words
from connectors.csv_sentences import moved
from connectors.dates import day_moment
from connectors.identifiers import is_mangled, is_remark, says_nothing
from connectors.nhs import told_by_words
from connectors.tabular import Ordinals, Row, RowReader, Table, accepted, column_key, read_table
from policies.attributes import UNKNOWN, age_least
from schemas.catalogue import event_records
from schemas.codes import canonical, told_by_codes
from schemas.dates import local_date
from schemas.events import Event, Grading, Moment, Person
from schemas.forms import is_wordy
from schemas.vocabulary import CRIMINAL_RESPONSIBILITY_AGE, Agency, Consent, Precision, Regime, Role, Sensitivity

#: What part in it an event is about by its type alone.
ROLES = {
    "police.arrest": Role.SUSPECT,
    "police.missing_located": Role.MISSING_PERSON,
    "police.missing_reported": Role.MISSING_PERSON,
    "police.victim_of_crime": Role.VICTIM,
}
RETRACTION_REASONS = ("entered_in_error", "wrong_person", "consent_withdrawn", "not_lawful", "other")


class CsvMapped:
    """CSV with a YAML mapping."""

    name = "csv"
    title = "CSV of any shape, with a mapping of its columns"
    agency: Agency | None = None

    def read(self, sources: Sequence[Source], context: Context) -> Iterator[Read]:
        """Every row of every file, each through the mapping that was given or that fits its header."""
        for source in sources:
            yield from accepted(source, read_table(source), partial(_row_reader, context))


def fitting(columns: Sequence[str]) -> Mapping[str, Any] | None:
    """The shipped mapping whose required columns are all among these column keys, None where there is none.

    Of several it is the one that knows most of the columns.
    """
    present = set(columns)
    candidates = [m for m in mappings.shipped().values() if set(map(column_key, m["required"])) <= present]
    return max(candidates, key=lambda m: len(mappings.columns(m) & present), default=None)


def mapping_of(source: Source) -> Mapping[str, Any] | None:
    """The shipped mapping that fits a file, None where none does: a caller learns its agency from it before reading."""
    table = read_table(source)
    return None if isinstance(table, Refused) else fitting(table.columns)


def left_out(source: Source, mapping: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a file that its mapping neither reads nor ignores: a note for whoever publishes it.

    None of a file without the columns it must have, or without any that is read: its first row may be no header but a
    record, and is not repeated.
    """
    table = read_table(source)
    read = mappings.columns(mapping)
    if isinstance(table, Refused) or _missing(table, mapping) or read.isdisjoint(table.columns):
        return ()
    return tuple(name for key, name in zip(table.columns, table.names, strict=True) if key and key not in read)


def _missing(table: Table, mapping: Mapping[str, Any]) -> list[str]:
    subject = [mapping["subject"]] if "subject" in mapping else []
    return [name for name in (*mapping["required"], *subject) if column_key(name) not in table.columns]


def _row_reader(context: Context, table: Table) -> RowReader:
    """How the rows of a table are read; raises Refused where no mapping fits it."""
    mapping = context.mapping if context.mapping is not None else fitting(table.columns)
    if mapping is None:
        names = ", ".join(mappings.shipped())
        sentence = f"no shipped mapping has the columns of the first row; give one with --mapping; shipped are {names}"
        raise Refused("mapping_missing", sentence)
    if missing := _missing(table, mapping):
        sentence = f"mapping {mapping['name']} needs a column {missing[0]} in the first row; add it"
        raise Refused("column_missing", sentence, missing[0])
    if mapping["agency"] != context.agency:
        raise Refused("wrong_agency", f"mapping {mapping['name']} is of {mapping['agency']}; publish it as that agency")
    return _Reader(mapping, context).events


@dataclass(frozen=True, slots=True)
class _Facts:
    """What all events of one row share: its subject, its key, the person that it is about, and marks on that person."""

    subject: str
    key: tuple[str, ...]
    person: Person | None
    marks: tuple[str, ...]


class _Reader:
    """Reads the rows of one file through one mapping."""

    def __init__(self, mapping: Mapping[str, Any], context: Context) -> None:
        self._mapping = mapping
        self._context = context
        self._ordinals = Ordinals()
        self._action = mapping.get("action")
        self._record_columns = mapping.get("record", ())
        self._days = {column_key(event["occurred"]) for event in mapping["events"]}
        self._types = [
            (event, [(name, body_field(event["type"], name, spec)) for name, spec in event.get("body", {}).items()])
            for event in mapping["events"]
        ]

    def events(self, row: Row) -> tuple[Event, ...]:
        """The events of a row, at least one. Raises Refused where it makes none."""
        subject = self._subject(row)
        key = self._record_key(row)
        if self._takes_back(row):
            return tuple(self._retraction(row, subject, key, event["type"]) for event, _ in self._types)
        marks: list[str] = []
        person = person_of(row, self._mapping, marks)
        facts = _Facts(subject, key, person, tuple(marks))
        events = tuple(
            self._event(row, event, fields, facts)
            for event, fields in self._types
            if filled(row, event.get("when", ()))
        )
        if not events:
            raise Refused("nothing_said", "no column that makes an event is filled; fill one or leave the row out")
        return events

    def _takes_back(self, row: Row) -> bool:
        column = self._action["column"] if self._action else ""
        word = stated(row, column).casefold()
        if not self._action or not word:
            return False
        if word in map(str.casefold, self._action["retract"]):
            return True
        if word not in map(str.casefold, self._action.get("keep", (word,))):
            known = self._action["retract"][0]
            sentence = f"{column} may mean to take the record back; write {known}, or nothing if the record stands"
            raise Refused("action_unknown", sentence, column)
        return False

    def _subject(self, row: Row) -> str:
        column = self._mapping.get("subject")
        if column is None:
            sentence = f"mapping {self._mapping['name']} has no subject, so that its records name no person"
            raise Refused("subject_missing", f"{sentence}; the bus carries none without")
        return subject_in(row, column)

    def _record_key(self, row: Row) -> tuple[str, ...]:
        if not self._record_columns:
            # No key of its own: equal rows are separate facts, told apart by their number.
            content = json.dumps(sorted(row.values.items()))
            return content, str(self._ordinals.of(content, row.position))
        wanted = "give the record its key"
        key = tuple(required(row, name, "record_key_missing", wanted) for name in self._record_columns)
        nameless = all(says_nothing(value) or is_remark(value) for value in key)
        for name, value in zip(self._record_columns, key, strict=True):
            if nameless or is_mangled(value):
                raise Refused("record_key_missing", f"{name} {NO_KEY}; {wanted}", name)
        # A day in a key is that day however it is written: a spreadsheet writes it otherwise when it saves the file.
        moments = (moment_in(row, name) if column_key(name) in self._days else None for name in self._record_columns)
        return tuple(moment.value if moment else value for moment, value in zip(moments, key, strict=True))

    def _event(self, row: Row, event: Mapping[str, Any], fields: Sequence[Any], facts: _Facts) -> Event:
        occurred = moment_in(row, event["occurred"])
        if occurred is None:
            # With another event beside it, this one may be meant for some rows only.
            way_out = f", or name it under when of {event['type']}" if len(self._types) > 1 else ""
            sentence = f"{event['occurred']} is empty or missing; say when it happened{way_out}"
            raise Refused("date_missing", sentence, event["occurred"])
        if "precision" in event and occurred.precision == Precision.DAY:
            occurred = Moment(value=occurred.value, precision=Precision(event["precision"]))
        reading = Reading(row, occurred, list(facts.marks))
        body = {name: value for name, read in fields if (value := read(reading)) is not None}
        born = facts.person.birth_date if facts.person is not None else None
        if born is not None and born > reading.day.isoformat()[: len(born)]:
            reading.marks.append(f"date_order:{self._mapping['person']['birth_date']}")
        protected = reading.protected | self._sensitivities(row, event, facts.person)
        if self._context.agency == Agency.NHS:
            protected |= told_by_words(event["type"], body, reading.strays)
        grading = _grading(reading, event.get("grading"))
        handling = _handling(reading, event["grading"], grading) if grading else ()
        body, moved_marks = moved(event["type"], body, reading.strays)
        if missing := mappings.demanded_fields(event_records()[event["type"]].name) - body.keys():
            spec = event["body"][min(missing)]
            column = spec if isinstance(spec, str) else spec["column"]
            raise Refused("value_missing", f"{column} is empty, or a sentence; say it in a few words", column)
        return build_event(
            self._context,
            event["type"],
            subject=facts.subject,
            natural_key=facts.key,
            occurred=occurred,
            person=facts.person,
            body=body,
            role=_role(reading, event, facts.person),
            recorded_at=self._recorded_at(row),
            system=self._mapping.get("system"),
            regime=Regime(self._mapping.get("regime", Regime.UKGDPR)),
            grading=grading,
            handling=handling,
            sensitivities=sorted(protected),
            consent=Consent(_translated(reading, event.get("consent")) or Consent.NOT_RECORDED),
            marks=[*reading.marks, *moved_marks],
        )

    def _recorded_at(self, row: Row) -> datetime | None:
        column = self._mapping.get("recorded_at")
        return instant_in(row, column) if column else None

    def _sensitivities(self, row: Row, event: Mapping[str, Any], person: Person | None) -> set[Sensitivity]:
        found = {Sensitivity.PROTECTED_ADDRESS} if person is not None and person.address_withheld else set()
        for rule in event.get("sensitivities", ()):
            if "list" in rule:
                found |= told_by_codes([(rule["list"], row.get(column_key(rule["column"])))])
            if "is" in rule and self._holds(rule, row):
                found.add(Sensitivity(rule["is"]))
        return found

    def _holds(self, rule: Mapping[str, Any], row: Row) -> bool:
        """Whether a row has what a rule protects: a day that has passed, one of its words, or anything but a no.

        Raises Refused for a day that cannot be read: it may have passed.
        """
        if "passed" in rule:
            day = date_in(row, rule["column"])
            return day is not None and day <= self._context.received_on
        value = row.get(column_key(rule["column"]))
        if "values" in rule:  # also among others
            return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", value, re.IGNORECASE) for word in rule["values"])
        return not_denied(value)

    def _retraction(self, row: Row, subject: str, key: tuple[str, ...], event_type: str) -> Event:
        assert self._action is not None
        recorded_at = self._recorded_at(row)
        reason = stated(row, self._action.get("reason", "")).casefold().replace(" ", "_")
        return build_retraction(
            self._context,
            event_type,
            subject,
            key,
            reason=reason if reason in RETRACTION_REASONS else "other" if reason else "entered_in_error",
            occurred=day_moment(local_date(recorded_at)) if recorded_at is not None else None,
            recorded_at=recorded_at,
            regime=Regime(self._mapping.get("regime", Regime.UKGDPR)),
        )


def _role(reading: Reading, event: Mapping[str, Any], person: Person | None) -> Role:
    """The role that the mapping or the row says, else that which an event of its type is about."""
    spec = event.get("role")
    said = spec if isinstance(spec, str) else _translated(reading, spec)
    role = Role(said) if said is not None else ROLES.get(event["type"], Role.SUBJECT)
    if role == Role.SUSPECT and person is not None and person.birth_date is not None:
        age = age_least(person.birth_date, reading.day)
        if age is not None and age < CRIMINAL_RESPONSIBILITY_AGE:
            return Role.CHILD_UNDER_10
    return role


def _translated(reading: Reading, spec: Mapping[str, Any] | None) -> str | None:
    """A word in the mapping's words; one it does not name counts as not said, and is marked."""
    text = reading.row.get(column_key(spec["column"])) if spec else ""
    if spec is None or not text:
        return None
    found = {word.casefold(): meaning for word, meaning in spec["values"].items()}.get(text.casefold())
    if found is None and not says_none(text):
        reading.marks.append(f"unknown_code:{spec['column']}")
    return found


def _grading(reading: Reading, spec: Mapping[str, str] | None) -> Grading | None:
    if spec is None:
        return None
    codes = {}
    for name in ("source_evaluation", "intelligence_assessment", "handling_code"):
        text = stated(reading.row, spec[name])
        if not text:
            raise Refused("grading_missing", f"{spec[name]} is empty; give the report its 3x5x2", spec[name])
        codes[name] = canonical(name, text) or _unlisted(reading, spec[name], text, text)
    return Grading(**codes)


def _handling(reading: Reading, spec: Mapping[str, str], grading: Grading) -> tuple[str, ...]:
    """The conditions that are stated, whatever the handling code: P with conditions is a slip of one or the other."""
    column = spec["conditions"]
    cell = stated(reading.row, column)
    known = ((word, canonical("handling_condition", word)) for word in words(cell))
    conditions = dict.fromkeys(code or _unlisted(reading, column, word, cell) for word, code in known)
    return tuple(conditions) or (("C",) if grading.handling_code == "C" else ())


def _unlisted(reading: Reading, column: str, word: str, cell: str) -> str:
    """What of a word on no list may stand in the header, which goes wherever its event goes: a sentence may not."""
    reading.marks.append(f"unknown_code:{column}")
    if not is_wordy(cell):
        return word
    reading.strays.append(cell)
    return UNKNOWN
