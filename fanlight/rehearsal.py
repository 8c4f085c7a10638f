"""What the share worker knows, read back from the topics, and what other policies would make of it."""

import asyncio
import time
from datetime import datetime

from fanlight.bus import applied_policies, by_partition, demand_audiences
from fanlight.deployment import Deployment
from fanlight.errors import StackError
from fanlight.settling import unsettled
from policies.engines.embedded import EmbeddedEngine
from policies.gate import Gate
from policies.instants import instant_ns
from policies.load import PolicySet
from schemas import topics
from streams.rehearsing import Rehearsal, Report


def rehearsal_of(deployment: Deployment, policy: PolicySet, at: datetime) -> Report:
    """What would change if this policy held on this bus at an instant.

    Raises StackError where something published has not reached every timeline: it would be taken for a change; and
    InvalidAgreement where an audience is left out to which something is shown.
    """
    broker = deployment.broker
    if stuck := unsettled(deployment, time.time_ns()):
        raise StackError(f"{stuck[0]}: a rehearsal is of what stands, so `fanlight settle` first")
    demand_audiences(broker, policy.audiences)
    events = by_partition(broker, topics.PERSONS)
    rehearsal = Rehearsal(deployment.key, tuple(policy.audiences), max(events, default=-1) + 1)
    for partition, records in events.items():
        rehearsal.replay_events(partition, (value for _, value in records))
    for audience in policy.audiences:
        for partition, records in by_partition(broker, topics.timelines(audience)).items():
            rehearsal.replay_timelines(audience, partition, records)
    gate = Gate(policy, EmbeddedEngine(policy), lambda: instant_ns(at))
    return {
        "instead_of": next((each.revision for each in applied_policies(broker)), None),
        **asyncio.run(rehearsal.under(gate, at)),
    }
