"""Events as frozen records: what one agency says happened to one young person."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from schemas.vocabulary import Consent, Precision, Regime, Role

HOSPITAL_NUMBER = "hospital-number"
LA_CHILD_ID = "la-child-id"
#: Systems in which each organisation numbers for itself, and all alike. So a value may say whose it is:
#: `NUMBER@ORGANISATION`.
LOCAL_NUMBERS = frozenset({HOSPITAL_NUMBER, LA_CHILD_ID, "pupil-id", "custody-id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something happened, as precisely as the source knew: `value` is ISO 8601, instants in UTC ending in Z."""

    value: str
    precision: Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The 3x5x2 grading of an intelligence report."""

    source_evaluation: str
    intelligence_assessment: str
    handling_code: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identifier:
    """One identifier of a person. `valid` is False where a check fails or the value is a known dummy."""

    system: str
    value: str
    valid: bool

    def __repr__(self) -> str:
        return f"Identifier({self.system}, valid={self.valid})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Person:
    """Demographics as the source sent them; fields as in fanlight.Person."""

    given_name: str | None = None
    middle_names: str | None = None
    family_name: str | None = None
    aliases: tuple[str, ...] = ()
    birth_date: str | None = None
    birth_date_accuracy: str = "UUU"
    birth_date_expected: bool = False
    sex: str | None = None
    ethnicity: str | None = None
    postcode: str | None = None
    address: str | None = None
    address_withheld: bool = False
    identifiers: tuple[Identifier, ...] = ()

    def __repr__(self) -> str:
        return "Person(…)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Header:
    """What the bus knows of every event; fields as in fanlight.Header."""

    event_id: str
    type: str
    schema_version: int = 1
    agency: str
    system: str | None = None
    feed: str
    feed_sequence: int | None = None
    subject: str
    subject_key: str
    record_key: str
    role: str = Role.SUBJECT
    occurred: Moment
    recorded_at: datetime | None = None
    received_at: datetime
    regime: str = Regime.UKGDPR
    grading: Grading | None = None
    handling: tuple[str, ...] = ()
    sensitivities: tuple[str, ...] = ()
    consent: str = Consent.NOT_RECORDED
    emergency: bool = False
    supersedes: str | None = None
    retracts: str | None = None
    marks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Header({self.type} {self.event_id})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Event:
    """One event. `body` holds the record's own fields by name; a field it leaves out is null or empty."""

    header: Header
    person: Person | None = None
    body: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Event({self.header.type} {self.header.event_id})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rejection:
    """An input that could not be accepted: where it was, which field, a reason code, and a sentence without values.

    `position` is the row (header row is 1), entry or message number (from 1); 0 is the file itself.
    `raw` is the record as it came, kept so that it can be mended and sent again.
    """

    source: str
    position: int
    field: str | None = None
    code: str
    message: str
    raw: bytes | None = None

    def __repr__(self) -> str:
        return f"Rejection({self.code} at {self.position})"


def as_record(value: Any) -> Any:
    """A frozen record as the plain dict that Avro writes. (dataclasses.asdict copies deeply, at ten times the cost.)"""
    if value is None or type(value) is str:
        return value
    if isinstance(value, tuple):
        return [as_record(item) for item in value]
    names = _FIELDS.get(type(value))
    return value if names is None else {name: as_record(getattr(value, name)) for name in names}


_FIELDS = {kind: tuple(f.name for f in fields(kind)) for kind in (Moment, Grading, Identifier, Person, Header)}
