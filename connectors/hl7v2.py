"""HL7 v2 ADT messages from hospital systems: one file may hold many, in envelopes or not.

Syntax is `hl7v2_message`, the person `hl7v2_patient`, the visit `hl7v2_visit`; here is which trigger is which event.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from connectors.connector import Context, Read, Refused, Source, attempted, build_retraction, refused
from connectors.dates import parse_instant
from connectors.hl7v2_message import Message, Segment, is_cut_off, messages, parse
from connectors.hl7v2_patient import authority_of, hl7_moment, identifiers_of, iso_time, whose_patient
from connectors.hl7v2_visit import (
    EMERGENCY,
    admission,
    appointment,
    attendance,
    codes_of,
    discharge,
    handling_of,
    unknown_codes,
)
from connectors.identifiers import is_placeholder
from connectors.nhs import Body, Whose, key_of, nhs_event
from connectors.nhs_codes import Coded, sensitivities
from schemas.events import Event, Identifier, Moment
from schemas.vocabulary import Agency

Times = tuple[tuple[str, int], ...]

#: Where a time is looked for, the best first: the visit's own, when the event happened, was recorded, was sent.
HAPPENED: Times = (("EVN", 6), ("EVN", 2), ("MSH", 7))
BEGAN: Times = (("PV1", 44), *HAPPENED)
ENDED: Times = (("PV1", 45), *HAPPENED)
#: What may say when it happened or ended; a date there that is none is marked.
DATED: Times = (("PV1", 44), ("PV1", 45), ("EVN", 2), ("EVN", 6))
#: MRG fields with the numbers of the record that ended: their list, then those that were in PID-4 and PID-2.
PRIOR = (1, 2, 4)
CUT_OFF = "the file ends within this message, for its batch or frame has no end: send it again"
_TRIGGER = re.compile(r"[A-Z][0-9]{2}")


class Hl7v2Adt:
    """HL7 v2 ADT: A01, A03, A04, A08, A11, A13, A31 and A40, one message or many."""

    name = "hl7v2-adt"
    title = "HL7 v2 ADT messages"
    agency: Agency | None = Agency.NHS

    def read(self, sources: Sequence[Source], context: Context) -> Iterator[Read]:
        """Every message of every file."""
        for source in sources:
            yield from _read_source(source, context)


def _read_source(source: Source, context: Context) -> Iterator[Read]:
    found = list(messages(source.data))
    if not found:
        yield refused(source.name, 0, "empty_file", "the file holds no message: nothing was sent", raw=source.data)
        return
    if not any(lines[0].startswith(b"MSH") for lines in found):
        sentence = "the file is without a message: none of its lines begins with MSH"
        yield refused(source.name, 0, "unreadable_file", sentence, raw=source.data)
        return
    # What is cut off may be half a number, and that another patient's.
    cut_off = len(found) if is_cut_off(source.data) else None
    seen: Counter[bytes] = Counter()
    for position, lines in enumerate(found, 1):
        raw = b"\r".join(lines)
        if position == cut_off:
            yield refused(source.name, position, "invalid_message", CUT_OFF, raw=raw)
        else:
            yield _read_message(lines, source.name, position, Delivery(context, raw, seen[raw]))
        seen[raw] += 1


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """What a message does not say of itself: who delivered it, its bytes, and how many before it were the same."""

    context: Context
    raw: bytes
    ordinal: int


def _read_message(lines: list[bytes], source: str, position: int, delivery: Delivery) -> Read:
    def events() -> tuple[Event, ...]:
        return _events_of(Record(parse(lines), delivery))

    return attempted(source, position, events, lambda: delivery.raw)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One message on its way to events, and the delivery that it came in."""

    message: Message
    delivery: Delivery

    @property
    def system(self) -> str | None:
        """The program that sent it."""
        return self.message.value("MSH", 3)

    @property
    def facility(self) -> str:
        """The hospital that sent it; empty where it does not say."""
        return self.message.value("MSH", 4) or ""

    @property
    def visit(self) -> tuple[str, ...] | None:
        """The key of the visit: hospital and number, as hospitals number theirs alike. None without a number, and
        where many visits would share what stands for one."""
        number = self.message.value("PV1", 19)
        return ("visit", self.facility, number) if number is not None and not is_placeholder(number) else None

    @property
    def own_key(self) -> tuple[str, ...]:
        """What the sender calls this message; some send one control id for ever, so its time is part of it."""
        control = self.message.value("MSH", 10)
        sent = self.message.value("EVN", 2) or self.message.value("MSH", 7) or ""
        if control is not None:
            return ("message", self.facility, control, sent)
        return ("content", hashlib.sha256(self.delivery.raw).hexdigest(), str(self.delivery.ordinal))

    @property
    def is_emergency(self) -> bool:
        """Whether the visit is to the emergency department."""
        return (self.message.value("PV1", 2) or "").upper() in EMERGENCY

    @property
    def recorded_at(self) -> datetime | None:
        """When it was sent, else when what it says was entered: by that versions of one record are ordered."""
        # In this order: a message sent again after a correction may repeat EVN-2.
        stamps = (iso_time(self.message.value(*place)) for place in (("MSH", 7), ("EVN", 2)))
        return next((parse_instant(stamp) for stamp in stamps if stamp is not None and "T" in stamp), None)

    def whose(self, patient: Segment | None = None) -> Whose:
        """Whom it is about: the patient of this PID, else of the only one. Raises Refused where that names nobody."""
        if patient is None and len(self.message.all("PID")) > 1:
            # Whose are the segments that follow? A message whose MSH was lost hangs on to the one before it.
            raise Refused("invalid_message", "the message has more than one PID: send MSH before each patient", "PID")
        return whose_patient(self.message, patient or self.message.first("PID"), ":".join(self.visit or self.own_key))

    def occurred(self, times: Times) -> Moment | None:
        """The first of these times that the message says."""
        return next((moment for place in times if (moment := hl7_moment(self.message.value(*place)))), None)

    def event(
        self,
        event_type: str,
        whose: Whose,
        natural_key: Sequence[str],
        times: Times,
        body: Body,
        *,
        codes: Sequence[Coded] = (),
        handling: Sequence[str] = (),
        marks: Sequence[str] = (),
    ) -> Event:
        """An event of the record, at the first of `times` that it says. Raises Refused where it says none.

        `codes` are all that may tell of protected content.
        """
        occurred = self.occurred(times)
        if occurred is None:
            raise self._undated(times)
        return nhs_event(
            self.delivery.context,
            event_type,
            whose,
            natural_key,
            occurred,
            body=body,
            recorded_at=self.recorded_at,
            system=self.system,
            protected=sensitivities(codes),
            handling=handling,
            marks=(*marks, *self._unreadable_dates()),
        )

    def _undated(self, times: Times) -> Refused:
        filled = [place for place in times if self.message.value(*place)]
        code, (segment, field) = ("invalid_date", filled[0]) if filled else ("occurred_missing", times[0])
        places = ", ".join(f"{segment}-{field}" for segment, field in times)
        return Refused(code, f"none of {places} holds a date; write 20260301 or 202603010930", f"{segment}-{field}")

    def _unreadable_dates(self) -> Iterator[str]:
        for segment, field in DATED:
            written = self.message.value(segment, field)
            if written is not None and hl7_moment(written) is None:
                yield f"invalid_date:{segment}-{field}"


def admitted(record: Record) -> tuple[Event, ...]:
    """A01: admitted, unless the visit is to the emergency department."""
    if record.is_emergency:
        return _visit(record, "nhs.emergency_attendance", BEGAN, attendance)
    return _visit(record, "nhs.admission", BEGAN, admission)


def discharged(record: Record) -> tuple[Event, ...]:
    """A03: discharged."""
    return _visit(record, "nhs.discharge", ENDED, discharge)


def registered(record: Record) -> tuple[Event, ...]:
    """A04: came to the emergency department, or to an outpatient clinic."""
    if not record.message.all("PV1"):
        raise Refused("visit_missing", "an A04 without PV1 does not say what was visited: send PV1", "PV1-2")
    if record.is_emergency:
        return _visit(record, "nhs.emergency_attendance", BEGAN, attendance)
    return _visit(record, "nhs.appointment", BEGAN, appointment)


def updated(record: Record) -> tuple[Event, ...]:
    """A08, A31: the hospital's record of the patient as it now is, a version of one record."""
    body: Body = {"change": "updated"}
    return (record.event("nhs.person_details", record.whose(), ("patient", record.facility), HAPPENED, body),)


def merged(record: Record) -> tuple[Event, ...]:
    """A40: each PID survives the MRG that follows it."""
    segments = [s for s in record.message.segments if s.name in ("PID", "MRG")]
    pairs = [(pid, mrg) for pid, mrg in pairwise(segments) if mrg.name == "MRG"]
    if not pairs or sum(pid.name == "PID" for pid, _ in pairs) < len(record.message.all("PID")):
        raise Refused("prior_missing", "a merge without MRG-1 does not say whose record ended", "MRG-1")
    return tuple(event for pid, mrg in pairs for event in _merges(record, pid, mrg))


def admission_cancelled(record: Record) -> tuple[Event, ...]:
    """A11 takes back whatever A01 or A04 said of the visit."""
    return _cancelled(record, ("nhs.admission", "nhs.appointment", "nhs.emergency_attendance"))


def discharge_cancelled(record: Record) -> tuple[Event, ...]:
    """A13 takes back what A03 said of the visit."""
    return _cancelled(record, ("nhs.discharge",))


def _visit(record: Record, event_type: str, times: Times, body: Callable[[Message], Body]) -> tuple[Event, ...]:
    key, message, whose = record.visit or record.own_key, record.message, record.whose()
    if len(message.all("PV1")) > 1:
        # As with PID: what is of which of them is a guess.
        raise Refused("invalid_message", "the message has more than one PV1: send MSH before each visit", "PV1")
    event = record.event(
        event_type,
        whose,
        key,
        times,
        body(message),
        codes=codes_of(message),
        handling=handling_of(message),
        marks=unknown_codes(message),
    )
    return (event,)


def _merges(record: Record, survivor: Segment, ended: Segment) -> Iterator[Event]:
    """One merge for each number in MRG but that of the survivor: the record that ended was sent under one of them,
    and which one it was then is not known here."""
    whose = record.whose(survivor if survivor.name == "PID" else None)
    authority = _authority_beside(record, survivor)
    given: dict[str | None, list[Identifier]] = {}
    for number in (i for field in PRIOR for i in identifiers_of(ended, field, authority)):
        given.setdefault(key_of(number), []).append(number)
    priors = [prior for prior in given if prior not in (None, whose.subject)]
    if not priors:
        raise Refused("prior_missing", "MRG-1 names no record other than the one that survives", "MRG-1")
    context = record.delivery.context
    for prior in priors:
        body: Body = {
            "reference": record.message.value("MSH", 10),
            "prior_subject": context.subject(prior),
            "prior_subject_key": context.key.subject_key(context.agency, context.subject(prior)),
            "prior_identifiers": tuple(map(context.numbered, given[prior])),
        }
        yield record.event("nhs.patient_merged", whose, ("merge", prior), HAPPENED, body)


def _authority_beside(record: Record, survivor: Segment) -> str | None:
    """Who gave a number that has ended and does not say who did: whoever gave the one that survives."""
    beside = survivor.repetitions(3) if survivor.name == "PID" else []
    named = (authority_of(survivor, each) for each in beside)
    return next((each for each in named if each is not None), record.message.value("MSH", 4))


def _cancelled(record: Record, event_types: Sequence[str]) -> tuple[Event, ...]:
    visit = record.visit
    if visit is None:
        raise Refused("visit_missing", "the message cancels a visit and does not name it: send PV1-19", "PV1-19")
    whose, occurred = record.whose(), record.occurred(HAPPENED)
    return tuple(
        build_retraction(
            record.delivery.context,
            event_type,
            whose.subject,
            visit,
            reason="entered_in_error",
            occurred=occurred,
            recorded_at=record.recorded_at,
            system=record.system,
        )
        for event_type in event_types
    )


#: The triggers that are carried → what makes events of a message with each.
CARRIED: Mapping[str, Callable[[Record], tuple[Event, ...]]] = {
    "A01": admitted,
    "A03": discharged,
    "A04": registered,
    "A08": updated,
    "A11": admission_cancelled,
    "A13": discharge_cancelled,
    "A31": updated,
    "A40": merged,
}


def _events_of(record: Record) -> tuple[Event, ...]:
    message = record.message
    trigger = message.value("MSH", 9, 2) or message.value("EVN", 1) or ""
    events_of = CARRIED.get(trigger) if message.value("MSH", 9) == "ADT" else None
    if events_of is None:
        named = f"trigger {trigger}" if _TRIGGER.fullmatch(trigger) else "this trigger"
        named = "a message whose MSH-9 does not begin with ADT" if trigger in CARRIED else named
        raise Refused("message_not_carried", f"{named} is not carried: ADT {', '.join(CARRIED)} are", "MSH-9")
    return events_of(record)
