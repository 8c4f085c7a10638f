"""The forms of texts that are no free text: an id, a day, a code. A sentence has none of them.

What a field takes stands beside its label, as `form` in its Avro file. Without one, a field whose label is of codes
takes a code, and any other takes what it is sent: names and addresses may be anything, and free text flows to nobody.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import Any

from schemas.catalogue import definitions
from schemas.codes import is_listed
from schemas.errors import Misfit
from schemas.vocabulary import Label, Precision

#: Codes and their titles are shorter.
CODE_CHARACTERS_MAX = 48
#: The longest name of a feed, or of a person with their post, as in "A. Example, social worker": it is shown to whole
#: audiences.
LINE_CHARACTERS_MAX = 100
#: What fields of these labels hold is coded; an address, a reference or another person's name may be longer.
CODED = frozenset({Label.ROUTINE, Label.SPECIAL_CATEGORY, Label.CRIMINAL_OFFENCE})
_ID = re.compile(r"[0-9a-f-]{36}")
_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?Z")
_DAY_CHARACTERS = len("2026-03-01")
#: How many texts are remembered of each form.
_REMEMBERED_MAX = 1 << 16


def is_sentence(value: object) -> bool:
    """Whether it is text longer than any code or its title."""
    return isinstance(value, str) and len(value) > CODE_CHARACTERS_MAX


def is_wordy(value: object) -> bool:
    """Whether it is text of more than one word, or a sentence. A code that no list has yet is one word; several may be
    a name or an address."""
    return isinstance(value, str) and (len(value.split()) > 1 or is_sentence(value))


def is_code(text: str) -> bool:
    """Whether it may be a code: one word, or what some code list calls one."""
    return not is_wordy(text) or is_listed(text)


def is_reference(text: str) -> bool:
    """Whether it may be a number in somebody's own system: letters and figures, one word, or several with a figure
    among them. Several words without a figure are a remark, as is a sentence."""
    if is_sentence(text) or not text:
        return False
    return text.isalnum() or not is_wordy(text) or re.search("[0-9]", text) is not None


def is_line(text: str) -> bool:
    """Whether it is a name that stands on one line."""
    return len(text) <= LINE_CHARACTERS_MAX and text.isprintable()


class Form:
    """A form: `takes` tells whether a text has it.

    `plain` is a Python expression that is true of most texts of the form, and of no others; `{0}` stands for the text's
    bytes and `n` for how many there are. `schemas.compiled` puts it into the reader, so that such a text is read as
    fast as any. Any other text is asked of `takes`, and up to `remembered` that have the form are kept, as most come
    again.
    """

    def __init__(self, takes: Callable[[str], bool], plain: str = "False", remembered: int = _REMEMBERED_MAX) -> None:
        self.takes = takes
        self.plain = plain
        self.known: dict[bytes, str] = {}
        self._remembered = remembered

    def read(self, raw: bytes, place: str) -> str:
        """The text of these bytes. Raises Misfit, which names the place, where it has another form."""
        text = raw.decode()
        if not self.takes(text):
            raise Misfit(place)
        if len(self.known) < self._remembered:
            self.known[raw] = text
        return text


def _is_day(text: str) -> bool:
    """A day of the calendar, or a month or year of it."""
    if _DAY.fullmatch(text):
        with suppress(ValueError):
            return bool(date.fromisoformat(text + "0001-01-01"[len(text) :]))
    return False


def _is_moment(text: str) -> bool:
    """A day, or an instant in UTC."""
    if len(text) <= _DAY_CHARACTERS:
        return _is_day(text)
    if _INSTANT.fullmatch(text):
        with suppress(ValueError):
            return bool(datetime.fromisoformat(text))
    return False


FORMS: Mapping[str, Form] = {
    "code": Form(is_code, f"n <= {CODE_CHARACTERS_MAX} and {{0}}.isalnum()"),
    "day": Form(_is_day),
    "id": Form(
        lambda text: _ID.fullmatch(text) is not None,
        "n == 36 and not {0}.translate(None, b'0123456789abcdef-')",
        remembered=0,
    ),
    "line": Form(is_line),
    "moment": Form(_is_moment),
    "precision": Form(frozenset(Precision).__contains__),
    "title": Form(lambda text: not is_sentence(text), f"n <= {CODE_CHARACTERS_MAX}"),
}
#: What a field declares that may hold any words, although its label is of codes.
WORDS = "words"
#: What names something: an event, a record, a feed.
_NAMING = (FORMS["id"], FORMS["line"])


def form_of(field: Mapping[str, Any]) -> Form | None:
    """The form that the texts of a field take, as its Avro record declares it; None where they may be any words."""
    return FORMS.get(field.get("form", "code" if field["label"] in CODED else WORDS))


def naming_form_of(field: Mapping[str, Any]) -> Form | None:
    """The same, of those fields alone that name something."""
    form = form_of(field)
    return form if form in _NAMING else None


def has_form(record: str, field: str, value: object) -> bool:
    """Whether a text has the form that this field of a record takes; anything else has."""
    form = _forms(record)[field]
    return form is None or not isinstance(value, str) or form.takes(value)


@cache
def _forms(record: str) -> Mapping[str, Form | None]:
    return {field["name"]: form_of(field) for field in definitions()[record]["fields"]}
