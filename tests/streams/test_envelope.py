"""What is written on an envelope is what is in it, and a new address changes nothing else."""

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest
from fastavro import schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form
from hypothesis import given
from hypothesis import strategies as st

from policies.attributes import Attributes
from schemas.catalogue import RELEASED, event_records, parsed
from schemas.codec import MARKER, decode, decode_rest, encode, encode_event
from schemas.events import Event, Header, Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Precision
from streams.envelope import IDENTIFIED, readdressed, seal, unseal
from streams.opening import open_event
from streams.timeline.fold import Act

KEY = DeploymentKey(b"k" * 32)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def event(kind: str = "police.missing_reported", body: dict | None = None, **header: object) -> bytes:
    agency = kind.partition(".")[0]
    head = Header(
        event_id="e",
        type=kind,
        agency=agency,
        feed="f",
        subject="s",
        subject_key="k",
        record_key="r",
        occurred=Moment(value="2026-03-01", precision=Precision.DAY),
        **{"received_at": NOW} | header,
    )
    person = Person(birth_date="2012-03-04", birth_date_accuracy="AAA") if event_records()[kind].has_person else None
    return encode_event(Event(header=head, person=person, body=body or {}))


@given(st.uuids().map(str), st.text(max_size=200), st.integers(0, 2**40))
def test_a_sealed_event_is_what_the_codec_would_write(person_id, subject_key, epoch):
    data = event(body={"risk_level": "high"})
    sealed = seal(person_id, subject_key, epoch, open_event(data))
    record = decode(sealed)
    assert encode(IDENTIFIED, record) == sealed
    assert (record["person_id"], record["subject_key"], record["epoch"]) == (person_id, subject_key, epoch)
    assert record["event"] == data


@given(st.text(max_size=100), st.integers(0, 2**40), st.text(max_size=100), st.integers(0, 2**40))
def test_a_new_address_is_all_that_changes(person_id, epoch, other, later):
    opened = open_event(event())
    assert readdressed(seal(person_id, "k", epoch, opened), other, later) == seal(other, "k", later, opened)


@pytest.mark.parametrize(
    ("kind", "more", "act", "target"),
    [
        ("police.arrest", {}, Act.NONE, None),
        ("police.arrest", {"supersedes": "older"}, Act.SUPERSEDES, "older"),
        ("police.retraction", {"retracts": "a record"}, Act.RETRACTS, "a record"),
        ("police.heartbeat", {}, Act.HEARTBEAT, None),
    ],
)
def test_the_brief_says_what_an_event_does_to_others(kind, more, act, target):
    bodies = {
        "police.retraction": {"reason_code": "other"},
        "police.heartbeat": {"records_read": 1, "records_rejected": 0},
    }
    brief = unseal(seal("p", "k", 0, open_event(event(kind, bodies.get(kind), **more)))).brief
    assert (brief["act"], brief["target"]) == (act, target)


def test_the_brief_carries_what_policy_may_ask_and_where_the_rest_begins():
    data = event(body={"risk_level": "high"})
    envelope = unseal(seal("p", "k", 0, open_event(data)))
    whole = decode(data)
    asked = Attributes.of_described("a-reader", envelope.brief["attributes"])
    assert asked == Attributes.of_header(whole["header"], whole["person"], "a-reader")
    assert asked.age_band == "10_15"
    rest = decode_rest("fanlight.police.MissingReported", envelope.event, envelope.brief["rest_at"])
    assert {"header": whole["header"], **rest} == whole


def test_an_envelope_of_release_1_0_can_be_opened_and_sent_on():
    known = {p.stem: json.loads(p.read_text()) for p in (RELEASED / "1.0").glob("*.avsc")}
    writer, out, data = parsed(IDENTIFIED, known), BytesIO(), event()
    schemaless_writer(out, writer, {"person_id": "p", "subject_key": "k", "epoch": 3, "event": data})
    digest = fingerprint(to_parsing_canonical_form(writer), "CRC-64-AVRO")
    old = MARKER + bytes.fromhex(digest) + out.getvalue()
    assert unseal(old) == unseal(seal("p", "k", 3, open_event(data)))
    assert unseal(readdressed(old, "q", 4)) == unseal(seal("q", "k", 4, open_event(data)))


def test_an_envelope_without_a_brief_is_opened_like_one_with_it():
    data = event()
    bare = encode(IDENTIFIED, {"person_id": "p", "subject_key": "k", "epoch": 3, "brief": None, "event": data})
    assert unseal(bare) == unseal(seal("p", "k", 3, open_event(data)))
    assert unseal(readdressed(bare, "q", 4)) == unseal(seal("q", "k", 4, open_event(data)))
