"""Whatever lies on a topic, the stages go on: what is no event becomes a rejection, and the others flow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from schemas import topics
from schemas.catalogue import definitions, event_records
from schemas.codec import decode, encode, encode_event
from schemas.events import Event, Identifier, Moment, Person
from schemas.forms import form_of
from schemas.timelines import timeline_in
from schemas.vocabulary import Agency, Sensitivity
from tests.memory_bus import ANALYST, NOW, MemoryBus
from tests.scenarios.test_nothing_leaks import SUBJECT, TYPES, event, leaks, settled

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


@pytest.mark.parametrize("kind", ["police.missing_reported", "police.retraction", "police.heartbeat"])
@pytest.mark.parametrize("at", [datetime.min, datetime.max], ids=["the least", "the greatest"])
def test_an_instant_of_receipt_that_stands_for_none_is_refused_and_the_next_event_flows(
    kind: str, at: datetime
) -> None:
    """As of a publisher whose language begins every instant with the year 1: the day in England is in no calendar."""
    made = event(kind, 2, person=not kind.endswith(("retraction", "heartbeat")))
    received = at.replace(tzinfo=UTC, microsecond=0)
    bus = arrives(encode_event(replace(made, header=replace(made.header, received_at=received))))
    (refused,) = bus.records(topics.REJECTED)
    assert (refused["code"], "header.received_at" in str(refused)) == ("wrong_form", True)
    assert {d["event_id"] for d in bus.decisions()} == {GOOD.header.event_id}


@pytest.mark.parametrize("at", [datetime.min, datetime.max], ids=["the least", "the greatest"])
def test_when_a_record_was_written_may_be_any_instant(at: datetime) -> None:
    recorded = at.replace(tzinfo=UTC, microsecond=0)
    bus = arrives(encode_event(replace(GOOD, header=replace(GOOD.header, recorded_at=recorded))))
    assert len(bus.present("police", SUBJECT)["entries"]) == 1


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


SENTENCE = "Her mother hit her"


def places(kind: Any, within: str = "") -> list[tuple[str, Any]]:
    """The path of every text in a decoded record of this type, with the field that it is a value of."""
    found: list[tuple[str, Any]] = []
    for field in definitions()[kind]["fields"]:
        inner = next((name for name in definitions() if f"'{name}'" in str([field["type"]])), None)
        if inner is not None and inner != "fanlight.Identifier":
            found += places(inner, f"{within}{field['name']}.")
        elif "string" in str(field["type"]):
            found.append((f"{within}{field['name']}", field))
    return found


def worded(event_type: str, path: str) -> bytes:
    """An event with a sentence at this place."""
    record = decode(encode_event(event(event_type, 2)))
    *within, name = path.split(".")
    held = record
    for each in within:
        held[each] = held[each] or {"value": "2026-10-01", "precision": "day"}
        if each == "grading":
            held[each] = {"source_evaluation": "1", "intelligence_assessment": "A", "handling_code": "P"}
        held = held[each]
    held[name] = [SENTENCE] if isinstance(held[name], list) else SENTENCE
    return encode(event_records()[event_type].name, record)


FORMED = [
    (event_type, path)
    for event_type in TYPES
    if event_records()[event_type].can_be_entry
    for path, field in places(event_records()[event_type].name)
    # Whose name it is, nobody can tell from its form.
    if (form := form_of(field)) is not None and not form.takes(SENTENCE)
    if event_type.startswith("police.") or path.count(".") == 0  # the header and person of one are those of all
    if path not in ("header.type", "header.agency")
]


@pytest.mark.parametrize(("event_type", "path"), FORMED)
def test_words_in_the_place_of_a_code_a_date_or_an_id_are_refused_with_their_field(event_type: str, path: str) -> None:
    bus = arrives(worded(event_type, path), topics.events(Agency(event_type.partition(".")[0])))
    (refused,) = bus.records(topics.REJECTED)
    assert (refused["code"], refused["field"]) == ("wrong_form", path)
    assert {d["event_id"] for d in bus.decisions()} == {GOOD.header.event_id}
    assert leaks(bus, SENTENCE) == []


def test_words_for_a_number_that_is_said_to_be_valid_are_refused() -> None:
    told = event("police.missing_reported", 2)
    assert told.person is not None
    for system, number, valid in ((SENTENCE, "1", True), ("pnc-id", SENTENCE, True), ("pnc-id", SENTENCE, False)):
        held = Identifier(system=system, value=number, valid=valid)
        bus = settled(replace(told, person=replace(told.person, identifiers=(held,))))
        assert leaks(bus, SENTENCE) == []
        assert [r["code"] for r in bus.records(topics.REJECTED)] == (["wrong_form"] if valid else [])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_no_json_can_hold_is_no_number(number: float) -> None:
    told = event("police.missing_located", 2)
    bus = settled(replace(told, body={**told.body, "duration_hours": number}))
    assert [(r["code"], r["field"]) for r in bus.records(topics.REJECTED)] == [("wrong_form", "duration_hours")]


def test_taking_back_fails_for_no_form_of_when_or_why() -> None:
    record = GOOD.header.record_key
    said = {"retracts": record, "subject_key": GOOD.header.subject_key, "role": SENTENCE}
    back = event("police.retraction", 3, **said, occurred=Moment(value="yesterday", precision="about"))
    bus = settled(GOOD, replace(back, body={"reason_code": SENTENCE}))
    assert bus.records(topics.REJECTED) == []
    assert all(not timeline_in(shown)["entries"] for shown in bus.timelines(ANALYST).values() if shown)
    assert leaks(bus, SENTENCE) == []


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


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("hours", [-5, 0, 5])
@pytest.mark.parametrize("forged_first", [False, True])
def test_nobody_puts_an_event_in_the_place_of_another_agencys(forged_first: bool, hours: int, restarts: bool) -> None:
    """An event of the hospital under the id of one of the police, about the same child."""
    received_at = GOOD.header.received_at + timedelta(hours=hours)
    forged = event("nhs.emergency_attendance", 2, event_id=GOOD.header.event_id, received_at=received_at)
    bus = MemoryBus()
    for each in (forged, GOOD, forged) if forged_first else (GOOD, forged, GOOD):
        bus.publish_event(each)
        bus.settle()
        if restarts:
            bus.restart()
    shown = [e for told in bus.timelines(ANALYST).values() for e in timeline_in(told)["entries"]]
    assert sorted(e["type"] for e in shown) == ["nhs.emergency_attendance", "police.missing_reported"]
    assert len({e["event_id"] for e in shown}) == 2


@pytest.mark.parametrize("known_first", [True, False])
def test_nobody_speaks_for_another_agencys_record(known_first: bool) -> None:
    """The hospital tells of one child under the key by which the police know another, before or after they do."""
    told = event("nhs.person_details", 2, subject_key=GOOD.header.subject_key)
    number = Identifier(system="nhs-number", value="9990000018", valid=True)
    forged = replace(told, person=Person(given_name="Kim", family_name="Forged", identifiers=(number,)))
    bus = settled(GOOD, forged) if known_first else settled(forged, GOOD)
    assert [r["code"] for r in bus.records(topics.REJECTED)] == ["unreadable_event"]
    (shown,) = bus.timelines(ANALYST).values()
    assert [e["type"] for e in timeline_in(shown)["entries"]] == ["police.missing_reported"]
    assert leaks(bus, "Forged") == []


@pytest.mark.parametrize("minutes", [-1, 0, 1])
def test_what_another_event_under_the_same_id_says_is_not_shown_by_the_decision_on_the_first(minutes: int) -> None:
    told = event("social_care.looked_after_episode", 4)
    received_at = told.header.received_at + timedelta(minutes=minutes)
    other = replace(told.header, received_at=received_at, sensitivities=(Sensitivity.ADOPTION,))
    bus = settled(told, Event(header=other, person=told.person, body={**told.body, "placement_type": "CANARY"}))
    assert leaks(bus) == []
