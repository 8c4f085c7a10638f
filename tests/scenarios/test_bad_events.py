"""Whatever lies on a topic, the stages go on: what is no event becomes a rejection, and the others flow."""

from random import Random
from typing import Any

import pytest

from schemas import topics
from schemas.catalogue import definitions, event_records
from schemas.codec import decode, encode, encode_event
from schemas.events import Event, Person
from schemas.timelines import timeline_in
from schemas.vocabulary import Agency
from tests.memory_bus import ANALYST, NOW, MemoryBus
from tests.scenarios.test_nothing_leaks import TYPES, event, leaks, settled

GOOD = event("police.missing_reported", 1)
RECORD = "fanlight.police.MissingReported"


def arrives(value: bytes | None, topic: str = "events.police") -> MemoryBus:
    """The value, and a good event after it."""
    bus = MemoryBus()
    bus.logs[topic, 0].append((b"key", value))
    bus.publish_event(GOOD)
    return bus.settle()


def with_header(**changed: Any) -> bytes:
    record = decode(encode_event(event("police.missing_reported", 2)))
    return encode(RECORD, record | {"header": record["header"] | changed})


def of_no_event() -> bytes:
    status = {"feed": "f", "agency": "police", "delivery": "d", "last_heard": NOW, "records_read": 1}
    return encode("fanlight.bus.FeedStatus", status | {"records_rejected": 0})


BAD: dict[str, bytes | None] = {
    "nothing at all": None,
    "no bytes": b"",
    "not Avro": b"{}",
    "cut short in the body": encode_event(event("police.missing_reported", 2))[:-3],
    "cut short in the header": encode_event(event("police.missing_reported", 2))[:60],
    "a record that is no event": of_no_event(),
    "a type that no release knows": with_header(type="police.weather"),
    "the type of another record": with_header(type="police.arrest"),
    "another agency's header": with_header(agency="nhs"),
    "another agency's event": encode_event(event("nhs.discharge")),
}


@pytest.mark.parametrize("value", BAD.values(), ids=BAD.keys())
def test_what_is_no_event_of_the_topics_agency_is_refused_and_the_next_one_flows(value: bytes | None) -> None:
    bus = arrives(value)
    assert [r["code"] for r in bus.records(topics.REJECTED)] == ["unreadable_event"]
    assert {d["event_id"] for d in bus.decisions()} == {GOOD.header.event_id}
    assert len(bus.records(topics.disclosures(ANALYST))) == 1
    assert leaks(bus) == []


@pytest.mark.parametrize("value", BAD.values(), ids=BAD.keys())
def test_a_stage_that_comes_back_over_a_refused_event_goes_on_as_before(value: bytes | None) -> None:
    bus = arrives(value).restart()
    bus.publish_event(event("police.missing_reported", 3))
    bus.settle()
    assert len(bus.records(topics.disclosures(ANALYST))) == 2


@pytest.mark.parametrize("event_type", TYPES)
def test_no_damage_to_an_events_bytes_stops_a_stage(event_type: str) -> None:
    rng, whole, agency = Random(event_type), encode_event(event(event_type)), event_type.partition(".")[0]
    bus = MemoryBus()
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(10, len(damaged))] = rng.randrange(256)
        bus.send(
            topics.events(agency), b"key", bytes(damaged[: rng.choice([len(damaged), rng.randrange(len(damaged))])])
        )
    bus.publish_event(GOOD)
    bus.settle()
    assert GOOD.header.event_id in {d["event_id"] for d in bus.decisions()}


def strange(event_type: str) -> Event:
    """Every text a text that nobody expects."""
    told = event(event_type, 5, consent="Ω" * 300, role="\x00", handling=("\n", "A1"), sensitivities=("?",))
    kinds = {f["name"]: f["type"] for f in definitions()[event_records()[event_type].name]["fields"]}
    body = {
        k: "\x00‮ Ω\n" * 20 if isinstance(v, str) and kinds[k] != "fanlight.Moment" else v for k, v in told.body.items()
    }
    born = Person(given_name="\x00", family_name="", birth_date="2011-99-99", birth_date_accuracy="?", postcode="💥")
    return Event(header=told.header, person=born, body=body)


@pytest.mark.parametrize("event_type", TYPES)
def test_no_text_that_a_partner_sends_stops_a_stage(event_type: str) -> None:
    bus = settled(strange(event_type), GOOD)
    assert GOOD.header.event_id in {d["event_id"] for d in bus.decisions()}


def test_nobody_takes_back_what_another_agency_said() -> None:
    """A retraction that names a record of the police, sent by each of the others on its own topic."""
    for agency in set(Agency) - {Agency.POLICE}:
        forged = event(f"{agency}.retraction", retracts=GOOD.header.record_key, subject_key=GOOD.header.subject_key)
        bus = settled(GOOD, forged)
        (shown,) = bus.timelines(ANALYST).values()
        assert len(timeline_in(shown)["entries"]) == 1
