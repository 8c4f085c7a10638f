"""What leaves for an audience: named fields copied out of the record, whole or in a coarser form.

Nothing is ever deleted from a record to make a view of it: a field that no grant names is not copied.
Masking a masked value changes nothing, so a value may be coarsened when released and again for a narrower purpose.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol

from schemas.dates import local_date
from schemas.events import LOCAL_NUMBERS

#: Demographics are named with this prefix wherever policy speaks of fields.
PERSON: Final = "person."
Released = str | int | float | bool | list[str]
#: The types of most values, which leave as they are.
_SCALARS: Final = frozenset({str, int, float, bool})
Mask = Callable[[Released], Released | None]
_BIRTH_DATE: Final = PERSON + "birth_date"
_DETAILS: Final = ".person_details"

_POSTCODE: Final = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?)\s*[0-9][A-Z]{2}\b")
#: Only as the whole value: within an address the same shape is a flat or a road.
_OUTWARD: Final = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")
_DAY: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_CUT: Final = "…"
_IDENTIFIER_TAIL: Final = 3
#: CIN census factors about the young person's own exploitation and missing episodes; the others speak of families.
_OWN_FACTORS: Final = frozenset({"10A", "11A", "12A", "13A", "24A"})
#: Attendance codes that tell of nothing but school; illness, health care, religion, travelling and the like do.
_PLAIN_CODES: Final = frozenset({*"/\\LKVPWBDXQZ#EGNOU", "C2", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"})
_TELLING_CODES: Final = frozenset({"I", "M", "R", "T", "S", "C", "C1", "J1"})
#: CIN referral sources that are organisations; the rest are private persons, or not known to be anything else.
_REFERRING_AGENCIES: Final = {
    "2": "education",
    "3": "health",
    "4": "housing",
    "5": "local_authority",
    "6": "police",
    "7": "other_legal_agency",
}
_NOT_SAID: Final = "not_said"
_AUTHORISED: Final = "authorised"


class Granting(Protocol):
    """What releasing needs of a grant."""

    @property
    def fields(self) -> Sequence[str]: ...
    @property
    def masked(self) -> Sequence[str]: ...


def release(record: Mapping[str, Any], grants: Sequence[Granting]) -> tuple[dict[str, Released], dict[str, Released]]:
    """What grants let out of a decoded event, each field in the fullest form that some purpose may have.

    Fields by name, and demographics by name. Those without a value are left out.
    """
    fields: dict[str, Released] = {}
    person: dict[str, Released] = {}
    of_event, of_person = _copies(tuple(grants))
    _copy(record, of_event, fields)
    _copy(record.get("person") or {}, of_person, person)
    return fields, person


def when_told(event_type: str, occurred: str, born: object, grants: Sequence[Granting]) -> str:
    """When an event happened, as far as grants let it be told.

    Details of a person to which their source gave no other date are dated by the birth. So that date is told in the
    form in which the date of birth is, and is empty where that is not told at all.
    """
    if occurred != born or not event_type.endswith(_DETAILS) or any(_BIRTH_DATE in grant.fields for grant in grants):
        return occurred
    is_coarser = any(_BIRTH_DATE in grant.masked for grant in grants)
    return str(mask(_BIRTH_DATE, occurred) or "") if is_coarser else ""


_Copies = tuple[tuple[str, str | None], ...]


def _copy(source: Mapping[str, Any], copies: _Copies, released: dict[str, Released]) -> None:
    for own, coarsened in copies:
        value = source.get(own)
        if value is None:
            continue
        plain = value if type(value) in _SCALARS else _plain(value)
        if coarsened is not None and plain is not None:
            plain = mask(coarsened, plain)
        if plain is not None:
            released[own] = plain


@lru_cache(maxsize=4096)
def _copies(grants: tuple[Granting, ...]) -> tuple[_Copies, _Copies]:
    """What to copy of the event and of its person: each field's own name, and its full name if it is coarsened."""
    whole = {name for grant in grants for name in grant.fields}
    coarser = {name for grant in grants for name in grant.masked} - whole
    named = [(name, name if name in coarser else None) for name in sorted(whole | coarser)]
    of_person = [(name[len(PERSON) :], full) for name, full in named if name.startswith(PERSON)]
    return tuple(pair for pair in named if not pair[0].startswith(PERSON)), tuple(of_person)


def narrow(
    fields: Mapping[str, Released | None], person: Mapping[str, Released | None], grant: Granting
) -> tuple[dict[str, Released], dict[str, Released]]:
    """What one grant shows of what was released under all of an entry's grants. The entry's schema has room for a null;
    of that nothing is shown."""
    names = dict.fromkeys(grant.fields, False) | dict.fromkeys(grant.masked, True)
    return _narrow(fields, "", names), _narrow(person, PERSON, names)


def _narrow(values: Mapping[str, Released | None], prefix: str, names: Mapping[str, bool]) -> dict[str, Released]:
    shown: dict[str, Released] = {}
    for name, value in values.items():
        full = prefix + name
        if value is not None and full in names:
            told = mask(full, value) if names[full] else value
            if told is not None:
                shown[name] = told
    return shown


def _plain(value: Any) -> Released | None:
    """A value as an entry holds it: a moment as its text, identifiers as `system:value`, nothing else nested."""
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return value["value"] if "precision" in value else None
    texts = [_text(item) for item in value]
    return [text for text in texts if text is not None] or None


def _text(item: Any) -> str | None:
    """An item of a list. An identifier that fails its check is nobody's: many children share a dummy."""
    if isinstance(item, dict):
        return f"{item['system']}:{_number(item)}" if item.get("valid") is True else None
    return str(item)


def _number(identifier: Mapping[str, Any]) -> str:
    """Without the hospital or other organisation that gave it: its name may say what kind of clinic that is."""
    value: str = identifier["value"]
    return value.partition("@")[0] if identifier["system"] in LOCAL_NUMBERS else value


def _outward(value: Released) -> Released | None:
    text = str(value).strip().upper()
    if _OUTWARD.fullmatch(text):
        return text
    found = _POSTCODE.search(text)
    return found.group(1) if found else None


def _day(value: Released) -> Released | None:
    """The day in England, as far as it is known: of half past midnight in June the instant's own date is another."""
    text = str(value)
    if "T" not in text:
        return text if _DAY.fullmatch(text) else None
    try:
        instant = datetime.fromisoformat(text)
        return (instant.date() if instant.tzinfo is None else local_date(instant)).isoformat()
    except ValueError:
        return None


def _month(value: Released) -> Released | None:
    day = _day(value)
    return str(day)[: len("2026-03")] if day is not None else None


def _initial(value: Released) -> Released | None:
    if isinstance(value, list):
        return [_initials(item) for item in value]
    return _initials(str(value))


def _initials(text: str) -> str:
    return " ".join(f"{word[0]}." for word in text.split())


def _tails(value: Released) -> Released | None:
    return [_tail(item) for item in value] if isinstance(value, list) else None


def _tail(text: str) -> str:
    system, _, value = text.partition(":")
    if value.startswith(_CUT):
        return text
    return f"{system}:{_CUT}{value[-_IDENTIFIER_TAIL:] if len(value) > 2 * _IDENTIFIER_TAIL else ''}"


def _referring(value: Released) -> Released | None:
    text = str(value)
    return text if text in _REFERRING_AGENCIES.values() else _REFERRING_AGENCIES.get(text[:1], _NOT_SAID)


def _own_factors(value: Released) -> Released | None:
    return [item for item in value if item in _OWN_FACTORS] if isinstance(value, list) else None


def _attendance(value: Released) -> Released | None:
    if not isinstance(value, str):
        return None
    if value in _TELLING_CODES or value == _AUTHORISED:
        return _AUTHORISED
    return value if value in _PLAIN_CODES else None


_MASKS: Final[Mapping[str, Mask]] = {
    "person.given_name": _initial,
    "person.family_name": _initial,
    "person.aliases": _initial,
    "person.birth_date": _month,
    "person.identifiers": _tails,
    "person.postcode": _outward,
    "person.address": _outward,
    "location": _outward,
    "last_seen_location": _outward,
    "located_address": _outward,
    "incident_address": _outward,
    "last_seen": _day,
    "missing_since": _day,
    "departed": _day,
    "admitted": _day,
    "ended": _day,
    "entry_date": _month,
    "referral_source": _referring,
    "assessment_factors": _own_factors,
    "code": _attendance,
}


def maskable(name: str) -> bool:
    """Whether a field has a coarser form."""
    return name in _MASKS


def mask(name: str, value: Released) -> Released | None:
    """A value in its coarser form, or None where none can be made of it."""
    coarser = _MASKS.get(name)
    return coarser(value) if coarser else None
