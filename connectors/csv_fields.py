"""One cell at a time: what a mapping makes of a value, by the type and label of the field it fills."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.cells import date_in, moment_in, number_in, protecting, says_none, stated, told, truth
from connectors.connector import Refused
from connectors.csv_sentences import unworded
from connectors.dates import birth_of, day_of, is_before, minutes_between
from connectors.identifiers import identifier
from connectors.mapping import field_type
from connectors.tabular import Row, column_key
from schemas.catalogue import event_records
from schemas.codes import attribute, canonical, known
from schemas.events import Moment, Person
from schemas.forms import is_wordy
from schemas.vocabulary import Label, Sensitivity

#: What people write between several values, whatever they were asked to.
_SEPARATORS = re.compile(r"[;,|/&+\n]")
#: Demographics that are kept as they came.
PLAIN = ("given_name", "middle_names", "family_name", "sex", "ethnicity", "postcode", "address")
_NAMES = ("given_name", "middle_names", "family_name", "aliases")
#: What a data frame calls nothing, and a child a grandmother or a friend.
_CALLED = frozenset({"nan", "nat", "na"})


@dataclass(slots=True)
class Reading:
    """One event of a row being read, and what was noticed on the way.

    `marks` are for its header. `strays` are words that belong in no coded field, and go where free text goes.
    `protected` is what its values tell of protected content, and `day` is that of `occurred`.
    """

    row: Row
    occurred: Moment
    marks: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    protected: set[Sensitivity] = field(default_factory=set)
    day: date = field(init=False)

    def __post_init__(self) -> None:
        self.day = day_of(self.occurred)


ReadField = Callable[[Reading], Any]


def body_field(event_type: str, name: str, spec: Any) -> ReadField:
    """What reads one body field from a row; `spec` is what the mapping says of the field.

    It returns None where the field is empty, and raises Refused for a value that the field cannot hold.
    """
    record = event_records()[event_type]
    spec = {"column": spec} if isinstance(spec, str) else spec
    if "constant" in spec:
        return lambda reading: spec["constant"]
    kind = "date" if spec.get("as") == "date" else field_type(record.name, name)
    column = column_key(spec.get("column", ""))
    is_person = kind == "string" and record.labels[name] == Label.THIRD_PARTY
    read_value = _other_person if is_person else _READERS[kind]
    lists = {*protecting(event_type, name), spec.get("list")} - {None}

    def read(reading: Reading) -> Any:
        counted = _hours(reading, spec["hours_since"]) if "hours_since" in spec else None
        text = reading.row.get(column)
        if not text:
            return counted
        value = read_value(reading, text, spec)
        reading.protected |= told(lists, [text, *(value if isinstance(value, list) else [str(value)])])
        return counted if value is None else value

    return read


def filled(row: Row, columns: Sequence[str]) -> bool:
    """Whether every one of these columns has a value."""
    return all(stated(row, column) for column in columns)


def words(text: str, separator: str | None = None) -> tuple[str, ...]:
    """The values in a cell that has several, cut at `separator`; without one, at blanks and any of ; , | /."""
    parts = text.split(separator) if separator else re.split(r"[;,|/\s]+", text)
    return tuple(part.strip() for part in parts if part.strip())


def not_denied(text: str) -> bool:
    """Whether something protected is to be taken for granted: any word but a clear no, or one for an empty cell."""
    return bool(text) and not says_none(text) and truth(text) is not False


def _code(reading: Reading, text: str, spec: Mapping[str, Any]) -> str | None:
    """The code that a value is, or what the list says of it; the value itself where codes are not asked for."""
    listed, translated = spec.get("list"), _translations(spec).get(text.casefold())
    if listed is None and "values" not in spec:
        return None if says_none(text) else text
    text = text if translated is None else translated
    code = canonical(listed, text, reading.day) if listed is not None else translated
    if code is None:
        return _no_code(reading, text, spec)
    if listed is not None and not known(listed, code, reading.day):
        reading.marks.append(f"unknown_code:{spec['column']}")
    return attribute(spec["list"], code, spec["attribute"], reading.day) if "attribute" in spec else code


def _no_code(reading: Reading, text: str, spec: Mapping[str, Any]) -> str | None:
    """What stays in the field of a value that is no code: a single word, marked. More are a stray."""
    if says_none(text):
        return None
    reading.marks.append(f"unknown_code:{spec['column']}")
    if is_wordy(text):
        reading.strays.append(text)
    return None if is_wordy(text) or "attribute" in spec else text


def _other_person(reading: Reading, text: str, spec: Mapping[str, Any]) -> str | None:
    return text if text.casefold() in _CALLED else _code(reading, text, spec)


def _translations(spec: Mapping[str, Any]) -> dict[str, str]:
    return {word.casefold(): meaning for word, meaning in spec.get("values", {}).items()}


def _several(reading: Reading, text: str, spec: Mapping[str, Any]) -> list[str] | None:
    parts = (piece for part in words(text, spec.get("split", ";")) for piece in _apart(reading, part, spec))
    found = (_code(reading, part, spec) for part in parts)
    # None where there is none, as of an empty cell: the same record in an export that writes NULL is the same event.
    return list(dict.fromkeys(code for code in found if code is not None)) or None  # two words may be one code


def _apart(reading: Reading, part: str, spec: Mapping[str, Any]) -> list[str]:
    """One value; or several, where another separator than the mapping's stands between words some of which are known.

    Where there are blanks, too, whatever else stands there may be somebody's name: only what is known is taken out.
    """
    translations = _translations(spec)

    def is_known(word: str) -> bool:
        listed = "list" in spec and canonical(spec["list"], word, reading.day) is not None
        return listed or word.casefold() in translations

    blank_apart = part.split()
    if all(map(is_known, blank_apart)) and not is_known(part):
        return blank_apart
    pieces = [piece.strip() for piece in _SEPARATORS.split(part) if piece.strip()]
    known_pieces = [piece for piece in pieces if is_known(piece)]
    if not known_pieces or is_known(part):
        return [part]
    if len(known_pieces) == len(pieces) or not is_wordy(part):
        return pieces
    reading.marks.append(f"unknown_code:{spec['column']}")
    reading.strays.append(part)
    return known_pieces


def _boolean(reading: Reading, text: str, spec: Mapping[str, Any]) -> bool | None:
    value = truth(_translations(spec).get(text.casefold(), text))
    if value is None and not says_none(text):
        reading.marks.append(f"unknown_code:{spec['column']}")
        reading.strays.append(text)
    return value


def _number(reading: Reading, text: str, spec: Mapping[str, Any]) -> float | None:
    value, column = number_in(reading.row, spec["column"]), spec["column"]
    if value is not None and not spec.get("least", value) <= value <= spec.get("most", value):
        raise Refused("invalid_number", f"{column} is off its scale; write a number {_between(spec)}", column)
    return value


def _between(spec: Mapping[str, Any]) -> str:
    least, most = spec.get("least"), spec.get("most")
    if most is None:
        return f"from {least} on"
    return f"up to {most}" if least is None else f"from {least} to {most}"


def _hours(reading: Reading, since: str) -> float | None:
    """Hours from what a column says to the event, in full tenths: a minute short of 24 is not yet 24."""
    began = moment_in(reading.row, since)
    if began is None:
        return None
    if is_before(reading.occurred, began):
        reading.marks.append("date_order:occurred")
        return None
    minutes = minutes_between(began, reading.occurred)
    return minutes // 6 / 10 if minutes is not None else None


def _whole(reading: Reading, text: str, spec: Mapping[str, Any]) -> int | None:
    value = _number(reading, text, spec)
    if value is not None and (value != int(value) or abs(value) >= 2**31):  # as much as an Avro int holds
        raise Refused("invalid_number", f"{spec['column']} is no whole number of a usual size", spec["column"])
    return None if value is None else int(value)


def _moment(reading: Reading, text: str, spec: Mapping[str, Any]) -> Moment | None:
    return moment_in(reading.row, spec["column"])


def _date(reading: Reading, text: str, spec: Mapping[str, Any]) -> str | None:
    day = date_in(reading.row, spec["column"])
    return day.isoformat() if day is not None else None


_READERS: dict[str, Callable[[Reading, str, Mapping[str, Any]], Any]] = {
    "string": _code,
    "array": _several,
    "boolean": _boolean,
    "double": _number,
    "int": _whole,
    "fanlight.Moment": _moment,
    "date": _date,
}


def person_of(row: Row, mapping: Mapping[str, Any], marks: list[str]) -> Person | None:
    """The demographics in a row, None where it has none. What is odd in them is added to `marks`."""
    # Somebody may be called Null or Na.
    named = {
        name: row.get(column_key(column)) if name in _NAMES else stated(row, column)
        for name, column in mapping.get("person", {}).items()
    }
    identifiers = tuple(
        identifier(system, value)
        for system, column in mapping.get("identifiers", {}).items()
        if (value := stated(row, column))
    )
    marks += [f"check_failed:{mapping['identifiers'][i.system]}" for i in identifiers if not i.valid]
    if not any(named.values()) and not identifiers:
        return None
    born = moment_in(row, mapping["person"]["birth_date"]) if named.get("birth_date") else None
    birth_date, accuracy = birth_of(born)
    said: dict[str, Any] = {name: value for name, value in named.items() if value and name in PLAIN}
    for name in ("sex", "ethnicity"):
        if name in said and unworded(said[name]) is None:
            del said[name]
            marks.append(f"unknown_code:{mapping['person'][name]}")
    return Person(
        **said,
        aliases=words(named.get("aliases") or "", ";"),
        birth_date=birth_date,
        birth_date_accuracy=accuracy,
        address_withheld=not_denied(named.get("address_withheld") or ""),
        identifiers=identifiers,
    )
