"""The same job as Faust's own documentation would write it: one event at a time, one policy call a decision.

Stock `kafka://` transport, `faust.Table` with a changelog, `group_by` to bring a person's events together. What it
discloses is computed by the bus's own pure functions, so that only the way of streaming differs. It is let off some of
the work: identity is kept in memory alone, nobody's events move, nothing is retracted and nothing survives a crash.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import faust
from faust.serializers import codecs
from opa_client.opa_async import AsyncOpaClient

from benchmarks.peers import DECISIONS, DISCLOSURES, REPARTITIONED
from policies.attributes import Attributes, field_labels
from policies.load import PACKAGE, PolicySet
from policies.masking import release
from policies.ruling import Ruling, parse_ruling
from schemas import topics
from schemas.catalogue import event_records
from schemas.codec import decode, encode
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Outcome
from streams.identity.registry import Registry
from streams.identity.snapshot import of_event
from streams.timeline.entries import order_of

PARTITIONS = int(os.environ.get("FANLIGHT_PERSON_PARTITIONS", "4"))


class Avro(codecs.Codec):  # type: ignore[misc]
    """An Avro codec, registered as Faust's documentation shows. `record` names what is written."""

    def __init__(self, record: str | None = None) -> None:
        super().__init__(record=record)
        self.record = record

    def _loads(self, s: bytes) -> dict[str, Any]:
        return decode(s)

    def _dumps(self, s: dict[str, Any]) -> bytes:
        assert self.record is not None, "events are only read"
        return encode(self.record, s)


for codec, written in {
    "event": None,
    "timeline": "Timeline",
    "decision": "Decision",
    "disclosure": "Disclosure",
}.items():
    codecs.register(f"avro-{codec}", Avro(f"fanlight.bus.{written}" if written else None))

credentials = faust.SASLCredentials(
    username=os.environ["FANLIGHT_BROKER_USERNAME"],
    password=os.environ["FANLIGHT_BROKER_PASSWORD"],
    mechanism="PLAIN",
)
app = faust.App(
    "plain-faust",
    broker=f"kafka://{os.environ['FANLIGHT_BROKER']}",
    broker_credentials=credentials,
    store="memory://",
    topic_partitions=PARTITIONS,
    datadir=os.environ["FANLIGHT_PLAIN_DATADIR"],
    web_port=int(os.environ["FANLIGHT_HEALTH_PORT"]),
    web_bind="127.0.0.1",
)
published = app.topic(*(topics.events(agency) for agency in Agency), value_serializer="avro-event")
by_person = app.topic(REPARTITIONED, partitions=PARTITIONS, key_serializer="raw", value_serializer="avro-event")
decisions = app.topic(DECISIONS, value_serializer="avro-decision")
disclosures = app.topic(DISCLOSURES, value_serializer="avro-disclosure")
# A table's serializer follows from its type: JSON, or bytes as they are.
timelines = app.Table("plain-timelines", partitions=PARTITIONS, key_type=str, value_type=bytes)

key = DeploymentKey(bytes.fromhex(Path(os.environ["FANLIGHT_KEY_FILE"]).read_text().strip()))
policy = PolicySet.load()
registry = Registry(lambda subject_key: key.derive("person", subject_key))
address = urlsplit(os.environ["FANLIGHT_OPA"])


def person_of(event: dict[str, Any]) -> str:
    """Whose event is this?"""
    header = event["header"]
    registry.observe(of_event(header, event.get("person")))
    assignment = registry.assignment(header["subject_key"])
    assert assignment is not None, "an observed record is assigned"
    return assignment.person_id


@app.agent(published)  # type: ignore[untyped-decorator]
async def share(stream: Any) -> None:
    """Each event to its person, and from there to each audience what policy permits."""
    async with AsyncOpaClient(host=address.hostname, port=address.port) as opa:
        async for person_id, event in stream.group_by(person_of, name="person", topic=by_person).items():
            if not event_records()[event["header"]["type"]].can_be_entry:
                continue
            for audience in policy.audiences:
                await disclose(opa, audience, person_id.decode(), event)


async def disclose(opa: AsyncOpaClient, audience: str, person_id: str, event: dict[str, Any]) -> None:
    """Decide, record, release and fold for one audience."""
    header = event["header"]
    ruling = await decide(opa, Attributes.of_header(header, event.get("person"), audience))
    decision_id = key.derive("decision", header["event_id"], audience, ruling.digest)
    decision = {
        "decision_id": decision_id,
        "event_id": header["event_id"],
        "event_type": header["type"],
        "agency": header["agency"],
        "audience": audience,
        **ruling.as_record(),
        "at": datetime.now(UTC),
    }
    await decisions.send(key=header["event_id"], value=decision)
    if ruling.outcome is not Outcome.PERMIT:
        return
    entry = entry_of(event, decision_id, ruling)
    pseudonym = key.pseudonym(audience, person_id)
    known = timelines.get(pseudonym)
    entries = sorted([*(decode(known)["entries"] if known else ()), entry], key=order_of)
    timeline = {"person": pseudonym, "audience": audience, "redirect": None, "entries": entries}
    disclosure = {
        "kind": "disclosed",
        "audience": audience,
        "person": pseudonym,
        "decision_id": decision_id,
        "reason": None,
        "event_id": header["event_id"],
        "entry": entry,
    }
    await disclosures.send(key=pseudonym, value=disclosure)
    timelines[pseudonym] = encode("fanlight.bus.Timeline", timeline)


async def decide(opa: AsyncOpaClient, attributes: Attributes) -> Ruling:
    """One call, one decision."""
    now_ns = time.time_ns()
    answer = await opa.query_rule(attributes.as_input(policy.epoch_ns(now_ns)), PACKAGE, "decision")
    return parse_ruling(answer["result"], policy.revision, field_labels(attributes.event_type), "opa", asked_ns=now_ns)


def entry_of(event: dict[str, Any], decision_id: str, ruling: Ruling) -> dict[str, Any]:
    """What the ruling lets out of the event."""
    header = event["header"]
    fields, person = release(event, ruling.grants)
    copied = ("event_id", "type", "agency", "role", "occurred", "recorded_at", "grading", "handling")
    return {
        **{name: header[name] for name in copied},
        "decision_id": decision_id,
        "fields": fields,
        "person": person,
        "grants": ruling.as_record()["grants"],
    }
