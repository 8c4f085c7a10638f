"""One HL7 v2 message on its way to events: what every trigger is asked in the same words."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.connector import Context, Refused
from connectors.dates import parse_instant
from connectors.hl7v2_message import Message, Segment
from connectors.hl7v2_patient import hl7_moment, iso_time, whose_patient
from connectors.hl7v2_visit import EMERGENCY, OUTPATIENT
from connectors.identifiers import is_placeholder
from connectors.nhs import Body, Whose, nhs_event
from connectors.nhs_codes import Coded, sensitivities
from schemas.events import Event, Moment

Times = tuple[tuple[str, int], ...]

#: Where a time is looked for, the best first: the visit's own, when the event happened, was recorded, was sent.
HAPPENED: Times = (("EVN", 6), ("EVN", 2), ("MSH", 7))
BEGAN: Times = (("PV1", 44), *HAPPENED)
ENDED: Times = (("PV1", 45), *HAPPENED)
#: What may say when it happened or ended; a date there that is none is marked.
DATED: Times = (("PV1", 44), ("PV1", 45), ("EVN", 2), ("EVN", 6))


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """What a message does not say of itself: its publisher, its bytes, and how many before it were the same."""

    context: Context
    raw: bytes
    ordinal: int


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One message on its way to events, and where it comes from."""

    message: Message
    origin: Origin

    @property
    def system(self) -> str | None:
        """The program that sent it."""
        return self.message.value("MSH", 3)

    @property
    def facility(self) -> str:
        """The hospital that sent it; empty where it does not say."""
        return self.message.facility or ""

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
        return ("content", hashlib.sha256(self.origin.raw).hexdigest(), str(self.origin.ordinal))

    @property
    def is_emergency(self) -> bool:
        """Whether the visit is to the emergency department."""
        return (self.message.value("PV1", 2) or "").upper() in EMERGENCY

    @property
    def is_outpatient(self) -> bool:
        """Whether the visit is to a clinic."""
        return (self.message.value("PV1", 2) or "").upper() in OUTPATIENT

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
            self.origin.context,
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
