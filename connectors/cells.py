"""What a cell of a row says: a key, a day, a time, a number, a yes or no; or that there is nothing to say."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from connectors.connector import OptionalHeader, Refused
from connectors.dates import parse_date, parse_instant, parse_moment
from connectors.identifiers import BRACKETS, is_placeholder, names_several
from connectors.tabular import Row, column_key
from schemas.codes import canonical, known, told_by_codes
from schemas.events import Moment
from schemas.vocabulary import Sensitivity

#: Fields whose codes tell of protected content, by agency, and the lists that say so: a mapping need not name one.
PROTECTING: Mapping[str, Mapping[str, Sequence[str]]] = {
    "police": {"disposal": ("disposal",)},
    "school": {"code": ("attendance",), "leaving_reason": ("leaving_reason",)},
    "social_care": {
        "accommodation": ("903_accommodation",),
        "activity": ("903_activity",),
        "legal_status": ("903_legal_status",),
        "placement_type": ("903_placement",),
        "reason": ("903_reason_ended", "cin_reason_for_closure"),
        "reason_ended": ("903_reason_ended",),
        "reason_place_change": ("903_reason_place_change",),
        "referral_source": ("cin_referral_source",),
    },
}

Dated = TypeVar("Dated", datetime, date, Moment)

_YES = frozenset({"y", "yes", "true", "t", "1", "1.0"})
_NO = frozenset({"n", "no", "false", "f", "0", "0.0"})
#: Said of a key that names nothing.
NO_KEY = "holds what stands for no number, or what a spreadsheet made of one"
#: What is written for no date, number or code. Not "unknown": that there is one then, nobody should pass over.
_NONE = frozenset({"null", r"\n", "none", "n/a", "na", "nan", "nat", "nil", "-"})
#: The same of a day that went through a number or a text: what zero is to SQL Server, to Excel, to Access, to MySQL.
_NO_DAY = re.compile(
    r"(?:0?[01][-/. ](?:0?1|jan)[-/. ]1900|1900-?01-?0[01]|30[-/. ](?:12|dec)[-/. ]1899|1899-?12-?30"
    r"|00[-/. ]00[-/. ]0000|0000-?00-?00)(?:[t ]00:00(?::00(?:\.0+)?)?)?"
)


def required(row: Row, column: str, code: str, wanted: str) -> str:
    """The value of a column that may not be empty.

    Where it is, raises Refused with this code; `wanted` is what the sender has to do, as "give the record its key".
    """
    value = row.get(column_key(column))
    if not value:
        raise Refused(code, f"{column} is empty; {wanted}", column)
    return value


def subject_in(row: Row, column: str) -> str:
    """The partner's own key of the young person.

    Raises Refused where there is none, one that many children would share, as what a form or spreadsheet puts there, or
    several.
    """
    value = required(row, column, "subject_missing", "say whom the record is about")
    if is_placeholder(value):
        raise Refused("subject_missing", f"{column} {NO_KEY}; send your own key of the young person", column)
    if names_several(value):
        sentence = (
            f"{column} holds several keys; send the record once for each young person, each with a key of its own"
        )
        raise Refused("subject_missing", sentence, column)
    return value


def stated(row: Row, column: str) -> str:
    """The value of a column; empty also where a database or a hand says that there is none."""
    text = row.get(column_key(column))
    return "" if says_none(text) else text


def says_none(text: str) -> bool:
    """Whether a database or a hand writes this where there is nothing to say."""
    said = text.strip(BRACKETS).casefold()
    return said in _NONE or _NO_DAY.fullmatch(said) is not None


def moment_in(row: Row, column: str) -> Moment | None:
    """The date or time in a column, None where it is empty. Raises Refused for anything else."""
    return _dated(row, column, parse_moment, "date or time; write 2026-03-01 or 2026-03-01T09:30")


def date_in(row: Row, column: str) -> date | None:
    """The day in a column, None where it is empty. Raises Refused for anything else."""
    return _dated(row, column, parse_date, "date; write 2026-03-01 or 01/03/2026")


def instant_in(row: Row, column: str) -> datetime | None:
    """The instant in a column, None where it is empty. Raises Refused for anything else."""
    return _dated(row, column, parse_instant, "date or time; write it as 2026-03-01T09:30")


def written_in(row: Row) -> OptionalHeader:
    """When the record was written, where a row of a return says so: it has no column of its own for that."""
    written_at = instant_in(row, "UPDATED_AT")
    return {"recorded_at": written_at} if written_at is not None else {}


def _dated(row: Row, column: str, parse: Callable[[str], Dated | None], wanted: str) -> Dated | None:
    text = stated(row, column)
    found = parse(text) if text else None
    if text and found is None:
        raise Refused("invalid_date", f"{column} is no {wanted}", column)
    return found


def day_in(row: Row, column: str, wanted: str) -> date:
    """The day in a column. Raises Refused for anything else, and where it is empty with `wanted` as the way out."""
    day = date_in(row, column)
    if day is None:
        raise Refused("date_missing", f"{column} is empty; {wanted}", column)
    return day


def number_in(row: Row, column: str) -> float | None:
    """The number in a column, None where it is empty. Raises Refused for what is not written in plain digits."""
    text = stated(row, column)
    # Not float(text) alone: Python reads "nan", "1e5" and "1_000" too, and more digits than a number has as infinity.
    if text and not (re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text) and math.isfinite(float(text))):
        raise Refused("invalid_number", f"{column} is no number; write it in digits", column)
    return float(text) if text else None


def code_in(listed: Mapping[str, str], row: Row, column: str, on: date | None = None) -> str:
    """The code in a column, also where it is written in small letters or with its title; else what is written there.

    `listed` has for each column of codes the name of the list that it is of; `on` is the day that the list is asked of.
    """
    written = stated(row, column)
    return canonical(listed[column], written, on) or written


def unknown_codes(listed: Mapping[str, str], row: Row, columns: Iterable[str], on: date | None = None) -> Iterator[str]:
    """A mark for each column that holds what its list has not on that day; without a day, what it never had."""
    for column in columns:
        code = code_in(listed, row, column, on)
        if code and not known(listed[column], code, on):
            yield f"unknown_code:{column.upper()}"


def protecting(event_type: str, field: str) -> Sequence[str]:
    """The lists whose codes tell of protected content in a field."""
    return PROTECTING.get(event_type.partition(".")[0], {}).get(field, ())


def told(lists: Collection[str], written: Sequence[str]) -> set[Sensitivity]:
    """What codes or words tell of protected content. Of adoption they tell in whatever words it is mentioned."""
    mentioned = {Sensitivity.ADOPTION} if lists and any("adopt" in word.casefold() for word in written) else set()
    return told_by_codes((listed, word) for listed in lists for word in written) | mentioned


def told_by_body(event_type: str, body: Mapping[str, object]) -> set[Sensitivity]:
    """What the fields of an event tell of protected content by their codes or words."""
    said = ((protecting(event_type, name), value) for name, value in body.items() if isinstance(value, str))
    return {each for lists, value in said for each in told(lists, [value])}


def truth(text: str) -> bool | None:
    """Yes or no in its usual spellings; None for anything else."""
    key = text.casefold()
    return True if key in _YES else False if key in _NO else None
