"""An answer to what was left to a person, as the event that says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.answering import answered
from connectors.connector import Context, build_event
from connectors.publish import publish_event
from connectors.sending import MemorySink
from schemas import topics
from schemas.codec import decode, decode_header, encode_event
from schemas.errors import InvalidEvent, InvalidJudgement
from schemas.events import Moment
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Answer, Precision

ANALYST = "police-intelligence-analyst"
CONTEXT = Context(
    key=DeploymentKey(b"k" * 32),
    agency=Agency.SCHOOL,
    feed="answers",
    received_at=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
)
CONCERN = build_event(
    CONTEXT,
    "school.safeguarding_concern",
    subject="Y999000216003",
    natural_key=("1",),
    occurred=Moment(value="2026-09-10", precision=Precision.DAY),
)
HEADER, *_ = decode_header(encode_event(CONCERN))
QUESTIONS = ["prohibition:restricted-record"]
SIGNED = {"by": "Robin Sample", "reason": "the strategy discussion asked for it"}


def test_a_release_names_the_event_the_audience_the_reasons_and_who_and_goes_where_the_event_went():
    sink = MemorySink()
    publish_event(answered(CONTEXT, HEADER, ANALYST, Answer.RELEASE, QUESTIONS, **SIGNED), sink, CONTEXT)
    (message,) = sink.messages
    assert (message.topic, message.key) == (topics.events("school"), CONCERN.header.subject_key.encode())
    said = decode(message.value)
    assert said["header"]["type"] == "school.human_judgement"
    assert (said["judgement"], said["judged_by"], said["reason"]) == ("release", SIGNED["by"], SIGNED["reason"])
    assert (said["about_event"], said["audience"]) == (CONCERN.header.event_id, ANALYST)
    assert said["answers"] == QUESTIONS


def test_a_later_answer_for_the_same_audience_is_a_newer_version_of_the_first():
    later = replace(CONTEXT, received_at=CONTEXT.received_at + timedelta(seconds=1))
    first = answered(CONTEXT, HEADER, ANALYST, Answer.RELEASE, QUESTIONS, **SIGNED)
    second = answered(later, HEADER, ANALYST, Answer.REFUSE, QUESTIONS, **SIGNED)
    other = answered(later, HEADER, "designated-safeguarding-lead", Answer.REFUSE, QUESTIONS, **SIGNED)
    assert (first.body["answers"], second.body["answers"]) == (QUESTIONS, [])
    assert first.header.record_key == second.header.record_key != other.header.record_key
    assert first.header.event_id != second.header.event_id
    assert first.header.recorded_at < second.header.recorded_at


@pytest.mark.parametrize("name", ["x" * 101, "Robin\nSample"])
def test_a_name_that_no_line_holds_signs_nothing(name: str):
    with pytest.raises(InvalidJudgement, match="at most 100 printable characters"):
        answered(CONTEXT, HEADER, ANALYST, Answer.RELEASE, QUESTIONS, **SIGNED | {"by": name})


@pytest.mark.parametrize("left_out", ["by", "reason"])
def test_nobody_answers_without_a_name_and_a_reason(left_out):
    with pytest.raises(InvalidJudgement, match=f"{left_out} may not be empty"):
        answered(CONTEXT, HEADER, ANALYST, Answer.REFUSE, QUESTIONS, **(SIGNED | {left_out: " "}))


def test_a_reason_that_no_message_holds_is_refused_before_anything_is_sent():
    sink = MemorySink()
    event = answered(CONTEXT, HEADER, ANALYST, Answer.REFUSE, QUESTIONS, **(SIGNED | {"reason": "x" * 2_000_000}))
    with pytest.raises(InvalidEvent, match="shorten its texts"):
        publish_event(event, sink, CONTEXT)
    assert sink.messages == []
