"""What every format shares: sources in, one `Read` a record out, and the one way to build an event.

A connector is pure: bytes, a key and an instant in; events and rejections out. It opens no file and reads no clock.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol, TypedDict, Unpack

from connectors.dates import day_moment
from connectors.identifiers import as_national, says_nothing
from connectors.nhs_codes import is_refuge
from schemas.catalogue import event_records
from schemas.dates import local_date
from schemas.events import LA_CHILD_ID, LOCAL_NUMBERS, Event, Grading, Header, Identifier, Moment, Person, Rejection
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Consent, Precision, Regime, Role

#: Stands in the id of a retraction for the date that its source does not give.
_UNDATED = Moment(value="0001", precision=Precision.YEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file or message as it came; `name` is its base name."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a delivery knows about itself. `mapping` is a parsed mapping file, for formats that take one.

    `organisation` is the force, council, school or hospital that publishes, where others of its agency number alike.
    """

    key: DeploymentKey
    agency: Agency
    feed: str
    received_at: datetime
    mapping: Mapping[str, Any] | None = None
    organisation: str | None = None

    @property
    def received_on(self) -> date:
        """The day on which it came, in England."""
        return local_date(self.received_at)

    def subject(self, own_key: str) -> str:
        """The key of a young person at the agency: the organisation's own, and whose it is.

        A number of the nation's is nobody's own, and one number however its groups are set apart; what the source
        itself says of whose it is stands.
        """
        return as_national(self.agency, own_key) or self._whose(own_key)

    def numbered(self, identifier: Identifier) -> Identifier:
        """An identifier, and whose it is if each organisation of the agency gives its own.

        Others than a council may say its number of a child, and not which council's it is.
        """
        own = identifier.system in LOCAL_NUMBERS
        cited = identifier.system == LA_CHILD_ID and self.agency != Agency.SOCIAL_CARE
        return replace(identifier, value=self._whose(identifier.value)) if own and not cited else identifier

    def record_key(self, event_type: str, own_key: str, natural_key: Sequence[str]) -> str:
        """The key of a record of a young person. Under a number of the nation's, too, organisations number their
        records alike."""
        whose = () if self.organisation is None else (self.organisation,)
        return self.key.record_key(self.agency, event_type, self.subject(own_key), *natural_key, *whose)

    def person(self, said: Person) -> Person:
        """A person as the organisation describes them. A refuge is protected, though its source did not mark it."""
        is_withheld = said.address_withheld or (said.address is not None and is_refuge(said.address))
        return replace(said, identifiers=tuple(map(self.numbered, said.identifiers)), address_withheld=is_withheld)

    def _whose(self, number: str) -> str:
        return number if self.organisation is None or "@" in number else f"{number}@{self.organisation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One record of a source: either the events it became (at least one) or why it was refused.

    `raw` gives the record as it came, for whoever refuses it after it was read.
    """

    source: str
    position: int
    events: tuple[Event, ...] = ()
    rejection: Rejection | None = None
    raw: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        assert bool(self.events) != (self.rejection is not None), "a record becomes events or a rejection"


class Connector(Protocol):
    """One partner format. `agency` is the agency it belongs to, or None where the mapping or caller says."""

    name: str
    title: str
    agency: Agency | None

    def read(self, sources: Sequence[Source], context: Context) -> Iterator[Read]:
        """Every record of the sources, as events or a rejection. An unreadable file is one rejection at position 0."""
        ...


def refused(
    source: str, position: int, code: str, message: str, *, field: str | None = None, raw: bytes | None = None
) -> Read:
    """A record that could not be accepted. `message` states the fact and the way out, never the value."""
    return Read(
        source=source,
        position=position,
        rejection=Rejection(source=source, position=position, field=field, code=code, message=message, raw=raw),
    )


class Refused(Exception):
    """A record that cannot be accepted; never leaves a connector. Code, message and field hold no value of it."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field

    def as_read(self, source: str, position: int, raw: bytes) -> Read:
        """What a connector yields for the record: its rejection. `raw` is the record as it came."""
        return refused(source, position, self.code, self.message, field=self.field, raw=raw)


def attempted(source: str, position: int, events: Callable[[], tuple[Event, ...]], raw: Callable[[], bytes]) -> Read:
    """The events that `events` returns, or where it raises a rejection that keeps the record as `raw` returns it.

    That holds for Refused, and for any fault of ours: one in one record does not stop the others.
    """
    try:
        return Read(source=source, position=position, events=events(), raw=raw)
    except Refused as refusal:
        return refusal.as_read(source, position, raw())
    except Exception as fault:  # whatever it was, it may quote the record: only its class is told
        sentence = f"the record could not be read ({type(fault).__name__}); report it with the format's name"
        return refused(source, position, "unreadable_record", sentence, raw=raw())


def _plain(value: Any) -> Any:
    """A frozen record as its values in order, for the content that makes an event id."""
    if isinstance(value, datetime):
        return value.isoformat()
    names = getattr(type(value), "__slots__", None)
    return str(value) if names is None else [getattr(value, name) for name in names]


class OptionalHeader(TypedDict, total=False):
    """What else a source may say of an event; what it leaves out has the default of `schemas.events.Header`."""

    role: Role
    recorded_at: datetime | None
    regime: Regime
    grading: Grading | None
    handling: Sequence[str]
    sensitivities: Sequence[str]
    consent: Consent
    emergency: bool
    retracts: str | None


def build_event(
    context: Context,
    event_type: str,
    *,
    subject: str,
    natural_key: Sequence[str],
    occurred: Moment,
    person: Person | None = None,
    body: Mapping[str, Any] | None = None,
    system: str | None = None,
    marks: Sequence[str] = (),
    **told: Unpack[OptionalHeader],
) -> Event:
    """An event with its derived ids.

    `natural_key` is what the source itself calls the record (visit number, CHILD + DECOM + RNE …): versions of one
    record share it. Where the source has no such key, give the content and its ordinal among equal records, so that
    two real events that look alike stay two. Content, not the time of delivery, makes the event id.

    Raises Refused where `subject` says nothing: all children without a key would be one. A format that knows the place
    of the key, or other stand-ins for one, refuses it before.
    """
    if not subject.strip() or says_nothing(subject):
        raise Refused("subject_missing", "the key of the young person says nothing; send your own key of them")
    record_key = context.record_key(event_type, subject, natural_key)
    subject = context.subject(subject)
    person = context.person(person) if person is not None else None
    body = dict(body or {})
    said = {name: _settled(name, value) for name, value in told.items()}
    content = json.dumps([subject, occurred, person, body, said], sort_keys=True, default=_plain)
    header = Header(
        event_id=context.key.derive("event", event_type, record_key, content),
        type=event_type,
        schema_version=event_records()[event_type].version,
        agency=context.agency,
        system=system,
        feed=context.feed,
        subject=subject,
        subject_key=context.key.subject_key(context.agency, subject),
        record_key=record_key,
        occurred=occurred,
        received_at=context.received_at,
        marks=tuple(sorted(set(marks))),
        **said,
    )
    return Event(header=header, person=person, body=body)


def build_retraction(
    context: Context,
    event_type: str,
    subject: str,
    natural_key: Sequence[str],
    *,
    reason: str,
    occurred: Moment | None,
    recorded_at: datetime | None,
    system: str | None = None,
    regime: Regime = Regime.UKGDPR,
) -> Event:
    """The event that takes back the record that `event_type`, `subject` and `natural_key` name.

    Taking back must not fail for want of a date: without one it is dated on the day it arrived. That day is put in
    after the id: the same withdrawal on a later day is the one known, and takes back nothing that came in between.
    """
    event = build_event(
        context,
        f"{context.agency}.retraction",
        subject=subject,
        natural_key=(event_type, *natural_key),
        occurred=occurred or _UNDATED,
        body={"reason_code": reason},
        system=system,
        marks=() if occurred is not None else ("assumed:occurred",),
        recorded_at=recorded_at,
        regime=regime,
        retracts=context.record_key(event_type, subject, natural_key),
    )
    arrived = day_moment(context.received_on)
    return event if occurred is not None else replace(event, header=replace(event.header, occurred=arrived))


def _settled(name: str, value: Any) -> Any:
    """Lists as tuples; sensitivities are a set, so their order means nothing."""
    if name == "sensitivities":
        return tuple(sorted(set(value)))
    return tuple(value) if name == "handling" else value
