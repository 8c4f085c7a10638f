"""The forms of texts that are no free text: an id, a day, a code. A sentence has none of them.

What a field takes stands beside its label, as `form` in its Avro file. Without one, a field whose label is of codes
takes a code, and any other takes what it is sent: names and addresses may be anything, and free text flows to nobody.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from schemas.binary import read_sized
from schemas.catalogue import definitions
from schemas.codes import is_listed
from schemas.errors import Misfit
from schemas.vocabulary import Label, Precision

#: Codes and their titles are shorter.
CODE_CHARACTERS_MAX: Final = 48
#: The longest name of a feed, or of a person with their post, as in "A. Example, social worker": it is shown to whole
#: audiences.
LINE_CHARACTERS_MAX: Final = 100
#: What fields of these labels hold is coded; an address, a reference or another person's name may be longer.
CODED: Final = frozenset({Label.ROUTINE, Label.SPECIAL_CATEGORY, Label.CRIMINAL_OFFENCE})
_ID_CHARACTERS: Final = 36
_ID: Final = re.compile(r"[0-9a-f-]{36}")
_DAY: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?Z")
_DAY_CHARACTERS: Final = len("2026-03-01")
#: How many texts are remembered of each form.
_REMEMBERED_MAX: Final = 1 << 16


def is_sentence(value: object) -> bool:
    """Whether it is text longer than any code or its title."""
    return isinstance(value, str) and len(value) > CODE_CHARACTERS_MAX


def is_wordy(value: object) -> bool:
    """Whether it is text of more than one word, a sentence, or an e-mail address. A code that no list has yet is one
    word; several may be a name or an address."""
    return isinstance(value, str) and (len(value.split()) > 1 or "@" in value or is_sentence(value))


def is_code(text: str) -> bool:
    """Whether it may be a code: one word, or what some code list calls one."""
    return not is_wordy(text) or is_listed(text)


def is_reference(text: str) -> bool:
    """Whether it may be a number in somebody's own system: letters and figures, one word, or several with a figure
    among them. Several words without a figure are a remark, as is a sentence."""
    if is_sentence(text) or not text:
        return False
    return text.isalnum() or len(text.split()) < 2 or re.search("[0-9]", text) is not None


def is_line(text: str) -> bool:
    """Whether it is a name that stands on one line."""
    return len(text) <= LINE_CHARACTERS_MAX and text.isprintable()


class Form:
    """A form: `takes` tells whether a text has it."""

    def __init__(self, name: str, takes: Callable[[str], bool], remembered: int = _REMEMBERED_MAX) -> None:
        self.name = name
        self.takes = takes
        self._known: dict[bytes, str] = {}
        self._remembered = remembered

    def is_plain(self, raw: bytes) -> bool:
        """Whether it can be seen of these bytes, faster than by `takes`, that they are a text of the form."""
        return False

    def read(self, data: bytes, at: int, place: str) -> tuple[str, int]:
        """Read a text of the form among bytes. Raises Misfit, which names the place, where it has another, and as
        `schemas.binary.read_text` does.

        Of those that are not plain so many are remembered, as most come again.
        """
        raw, at = read_sized(data, at)
        if self.is_plain(raw):
            return raw.decode(), at
        known = self._known.get(raw)
        if known is not None:
            return known, at
        text = raw.decode()
        if not self.takes(text):
            raise Misfit(place)
        if len(self._known) < self._remembered:
            self._known[raw] = text
        return text, at


class _Code(Form):
    def is_plain(self, raw: bytes) -> bool:
        return len(raw) <= CODE_CHARACTERS_MAX and raw.isalnum()


class _Id(Form):
    def is_plain(self, raw: bytes) -> bool:
        return len(raw) == _ID_CHARACTERS and not raw.translate(None, b"0123456789abcdef-")


class _Title(Form):
    def is_plain(self, raw: bytes) -> bool:
        return len(raw) <= CODE_CHARACTERS_MAX


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


FORMS: Final[Mapping[str, Form]] = {
    form.name: form
    for form in (
        _Code("code", is_code),
        Form("day", _is_day),
        _Id("id", lambda text: _ID.fullmatch(text) is not None, remembered=0),
        Form("line", is_line),
        Form("moment", _is_moment),
        Form("precision", frozenset(Precision).__contains__),
        _Title("title", lambda text: not is_sentence(text)),
    )
}
#: What a field declares that may hold any words, although its label is of codes.
WORDS: Final = "words"
#: What names something: an event, a record, a feed.
_NAMING: Final = (FORMS["id"], FORMS["line"])


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
