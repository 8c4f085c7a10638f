"""What is left to a person, as it stands now."""

import asyncio

import pytest

from schemas.codec import decode, decode_header
from schemas.vocabulary import Answer, Outcome
from streams.waiting import Waiting
from tests.streams.test_answered import HELD, QUESTIONS, REASONS, concern, said
from tests.streams.test_sharing import ANALYST, AUDIENCES, GATE, KEY, event, identified


def left(*log: bytes) -> list:
    waiting = Waiting(KEY, AUDIENCES)
    waiting.replay_events(0, log)
    return asyncio.run(waiting.under(GATE))


def test_what_policy_leaves_to_a_person_waits_with_the_reasons_and_what_its_release_would_pass():
    (waits,) = left(concern(), identified(event(2)))
    assert (waits.event_id, waits.audience, waits.outcome) == (HELD, ANALYST, Outcome.REVIEW)
    assert waits.reasons == waits.outstanding == REASONS
    assert waits.questions == QUESTIONS
    assert decode_header(waits.event)[0]["event_id"] == HELD
    assert {grant.clause for grant in waits.released.grants} == {"EM-12", "CS-6"}
    assert waits.answers == ()


@pytest.mark.parametrize(("answer", "outcome"), [(Answer.RELEASE, Outcome.PERMIT), (Answer.REFUSE, Outcome.DENY)])
def test_what_was_answered_is_told_with_the_outcome_and_who_it_was(answer, outcome):
    (told,) = left(concern(), said(answer))
    assert (told.outcome, told.reasons, told.outstanding) == (outcome, REASONS, ())
    assert [(each["judgement"], each["judged_by"]) for each in map(decode, told.answers)] == [(answer, "Sam Sample")]


def test_what_waits_for_several_reasons_tells_all_of_them_and_one_answer_lifts_them():
    (waits,) = (each for each in left(concern(handling=("restricted",))) if each.audience == ANALYST)
    assert waits.reasons == (*REASONS, "prohibition:restricted-record")
    assert waits.released.outcome is Outcome.PERMIT
    told = left(concern(handling=("restricted",)), said(answers=waits.questions))
    assert {each.audience: each.outcome for each in told} == {
        audience: Outcome.PERMIT if audience == ANALYST else Outcome.REVIEW for audience in AUDIENCES
    }


def test_what_its_agency_took_back_or_replaced_waits_no_more():
    key = KEY.record_key("school", "school.safeguarding_concern", "1")
    assert left(concern(), identified(event(3, kind="school.retraction", retracts=key, received=5))) == []
    newer = identified(event(2, kind="school.safeguarding_concern", received=60, record_key=key))
    assert [each.event_id for each in left(concern(), said(), newer)] != [HELD]


def test_what_may_never_flow_waits_for_nobody():
    assert left(concern(sensitivities=("adoption",))) == []
