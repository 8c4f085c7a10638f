"""Other policies hold than those under which something was decided: it is decided anew, of everybody, before or after a
restart, and whoever was shown what may no longer be shown is told."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policies.attributes import Attributes
from policies.engines.embedded import EmbeddedEngine
from policies.gate import Gate
from policies.instants import instant_ns
from policies.load import HERE, PolicySet
from schemas import topics
from schemas.applied import Applied, PolicyText, applied_in
from schemas.codec import decode
from schemas.timelines import timeline_in
from streams.sharing import RulingOf, Share
from tests.streams.test_sharing import (
    ANALYST,
    AUDIENCES,
    KEY,
    ME,
    NOW,
    OTHER,
    decisions,
    event,
    identified,
    last_timeline,
    moved,
    shown,
    stage,
)

EVENT_ID = KEY.derive("event", "police.missing_reported", "1")
SUSPENDED = ("status: in_force", "status: suspended")


@pytest.fixture
def policies(tmp_path: Path):
    """The shipped policies with one agreement alone in force, in which words have been replaced by others."""

    def edit(*changes: tuple[str, str]) -> PolicySet:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for kind in ("agreements", "audiences", "prohibitions", "rego"):
            shutil.copytree(HERE / kind, folder / kind)
        _replace(folder / "agreements" / "county-childrens-safeguarding.yaml", SUSPENDED)
        _replace(folder / "agreements" / "exploitation-and-missing.yaml", *changes)
        return PolicySet.load(folder)

    return edit


def _replace(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def gate(policy: PolicySet, at: datetime = NOW) -> Gate:
    return Gate(policy, EmbeddedEngine(policy), lambda: instant_ns(at))


def first(by: Gate) -> list:
    """What a worker writes of the log that begins under these policies."""
    share = restarted([], [], by)
    return [*again(share, by), *take(share, by, LOG)]


def take(share: Share, by: Gate, values: Sequence[bytes]) -> list:
    """A batch of events, as the worker takes it."""
    share.rule_under(by.scope())
    incoming = share.read(values)
    return share.take(0, incoming, rulings(by, share.asked(0, incoming)), NOW)


def rulings(by: Gate, asked: set[Attributes]) -> RulingOf:
    asyncio.run(by.prepare(asked))
    return by.rulings(asked).__getitem__


def again(share: Share, by: Gate) -> list:
    """Everybody who waits to be decided anew, a person at a time; and what is said of that before and after."""
    share.rule_under(by.scope())
    puts: list = []
    while True:
        puts += share.people.announce(0, NOW)
        if not (people := share.people.due(0, 1)):
            return puts
        puts += share.decide_again(0, people, rulings(by, share.asked_again(0, people)), NOW)


def restarted(log: list[bytes], puts: list, by: Gate) -> Share:
    """A worker that has read the log back, and what it last wrote of each timeline."""
    share = stage()
    share.people.replay_events(0, log)
    for audience in AUDIENCES:
        told = [(put.key, put.value) for put in puts if put.topic == topics.timelines(audience)]
        share.people.replay_timelines(audience, 0, told)
    share.people.replay_applied(0, [put.value for put in puts if put.topic == topics.POLICIES])
    share.rule_under(by.scope())
    share.people.restored(0)
    return share


def applied(puts: list) -> list[bool]:
    """What is said of deciding everybody anew: False as it begins, True when it is done."""
    return [each.is_done for each in said(puts) if isinstance(each, Applied)]


def said(puts: list) -> list[Applied | PolicyText]:
    """What is said of the policies."""
    return [applied_in(put.value) for put in puts if put.topic == topics.POLICIES]


def told(puts: list, audience: str = ANALYST) -> list[tuple]:
    """What an audience's topic of disclosures was told."""
    records = [decode(put.value) for put in puts if put.topic == topics.disclosures(audience)]
    return [(record["kind"], record["reason"], record["event_id"]) for record in records]


def without_decisions(timeline: bytes) -> list[dict]:
    """What is shown; what stood before stands under the decision of then."""
    return [entry | {"decision_id": None} for entry in timeline_in(timeline)["entries"]]


LOG = [identified(event(1)), identified(event(2, kind="police.arrest")), identified(event(3), person_id=OTHER)]


def test_who_came_to_be_known_first_does_not_show_in_whose_entries_are_recalled_first(policies):
    before, after = gate(policies()), gate(policies(SUSPENDED))
    puts = take(stage(), before, LOG)
    recalled = []
    for person in (ME, OTHER):
        log = [identified(event(9, sensitivities=("adoption",)), person_id=person), *LOG]
        recalled.append(told(again(restarted(log, puts, after), after)))
    assert recalled[0] == recalled[1]
    assert len(recalled[0]) == len(LOG)


def test_an_agreement_that_is_suspended_takes_back_what_it_let_through(policies):
    before, after = gate(policies()), gate(policies(SUSPENDED))
    share = stage()
    puts = take(share, before, LOG)
    assert len(shown(puts, ANALYST)) == 2
    changed = again(restarted(LOG, puts, after), after)
    assert shown(changed, ANALYST) == []
    assert timeline_in(last_timeline(changed, OTHER))["entries"] == []
    assert {(kind, reason) for kind, reason, _ in told(changed)} == {("recalled", "no_longer_permitted")}
    assert len(told(changed)) == 3
    mine = [d for d in decisions(changed) if d["audience"] == ANALYST]
    assert [d["outcome"] for d in mine] == ["DENY"] * 3
    assert {d["revision"] for d in mine} == {after.policy.revision}
    order = [put.topic for put in changed]
    assert order.index(topics.DECISIONS) < order.index(topics.disclosures(ANALYST))


def test_what_was_granted_in_the_same_words_stands_as_it_was_decided(policies):
    before, after = gate(policies()), gate(policies(('version: "2.1"', 'version: "2.2"')))
    puts = first(before)
    share = restarted(LOG, puts, after)
    changed = again(share, after)
    # Nothing is written but that it was looked at, and the next restart decides nothing anew.
    assert [put.topic for put in changed] == [topics.POLICIES] * 2
    assert applied(changed) == [False, True]
    assert again(restarted(LOG, [*puts, *changed], after), after) == []


def test_a_clause_that_was_struck_out_takes_back_its_own_entries_alone(policies):
    before, after = gate(policies()), gate(policies(("[police.arrest, police.stop_search]", "[police.stop_search]")))
    puts = first(before)
    changed = again(restarted(LOG, puts, after), after)
    assert [entry["type"] for entry in shown(changed, ANALYST)] == ["police.missing_reported"]
    assert told(changed) == [("recalled", "no_longer_permitted", KEY.derive("event", "police.arrest", "2"))]


def test_a_field_that_no_longer_passes_is_disclosed_without(policies):
    narrower = policies(("pass: [given_name, middle_names, family_name,", "pass: [given_name, middle_names,"))
    before, after = gate(policies()), gate(narrower)
    puts = first(before)
    changed = again(restarted(LOG, puts, after), after)
    assert all("family_name" in entry["person"] for entry in shown(puts, ANALYST))
    assert len(shown(changed, ANALYST)) == 2
    assert not any("family_name" in entry["person"] for entry in shown(changed, ANALYST))
    decided = {d["decision_id"] for d in decisions(changed) if d["audience"] == ANALYST}
    assert decided == {
        entry["decision_id"]
        for put in changed
        if put.topic == topics.timelines(ANALYST)
        for entry in timeline_in(put.value)["entries"]
    }
    assert ("disclosed", None, EVENT_ID) in told(changed)


def test_what_is_decided_before_it_was_said_under_which_policies_says_so_itself(policies):
    """Else a worker that ends there, and comes back under the policies of before, takes it for decided under those."""
    before, moment = gate(policies()), gate(policies(SUSPENDED))
    puts = first(before)
    touched = take(restarted(LOG, puts, moment), moment, [identified(event(9))])
    assert shown(touched, ANALYST) == []
    log = [*LOG, identified(event(9))]
    changed = again(restarted(log, [*puts, *touched], before), before)
    assert len(shown(changed, ANALYST)) == 3


def test_a_wider_agreement_lets_through_what_was_refused(policies):
    before, after = gate(policies(SUSPENDED)), gate(policies())
    puts = first(before)
    assert shown(puts, ANALYST) == []
    assert again(restarted(LOG, puts, before), before) == []
    changed = again(restarted(LOG, puts, after), after)
    assert shown(changed, ANALYST) == shown(take(stage(), after, LOG), ANALYST)


def test_what_is_left_to_a_person_now_is_said_to_wait(policies):
    asking = ("outcome: PERMIT", "outcome: REVIEW")
    before, after = gate(policies(SUSPENDED)), gate(policies(asking))
    puts = first(before)
    changed = again(restarted(LOG, puts, after), after)
    waiting = {EVENT_ID, KEY.derive("event", "police.missing_reported", "3")}
    made = [(d["event_id"], d["outcome"]) for d in decisions(changed) if d["audience"] == ANALYST]
    arrest = (KEY.derive("event", "police.arrest", "2"), "PERMIT")
    assert sorted(made) == sorted([arrest, *((event_id, "REVIEW") for event_id in waiting)])
    # It is said once, and of what is touched later no more than before.
    touched = restarted(LOG, [*puts, *changed], after)
    assert again(touched, after) == []
    assert {d["event_id"] for d in decisions(take(touched, after, [identified(event(9))]))}.isdisjoint(waiting)


def test_nobody_is_passed_over_when_a_worker_ends_in_the_middle(policies):
    """Of whom nothing may be shown no timeline says under which policies that was."""
    before, after = gate(policies(SUSPENDED)), gate(policies())
    puts = first(before)
    share = restarted(LOG, puts, after)
    half = share.people.announce(0, NOW)
    people = share.people.due(0, 1)
    half += share.decide_again(0, people, rulings(after, share.asked_again(0, people)), NOW)
    changed = again(restarted(LOG, [*puts, *half], after), after)
    assert (applied(half), applied(changed)) == ([False], [True])
    for person in (ME, OTHER):
        assert last_timeline([*half, *changed], person) == last_timeline(take(stage(), after, LOG), person)


def test_others_wait_for_a_partition_only_once_the_log_says_under_which_policies_it_is_decided(policies):
    share = restarted(LOG, first(gate(policies())), gate(policies(SUSPENDED)))
    assert not share.people.are_announced
    assert applied(share.people.announce(0, NOW)) == [False]
    assert share.people.are_announced
    assert share.people.announce(0, NOW) == []
    share.people.forget_events(0)
    share.people.restored(0)
    assert not share.people.are_announced


def test_policies_that_were_held_for_a_moment_are_not_taken_for_applied(policies):
    before, moment = gate(policies()), gate(policies(SUSPENDED))
    puts = first(before)
    share = restarted(LOG, puts, moment)
    half = share.people.announce(0, NOW)
    share = restarted(LOG, [*puts, *half], before)
    assert share.people.due(0, 9) != []


def test_a_running_worker_decides_anew_on_the_day_on_which_an_agreement_ends(policies):
    ends = (
        ("in_force_until: 2028-09-01", "in_force_until: 2026-12-01"),
        ("review_by: 2027-09-01", "review_by: 2026-12-01"),
    )
    policy, days = policies(*ends), [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (29, 30)]
    puts = first(gate(policy, days[0]))
    share = restarted(LOG, puts, gate(policy, days[0]))
    assert again(share, gate(policy, days[1])) == []
    changed = again(share, gate(policy, days[1] + timedelta(days=1)))
    assert shown(changed, ANALYST) == []
    assert {reason for _, reason, _ in told(changed)} == {"no_longer_permitted"}


def test_who_is_touched_before_their_turn_is_decided_anew_at_once_and_not_again(policies):
    before, after = gate(policies()), gate(policies(SUSPENDED))
    puts = first(before)
    share = restarted(LOG, puts, after)
    touched = take(share, after, [identified(event(9))])
    assert shown(touched, ANALYST) == []
    assert len([each for each in told(touched) if each[0] == "recalled"]) == 2
    rest = again(share, after)
    assert {put.key for put in rest if put.topic == topics.timelines(ANALYST)} == {
        KEY.pseudonym(ANALYST, OTHER).encode()
    }


def test_the_order_of_deciding_anew_and_of_events_changes_no_timeline(policies):
    before, after = gate(policies()), gate(policies(("[police.arrest, police.stop_search]", "[police.stop_search]")))
    log = [*LOG, identified(event(4, kind="police.missing_located")), moved(OTHER, 1), identified(event(5), epoch=0)]
    direct = take(stage(), after, LOG[:2])
    puts = take(stage(), before, LOG[:2])
    late = again(restarted(LOG[:2], puts, after), after)
    assert without_decisions(last_timeline(late)) == without_decisions(last_timeline(direct))
    one, other = restarted(LOG, take(stage(), before, LOG), after), restarted(LOG, take(stage(), before, LOG), after)
    first = [*again(one, after), *take(one, after, log[3:])]
    second = [*take(other, after, log[3:]), *again(other, after)]
    for audience in AUDIENCES:
        for person in (ME, OTHER):
            assert last_timeline(first, person, audience) == last_timeline(second, person, audience)


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
def test_what_stands_again_after_policies_changed_is_shown_under_a_decision_that_is_recorded(policies, restart):
    """Nobody was shown it when it was decided anew, for another event stood in its place."""
    before, after = gate(policies()), gate(policies(("pass: [given_name, middle_names,", "pass: [given_name,")))
    log = [identified(event(1)), identified(event(2, received=1, supersedes=EVENT_ID))]
    share = stage()
    puts = take(share, before, log)
    assert len(shown(puts, ANALYST)) == 1
    share = restarted(log, puts, after) if restart else share
    puts += again(share, after) if restart else take(share, after, [identified(event(9, kind="police.arrest"))])
    retracts = KEY.derive("event", "police.missing_reported", "2")
    back = take(share, after, [identified(event(3, kind="police.retraction", received=2, retracts=retracts))])
    (entry,) = [entry for entry in shown(back, ANALYST) if entry["event_id"] == EVENT_ID]
    (decision,) = [d for d in decisions(back) if d["audience"] == ANALYST and d["event_id"] == EVENT_ID]
    assert decision["decision_id"] == entry["decision_id"]
    assert decision["revision"] == after.policy.revision
    assert decision["decision_id"] not in {d["decision_id"] for d in decisions(puts)}


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
def test_what_waits_for_a_person_once_it_stands_again_after_policies_changed_is_said_to_wait(policies, restart):
    """Else its last decision would be that it was permitted, and nothing would say why nobody is shown it."""
    before, after = gate(policies()), gate(policies(("outcome: PERMIT", "outcome: REVIEW")))
    log = [identified(event(1)), identified(event(2, received=1, supersedes=EVENT_ID))]
    share = stage()
    puts = take(share, before, log)
    share = restarted(log, puts, after) if restart else share
    changed = again(share, after) if restart else take(share, after, [identified(event(9, kind="police.arrest"))])
    assert EVENT_ID not in {d["event_id"] for d in decisions(changed)}
    retracts = KEY.derive("event", "police.missing_reported", "2")
    back = take(share, after, [identified(event(3, kind="police.retraction", received=2, retracts=retracts))])
    (decision,) = [d for d in decisions(back) if d["audience"] == ANALYST and d["event_id"] == EVENT_ID]
    assert (decision["outcome"], decision["revision"]) == ("REVIEW", after.policy.revision)
    # It is said once.
    more = take(share, after, [identified(event(8, kind="police.retraction", received=3, retracts="nothing"))])
    assert EVENT_ID not in {d["event_id"] for d in decisions(more)}


NARROWER = ("pass: [given_name, middle_names,", "pass: [given_name,")
NARROWEST = ("pass: [given_name, middle_names, family_name,", "pass: [given_name,")


@pytest.mark.parametrize("then", [(NARROWER,), (NARROWEST,)], ids=["in the same words", "otherwise"])
def test_what_stands_again_after_policies_changed_twice_is_shown_under_a_decision_that_is_recorded(policies, then):
    """It was granted otherwise while another event stood in its place, and asked about once more before it stood."""
    elsewhere = ("[police.arrest, police.stop_search]", "[police.stop_search]")
    held, once, twice = gate(policies()), gate(policies(NARROWER)), gate(policies(elsewhere, *then))
    share = stage()
    puts = take(share, held, [identified(event(1)), identified(event(2, received=1, supersedes=EVENT_ID))])
    puts += take(share, once, [identified(event(8, kind="police.missing_located"))])
    puts += take(share, twice, [identified(event(9, kind="police.missing_located"))])
    retracts = KEY.derive("event", "police.missing_reported", "2")
    puts += take(share, twice, [identified(event(3, kind="police.retraction", received=2, retracts=retracts))])
    (entry,) = [entry for entry in shown(puts, ANALYST) if entry["event_id"] == EVENT_ID]
    [decision] = [d for d in decisions(puts) if d["decision_id"] == entry["decision_id"]]
    assert decision["revision"] == (once if then == (NARROWER,) else twice).policy.revision


def test_a_partition_that_is_another_workers_waits_for_nobody():
    by = gate(PolicySet.load())
    share = restarted(LOG, [], by)
    assert share.people.is_whole(0)
    share.people.forget_events(0)
    assert not share.people.is_whole(0)
    assert share.people.due(0, 9) == []


def test_policies_are_written_down_once_with_the_first_decisions_under_them(policies):
    before, after = gate(policies()), gate(policies(SUSPENDED))

    def begun(puts: list, by: Gate) -> list:
        share = Share(KEY, AUDIENCES, 1, PolicyText(by.policy.revision, by.policy.texts))
        share.people.replay_events(0, LOG)
        share.people.replay_applied(0, [put.value for put in puts if put.topic == topics.POLICIES])
        share.rule_under(by.scope())
        share.people.restored(0)
        return take(share, by, LOG)

    puts = begun([], before)
    assert [put.topic for put in puts][:2] == [topics.POLICIES] * 2
    assert topics.DECISIONS in {put.topic for put in puts}
    puts += begun(puts, before)
    puts += begun(puts, after)
    puts += begun(puts, before)
    texts = [each for each in said(puts) if isinstance(each, PolicyText)]
    assert [each.revision for each in texts] == [before.policy.revision, after.policy.revision]
    for text, by in zip(texts, (before, after), strict=True):
        assert PolicySet.of(text.files, text.revision) == by.policy
