"""Composition root of the two workers: where settings, clock and engines meet the pure stages."""

import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from mode import Service

from policies.engines import open_engine
from policies.gate import Gate
from policies.load import PolicySet
from schemas import topics
from schemas.applied import PolicyText
from schemas.broker import Broker
from schemas.keys import DeploymentKey, read_key
from schemas.settings import BrokerSettings
from schemas.sizes import RECORD_BYTES_MAX
from streams.agents import utc_now, wire_identify, wire_share
from streams.health import Health
from streams.identifying import Identify
from streams.sharing import Share
from streams.transport import App, Settings
from streams.transport.errors import TopicsUnfit, TransportError
from streams.transport.heartbeats import hears_broker

_BROKER_SECONDS = 30.0
#: Partners publish a few records at a time: what identify gathers is one transaction and one fetch for all who follow.
_IDENTIFY_TRANSPORT = Settings(window_seconds=0.05, fetch_bytes_min=256 * 1024, record_bytes_max=RECORD_BYTES_MAX)
#: What comes to share has been gathered already: waiting for more would only make it late.
_SHARE_TRANSPORT = Settings(window_seconds=0.005, record_bytes_max=RECORD_BYTES_MAX)


class WorkerSettings(BrokerSettings):
    """Settings of a worker."""

    key_file: Path
    #: "embedded", or the address of an OPA server.
    opa: str = "embedded"
    #: Of which revision the policies must be; blank: of any.
    policy_revision: str = ""
    health_port: int = 0
    #: Tells workers of one stage apart; a worker that comes back under its name gets its partitions back at once.
    worker: str = "1"

    def key(self) -> DeploymentKey:
        """The deployment's key."""
        return read_key(self.key_file)


def identify_app(settings: WorkerSettings) -> App:
    """The identify worker, ready to run. Raises TransportError where the broker does not answer."""
    sinks = (
        topics.SOURCE_RECORDS,
        topics.ASSIGNMENTS,
        topics.IDENTITY_DECISIONS,
        topics.REVIEWS,
        topics.MODELS,
        topics.PERSONS,
        topics.FEEDS,
        topics.REJECTED,
    )
    app = _app("identify", settings, sinks, _IDENTIFY_TRANSPORT)
    health = Health("identify")
    wire_identify(app, Identify(settings.key(), person_partitions(settings.connection())), utc_now, health)
    _serve(app, health, settings.health_port)
    return app


def share_app(settings: WorkerSettings) -> App:
    """The share worker, ready to run. Raises TransportError where the broker does not answer, InvalidAgreement where
    the policies are not in order or not those that are to run."""
    policy = PolicySet.load().demand_revision(settings.policy_revision)
    audiences = tuple(policy.audiences)
    # Its own source is a sink as well: events whose source record has moved go on to their person through it.
    sinks = (
        topics.PERSONS,
        topics.DECISIONS,
        topics.POLICIES,
        topics.REJECTED,
        *map(topics.disclosures, audiences),
        *map(topics.timelines, audiences),
    )
    app = _app("share", settings, sinks, _SHARE_TRANSPORT)
    gate = Gate(policy, open_engine(settings.opa, policy), time.time_ns)
    signed = PolicyText(policy.revision, policy.texts)
    stage = Share(settings.key(), audiences, person_partitions(settings.connection()), signed)
    health = Health("share")
    wire_share(app, stage, gate, utc_now, health)
    _serve(app, health, settings.health_port, lambda: stage.people.are_announced)
    return app


def person_partitions(broker: Broker) -> int:
    """How many partitions hold persons. The broker knows; a setting could only say otherwise."""
    try:
        known = AdminClient(broker.librdkafka_options()).list_topics(topics.PERSONS, timeout=_BROKER_SECONDS)
    except KafkaException as fault:
        raise TransportError(f"the broker at {broker.bootstrap} does not answer: {fault.args[0]}") from None
    partitions = len(known.topics[topics.PERSONS].partitions)
    if not partitions:
        raise TopicsUnfit(f"{topics.PERSONS} is not on {broker.bootstrap}: `fanlight topics` makes the topics")
    return partitions


def _app(stage: str, settings: WorkerSettings, sinks: tuple[str, ...], transport: Settings) -> App:
    return App(
        topics.consumer_group(stage),
        broker=settings.connection(),
        sinks=sinks,
        settings=transport,
        consumer_group_instance_id=f"{stage}-{settings.worker}",
    )


class _Pages(Service):
    """Serves a worker's pages from its start: a task of Faust's would begin only when its state is back."""

    def __init__(self, pages: web.Application, port: int) -> None:
        super().__init__()
        self._runner = web.AppRunner(pages, access_log=None)
        self._port = port

    async def on_start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def on_stop(self) -> None:
        await self._runner.cleanup()


def _serve(app: App, health: Health, port: int, has_begun: Callable[[], bool] = lambda: True) -> None:
    def started() -> bool:
        if not app.tables.recovery.completed.is_set():
            return False
        # Of more workers than partitions some have none: they are ready to take over.
        assigned = app.unassigned or bool(app.consumer.assignment())
        is_back = app.states.are_whole and not app.rebalancing and not app.in_recovery
        return assigned and is_back and has_begun()

    health.started = started
    health.hears_broker = lambda: hears_broker(app.consumer)
    app.add_dependency(_Pages(health.application(), port))
