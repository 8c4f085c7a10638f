import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from connectors.connector import Context, Read, Source, attempted, build_event, refused
from connectors.publish import publish_delivery, publish_event
from connectors.sending import MemorySink
from schemas import topics
from schemas.codec import decode
from schemas.errors import InvalidEvent
from schemas.events import Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Precision

CONTEXT = Context(
    key=DeploymentKey(bytes(range(32))),
    agency=Agency.POLICE,
    feed="police.rms",
    received_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
)
SOURCES = [Source(name="first.csv", data=b"one"), Source(name="second.csv", data=b"two")]


def arrest(reference: str = "A1", **body: object) -> Read:
    event = build_event(
        CONTEXT,
        "police.arrest",
        subject="P1",
        natural_key=(reference,),
        occurred=Moment(value="2026-03-01", precision=Precision.DAY),
        body={"reference": reference, **body},
    )
    return Read(source="first.csv", position=2, events=(event,))


class Fixed:
    """A connector that yields what it was given, and trips where it was given an exception."""

    name = "fixed"
    title = "Given reads"
    agency = Agency.POLICE

    def __init__(self, *reads: Read | Exception) -> None:
        self.reads = reads

    def read(self, sources: Sequence[Source], context: Context) -> Iterator[Read]:
        for read in self.reads:
            if isinstance(read, Exception):
                raise read
            yield read


def delivered(*reads: Read | Exception) -> tuple[dict[str, object], MemorySink]:
    sink = MemorySink()
    return publish_delivery(Fixed(*reads), SOURCES, CONTEXT, sink).as_json(), sink


def test_every_record_read_is_accepted_or_rejected() -> None:
    summary, _ = delivered(arrest(), refused("first.csv", 3, "ragged_row", "too few fields"))
    assert summary == {
        "read": 2,
        "accepted": 1,
        "rejected": 1,
        "events": 1,
        "by_type": {"police.arrest": 1},
        "by_reason": {"ragged_row": 1},
    }


def test_an_event_lies_on_its_agencys_topic_under_its_subject_key() -> None:
    _, sink = delivered(arrest())
    message = sink.messages[0]
    header = decode(message.value)["header"]
    assert (message.topic, message.key) == ("events.police", header["subject_key"].encode())


def test_message_headers_are_cloud_events_without_anything_about_a_person() -> None:
    _, sink = delivered(arrest())
    header = decode(sink.messages[0].value)["header"]
    assert dict(sink.messages[0].headers) == {
        "ce_specversion": b"1.0",
        "ce_id": header["event_id"].encode(),
        "ce_type": b"police.arrest",
        "ce_source": b"urn:fanlight:police:police.rms",
        "content-type": b"avro/binary",
    }


def test_two_records_refused_in_one_place_are_two_rejections_and_one_record_sent_again_is_one() -> None:
    def rejection_id(raw: bytes) -> bytes:
        return delivered(refused("first.csv", 3, "ragged_row", "too few fields", raw=raw))[1].messages[0].key

    assert rejection_id(b"A\n1\n") == rejection_id(b"A\n1\n")
    assert rejection_id(b"A\n1\n") != rejection_id(b"A\n2\n")


def test_a_rejection_keeps_the_record_and_its_place() -> None:
    _, sink = delivered(refused("first.csv", 3, "ragged_row", "too few fields", field="DECOM", raw=b"A\n1\n"))
    message = sink.messages[0]
    record = decode(message.value)
    assert message.topic == "events.rejected"
    assert message.key == record["rejection_id"].encode()
    assert record == {
        "rejection_id": record["rejection_id"],
        "agency": "police",
        "feed": "police.rms",
        "format": "fixed",
        "source": "first.csv",
        "position": 3,
        "field": "DECOM",
        "code": "ragged_row",
        "message": "too few fields",
        "raw": b"A\n1\n",
        "at": CONTEXT.received_at,
    }


def test_a_record_that_does_not_encode_becomes_a_rejection() -> None:
    summary, sink = delivered(arrest(co_accused=7), arrest("A2"))
    assert (summary["accepted"], summary["by_reason"]) == (1, {"does_not_fit": 1})
    assert "A1" not in decode(sink.messages[0].value)["message"]


def test_a_connector_that_trips_refuses_the_files_it_had_not_finished() -> None:
    summary, sink = delivered(arrest(), ValueError("Robin Example"))
    places = [(r["source"], r["position"], r["code"], r["message"]) for r in map(decoded, sink.messages[1:3])]
    sentence = "the file could not be read on (ValueError); report it with the format's name"
    assert summary["read"] == 3
    assert places == [("first.csv", 0, "unreadable_file", sentence), ("second.csv", 0, "unreadable_file", sentence)]


def decoded(message: object) -> dict[str, object]:
    return decode(message.value)  # type: ignore[attr-defined]


def test_each_delivery_ends_with_a_heartbeat_of_its_feed() -> None:
    _, sink = delivered(arrest(), refused("first.csv", 3, "ragged_row", "too few fields"))
    record = decode(sink.messages[-1].value)
    assert (record["records_read"], record["records_rejected"]) == (2, 1)
    assert record["header"]["type"] == "police.heartbeat"
    assert record["header"]["occurred"] == {"value": "2026-11-22T09:00:00Z", "precision": "second"}


class Lazy(MemorySink):
    """Acknowledges nothing until it is told to wait for it."""

    acknowledged = 0

    def flush(self) -> None:
        self.acknowledged = len(self.messages)


def test_whoever_publishes_goes_on_when_all_is_acknowledged() -> None:
    sink = Lazy()
    publish_delivery(Fixed(arrest()), SOURCES, CONTEXT, sink)
    assert sink.acknowledged == len(sink.messages) == 2
    publish_event(arrest("A2").events[0], sink, CONTEXT)
    assert sink.acknowledged == len(sink.messages) == 3


def test_one_event_that_does_not_fit_is_not_published() -> None:
    sink = MemorySink()
    with pytest.raises(InvalidEvent):
        publish_event(arrest(co_accused=7).events[0], sink, CONTEXT)
    assert sink.messages == []


def test_a_delivery_of_nobody_s_is_refused_and_no_sign_of_any_feed() -> None:
    sink, unstated = MemorySink(), dataclasses.replace(CONTEXT, agency=cast(Agency, "unstated"))
    publish_delivery(Fixed(refused("first.csv", 0, "mapping_missing", "no mapping")), SOURCES, unstated, sink)
    assert [message.topic for message in sink.messages] == [topics.REJECTED]


def test_a_feed_is_called_as_it_is_whichever_organisation_delivers() -> None:
    sink = MemorySink()
    publish_delivery(Fixed(), SOURCES, dataclasses.replace(CONTEXT, organisation="GMP"), sink)
    assert decode(sink.messages[-1].value)["header"]["subject"] == CONTEXT.feed


def ids(*reads: Read, sources: Sequence[Source] = SOURCES, after: timedelta = timedelta()) -> list[bytes]:
    """The ids of a delivery's messages, the heartbeat's last."""
    sink = MemorySink()
    later = dataclasses.replace(CONTEXT, received_at=CONTEXT.received_at + after)
    publish_delivery(Fixed(*reads), sources, later, sink)
    return [dict(message.headers)["ce_id"] for message in sink.messages]


def test_the_same_delivery_later_has_the_same_ids() -> None:
    reads = (arrest(), refused("first.csv", 3, "ragged_row", "too few fields"))
    assert ids(*reads) == ids(*reads, after=timedelta(hours=3))
    assert ids(*reads)[:-1] == ids(*reads, after=timedelta(days=400))[:-1]


def test_a_feed_is_heard_anew_on_another_day_though_it_says_the_same() -> None:
    assert ids() != ids(after=timedelta(days=1))


def test_a_delivery_is_known_by_what_it_says_in_whatever_order_and_however_often() -> None:
    one, other, bad = arrest("A1"), arrest("A2"), refused("first.csv", 3, "ragged_row", "too few fields", raw=b"x")
    moved = refused("first.csv", 9, "ragged_row", "too few fields", raw=b"x")
    shuffled = ids(other, moved, one, other, sources=SOURCES[:1])
    assert shuffled[-1] == ids(one, other, bad)[-1]
    assert shuffled[-1] != ids(one, bad)[-1]


def test_another_delivery_is_another_heartbeat() -> None:
    assert ids() != ids(sources=SOURCES[:1])
    bad, worse = (refused("first.csv", 3, "ragged_row", "too few fields", raw=raw) for raw in (b"x", b"y"))
    assert len({ids(arrest(), *more)[-1] for more in ((), (bad,), (worse,))}) == 3


def test_an_event_larger_than_a_message_may_be_becomes_a_rejection() -> None:
    summary, _ = delivered(arrest(notes="x" * 1_000_000))
    assert summary["by_reason"] == {"too_large": 1}


def test_a_person_larger_than_one_may_be_becomes_a_rejection() -> None:
    [event] = arrest().events
    named = dataclasses.replace(event, person=Person(family_name="x" * 60_000))
    summary, sink = delivered(Read(source="first.csv", position=2, events=(named,)))
    assert summary["by_reason"] == {"too_large": 1}
    sentence = "the record makes an event that has a person of 60019 bytes, and may have 16000; shorten it"
    assert decode(sink.messages[0].value)["message"] == sentence


def test_a_record_that_is_refused_for_what_it_makes_is_kept_as_it_came() -> None:
    """So that it can be mended, and that another one refused in its place is another rejection."""
    [event] = arrest().events
    named = dataclasses.replace(event, person=Person(family_name="x" * 60_000))
    reads = [
        attempted("first.csv", 2, lambda: (named,), lambda: b"A\n1\n"),
        attempted("first.csv", 2, lambda: (named,), lambda: b"A\n2\n"),
        attempted("first.csv", 3, lambda: arrest(co_accused=7).events, lambda: b"A\n3\n"),
    ]
    _, sink = delivered(*reads)
    kept = [decode(message.value) for message in sink.messages[:3]]
    assert [each["raw"] for each in kept] == [b"A\n1\n", b"A\n2\n", b"A\n3\n"]
    assert len({each["rejection_id"] for each in kept}) == 3


def test_a_rejected_file_larger_than_a_message_may_be_is_left_with_its_sender() -> None:
    _, sink = delivered(refused("first.csv", 0, "mapping_missing", "no mapping", raw=b"x" * 1_000_000))
    assert decode(sink.messages[0].value)["raw"] is None
