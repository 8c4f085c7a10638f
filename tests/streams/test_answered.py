"""What a person at the agency answers where policy left an event to them: released, it goes to that audience; refused,
it does not. Nobody answers of what is not their own."""

import asyncio
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engines.embedded import EmbeddedEngine
from policies.gate import Gate
from policies.instants import instant_ns
from policies.load import HERE, PolicySet
from schemas import topics
from schemas.codec import decode, encode_event
from schemas.events import Event, Header, Moment
from schemas.timelines import timeline_in
from schemas.vocabulary import Answer, Precision
from streams.sharing import Share
from streams.waiting import Waiting
from tests.streams.test_sharing import (
    ANALYST,
    AUDIENCES,
    GATE,
    KEY,
    NOW,
    OTHER,
    SUBJECT,
    decisions,
    event,
    identified,
    last_timeline,
    moved,
    replayed,
    run,
    run_in_any_order,
    shown,
    stage,
)

LEAD = next(each for each in AUDIENCES if each != ANALYST)
HELD = KEY.derive("event", "school.safeguarding_concern", "1")
#: Why it waits, and what a person then answers.
REASONS = (
    "clause_requires_review:county-childrens-safeguarding/CS-6",
    "clause_requires_review:exploitation-and-missing/EM-12",
)
QUESTIONS = tuple(str(GATE.policy.question(reason)) for reason in REASONS)
RELEASE, REFUSE = Answer.RELEASE, Answer.REFUSE


def concern(**header: object) -> bytes:
    """A concern that CS-6 and EM-12 leave to a person; the safeguarding lead is shown it as it is."""
    return identified(event(1, kind="school.safeguarding_concern", **header))


def answer(
    word: str = RELEASE,
    *,
    about: str = HELD,
    audience: str = ANALYST,
    answers: tuple[str, ...] = QUESTIONS,
    at: int = 10,
    agency: str = "school",
    record: str = "",
) -> bytes:
    """What somebody at a school decides, so many seconds after noon."""
    kind = f"{agency}.human_judgement"
    parts = (word, about, audience, *answers, str(at), record)
    header = Header(
        event_id=KEY.derive("event", kind, *parts),
        type=kind,
        agency=agency,
        feed="releases",
        subject="REF1",
        subject_key=SUBJECT,
        record_key=KEY.record_key(agency, kind, about, audience, record),
        occurred=Moment(value="2026-11-22", precision=Precision.DAY),
        recorded_at=NOW + timedelta(seconds=at),
        received_at=NOW + timedelta(seconds=at),
    )
    body = {"judgement": word, "judged_by": "Sam Sample", "about_event": about, "audience": audience}
    return encode_event(Event(header=header, body={**body, "answers": list(answers), "reason": "CANARY words"}))


def said(word: str = RELEASE, *, subject: str = "REF1", **named: object) -> bytes:
    return identified(answer(word, **named), subject_key=KEY.subject_key("police", subject))


def outcomes(puts: list, audience: str = ANALYST) -> list[str]:
    return [d["outcome"] for d in decisions(puts) if d["audience"] == audience and d["event_id"] == HELD]


def test_what_waits_for_a_person_is_shown_once_it_is_released_and_the_decision_says_why():
    share = stage()
    assert (outcomes(puts := run(share, [concern()])), shown(puts, ANALYST)) == (["REVIEW"], [])
    puts = run(share, [said()])
    (decided,) = decisions(puts)
    assert (decided["audience"], decided["outcome"], decided["event_id"]) == (ANALYST, "PERMIT", HELD)
    assert decided["reasons"] == ["permitted", *(f"released:{reason}" for reason in REASONS)]
    (entry,) = shown(puts, ANALYST)
    assert (entry["event_id"], entry["decision_id"]) == (HELD, decided["decision_id"])
    assert [p for p in puts if b"CANARY" in (p.value or b"")] == []


def test_the_answer_itself_is_neither_decided_nor_shown_to_anybody():
    share = stage()
    run(share, [concern()])
    puts = run(share, [said()])
    assert {d["event_id"] for d in decisions(puts)} == {HELD}
    assert {entry["type"] for entry in shown(puts, ANALYST)} == {"school.safeguarding_concern"}


def test_an_audience_for_whom_it_was_not_answered_is_told_and_decided_nothing():
    share = stage()
    run(share, [concern()])
    puts = run(share, [said()])
    assert last_timeline(puts, audience=LEAD) is None
    assert outcomes(puts, LEAD) == []


def test_a_refusal_is_decided_and_takes_back_what_was_released():
    share = stage()
    run(share, [concern()])
    assert outcomes(run(share, [said(REFUSE, answers=())])) == ["DENY"]
    assert outcomes(run(share, [said(at=20)])) == ["PERMIT"]
    puts = run(share, [said(REFUSE, answers=(), at=30)])
    (decided,) = decisions(puts)
    assert (decided["outcome"], decided["reasons"]) == ("DENY", ["refused_by_a_person"])
    recalls = [decode(p.value) for p in puts if p.topic == topics.disclosures(ANALYST)]
    assert [(r["kind"], r["reason"], r["event_id"]) for r in recalls] == [("recalled", "no_longer_permitted", HELD)]
    assert shown(puts, ANALYST) == []


@pytest.mark.parametrize("at", range(10, 16))  # each with other ids, by which nothing may be decided
def test_of_two_answers_of_one_instant_the_refusal_counts(at):
    answers = [said(at=at), said(REFUSE, answers=(), at=at)]
    for each in (answers, answers[::-1]):
        share = stage()
        run(share, [concern()])
        assert outcomes(run(share, each)) == ["DENY"]


def test_an_answer_that_its_agency_retracts_never_was():
    share = stage()
    run(share, [concern(), said()])
    key = KEY.record_key("school", "school.human_judgement", HELD, ANALYST, "")
    puts = run(share, [identified(event(9, kind="school.retraction", retracts=key, received=60))])
    assert outcomes(puts) == ["REVIEW"]
    assert shown(puts, ANALYST) == []


def test_a_release_answers_the_reasons_it_was_asked_for_and_no_others():
    share = stage()
    restricted = concern(handling=("restricted",))
    run(share, [restricted])
    assert outcomes(run(share, [said()])) == ["REVIEW"]
    puts = run(share, [said(answers=(*QUESTIONS, "prohibition:restricted-record"), at=20)])
    assert outcomes(puts) == ["PERMIT"]


def test_what_may_never_flow_flows_for_nobody_who_releases_it():
    share = stage()
    run(share, [concern(sensitivities=("adoption",))])
    puts = run(share, [said(answers=(*QUESTIONS, "prohibition:adoption"))])
    assert (outcomes(puts), shown(puts, ANALYST)) == (["DENY"], [])


@pytest.mark.parametrize(("agency", "subject"), [("police", "REF1"), ("school", "OTHER"), ("police", "OTHER")])
def test_nobody_releases_what_another_agency_published_nor_by_another_record(agency, subject):
    """The records of two agencies may be of one person: neither answers of what the other published."""
    share = stage()
    run(share, [concern()])
    assert run(share, [said(agency=agency, subject=subject)]) == []


def test_a_newer_version_of_the_record_waits_anew():
    share = stage()
    run(share, [concern(), said()])
    newer = event(
        2,
        kind="school.safeguarding_concern",
        received=60,
        record_key=KEY.record_key("school", "school.safeguarding_concern", "1"),
    )
    puts = run(share, [identified(newer)])
    assert [d["outcome"] for d in decisions(puts) if d["audience"] == ANALYST] == ["REVIEW"]
    assert shown(puts, ANALYST) == []


@pytest.mark.parametrize("word", [RELEASE, REFUSE])
def test_a_stage_rebuilt_from_the_log_goes_on_as_if_it_had_never_stopped(word):
    share, log = stage(), [concern(), said(word), identified(event(2))]
    again = replayed(log, run(share, log))
    more = [identified(event(3))]
    assert run(again, more) == run(share, more)
    last = [said(REFUSE if word == RELEASE else RELEASE, at=40)]
    assert run(again, last) == run(share, last)


def test_an_answer_moves_along_with_what_it_is_about():
    share = stage()
    run(share, [concern(), said()])
    left = run(share, [moved(OTHER, 1)])
    arrived = [run(share, [put.value]) for put in reversed([p for p in left if p.topic == topics.PERSONS])]
    direct = run(stage(), [identified(event(1, kind="school.safeguarding_concern"), person_id=OTHER)])
    assert last_timeline(arrived[-1], OTHER, LEAD) == last_timeline(direct, OTHER, LEAD)
    assert [e["event_id"] for e in _entries(arrived[-1])] == [HELD]


def _entries(puts: list) -> list:
    timeline = last_timeline(puts, OTHER)
    return timeline_in(timeline)["entries"] if timeline else []


def test_an_answer_about_somebody_of_whom_as_much_is_held_as_may_be_still_counts(monkeypatch):
    monkeypatch.setattr("streams.holding.EVENTS_MAX", 1)
    share = stage()
    run(share, [concern()])
    assert outcomes(run(share, [said()])) == ["PERMIT"]


SAID = st.tuples(
    st.sampled_from([RELEASE, REFUSE]),
    st.sampled_from([(), QUESTIONS, QUESTIONS[:1], (*QUESTIONS, "prohibition:restricted-record")]),
    st.integers(10, 13),
    st.sampled_from(["", "another"]),
    st.sampled_from(AUDIENCES),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=5, unique=True), st.booleans(), st.integers(0, 2**32))
def test_any_order_any_batches_and_any_repetition_give_the_same_timeline(answered, is_retracted, seed):
    log = [concern(handling=("restricted",)), identified(event(2))]
    log += [
        said(word, answers=answers, at=at, record=record, audience=audience)
        for word, answers, at, record, audience in answered
    ]
    if is_retracted:
        key = KEY.record_key("school", "school.human_judgement", HELD, ANALYST, "")
        log.append(identified(event(9, kind="school.retraction", retracts=key, received=11)))
    one, shuffled, apart = run_in_any_order(log, seed)
    again = replayed(shuffled, apart)
    more = [identified(event(3))]
    for audience in AUDIENCES:
        assert shown(run(again, more), audience) == shown(run(one, more), audience)


def test_thousands_of_answers_of_one_person_hold_nobody_up():
    share, kind, many = stage(), "school.safeguarding_concern", 3_000
    run(share, [identified(event(number, kind=kind)) for number in range(many)])
    run(share, [said(about=KEY.derive("event", kind, str(number)), at=number) for number in range(1, many)])
    began = time.process_time()
    puts = run(share, [said(about=KEY.derive("event", kind, "0"))])
    assert time.process_time() - began < 1
    assert len(shown(puts, ANALYST)) == many


def other_policies(folder: Path, change: Callable[[Path], None]) -> Gate:
    """The gate of the shipped policies after a change of their files."""
    for kind in ("agreements", "audiences", "prohibitions", "rego"):
        shutil.copytree(HERE / kind, folder / kind)
    change(folder)
    policy = PolicySet.load(folder)
    return Gate(policy, EmbeddedEngine(policy), lambda: instant_ns(NOW))


def take(share: Share, by: Gate, *values: bytes) -> list:
    """A batch, under the policies of a gate."""
    share.rule_under(by.scope())
    incoming = share.read(values)
    asked = share.asked(0, incoming)
    asyncio.run(by.prepare(asked))
    return share.take(0, incoming, by.rulings(asked).__getitem__, NOW)


def told(puts: list) -> list[tuple[str, list[str]]]:
    """How the event was decided for the analyst, and why."""
    mine = (d for d in decisions(puts) if d["audience"] == ANALYST and d["event_id"] == HELD)
    return [(each["outcome"], each["reasons"]) for each in mine]


def prohibited(folder: Path) -> None:
    """Every concern is left to a person by a prohibition, too."""
    law = {"id": "concerns", "title": "Concerns", "law": "A law", "effect": "REVIEW"}
    law["when"] = {"event_type": ["school.safeguarding_concern"]}
    (folder / "prohibitions" / "more.yaml").write_text(yaml.safe_dump([law]))


def signed(purposes: list[str]) -> Callable[[Path], None]:
    """Another agreement has been signed, of which a clause leaves concerns to a person for these purposes."""

    def change(folder: Path) -> None:
        document = yaml.safe_load((folder / "agreements" / "exploitation-and-missing.yaml").read_text())
        clause = next(each for each in document["clauses"] if each["id"] == "EM-12")
        added = {**document, "id": "another", "purposes": purposes}
        added["clauses"] = [{**clause, "id": "AN-1", "purposes": purposes}]
        (folder / "agreements" / "another.yaml").write_text(yaml.safe_dump(added))

    return change


def amended(old: str, new: str) -> Callable[[Path], None]:
    """What EM-12 says has changed."""

    def change(folder: Path) -> None:
        path = folder / "agreements" / "exploitation-and-missing.yaml"
        before, clause = path.read_text().split("id: EM-12", 1)
        assert old in clause
        path.write_text(f"{before}id: EM-12{clause.replace(old, new, 1)}")

    return change


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        (prohibited, "prohibition:concerns"),
        (signed(["missing-response"]), "clause_requires_review:another/AN-1"),
        (signed(["emergency-vital-interests"]), "clause_requires_review:another/AN-1"),
        (amended("pass: [category", "drop: [category"), REASONS[1]),
    ],
    ids=["a prohibition", "a clause for the same purpose", "a clause for another purpose", "a clause that was amended"],
)
def test_for_what_nobody_was_asked_what_was_released_waits_again_until_somebody_answers(change, asks, tmp_path):
    share, by = stage(), other_policies(tmp_path, change)
    share.rule_under(GATE.scope())
    run(share, [concern(), said()])
    puts = take(share, by, identified(event(2)))
    lifted = [f"released:{reason}" for reason in REASONS if reason != asks]
    assert told(puts) == [("REVIEW", sorted([asks, *lifted]))]
    recalls = [decode(p.value) for p in puts if p.topic == topics.disclosures(ANALYST)]
    assert ("recalled", "no_longer_permitted", HELD) in [(r["kind"], r["reason"], r["event_id"]) for r in recalls]
    assert HELD not in [entry["event_id"] for entry in shown(puts, ANALYST)]

    waiting = Waiting(KEY, AUDIENCES)
    waiting.replay_events(0, [concern(), said()])
    (left,) = (each for each in asyncio.run(waiting.under(by)) if each.audience == ANALYST)
    assert (left.outcome, left.outstanding) == ("REVIEW", (asks,))
    assert {asks, *REASONS} == {*left.reasons}
    puts = take(share, by, said(answers=left.questions, at=60))
    ((outcome, reasons),) = told(puts)
    assert outcome == "PERMIT"
    assert {f"released:{reason}" for reason in left.reasons} <= {*reasons}
    assert HELD in [entry["event_id"] for entry in shown(puts, ANALYST)]


@pytest.mark.parametrize(
    "change",
    [
        amended("A concern", "The concern"),
        amended(
            "purposes: [missing-response, exploitation-mace-l1]\n    outcome: PERMIT",
            "purposes: [missing-response]\n    outcome: PERMIT",
        ),
    ],
    ids=["other words", "another clause"],
)
def test_what_asks_nothing_else_leaves_what_was_released_where_it_is(change, tmp_path):
    share = stage()
    share.rule_under(GATE.scope())
    run(share, [concern(), said()])
    puts = take(share, other_policies(tmp_path, change), identified(event(2)))
    assert told(puts) == []
    assert HELD in [entry["event_id"] for entry in shown(puts, ANALYST)]


@pytest.mark.parametrize(("first", "then"), [(RELEASE, REFUSE), (REFUSE, RELEASE)])
def test_what_a_clause_permits_by_now_may_be_answered_otherwise_by_whoever_was_asked_before(first, then, tmp_path):
    """Another agreement has been signed, which permits concerns for a purpose that no other clause speaks of."""

    def permitted(folder: Path) -> None:
        signed(["emergency-vital-interests"])(folder)
        path = folder / "agreements" / "another.yaml"
        path.write_text(path.read_text().replace("outcome: REVIEW", "outcome: PERMIT"))

    share, by = stage(), other_policies(tmp_path, permitted)
    log = [concern(), said(first, answers=QUESTIONS if first == RELEASE else ())]
    share.rule_under(GATE.scope())
    run(share, log)
    take(share, by, identified(event(2)))
    waiting = Waiting(KEY, AUDIENCES)
    waiting.replay_events(0, log)
    (left,) = asyncio.run(waiting.under(by))
    assert (left.outcome, left.reasons, left.questions) == ({RELEASE: "PERMIT", REFUSE: "DENY"}[first], (), ())
    puts = take(share, by, said(then, answers=left.questions, at=60))
    assert outcomes(puts) == [{RELEASE: "PERMIT", REFUSE: "DENY"}[then]]
    purposes = [p for e in shown(puts, ANALYST) if e["event_id"] == HELD for g in e["grants"] for p in g["purposes"]]
    assert purposes == ["emergency-vital-interests"] * (then == RELEASE)


def test_a_release_that_an_earlier_build_wrote_without_its_clauses_waits():
    share = stage()
    run(share, [concern()])
    puts = run(share, [said(answers=("clause_requires_review",))])
    assert told(puts) == [("REVIEW", list(REASONS))]
    assert shown(puts, ANALYST) == []
