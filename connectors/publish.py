"""Publishing: reads become messages, and the caller is told what was accepted and what was refused.

An event that does not encode, or a connector that trips, becomes a rejection: a delivery is never half forgotten
because of one record.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from connectors.connector import Connector, Context, Read, Refused, Source, build_event, refused
from connectors.dates import day_moment, instant_moment
from connectors.sending import Headers, Sink
from schemas import topics
from schemas.codec import encode, encode_event
from schemas.errors import InvalidEvent
from schemas.events import Event, Rejection
from schemas.sizes import PUBLISHED_BYTES_MAX, excess
from schemas.vocabulary import Agency

CONTENT_TYPE = b"avro/binary"


@dataclass(slots=True)
class Summary:
    """What became of a delivery: read = accepted + rejected, always."""

    accepted: int = 0
    rejected: int = 0
    events: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """Records of the delivery."""
        return self.accepted + self.rejected

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "events": self.events,
            "by_type": dict(sorted(self.by_type.items())),
            "by_reason": dict(sorted(self.by_reason.items())),
        }


def publish_delivery(connector: Connector, sources: Sequence[Source], context: Context, sink: Sink) -> Summary:
    """Read a delivery and publish it; returns when the sink has acknowledged all of it."""
    reads = guarded(connector, sources, context)
    return publish(reads, sink, context=context, format_name=connector.name, sources=sources)


def publish(
    reads: Iterable[Read], sink: Sink, *, context: Context, format_name: str, sources: Sequence[Source]
) -> Summary:
    """Publish what was read, then a heartbeat of the feed; returns when the sink has acknowledged all of it."""
    summary, said = Summary(), set[str]()
    for read in reads:
        fitted = _encoded(read)
        if isinstance(fitted, Rejection):
            summary.rejected += 1
            summary.by_reason[fitted.code] += 1
            said.add(f"{fitted.code} {_content(fitted)}")
            _send_rejection(fitted, sink, context, format_name)
            continue
        summary.accepted += 1
        summary.events += len(fitted)
        for event, value in fitted:
            summary.by_type[event.header.type] += 1
            said.add(event.header.event_id)
            _send_event(event, value, sink, context)
    if context.agency in set(Agency):
        # A delivery that nobody stated an agency for is refused, and says nothing of any feed.
        heartbeat = _heartbeat(context, said or {hashlib.sha256(s.data).hexdigest() for s in sources}, summary)
        _send_event(heartbeat, encode_event(heartbeat), sink, context)
    sink.flush()
    return summary


def publish_event(event: Event, sink: Sink, context: Context) -> None:
    """Publish one event that comes in no delivery; returns when the sink has acknowledged it. Raises InvalidEvent."""
    fitted = _encoded(Read(source=context.feed, position=1, events=(event,)))
    if isinstance(fitted, Rejection):
        raise InvalidEvent(fitted.message)
    for each, value in fitted:
        _send_event(each, value, sink, context)
    sink.flush()


def guarded(connector: Connector, sources: Sequence[Source], context: Context) -> Iterator[Read]:
    """The connector's reads; if it trips, the files that it had not finished are refused instead of lost."""
    reached = sources[0].name if sources else ""
    try:
        for read in connector.read(sources, context):
            reached = read.source
            yield read
    except Exception as fault:  # it may quote the record: only its class is told
        names = [source.name for source in sources]
        sentence = f"the file could not be read on ({type(fault).__name__}); report it with the format's name"
        for source in sources[names.index(reached) if reached in names else 0 :]:
            yield refused(source.name, 0, "unreadable_file", sentence)


def _encoded(read: Read) -> Rejection | list[tuple[Event, bytes]]:
    if read.rejection is not None:
        return read.rejection
    try:
        return _fitting(read.events)
    except Refused as fault:
        raw = read.raw() if read.raw is not None else None
        return Rejection(source=read.source, position=read.position, code=fault.code, message=fault.message, raw=raw)


def _fitting(events: Sequence[Event]) -> list[tuple[Event, bytes]]:
    """Events with their bytes. Raises Refused where one does not fit its record, or is larger than one may be."""
    try:
        encoded = [(event, encode_event(event)) for event in events]
    except InvalidEvent:
        sentence = "the record does not fit its event record; report it with the format's name"
        raise Refused("does_not_fit", sentence) from None
    if any(len(value) > PUBLISHED_BYTES_MAX for _, value in encoded):
        sentence = f"the record makes an event of more than {PUBLISHED_BYTES_MAX} bytes; shorten its texts"
        raise Refused("too_large", sentence)
    parts = (excess(value, len(event.person.aliases) if event.person else 0) for event, value in encoded)
    if found := next(filter(None, parts), None):
        raise Refused("too_large", f"the record makes an event that has {found}; shorten it")
    return encoded


def _send_event(event: Event, value: bytes, sink: Sink, context: Context) -> None:
    header = event.header
    sink.send(
        topics.events(header.agency),
        header.subject_key.encode(),
        value,
        _cloud_event(header.event_id, header.type, context),
    )


def _send_rejection(rejection: Rejection, sink: Sink, context: Context, format_name: str) -> None:
    # Its content is part of it: next month's file of this name is refused in the same place for another record.
    place = (rejection.source, str(rejection.position), rejection.code, _content(rejection))
    rejection_id = context.key.derive("rejection", context.feed, *place)
    record = {
        "rejection_id": rejection_id,
        "agency": context.agency,
        "feed": context.feed,
        "format": format_name,
        "source": rejection.source,
        "position": rejection.position,
        "field": rejection.field,
        "code": rejection.code,
        "message": rejection.message,
        # A whole file may be larger than a message; its sender still has it.
        "raw": rejection.raw if len(rejection.raw or b"") <= PUBLISHED_BYTES_MAX else None,
        "at": context.received_at,
    }
    value = encode("fanlight.bus.Rejection", record)
    sink.send(topics.REJECTED, rejection_id.encode(), value, _cloud_event(rejection_id, "fanlight.rejection", context))


def _cloud_event(event_id: str, event_type: str, context: Context) -> Headers:
    # No ce_time and no ce_subject: headers lie open to whoever may list a topic.
    source = f"urn:fanlight:{context.agency}:{quote(context.feed, safe='')}"
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("content-type", CONTENT_TYPE),
    )


def _content(rejection: Rejection) -> str:
    return hashlib.sha256(rejection.raw or b"").hexdigest()


def _heartbeat(context: Context, said: Collection[str], summary: Summary) -> Event:
    """One a day for each thing that is said, in whatever order and however often: what the clock says is put in after
    the id. The day is part of it, because an export without news is the same file each day, and heard each day."""
    day = day_moment(context.received_on)
    event = build_event(
        replace(context, organisation=None),  # a feed's name is nobody's number
        f"{context.agency}.heartbeat",
        subject=context.feed,
        natural_key=(context.feed, day.value, hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest()),
        occurred=day,
    )
    heard = instant_moment(context.received_at)
    body = {"records_read": summary.read, "records_rejected": summary.rejected}
    return replace(event, header=replace(event.header, occurred=heard), body=body)
