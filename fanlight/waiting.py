"""What waits on this bus for a person at the agency that published it, read back from the topics, and their answer."""

import asyncio
import time
from datetime import UTC, datetime

from connectors.answering import answered
from connectors.connector import Context
from connectors.publish import publish_event
from connectors.sending import KafkaSink
from fanlight.bus import applied_policies, by_partition
from fanlight.deployment import Deployment
from fanlight.errors import StackError
from policies.engines.embedded import EmbeddedEngine
from policies.gate import Gate
from policies.load import PolicySet
from schemas import topics
from schemas.codec import decode_header
from schemas.vocabulary import Agency, Answer, Outcome
from streams.waiting import Left, Waiting

#: The feed of what people at an agency answer.
FEED = "answers"


def left_to_people(deployment: Deployment, policy: PolicySet) -> list[Left]:
    """All that these policies leave to a person, decided or not, the longest first.

    Raises StackError where they are not those by which the bus decides: their questions are nobody's to answer yet.
    """
    decides = sorted({each.revision for each in applied_policies(deployment.broker)})
    if decides and policy.revision not in decides:
        raise StackError(
            f"the bus decides by policies of revision {decides[0]}, and those here are of {policy.revision}: put the "
            "files back, or start the stack anew for these"
        )
    waiting = Waiting(deployment.key, tuple(policy.audiences))
    for partition, records in by_partition(deployment.broker, topics.PERSONS).items():
        waiting.replay_events(partition, (value for _, value in records))
    return asyncio.run(waiting.under(Gate(policy, EmbeddedEngine(policy), time.time_ns)))


def answer(deployment: Deployment, left: Left, given: Answer, *, by: str, reason: str) -> str:
    """Publish what somebody decided, as an event of the agency; its id. When this returns the broker has it."""
    if (left.outcome, given) in {(Outcome.PERMIT, Answer.RELEASE), (Outcome.DENY, Answer.REFUSE)}:
        raise StackError(f"{left.event_id} has been {given}d for {left.audience} already: nothing changes")
    header, *_ = decode_header(left.event)
    context = Context(key=deployment.key, agency=Agency(left.agency), feed=FEED, received_at=datetime.now(UTC))
    event = answered(context, header, left.audience, given, left.questions, by=by, reason=reason)
    with KafkaSink(deployment.broker) as sink:
        publish_event(event, sink, context)
    return event.header.event_id
