"""What people decide about two records reaches every timeline, and what they take back leaves no trace."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from random import Random

import pytest

from schemas import topics
from schemas.codec import decode
from schemas.events import Event, Header, Identifier, Moment, Person
from schemas.timelines import timeline_in
from schemas.vocabulary import JudgementKind
from tests.memory_bus import ANALYST, MemoryBus, Name, policy
from tests.scenarios.partner_files import arrest, attendance, bundle, missing, patient, table, unlinked

SAME, DIFFERENT, DO_NOT_LINK = JudgementKind.SAME, JudgementKind.DIFFERENT, JudgementKind.DO_NOT_LINK
Delivery = Callable[[MemoryBus], object]

#: Three children of whom nobody would say by their details that any two are one.
WHO = {
    "A": {"forename": "Robin", "surname": "Quillfeather", "date_of_birth": "2011-05-04", "postcode": "ZZ1 1AZ"},
    "B": {"forename": "Jo", "surname": "Thistlewick", "date_of_birth": "2009-01-31", "postcode": "ZZ2 7BY"},
    "C": {"forename": "Kit", "surname": "Marrowby", "date_of_birth": "2013-11-20", "postcode": "ZZ3 3CX"},
}
A, B, C = (("police", f"SYN-REF-{letter}") for letter in "ABC")
NAMES = (A, B, C)


def episode(letter: str, number: int, day: str) -> dict[str, str]:
    who = WHO[letter] | {"person_ref": f"SYN-REF-{letter}"}
    return missing(number, day) | who | {"report_ref": f"SYN-MISPER-{letter}{number}"}


def arrested(letter: str, number: int, day: str) -> dict[str, str]:
    who = WHO[letter] | {"person_ref": f"SYN-REF-{letter}"}
    return arrest(number, day) | who | {"custody_ref": f"SYN-CUST-{letter}{number}"}


def episodes(*rows: dict[str, str]) -> Delivery:
    return lambda bus: bus.publish("csv", table("missing.csv", rows), mapping="police-missing-episodes")


def arrests(*rows: dict[str, str]) -> Delivery:
    return lambda bus: bus.publish("csv", table("arrests.csv", rows), mapping="police-arrests")


EVENTS: Sequence[Delivery] = (
    episodes(episode("A", 1, "2026-10-28"), episode("B", 1, "2026-11-04")),
    episodes(episode("A", 2, "2026-11-05"), episode("C", 1, "2026-11-06")),
    arrests(arrested("B", 1, "2026-11-12"), arrested("C", 1, "2026-11-13")),
)


def told(*deliveries: Delivery, rng: Random | None = None) -> MemoryBus:
    bus = MemoryBus(rng)
    for deliver in deliveries:
        deliver(bus)
    return bus.settle()


def seen(bus: MemoryBus, names: Sequence[Name] = NAMES) -> list[object]:
    """All that anybody can see of these records: the bytes of the topic, and what `fanlight timeline` prints.

    That there is nothing left and that there never was anything is the same.
    """

    def on_topic(name: Name, audience: str) -> bytes | None:
        value = bus.timeline(*name, audience)
        record = timeline_in(value) if value else None
        return value if record and (record["entries"] or record["redirect"]) else None

    return [
        (name, audience, on_topic(name, audience), json.dumps(bus.present(*name, audience, purpose)))
        for audience in policy().audiences
        for purpose in policy().audiences[audience].purposes
        for name in names
    ]


def recalled(bus: MemoryBus) -> list[dict[str, object]]:
    kinds = [r for a in policy().audiences for r in bus.records(topics.disclosures(a)) if r["kind"] == "recalled"]
    return kinds


def followed(bus: MemoryBus, pseudonym: str, audience: str = ANALYST) -> str:
    """Where a reference leads."""
    known, way = bus.timelines(audience), [pseudonym]
    while pseudonym in known and decode(known[pseudonym])["redirect"]:
        pseudonym = decode(known[pseudonym])["redirect"]
        assert pseudonym not in way, "a reference leads round in a circle"
        way.append(pseudonym)
    return pseudonym


def reference(bus: MemoryBus, name: Name, audience: str = ANALYST) -> str:
    return bus.key.pseudonym(audience, bus.person_id(*name))


def test_two_timelines_are_one_for_every_audience_after_somebody_said_same() -> None:
    apart, bus = told(*EVENTS), told(*EVENTS)
    bus.judge(SAME, A, B)
    bus.settle()
    assert bus.person_id(*A) == bus.person_id(*B) != bus.person_id(*C)
    for audience in policy().audiences:
        before = [timeline_in(found)["entries"] for name in (A, B) if (found := apart.timeline(*name, audience))]
        ids = sorted(entry["event_id"] for entries in before for entry in entries)
        together = bus.timeline(*A, audience)
        assert together == bus.timeline(*B, audience)
        assert ids == sorted(e["event_id"] for e in (timeline_in(together)["entries"] if together else []))
    assert seen(bus, [C]) == seen(apart, [C])


def test_after_an_undo_everybody_sees_what_they_would_see_had_nobody_decided() -> None:
    bus = told(*EVENTS)
    decision = bus.judge(SAME, A, B)
    bus.settle()
    joined, before = reference(bus, A), recalled(bus)
    bus.undo(decision)
    bus.settle()
    assert seen(bus) == seen(told(*EVENTS))
    undone = [r for r in recalled(bus) if r not in before]
    assert undone, "somebody was shown an entry that rested on the link"
    assert {(r["reason"], r["link"], r["entry"]) for r in undone} == {("moved", decision, None)}
    assert {r["person"] for r in undone if r["audience"] == ANALYST} == {joined}


def test_a_recall_names_the_decision_that_joined_too() -> None:
    bus = told(*EVENTS)
    decision = bus.judge(SAME, A, B)
    bus.settle()
    assert {(r["reason"], r["link"]) for r in recalled(bus)} == {("moved", decision)}


NUMBER = {"nhs_number": "9990000018"}


def hospital(bus: MemoryBus) -> None:
    bus.publish("fhir-r4-json", bundle(patient(), attendance(1, "2026-11-05")))


def test_a_recall_after_a_link_of_the_evidence_names_a_decision_of_identity() -> None:
    bus = told(episodes(unlinked(episode("A", 1, "2026-10-28"))), hospital)
    assert bus.person_id(*A) != bus.person_id("nhs", "9990000018")
    episodes(episode("A", 2, "2026-11-05") | NUMBER)(bus)
    bus.settle()
    assert bus.person_id(*A) == bus.person_id("nhs", "9990000018")
    known = {d["decision_id"]: d for d in bus.records(topics.IDENTITY_DECISIONS)}
    assert {known[r["link"]]["rule"] for r in recalled(bus)} == {"identifier"}


def gone(row: dict[str, str]) -> dict[str, str]:
    """The police take a record back."""
    return row | {"action": "deleted", "delete_reason": "wrong person", "updated_at": "2026-11-20T09:00+00:00"}


@pytest.mark.parametrize("seed", range(6))
def test_an_event_that_is_taken_back_no_longer_says_who_the_child_is(seed: int) -> None:
    """The police wrote another child's number on one episode: the link goes with it, whenever they take it back."""
    rng = Random(seed)
    wrong = episode("A", 2, "2026-11-05") | NUMBER
    kept = episodes(unlinked(episode("A", 1, "2026-10-28")))
    deliveries = [episodes(wrong), episodes(gone(wrong)), kept, hospital, rng.choice([kept, episodes(wrong)])]
    bus = MemoryBus(rng)
    for deliver in rng.sample(deliveries, len(deliveries)):
        deliver(bus)
        if rng.random() < 0.5:
            bus.settle()
        if rng.random() < 0.3:
            bus.restart()
    names = [A, ("nhs", "9990000018")]
    assert seen(bus.settle(), names) == seen(told(kept, hospital), names)
    assert bus.reviews() == {}


@pytest.mark.parametrize("seed", range(4))
def test_a_number_that_a_newer_version_corrects_no_longer_leads_to_the_other_child(seed: int) -> None:
    """As the partners' guide says: to correct a record, send it again."""
    rng = Random(seed)
    wrong = episode("A", 1, "2026-10-28") | NUMBER
    mended = wrong | {"nhs_number": "9990000026", "updated_at": "2026-11-20T09:00+00:00"}
    deliveries = [episodes(wrong), episodes(mended), lambda bus: bus.publish("fhir-r4-json", bundle(patient()))]
    bus = told(*rng.sample(deliveries, 3), rng=rng)
    assert bus.person_id(*A) != bus.person_id("nhs", "9990000018")
    assert seen(bus) == seen(told(deliveries[2], episodes(mended)))


@pytest.mark.parametrize("restarts", [(), (0,), (1,), (0, 1)], ids=str)
def test_what_another_event_says_too_is_still_said(restarts: tuple[int, ...]) -> None:
    wrong = [episode("A", number, "2026-11-05") | NUMBER for number in (2, 3)]
    bus = told(episodes(*wrong), hospital, episodes(unlinked(episode("A", 4, "2026-11-06"))))
    for step in (0, 1):
        if step in restarts:
            bus.restart()
        if step == 0:
            episodes(gone(wrong[0]))(bus)
            bus.settle()
    assert bus.person_id(*A) == bus.person_id("nhs", "9990000018")
    episodes(gone(wrong[1]))(bus)
    bus.settle()
    assert bus.person_id(*A) != bus.person_id("nhs", "9990000018")


def correction(bus: MemoryBus, wrong: Event, right: Event) -> Event:
    header = replace(
        wrong.header,
        event_id=bus.key.derive("event", "correction", wrong.header.event_id),
        type="police.correction",
        record_key=bus.key.record_key("police", "police.correction", wrong.header.event_id),
    )
    body = {"corrects": wrong.header.event_id, "replaced_by": right.header.event_id, "reason_code": "typing error"}
    return Event(header=header, body=body)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_correction_takes_back_what_was_wrong_whether_it_comes_before_or_after(order: tuple[int, ...]) -> None:
    bus = told(hospital)
    made = MemoryBus()
    episodes(episode("A", 1, "2026-10-28") | NUMBER)(made)
    header, person, body = opened(made.values(topics.events("police"))[0])
    wrong = Event(header=header, person=person, body=body)
    mended = replace(header, event_id=bus.key.derive("event", "mended"), record_key=bus.key.derive("record", "mended"))
    right = Event(header=mended, person=replace(person, identifiers=(), birth_date=None, postcode=None), body=body)
    events = [wrong, right, correction(bus, wrong, right)]
    for number in order:
        bus.publish_event(events[number])
        bus.settle()
        bus.restart()
    never = told(hospital)
    never.publish_event(right)
    never.settle()
    names = [A, ("nhs", "9990000018")]
    assert seen(bus, names) == seen(never, names)


def opened(value: bytes) -> tuple[Header, Person, dict[str, object]]:
    """An event as it would be built by hand."""
    record = decode(value)
    header, person = record.pop("header"), record.pop("person")
    header |= {"occurred": Moment(**header["occurred"]), "handling": (), "sensitivities": (), "marks": ()}
    person |= {"aliases": (), "identifiers": tuple(Identifier(**each) for each in person["identifiers"])}
    return Header(**header), Person(**person), record


def test_recalls_hold_no_personal_data() -> None:
    bus = told(*EVENTS)
    bus.undo(bus.judge(SAME, A, B))
    bus.settle()
    words = [word for who in WHO.values() for word in who.values()] + [name for _, name in NAMES]
    for r in recalled(bus):
        assert not [word for word in words if word in json.dumps(r)]


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_do_not_link_outranks_everything_whenever_it_comes(first: bool) -> None:
    alike = [episode("A", 1, "2026-10-28"), episode("A", 2, "2026-11-05")]
    alike[1] |= {"person_ref": "SYN-REF-TWO"}
    both = [row | {"nhs_number": "9990000018", "upn": "K999000125001"} for row in alike]
    two = ("police", "SYN-REF-TWO")
    bus = MemoryBus()
    steps: list[Delivery] = [episodes(*both), lambda b: b.judge(SAME, A, two)]
    steps.insert(0 if first else 2, lambda b: b.judge(DO_NOT_LINK, A, two))
    for step in steps:
        step(bus)
        bus.settle()
    assert bus.person_id(*A) != bus.person_id(*two)
    for audience in policy().audiences:
        for name, row in ((A, both[0]), (two, both[1])):
            assert bus.timeline(*name, audience) == told(episodes(row)).timeline(*name, audience)


def test_decisions_that_contradict_one_another_are_a_conflict_to_settle() -> None:
    bus = told(*EVENTS)
    decided = [bus.judge(SAME, A, B), bus.judge(SAME, B, C), bus.judge(DIFFERENT, A, C)]
    bus.settle()
    assert seen(bus) == seen(told(*EVENTS))
    conflicts = bus.reviews().values()
    pairs = {frozenset((r["left"]["source_id"], r["right"]["source_id"])) for r in conflicts}
    assert {r["why"] for r in conflicts} == {"conflict"}
    assert pairs == {frozenset((A[1], B[1])), frozenset((B[1], C[1]))}
    assert {j["judgement_id"] for r in conflicts for j in r["judgements"]} == set(decided[:2])
    bus.undo(decided[1])
    bus.settle()
    assert bus.reviews() == {}
    assert bus.person_id(*A) == bus.person_id(*B) != bus.person_id(*C)


def test_what_is_in_doubt_is_up_for_review_until_somebody_has_decided() -> None:
    vague = unlinked(episode("A", 7, "2026-11-07")) | {"person_ref": "SYN-REF-TWO", "forename": "Zed"} | NUMBER
    bus = told(*EVENTS, episodes(vague), episodes(episode("A", 3, "2026-11-08") | NUMBER))
    ((review_id, review),) = bus.reviews().items()
    sides = {side["source_id"]: side for side in (review["left"], review["right"])}
    assert set(sides) == {A[1], "SYN-REF-TWO"}
    assert (sides[A[1]]["family"], sides[A[1]]["identifiers"]) == (["quillfeather"], ["nhs-number:9990000018"])
    assert sides[A[1]]["person_id"] == bus.person_id(*A)
    keys = sorted(side["subject_key"] for side in sides.values())
    assert review_id == review["review_id"] == bus.key.derive("review", *keys)
    bus.restart()
    bus.judge(DIFFERENT, A, ("police", "SYN-REF-TWO"))
    bus.settle()
    assert bus.reviews() == {}


def test_whoever_holds_an_old_reference_is_led_to_the_record_it_was_made_of() -> None:
    """Joined with one, parted, joined with the other: never to a person that its record was with for a while."""
    bus = told(*EVENTS)
    held = {name: reference(bus, name) for name in NAMES}
    decided = ""
    for kind, one, other in ((SAME, A, B), (None, A, B), (SAME, B, C), (None, B, C), (SAME, A, C), (SAME, A, B)):
        if kind is None:
            bus.undo(decided)
        else:
            decided = bus.judge(kind, one, other)
        bus.settle()
        assert {name: followed(bus, old) for name, old in held.items()} == {n: reference(bus, n) for n in NAMES}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_reference_leads_on_where_its_record_goes_from_one_person_straight_to_another(order) -> None:
    """Of three that were one, the one that was joined with both is parted from the first."""
    bus = told(*EVENTS)
    held = {name: reference(bus, name) for name in NAMES}
    middle, first, second = (NAMES[number] for number in order)
    decided = bus.judge(SAME, middle, first)
    bus.settle()
    bus.judge(SAME, middle, second)
    bus.settle()
    bus.undo(decided)
    bus.settle()
    assert {name: followed(bus, old) for name, old in held.items()} == {n: reference(bus, n) for n in NAMES}


def test_a_decision_that_is_not_whole_is_kept_with_the_reason_and_harms_nothing() -> None:
    bus = told(*EVENTS)
    bus.send(topics.JUDGEMENTS, b"x", b"nonsense")
    bus.judge(SAME, A, B)
    (value,) = [v for _, v in bus.logs[topics.JUDGEMENTS, 0] if v != b"nonsense"]
    bus.send(topics.JUDGEMENTS, b"x", value)
    bus.settle()
    rejected = {r["code"]: r for r in bus.records(topics.REJECTED)}
    assert set(rejected) == {"refused_judgement"}
    assert bus.person_id(*A) == bus.person_id(*B)
