"""What is written is what is read, and bytes that are none are refused in one sentence."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import event_records
from schemas.codec import decode, decode_as, decode_front, encode, encode_event, record_name
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
def test_any_text_survives(text, aliases):
    person = Person(family_name=text, aliases=tuple(aliases))
    record = decode(encode_event(event(person=person, body={"notes": text})))
    assert (record["notes"], record["person"]["family_name"], record["person"]["aliases"]) == (text, text, aliases)


def test_header_and_person_can_be_read_without_the_rest():
    data = encode_event(event(person=Person(given_name="Amy"), body={"notes": "n" * 1000}))
    front, whole = decode_front(data), decode(data)
    assert front == {"header": whole["header"], "person": whole["person"]}


def test_a_record_without_demographics_has_a_front_of_its_own():
    front = decode_front(encode_event(event("police.retraction", body={"reason_code": "other"})))
    assert sorted(front) == ["header"]


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
