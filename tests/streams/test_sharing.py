"""What the share stage writes out: nothing before its decision, nothing that was not granted, and all of it again."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engines.embedded import EmbeddedEngine
from policies.gate import Gate
from policies.instants import instant_ns
from policies.load import PolicySet
from schemas import topics
from schemas.codec import decode, encode, encode_event
from schemas.decisions import decisions_in
from schemas.events import Event, Header, Moment, Person
from schemas.keys import DeploymentKey
from schemas.sizes import RECORD_BYTES_MAX
from schemas.timelines import timeline_in
from schemas.vocabulary import Precision, Regime, Role, Sensitivity
from streams.sharing import Share
from streams.timeline.visible import visible

KEY = DeploymentKey(b"k" * 32)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
POLICY = PolicySet.load()
AUDIENCES = tuple(POLICY.audiences)
ANALYST = "police-intelligence-analyst"
GATE = Gate(POLICY, EmbeddedEngine(POLICY), lambda: instant_ns(NOW))
ME, OTHER = KEY.derive("person", "me"), KEY.derive("person", "other")
SUBJECT = KEY.subject_key("police", "REF1")


def event(
    number: int,
    *,
    kind: str = "police.missing_reported",
    received: int = 0,
    text: str | None = None,
    person: Person = Person(given_name="Amy", family_name="Canary"),
    **header: object,
) -> bytes:
    agency = kind.partition(".")[0]
    fields = {
        "event_id": KEY.derive("event", kind, str(number)),
        "record_key": KEY.record_key(agency, kind, str(number)),
        "subject_key": SUBJECT,
        "occurred": Moment(value=f"2026-10-{number % 27 + 1:02}", precision=Precision.DAY),
        "role": Role.MISSING_PERSON if "missing" in kind else Role.SUBJECT,
        "regime": Regime.DPA_PT3 if agency == "police" else Regime.UKGDPR,
    } | header
    head = Header(
        type=kind,
        agency=agency,
        feed=f"{agency}-test",
        subject="REF1",
        received_at=NOW + timedelta(seconds=received),
        **fields,
    )
    body = {"reason_code": "other"} if kind.endswith("retraction") else {"notes": "CANARY text"}
    body = {} if kind.endswith("details") else body
    body |= {"risk_level": text} if text else {}
    return encode_event(Event(header=head, person=None if kind.endswith("retraction") else person, body=body))


def identified(data: bytes, *, person_id: str = ME, epoch: int = 0, subject_key: str = SUBJECT) -> bytes:
    record = {"person_id": person_id, "subject_key": subject_key, "epoch": epoch, "event": data}
    return encode("fanlight.bus.Identified", record)


def moved(to_person_id: str, epoch: int, person_id: str = ME, subject_key: str = SUBJECT, **more: object) -> bytes:
    record = {"person_id": person_id, "subject_key": subject_key, "epoch": epoch, "to_person_id": to_person_id} | more
    return encode("fanlight.bus.Moved", record)


def stage() -> Share:
    return Share(KEY, AUDIENCES, 1)


def run(share: Share, values: Sequence[bytes]) -> list:
    incoming = share.read(values)
    asked = share.asked(0, incoming)
    asyncio.run(GATE.prepare(asked))
    return share.take(0, incoming, GATE.rulings(asked).__getitem__, NOW)


def decisions(puts: list) -> list[dict]:
    return [each for p in puts if p.topic == topics.DECISIONS for each in decisions_in(p.value)]


def last_timeline(puts: list, person_id: str = ME, audience: str = ANALYST) -> bytes | None:
    key = KEY.pseudonym(audience, person_id).encode()
    values = [p.value for p in puts if p.topic == topics.timelines(audience) and p.key == key]
    return values[-1] if values else None


def shown(puts: list, audience: str) -> list:
    """Nothing was ever shown, or what was shown has been taken back: both are no entries."""
    timeline = last_timeline(puts, audience=audience)
    return timeline_in(timeline)["entries"] if timeline else []


def replayed(log: list[bytes], puts: list) -> Share:
    share = stage()
    share.people.replay_events(0, log)
    for audience in AUDIENCES:
        told = [(p.key, p.value) for p in puts if p.topic == topics.timelines(audience)]
        share.people.replay_timelines(audience, 0, told)
    return share


def run_in_any_order(log: list[bytes], seed: int) -> tuple[Share, list[bytes], list]:
    """See that the log shuffled, with repetitions, one at a time, shows the same. A stage that took the log at once,
    and the other log with what came of it."""
    rng = random.Random(seed)
    shuffled = log + rng.choices(log, k=2)
    rng.shuffle(shuffled)
    one, many = stage(), stage()
    together = run(one, log)
    apart = [put for value in shuffled for put in run(many, [value])]
    for audience in AUDIENCES:
        assert shown(together, audience) == shown(apart, audience)
    return one, shuffled, apart


def test_a_permitted_event_is_decided_disclosed_and_folded_in_one_breath():
    puts = run(stage(), [identified(event(1))])
    decided = decisions(puts)
    assert {d["audience"] for d in decided} == set(AUDIENCES)
    mine = next(d for d in decided if d["audience"] == ANALYST)
    assert mine["outcome"] == "PERMIT"
    released = next(decode(p.value) for p in puts if p.topic == topics.disclosures(ANALYST))
    assert (released["kind"], released["decision_id"]) == ("disclosed", mine["decision_id"])
    timeline = timeline_in(last_timeline(puts))
    assert released["entry"].pop("granted") is None
    assert timeline["entries"] == [released["entry"]]
    assert timeline["person"] == KEY.pseudonym(ANALYST, ME)


def test_decisions_stand_before_what_they_release():
    puts = run(stage(), [identified(event(1))])
    order = [p.topic for p in puts if p.topic in (topics.DECISIONS, topics.disclosures(ANALYST))]
    assert order.index(topics.DECISIONS) < order.index(topics.disclosures(ANALYST))


def test_free_text_reaches_no_topic_but_the_bus_own():
    puts = run(stage(), [identified(event(1))])
    assert [p.topic for p in puts if b"CANARY text" in (p.value or b"")] == []


def test_an_event_that_comes_twice_is_decided_once():
    share = stage()
    first = run(share, [identified(event(1)), identified(event(1))])
    assert len(decisions(first)) == len(AUDIENCES)
    assert run(share, [identified(event(1))]) == []


def test_a_retraction_takes_the_entry_back_and_says_so():
    share = stage()
    run(share, [identified(event(1)), identified(event(2))])
    gone = KEY.record_key("police", "police.missing_reported", "1")
    puts = run(share, [identified(event(3, kind="police.retraction", retracts=gone, received=5))])
    recalls = [decode(p.value) for p in puts if p.topic == topics.disclosures(ANALYST)]
    event_id = KEY.derive("event", "police.missing_reported", "1")
    assert [(r["kind"], r["reason"], r["event_id"], r["entry"]) for r in recalls] == [
        ("recalled", "withdrawn", event_id, None)
    ]
    kept = run(stage(), [identified(event(2))])
    assert last_timeline(puts) == last_timeline(kept)


def test_a_move_takes_the_events_along_and_leaves_a_way_behind():
    share = stage()
    run(share, [identified(event(1))])
    puts = run(share, [moved(OTHER, 1)])
    onward = [decode(p.value) for p in puts if p.topic == topics.PERSONS]
    assert [(e["person_id"], e["epoch"], e["event"]) for e in onward] == [(OTHER, 1, event(1))]
    left = timeline_in(last_timeline(puts))
    assert (left["entries"], left["redirect"]) == ([], KEY.pseudonym(ANALYST, OTHER))
    arrived = run(share, [p.value for p in puts if p.topic == topics.PERSONS])
    direct = run(stage(), [identified(event(1), person_id=OTHER)])
    assert last_timeline(arrived, OTHER) == last_timeline(direct, OTHER)


def test_a_way_that_was_shown_leads_on_when_the_record_moves_on():
    share, third = stage(), KEY.derive("person", "third")
    run(share, [identified(event(1))])
    run(share, [moved(OTHER, 1)])
    puts = run(share, [moved(third, 2)])
    assert timeline_in(last_timeline(puts))["redirect"] == KEY.pseudonym(ANALYST, third)
    assert last_timeline(run(share, [moved(third, 2)])) is None


@pytest.mark.parametrize("epochs", [(1, 2), (2, 1)], ids=["the other leaves later", "the other leaves earlier"])
def test_where_two_records_went_to_two_people_the_way_leads_after_the_one_that_the_person_is_named_for(epochs):
    """Whoever has the reference may have got it when the other record was not here yet."""
    mine, third = KEY.derive("person", SUBJECT), KEY.derive("person", "third")
    beside = KEY.subject_key("nhs", "9990000018")
    share = stage()
    run(share, [identified(event(1), person_id=mine), identified(event(2), person_id=mine, subject_key=beside)])
    puts = run(share, [moved(OTHER, epochs[0], mine), moved(third, epochs[1], mine, beside)])
    assert timeline_in(last_timeline(puts, mine))["redirect"] == KEY.pseudonym(ANALYST, OTHER)


def test_an_event_that_comes_after_its_record_has_left_follows_it():
    share = stage()
    run(share, [moved(OTHER, 2)])
    puts = run(share, [identified(event(1), epoch=1)])
    assert [(decode(p.value)["person_id"], decode(p.value)["epoch"]) for p in puts] == [(OTHER, 2)]


def test_a_record_that_comes_back_is_held_again():
    share = stage()
    run(share, [moved(OTHER, 1)])
    puts = run(share, [identified(event(1), epoch=2)])
    assert timeline_in(last_timeline(puts))["entries"][0]["event_id"] == KEY.derive(
        "event", "police.missing_reported", "1"
    )


def test_a_move_that_is_read_late_leaves_what_has_come_back_since():
    share = stage()
    run(share, [identified(event(1), epoch=2)])
    assert run(share, [moved(OTHER, 1)]) == []


def test_questions_without_end_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("streams.sharing.CACHE_SIZE", 2)
    share, plenty = stage(), stage()
    log = [identified(event(n, consent=consent)) for n, consent in enumerate(["consented", "not_asked", "not_told"])]
    puts = run(share, log)
    assert len(share._by_last) <= 2
    monkeypatch.undo()
    assert puts == run(plenty, log)


def test_bytes_that_are_no_event_become_a_rejection():
    puts = run(stage(), [b"nonsense", identified(b"nonsense"), identified(event(1))])
    rejected = [decode(p.value) for p in puts if p.topic == topics.REJECTED]
    assert [r["code"] for r in rejected] == ["unreadable_event"] * 2
    assert last_timeline(puts) is not None


def test_of_a_person_with_too_many_events_more_are_kept_as_rejections_and_taking_back_makes_room(monkeypatch):
    monkeypatch.setattr("streams.holding.EVENTS_MAX", 2)
    share, again = stage(), stage()
    log = [identified(event(n)) for n in (1, 2, 3, 1)]
    puts = run(share, log)
    (refused,) = [decode(p.value) for p in puts if p.topic == topics.REJECTED]
    assert (refused["code"], refused["agency"], refused["raw"]) == ("too_many_events", "police", event(3))
    assert len(timeline_in(last_timeline(puts))["entries"]) == 2
    again.people.replay_events(0, log)
    for audience in AUDIENCES:
        told = [(p.key, p.value) for p in puts if p.topic == topics.timelines(audience)]
        again.people.replay_timelines(audience, 0, told)
    retraction = identified(
        event(7, kind="police.retraction", retracts=KEY.record_key("police", "police.missing_reported", "2"))
    )
    assert run(again, [retraction]) == (taken_back := run(share, [retraction]))
    assert len(timeline_in(last_timeline(taken_back))["entries"]) == 1


def test_of_a_person_with_too_large_events_more_are_kept_as_rejections_and_each_record_can_be_written():
    share, large = stage(), [event(n, text="x" * 950_000) for n in range(40)]
    log = [identified(each) for each in large]
    puts = run(share, log)
    refused = [decode(p.value) for p in puts if p.topic == topics.REJECTED]
    assert [(r["code"], r["agency"], r["raw"]) for r in refused] == [
        ("too_many_bytes", "police", each) for each in large[4:]
    ]
    assert len(timeline_in(last_timeline(puts))["entries"]) == 4
    assert 3_800_000 < max(len(p.value) for p in puts) < RECORD_BYTES_MAX // 2
    assert run(replayed(log, puts), [identified(event(50))]) == run(share, [identified(event(50))])


def test_an_event_for_which_there_is_no_room_still_takes_back_what_it_supersedes():
    share, log = stage(), [identified(event(n, text="x" * 950_000)) for n in range(4)]
    puts = run(share, log)
    superseding = event(9, text="x" * 950_000, supersedes=KEY.derive("event", "police.missing_reported", "0"))
    again = replayed(log, puts)
    taken = run(share, [identified(superseding)])
    assert [decode(p.value)["code"] for p in taken if p.topic == topics.REJECTED] == ["too_many_bytes"]
    assert len(timeline_in(last_timeline(taken))["entries"]) == 3
    assert run(again, [identified(superseding)]) == taken
    retraction = event(7, kind="police.retraction", retracts=KEY.derive("event", "police.missing_reported", "1"))
    assert len(timeline_in(last_timeline(run(share, [identified(retraction)])))["entries"]) == 2


def test_an_event_that_comes_again_larger_and_as_if_earlier_finds_no_more_room():
    share = stage()
    for number in range(4):
        run(share, [identified(event(number, text="x" * 900_000))])
    run(share, [identified(event(5, received=5))])
    again = identified(event(5, text="x" * 950_000))
    assert [decode(p.value)["code"] for p in run(share, [again]) if p.topic == topics.REJECTED] == ["too_many_bytes"]
    moved_on = run(share, [moved(OTHER, 1)])
    assert len([p for p in moved_on if p.topic == topics.PERSONS]) == 5
    assert run(share, [identified(event(9, text="x" * 950_000), epoch=2)])[0].topic == topics.DECISIONS


def test_an_event_that_is_held_may_come_again_though_there_is_no_room_for_one_more():
    share, log = stage(), [identified(event(n, text="x" * 950_000)) for n in range(4)]
    run(share, log)
    assert [p for p in run(share, log) if p.topic == topics.REJECTED] == []


def test_an_event_counts_as_it_first_came_in_whatever_order_its_deliveries_are_read():
    """It was taken back after it first came. That it came again afterwards does not bring it back."""
    key = KEY.record_key("police", "police.missing_reported", "1")
    taken_back = event(7, kind="police.retraction", received=5, retracts=key)
    for order in permutations(map(identified, (event(1), taken_back, event(1, received=9)))):
        share = stage()
        puts = [put for value in order for put in run(share, [value])]
        assert shown(puts, ANALYST) == []


def test_a_stage_rebuilt_from_the_log_goes_on_as_if_it_had_never_stopped():
    unreadable = [b"nonsense", identified(b"nonsense"), event(8)]
    first, log = stage(), [*unreadable, *(identified(event(n)) for n in range(4))]
    second = replayed(log, run(first, log))
    assert run(second, [identified(event(9))]) == run(first, [identified(event(9))])


def test_what_is_recalled_after_a_restart_names_no_link_by_which_it_had_left_before():
    share, puts = stage(), []
    log = [identified(event(1)), moved(OTHER, 1, link="a decision"), identified(event(1), epoch=2)]
    for value in log:
        puts += run(share, [value])
    gone = KEY.record_key("police", "police.missing_reported", "1")
    taken_back = identified(event(3, kind="police.retraction", retracts=gone, received=5), epoch=2)
    recalls = [
        decode(p.value) for p in run(replayed(log, puts), [taken_back]) if p.topic == topics.disclosures(ANALYST)
    ]
    assert [(each["reason"], each["link"]) for each in recalls] == [("withdrawn", None)]


def test_a_forgotten_partition_leaves_nothing_behind():
    share = stage()
    run(share, [identified(event(1))])
    share.people.forget_events(0)
    for audience in AUDIENCES:
        share.people.forget_timelines(audience, 0)
    assert len(decisions(run(share, [identified(event(1))]))) == len(AUDIENCES)


KINDS = st.sampled_from(["police.missing_reported", "police.missing_located", "nhs.emergency_attendance"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), KINDS), min_size=1, max_size=8, unique=True), st.integers(0, 2**32))
def test_any_order_any_batches_and_any_repetition_give_the_same_timeline(numbered, seed):
    log = [identified(event(n, kind=kind)) for n, kind in numbered]
    log.append(
        identified(
            event(
                99,
                kind="police.retraction",
                retracts=KEY.record_key("police", numbered[0][1], str(numbered[0][0])),
                received=9,
            )
        )
    )
    run_in_any_order(log, seed)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_one_audience_may_not_see_leaves_no_trace_on_its_topics(audience):
    permitted, withheld = event(1), event(2, sensitivities=("adoption",))
    alone = run(stage(), [identified(permitted)])
    beside = run(stage(), [identified(permitted), identified(withheld)])

    def topics_of(puts: list) -> list:
        return [p for p in puts if p.topic in (topics.timelines(audience), topics.disclosures(audience))]

    assert topics_of(alone) == topics_of(beside)


def test_what_is_withheld_of_one_person_puts_nobody_before_another():
    permitted = [identified(event(n), person_id=person) for n, person in ((1, ME), (2, OTHER))]
    for person in (ME, OTHER):
        withheld = identified(event(3, sensitivities=("adoption",)), person_id=person)
        for log in (permitted, permitted[::-1]):
            alone, beside = run(stage(), log), run(stage(), [withheld, *log])
            told = [[p for p in puts if p.topic != topics.DECISIONS] for puts in (alone, beside)]
            assert told[0] == told[1]
            assert told[0]


@pytest.mark.parametrize(
    ("passed", "masked", "told"),
    [
        (("person.birth_date",), (), {"value": "2011-05-17", "precision": "day"}),
        ((), ("person.birth_date",), {"value": "2011-05", "precision": "month"}),
        ((), (), {"value": "", "precision": "year"}),
    ],
    ids=["whole", "coarser", "dropped"],
)
def test_details_that_are_dated_by_the_birth_do_not_tell_it_where_no_clause_does(passed, masked, told):
    """As a FHIR Patient is that no other date came with."""
    header = {"kind": "nhs.person_details", "subject_key": KEY.subject_key("nhs", "REF1")}
    dated = Moment(value="2011-05-17", precision=Precision.DAY)
    details = event(1, **header, occurred=dated, person=Person(given_name="Amy", birth_date="2011-05-17"))

    def ruling(asked):
        given = GATE.rulings([asked])[asked]
        terms = {"fields": ("person.given_name", *passed), "masked": masked}
        return replace(given, grants=tuple(replace(grant, **terms) for grant in given.grants))

    share, log = stage(), [identified(details), identified(event(2))]
    incoming = share.read(log)
    asyncio.run(GATE.prepare(share.asked(0, incoming)))
    puts = share.take(0, incoming, ruling, NOW)
    (entry,) = [each for each in shown(puts, ANALYST) if each["type"] == "nhs.person_details"]
    assert entry["occurred"] == told
    assert shown(puts, ANALYST)[0] == entry
    values = [p.value for p in puts if p.topic in (topics.timelines(ANALYST), topics.disclosures(ANALYST))]
    assert any(b"2011-05-17" in value for value in values) is bool(passed)
    for purpose in ("missing-response", "exploitation-mace-l1"):
        seen = visible([entry], purpose, NOW)
        assert [(each.occurred, each.precision) for each in seen] == [(told["value"], told["precision"])]


def version(number: int, **header: object) -> bytes:
    """A version of the record of the first event, come together with it."""
    key = KEY.record_key("police", "police.missing_reported", "1")
    return event(number, record_key=key, **header)


def told_together(puts: list, audience: str) -> set[str | None]:
    return {entry.get("version_of") for entry in shown(puts, audience)}


def test_versions_that_came_together_are_told_to_be_of_one_record_and_after_a_restart_too():
    log = [identified(event(1)), identified(version(2)), identified(event(3))]
    share = stage()
    puts = run(share, log)
    first = min(KEY.derive("event", "police.missing_reported", n) for n in ("1", "2"))
    assert told_together(puts, ANALYST) == {first, None}
    again = replayed(log, puts)
    assert run(again, [identified(event(4))]) == run(share, [identified(event(4))])
    assert run(again, [identified(version(5))]) == run(share, [identified(version(5))])


def test_a_version_that_is_not_shown_is_not_told_of():
    """Adoption is never shared: whoever is shown the other version is shown what stands by itself."""
    hidden = identified(version(2, sensitivities=(Sensitivity.ADOPTION,)))
    with_it, without = (run(stage(), log) for log in ([identified(event(1)), hidden], [identified(event(1))]))
    for audience in AUDIENCES:
        assert last_timeline(with_it, audience=audience) == last_timeline(without, audience=audience)
    assert told_together(with_it, ANALYST) == {None}


def test_of_versions_that_came_together_one_that_goes_leaves_the_other_by_itself():
    share = stage()
    run(share, [identified(event(1)), identified(version(2))])
    newer = identified(event(9, supersedes=KEY.derive("event", "police.missing_reported", "2")))
    assert told_together(run(share, [newer]), ANALYST) == {None}
