"""Typed reading of FHIR JSON: an element of the wrong type refuses the record by its path, never by its value.

Plain dicts, not a model library: partners' files are only mostly FHIR, and a record must not be lost for a fault in an
element that nobody here reads.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from connectors.connector import Refused
from connectors.dates import parse_instant, parse_moment
from connectors.nhs import as_code, as_provider, joined
from connectors.nhs_codes import Coded
from schemas.events import Moment

#: What FHIR forbids a reader to pass over: "was not done" can stand there.
MODIFIERS = ("modifierExtension", "implicitRules")
_TAG = re.compile(r"<[^<>]*>")
_ODS_SYSTEM = re.compile(
    r"https?://fhir\.(?:nhs\.uk|nhs\.net|hl7\.org\.uk)/id/ods-(?:organization|site)-code/?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, repr=False)
class Element:
    """A JSON object and its path in the resource, as `Patient.name[0]`. An absent element is an empty one.

    Raises Refused for what is not of its type, and for a modifier, which nobody here knows.
    """

    path: str
    node: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name in MODIFIERS:
            if self.node.get(name):
                sentence = f"{self.path}.{name} may turn the meaning round, and is not known here: leave the record out"
                raise Refused("modifier_unknown", sentence, f"{self.path}.{name}")

    def __bool__(self) -> bool:
        return bool(self.node)

    def text(self, name: str) -> str | None:
        """A primitive that FHIR writes as a string; None where absent or blank."""
        value = self.node.get(name)
        return None if value is None else self._string(value, f"{self.path}.{name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """The primitives of a list that FHIR writes as strings, without those that are blank."""
        found = (
            self._string(item, f"{self.path}.{name}[{number}]")
            for number, item in self._list(name)
            # JSON null stands where a list of primitives has only extensions.
            if item is not None
        )
        return tuple(text for text in found if text is not None)

    def child(self, name: str) -> "Element":
        """The object under a name; an empty one where there is none."""
        value = self.node.get(name)
        path = f"{self.path}.{name}"
        if value is None:
            return Element(path, {})
        return Element(path, _object(value, path))

    def children(self, name: str) -> tuple["Element", ...]:
        """The objects of the list under a name; none where there is no list."""
        return tuple(
            Element(path, _object(item, path))
            for path, item in ((f"{self.path}.{name}[{number}]", item) for number, item in self._list(name))
        )

    def concepts(self, *names: str) -> tuple["Element", ...]:
        """The CodeableConcepts under these names, whether one holds a list of them or one."""
        each = (self.children(n) if isinstance(self.node.get(n), list) else (self.child(n),) for n in names)
        return tuple(concept for concepts in each for concept in concepts if concept)

    def extension(self, ending: str) -> "Element":
        """The first extension whose URL ends so; UK Core's have moved host more than once."""
        return next(
            (e for e in self.children("extension") if (e.text("url") or "").endswith(ending)),
            Element(f"{self.path}.extension", {}),
        )

    def moment(self, name: str) -> Moment | None:
        """A date or dateTime; one that cannot be read is None."""
        text = self.text(name)
        return parse_moment(text) if text is not None else None

    def instant(self, name: str) -> datetime | None:
        """A dateTime with a time; a bare date is not an instant."""
        text = self.text(name)
        return parse_instant(text) if text is not None and "T" in text else None

    def narrative(self) -> str | None:
        """The resource's own prose, without its markup."""
        div = self.child("text").text("div")
        return None if div is None else " ".join(unescape(_TAG.sub(" ", div)).split()) or None

    def _list(self, name: str) -> Iterator[tuple[int, Any]]:
        value = self.node.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise wrong_type(f"{self.path}.{name}", "a list")
        yield from enumerate(value)

    @staticmethod
    def _string(value: Any, path: str) -> str | None:
        if not isinstance(value, str):
            raise wrong_type(path, "a string")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise wrong_type(path, "text in Unicode without lone surrogates") from None
        return value.strip() or None


def wrong_type(path: str, expected: str) -> Refused:
    """The refusal, to be raised, of a record whose element at `path` is not what is `expected`, as "a list"."""
    return Refused("invalid_resource", f"{path} is not {expected}", path)


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_type(path, "an object")
    return value


def codings(concept: Element) -> tuple[Coded, ...]:
    """The codes of a CodeableConcept with their displays, and its text, which may be a code that stands alone."""
    found = tuple(Coded(code=c.text("code"), display=c.text("display")) for c in concept.children("coding"))
    text = concept.text("text")
    return found if text is None else (*found, Coded(code=as_code(text), display=text))


def extension_codings(element: Element) -> Iterator[Coded]:
    """The codes in an element's extensions, and in theirs, whatever they are of."""
    for extension in element.children("extension"):
        yield from codings(extension.child("valueCodeableConcept"))
        yield from extension_codings(extension)


def coded(concept: Element) -> str | None:
    """The first code of a CodeableConcept that has the form of one, None where none has."""
    return next((code for c in concept.children("coding") if (code := as_code(c.text("code")))), None)


def words(concept: Element) -> str | None:
    """A CodeableConcept in words: its text, else its first display, else its first code."""
    displays = [c.text("display") for c in concept.children("coding")]
    return concept.text("text") or next((d for d in displays if d), None) or coded(concept)


def title(concept: Element) -> str | None:
    """What a coded element is called: its first display, else its first code; never its text, which is free."""
    displays = (c.text("display") for c in concept.children("coding"))
    return next((d for d in displays if d), None) or coded(concept)


def stray_words(concept: Element) -> str | None:
    """What stands in a coded element and is no code, for the notes."""
    strays = [c.text("code") for c in concept.children("coding")]
    return joined([concept.text("text"), *(s for s in strays if s is not None and as_code(s) is None)])


class AmbiguousJSON(ValueError):
    """What many readers take for JSON, and not all of them for the same; its text says why, and what to do."""


def parse_json(text: str) -> Any:
    """JSON as RFC 8259 has it. Raises ValueError for anything else, and AmbiguousJSON for a repeated key or a NaN."""
    return _DECODER.decode(text)


def parse_json_at(text: str, place: int) -> tuple[Any, int]:
    """The JSON document that begins at a place of a text, and where it ends. Raises as `parse_json` does."""
    return _DECODER.raw_decode(text, place)


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise AmbiguousJSON("has one key twice in an object: send each key once")
    return found


def _no_constant(_: str) -> Any:
    raise AmbiguousJSON("has NaN or Infinity for a number, which JSON has not: leave it out")


_DECODER = json.JSONDecoder(object_pairs_hook=_unrepeated, parse_constant=_no_constant)


def ods_code(identifier: Element) -> str | None:
    """The ODS code in an Identifier of an organisation, None where it is of another kind or has not the form of one."""
    is_ods = _ODS_SYSTEM.fullmatch(identifier.text("system") or "") is not None
    return as_provider(identifier.text("value")) if is_ods else None
