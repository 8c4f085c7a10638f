"""HL7 v2 ADT messages from hospital systems: one file may hold many, in envelopes or not.

Syntax is `hl7v2_message`, the person `hl7v2_patient`, the visit `hl7v2_visit`, what every message is asked
`hl7v2_record`; here is which trigger is which event.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from connectors.connector import Context, Read, Refused, Source, attempted, build_retraction, refused
from connectors.hl7v2_message import Message, Segment, is_cut_off, messages, parse
from connectors.hl7v2_patient import authority_of, identifiers_of
from connectors.hl7v2_record import BEGAN, ENDED, HAPPENED, Origin, Record, Times
from connectors.hl7v2_visit import admission, appointment, attendance, codes_of, discharge, handling_of, unknown_codes
from connectors.nhs import Body, key_of
from schemas.events import Event, Identifier
from schemas.vocabulary import Agency

#: MRG fields with the numbers of the record that ended: their list, then those that were in PID-4 and PID-2.
PRIOR = (1, 2, 4)
CUT_OFF = "the file ends within this message, for its batch or frame has no end: send it again"
_TRIGGER = re.compile(r"[A-Z][0-9]{2}")


class Hl7v2Adt:
    """HL7 v2 ADT: A01, A03, A04, A08, A11, A13, A28, A31, A34 and A40, one message or many."""

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
            yield _read_message(lines, source.name, position, Origin(context, raw, seen[raw]))
        seen[raw] += 1


def _read_message(lines: list[bytes], source: str, position: int, origin: Origin) -> Read:
    def events() -> tuple[Event, ...]:
        return _events_of(Record(parse(lines), origin))

    return attempted(source, position, events, lambda: origin.raw)


def admitted(record: Record) -> tuple[Event, ...]:
    """A01: admitted, unless the visit is to the emergency department or to an outpatient clinic."""
    if record.is_emergency or record.is_outpatient:
        return registered(record)
    return _visit(record, "nhs.admission", BEGAN, admission)


def discharged(record: Record) -> tuple[Event, ...]:
    """A03: discharged. Nobody is discharged who was not there: at the end of an outpatient's visit it has been kept."""
    if record.is_outpatient:
        return _visit(record, "nhs.appointment", BEGAN, lambda message: appointment(message) | {"status": "fulfilled"})
    return (*_attended(record), *_visit(record, "nhs.discharge", ENDED, discharge))


def _attended(record: Record) -> tuple[Event, ...]:
    """The attendance anew where its end tells why somebody came, which is seldom known when they come."""
    is_known = record.visit is not None and record.occurred((("PV1", 44),)) is not None
    if not record.is_emergency or not is_known or attendance(record.message)["category"] is None:
        return ()
    return _visit(record, "nhs.emergency_attendance", BEGAN, attendance)


def registered(record: Record) -> tuple[Event, ...]:
    """A04: came to the emergency department, or to an outpatient clinic."""
    if not record.message.all("PV1"):
        raise Refused("visit_missing", "an A04 without PV1 does not say what was visited: send PV1", "PV1-2")
    if record.is_emergency:
        return _visit(record, "nhs.emergency_attendance", BEGAN, attendance)
    return _visit(record, "nhs.appointment", BEGAN, appointment)


def added(record: Record) -> tuple[Event, ...]:
    """A28: the hospital's first record of the patient."""
    return _details(record, "new")


def updated(record: Record) -> tuple[Event, ...]:
    """A08, A31: the hospital's record of the patient as it now is."""
    return _details(record, "updated")


def _details(record: Record, change: str) -> tuple[Event, ...]:
    """What is said of the patient, a version of one record."""
    body: Body = {"change": change}
    return (record.event("nhs.person_details", record.whose(), ("patient", record.facility), HAPPENED, body),)


def merged(record: Record) -> tuple[Event, ...]:
    """A40, and A34 from before there was one: each PID survives the MRG that follows it."""
    segments = [s for s in record.message.segments if s.name in ("PID", "MRG")]
    pairs = [(pid, mrg) for pid, mrg in pairwise(segments) if mrg.name == "MRG"]
    if not pairs or sum(pid.name == "PID" for pid, _ in pairs) < len(record.message.all("PID")):
        raise Refused("prior_missing", "a merge without MRG-1 does not say whose record ended", "MRG-1")
    return tuple(event for pid, mrg in pairs for event in _merges(record, pid, mrg))


def admission_cancelled(record: Record) -> tuple[Event, ...]:
    """A11 takes back whatever A01 or A04 said of the visit."""
    return _cancelled(record, ("nhs.admission", "nhs.appointment", "nhs.emergency_attendance"))


def discharge_cancelled(record: Record) -> tuple[Event, ...]:
    """A13 takes back what A03 said of the visit; that of an outpatient goes on."""
    cancelled = _cancelled(record, ("nhs.discharge",))
    return (*cancelled, *registered(record)) if record.is_outpatient else cancelled


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
    context = record.origin.context
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
    return next((each for each in named if each is not None), record.message.facility)


def _cancelled(record: Record, event_types: Sequence[str]) -> tuple[Event, ...]:
    visit = record.visit
    if visit is None:
        raise Refused("visit_missing", "the message cancels a visit and does not name it: send PV1-19", "PV1-19")
    whose, occurred = record.whose(), record.occurred(HAPPENED)
    return tuple(
        build_retraction(
            record.origin.context,
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
    "A28": added,
    "A31": updated,
    "A34": merged,
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
