"""What is written is what is read, and bytes that are none are refused in one sentence."""

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest
from fastavro import schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import RELEASED, event_records, parsed
from schemas.codec import (
    MARKER,
    PREFIX_BYTES,
    decode,
    decode_as,
    decode_header,
    decode_rest,
    encode,
    encode_event,
    prefix,
    record_name,
    renewed,
)
from schemas.errors import InvalidEvent
from schemas.events import Event, Header, Moment, Person
from schemas.vocabulary import Precision


def event(event_type: str = "police.missing_reported", **values: object) -> Event:
    header = Header(
        event_id="e",
        type=event_type,
        agency=event_type.partition(".")[0],
        feed="f",
        subject="s",
        subject_key="k",
        record_key="r",
        occurred=Moment(value="2026-03-01", precision=Precision.DAY),
        received_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )
    return Event(header=header, **values)


REQUIRED = {
    "nhs.patient_merged": {"prior_subject": "p", "prior_subject_key": "q"},
    "heartbeat": {"records_read": 1, "records_rejected": 0},
    "retraction": {"reason_code": "other"},
    "correction": {"corrects": "a", "replaced_by": "b", "reason_code": "other"},
    "human_judgement": {"judgement": "scaling", "judged_by": "A Synthetic, social worker"},
}


@pytest.mark.parametrize("event_type", sorted(event_records()))
def test_every_event_type_is_written_and_read_back(event_type):
    body = REQUIRED.get(event_type) or REQUIRED.get(event_type.partition(".")[2]) or {}
    record = decode(encode_event(event(event_type, body=body)))
    assert record["header"]["type"] == event_type
    assert {k: record[k] for k in body} == body


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=3))
def test_any_text_is_read_as_it_was_written(text, aliases):
    person = Person(family_name=text, aliases=tuple(aliases))
    record = decode(encode_event(event(person=person, body={"notes": text})))
    assert (record["notes"], record["person"]["family_name"], record["person"]["aliases"]) == (text, text, aliases)


@pytest.mark.parametrize("event_type", sorted(event_records()))
def test_header_and_rest_are_read_apart_and_are_the_whole(event_type):
    body = REQUIRED.get(event_type) or REQUIRED.get(event_type.partition(".")[2]) or {}
    person = Person(given_name="Amy") if event_records()[event_type].has_person else None
    data = encode_event(event(event_type, person=person, body=body))
    header, rest_at, _ = decode_header(data)
    rest = decode_rest(record_name(data), data, rest_at)
    assert {"header": header, **rest} == decode(data)


class TestWhatAnEarlierReleaseWrote:
    """`fanlight.bus.Entry` of release 1.0 had its decision elsewhere."""

    ENTRY = "fanlight.bus.Entry"

    def written(self) -> bytes:
        known = {p.stem: json.loads(p.read_text()) for p in (RELEASED / "1.0").glob("*.avsc")}
        writer, out = parsed(self.ENTRY, known), BytesIO()
        schemaless_writer(out, writer, entry())
        return MARKER + bytes.fromhex(fingerprint(to_parsing_canonical_form(writer), "CRC-64-AVRO")) + out.getvalue()

    def test_it_is_read_into_the_record_of_today(self):
        data = self.written()
        assert data[:PREFIX_BYTES] != prefix(self.ENTRY)
        assert (record_name(data), decode(data)) == (self.ENTRY, entry() | {"granted": None})

    def test_it_is_written_anew_as_today(self):
        assert renewed(self.written()) == encode(self.ENTRY, entry())

    def test_what_this_release_wrote_is_left_as_it_is(self):
        data = encode(self.ENTRY, entry())
        assert renewed(data) is data


def entry() -> dict:
    return {
        "decision_id": "d",
        "event_id": "e",
        "type": "police.missing_reported",
        "agency": "police",
        "role": "subject",
        "occurred": {"value": "2026-03-01", "precision": "day"},
        "recorded_at": None,
        "grading": None,
        "handling": ["S1"],
        "fields": {"risk_level": "high"},
        "person": {},
        "grants": [],
    }


def test_an_unknown_field_is_refused_by_name():
    with pytest.raises(InvalidEvent, match="has no field mood"):
        encode_event(event(body={"mood": "x"}))


def test_a_value_of_the_wrong_type_is_refused_without_repeating_it():
    with pytest.raises(InvalidEvent) as fault:
        encode_event(event(body={"repeat_count": "CANARY"}))
    assert "CANARY" not in str(fault.value)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_record_are_refused(data):
    with pytest.raises(InvalidEvent):
        decode(data)


@given(st.integers(min_value=10, max_value=200))
def test_a_truncated_event_is_refused(length):
    data = encode_event(event(body={"notes": "n" * 200}))
    with pytest.raises(InvalidEvent):
        decode(data[:length])


def test_a_record_of_another_kind_is_refused():
    data = encode("fanlight.Moment", {"value": "2026", "precision": "year"})
    assert record_name(data) == "fanlight.Moment"
    with pytest.raises(InvalidEvent, match=r"expected a fanlight\.Grading"):
        decode_as("fanlight.Grading", data)
