"""What was decided in a batch is written once, and read one by one."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from policies.ruling import Grant, Ruling
from schemas import topics
from schemas.codec import decode, encode
from schemas.decisions import decisions_in
from schemas.keys import DeploymentKey
from schemas.vocabulary import Outcome
from streams.deciding import Minutes, Ruled

KEY = DeploymentKey(b"k" * 32)
NOW = datetime(2026, 11, 22, 12, 0, 0, 5000, tzinfo=UTC)
GRANT = Grant(
    purpose="missing-response",
    agreement="a",
    clause="A-1",
    obligations=("no_onward_sharing",),
    fields=("risk_level",),
    masked=("last_seen_location",),
    valid_until_ns=1_900_000_000_000_000_000,
)
KIND = "police.missing_reported"


def ruling(outcome: Outcome, *reasons: str) -> Ruling:
    return Ruling(
        outcome=outcome,
        agreement="a",
        clause="A-1",
        reasons=reasons or ("permitted",),
        grants=(GRANT,) if outcome is Outcome.PERMIT else (),
        dropped=("notes",),
        revision="r1",
        engine="an engine",
    )


RULINGS = [ruling(Outcome.PERMIT), ruling(Outcome.DENY, "no_clause"), ruling(Outcome.REVIEW, "clause_requires_review")]
AUDIENCES = ["an-audience", "é"]


@given(st.lists(st.tuples(st.sampled_from(RULINGS), st.sampled_from(AUDIENCES), st.uuids().map(str)), max_size=20))
def test_every_decision_comes_out_as_it_went_in(made):
    ruled = {(r.digest, a): Ruled.of(KEY, r, a, KIND) for r in RULINGS for a in AUDIENCES}
    minutes, expected = Minutes(), []
    for by, audience, event_id in made:
        parts = ruled[by.digest, audience]
        decision_id = parts.decision_id(event_id)
        minutes.add(parts, decision_id, event_id)
        common = {"event_type": KIND, "agency": "police", "audience": audience, "at": NOW}
        expected.append({"decision_id": decision_id, "event_id": event_id, **common, **by.as_record()})
    puts = list(minutes.puts(NOW))
    assert len(puts) == len({audience for _, audience, _ in made})
    found = [decision for put in puts for decision in decisions_in(put.value)]
    assert sorted(map(encoded, found)) == sorted(map(encoded, expected))


def encoded(decision: dict) -> bytes:
    return encode("fanlight.bus.Decision", decision)


def test_an_earlier_release_wrote_decisions_one_by_one():
    single = {"decision_id": "d", "event_id": "e", "event_type": KIND, "agency": "police", "audience": "x", "at": NOW}
    data = encoded(single | RULINGS[0].as_record())
    assert list(decisions_in(data)) == [decode(data)]


def test_many_decisions_are_cut_into_records_that_a_message_can_hold():
    minutes, parts = Minutes(), [Ruled.of(KEY, each, "x", KIND) for each in RULINGS]
    made = [(parts[n % 3], KEY.derive("decision", str(n)), KEY.derive("event", str(n))) for n in range(10_000)]
    for each in made:
        minutes.add(*each)
    puts = list(minutes.puts(NOW))
    assert {put.topic for put in puts} == {topics.DECISIONS}
    assert max(len(put.value) for put in puts) < 500_000
    ids = [decision["event_id"] for put in puts for decision in decisions_in(put.value)]
    assert sorted(ids) == sorted(event_id for *_, event_id in made)


def test_decisions_on_events_of_long_names_are_cut_by_their_bytes():
    minutes, parts = Minutes(), Ruled.of(KEY, RULINGS[0], "x", KIND)
    for number in range(200):
        minutes.add(parts, "d", f"{number}".rjust(16_000, "x"))
    puts = list(minutes.puts(NOW))
    assert max(len(put.value) for put in puts) < 500_000
    assert len([decision for put in puts for decision in decisions_in(put.value)]) == 200


def test_the_same_ruling_gives_the_same_decision_whichever_engine_gave_it():
    one, other = ruling(Outcome.PERMIT), ruling(Outcome.PERMIT)
    assert Ruled.of(KEY, one, "x", KIND).decision_id("e") == Ruled.of(KEY, other, "x", KIND).decision_id("e")
    assert Ruled.of(KEY, one, "x", KIND).decision_id("e") != Ruled.of(KEY, one, "y", KIND).decision_id("e")
