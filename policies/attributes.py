"""What policy may know of an event: codes from closed lists and field names, never a value, a name or an id.

The question to the engine is built from `Attributes` and nothing else, and answers are cached by them, so an attribute
that decides but is missing from the cache key cannot exist.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from policies.masking import PERSON
from schemas.catalogue import event_records, person_labels
from schemas.codec import decode_body, encode_body
from schemas.dates import age_on, local_date
from schemas.vocabulary import AgeBand, Agency, Consent, Handling, Regime, Role, Sensitivity

#: Stands for every code that is on no list: what a source really sent may be anything, so it goes no further than this.
UNKNOWN = "unknown"

#: What each attribute may be. Prohibitions and conditions are checked against it: a typing error there would permit.
CLOSED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "agency": frozenset(Agency),
        "event_type": frozenset(event_records()),
        "role": frozenset(Role),
        "regime": frozenset(Regime),
        "consent": frozenset(Consent),
        "source_evaluation": frozenset({"", "1", "2", "3"}),
        "intelligence_assessment": frozenset({"", "A", "B", "C", "D", "E"}),
        "handling_code": frozenset({"", "P", "C"}),
        "handling": frozenset(Handling),
        "sensitivities": frozenset(Sensitivity),
        "age_band": frozenset(AgeBand),
    }
)
_LISTS = ("handling", "sensitivities", "released")
_FLAGS = ("emergency", "refused")
_CODE = re.compile(r"[a-z0-9-]{1,64}")
#: The reason codes of an event that is left to a person, before the prohibition or the clause that leaves it.
PROHIBITION = "prohibition"
REQUIRED = "clause_requires_review"
#: As `PolicySet.question` gives it: a prohibition, or a clause as it was asked.
_QUESTION = re.compile(
    rf"{PROHIBITION}:[a-z0-9-]{{1,64}}|{REQUIRED}:[a-z0-9-]{{1,64}}/[A-Z0-9-]{{1,32}}@[0-9a-f]{{1,32}}"
)
_RECORD = "fanlight.bus.Attributes"
#: The grading of an event that is no intelligence report.
_UNGRADED = {"source_evaluation": "", "intelligence_assessment": "", "handling_code": ""}
#: Nobody is so old: the birth date is a slip.
_YEARS_MAX = 120
#: The age bands, each below the age beside it and not below that of the band before.
_BANDS = (
    (10, AgeBand.UNDER_10),
    (16, AgeBand.FROM_10_TO_15),
    (18, AgeBand.FROM_16_TO_17),
    (_YEARS_MAX, AgeBand.FROM_18),
)


@cache
def field_labels(event_type: str) -> Mapping[str, str]:
    """The sharing label of every field of an event type, demographics included as `person.NAME`."""
    record = event_records().get(event_type)
    if record is None:
        return MappingProxyType({})
    found = {name: str(label) for name, label in record.labels.items()}
    if record.has_person:
        found |= {PERSON + name: str(label) for name, label in person_labels().items()}
    return MappingProxyType(found)


@cache
def _names_by_label(event_type: str) -> dict[str, dict[str, bool]]:
    """The field names of an event type by their label. Names are keys of an object, because both engines turn the keys
    of one into a set at once, and the items of a list one by one."""
    found: dict[str, dict[str, bool]] = {}
    for name, label in field_labels(event_type).items():
        found.setdefault(label, {})[name] = True
    return found


class _Hashed:
    """Has room for a hash that is worked out once: rulings are looked up by attributes, several times for every event.

    A base class, because a dataclass with slots has none for what is no field of it.
    """

    __slots__ = ("_hash",)
    _hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes(_Hashed):
    """One class of question to the policy: every event with these attributes is decided alike.

    A code that is on no closed list becomes UNKNOWN, a schema version that is none becomes 0, and the name of an
    audience that has not the form of one becomes empty, which is nobody. Raises TypeError on a value of another type.

    `released` are the questions that a person was asked and answered by releasing the event to this audience; `refused`
    says that they refused it.
    """

    audience: str
    agency: str
    event_type: str
    schema_version: int
    role: str
    regime: str
    consent: str
    emergency: bool
    source_evaluation: str
    intelligence_assessment: str
    handling_code: str
    handling: tuple[str, ...]
    sensitivities: tuple[str, ...]
    age_band: str
    released: tuple[str, ...] = ()
    refused: bool = False

    def __post_init__(self) -> None:
        _check_types(self)
        object.__setattr__(self, "audience", self.audience if _CODE.fullmatch(self.audience) else "")
        for name, listed in CLOSED.items():
            value = getattr(self, name)
            if name in _LISTS:
                kept = tuple(sorted({item if item in listed else UNKNOWN for item in value}))
                object.__setattr__(self, name, kept)
            elif value not in listed:
                object.__setattr__(self, name, UNKNOWN)
        object.__setattr__(
            self, "released", tuple(sorted({each for each in self.released if _QUESTION.fullmatch(each)}))
        )
        record = event_records().get(self.event_type)
        if record is None or not 1 <= self.schema_version <= record.version:
            object.__setattr__(self, "schema_version", 0)
        object.__setattr__(self, "_hash", hash(tuple(value for _, value in _items(self))))

    def __hash__(self) -> int:
        return self._hash

    def as_input(self, epoch_ns: int) -> dict[str, Any]:
        """The input of the Rego: every attribute, the event's field names by label, and the time as `now_ns`."""
        asked = {name: list(value) if isinstance(value, tuple) else value for name, value in _items(self)}
        return asked | {"labels": _names_by_label(self.event_type), "now_ns": epoch_ns}

    @property
    def is_known(self) -> bool:
        """Whether policy knows all that it must know of an event before any of it may go to anybody."""
        named = (self.agency, self.event_type, self.role, self.regime, self.consent, *self.sensitivities)
        is_own = self.event_type.partition(".")[0] == self.agency
        return UNKNOWN not in named and self.schema_version > 0 and is_own

    def answered(self, *, released: Iterable[str] = (), refused: bool = False) -> "Attributes":
        """The same, after somebody has answered for the audience."""
        return replace(self, released=tuple(released), refused=refused)

    @classmethod
    def of_header(cls, header: Mapping[str, Any], person: Mapping[str, Any] | None, audience: str) -> "Attributes":
        """The attributes of a decoded event for one audience."""
        return _attributes(audience, *_values(header, person))

    @classmethod
    def of_described(cls, audience: str, described: bytes) -> "Attributes":
        """The attributes of an event that `describe` has described, for one audience."""
        record = decode_body(_RECORD, described)
        values = (tuple(value) if isinstance(value, list) else value for value in record.values())
        return _attributes(audience, *values)


def describe(header: Mapping[str, Any], person: Mapping[str, Any] | None) -> bytes:
    """What policy may know of a decoded event, but for the audience, as bare fanlight.bus.Attributes."""
    return _described(*_values(header, person))


def _values(header: Mapping[str, Any], person: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """What a decoded event says, in the order of the fields of `Attributes` after the first, which is the audience.

    The age is that on the day on which the event was received, so that the same event gives the same attributes
    whenever it is read.
    """
    grading = header["grading"] or _UNGRADED
    sensitivities = tuple(header["sensitivities"])
    if person is not None and person["address_withheld"]:
        sensitivities = (*sensitivities, Sensitivity.PROTECTED_ADDRESS.value)
    return (
        header["agency"],
        header["type"],
        header["schema_version"],
        header["role"],
        header["regime"],
        header["consent"],
        header["emergency"],
        grading["source_evaluation"],
        grading["intelligence_assessment"],
        grading["handling_code"],
        tuple(header["handling"]),
        sensitivities,
        AgeBand.UNKNOWN.value if person is None else age_band(person, local_date(header["received_at"])),
    )


#: Of all attributes.
NAMES = tuple(field.name for field in fields(Attributes))
#: The attributes that the event itself tells. The last two tell what people have answered about it.
_OF_EVENT = NAMES[: NAMES.index("released")]


def _items(attributes: Attributes) -> list[tuple[str, Any]]:
    return [(name, getattr(attributes, name)) for name in NAMES]


def _check_types(attributes: Attributes) -> None:
    """Equal is not the same: 1 == True == 1.0, so a wrong type would find another question's answer in the cache."""
    for name, value in _items(attributes):
        if name in _LISTS:
            right = type(value) is tuple and all(isinstance(item, str) for item in value)
        elif name in _FLAGS:
            right = type(value) is bool
        elif name == "schema_version":
            right = type(value) is int
        else:
            right = isinstance(value, str)
        if not right:
            raise TypeError(f"attribute {name} has type {type(value).__name__}")


@lru_cache(maxsize=16384, typed=True)
def _attributes(*values: Any) -> Attributes:
    return Attributes(**dict(zip(_OF_EVENT, values, strict=True)))


@lru_cache(maxsize=16384, typed=True)
def _described(*values: Any) -> bytes:
    return encode_body(_RECORD, dict(zip(_OF_EVENT[1:], values, strict=True)))


def age_band(person: Mapping[str, Any], on: date) -> str:
    """The age band of a person on a day; unknown where what is known of the birth date does not settle it."""
    if person["birth_date_expected"]:
        return AgeBand.UNDER_10.value
    return _age_band(person["birth_date"] or "", on)


def age_least(born: str, on: date) -> int | None:
    """How many years old somebody born then is on a day at the least; None where it is no ISO date, month or year."""
    try:
        return age_on(_possible_days(born)[1], on)
    except (ValueError, TypeError):
        return None


@lru_cache(maxsize=65536)
def _age_band(born: str, on: date) -> str:
    try:
        bands = {_band(age_on(day, on)) for day in _possible_days(born)}
    except (ValueError, TypeError, OverflowError):
        return AgeBand.UNKNOWN.value
    return bands.pop() if len(bands) == 1 else AgeBand.UNKNOWN.value


def _possible_days(born: str) -> tuple[date, date]:
    """The first and last day that an ISO date, month or year can mean."""
    year, *rest = (int(part) for part in born.split("-"))
    if len(rest) > 1:
        return date(year, *rest), date(year, *rest)
    first, last = (rest[0], rest[0]) if rest else (1, 12)
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def _band(years: int) -> str:
    if not 0 <= years < _YEARS_MAX:
        return AgeBand.UNKNOWN.value
    return next(band.value for limit, band in _BANDS if years < limit)
