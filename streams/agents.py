"""Wiring only: topic → pure stage → topics. What an agent puts and its source offsets are one Kafka transaction."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from faust.types import TP

from policies.attributes import Attributes
from policies.gate import Gate
from policies.ruling import Ruling
from schemas import topics
from schemas.errors import PolicyUnavailable
from streams.health import Health
from streams.identifying import Identify
from streams.puts import Put
from streams.sharing import Share
from streams.transport import App, Record, batches, guarded

#: How long to wait before asking a silent policy engine again, attempt by attempt; then the last each time.
_PATIENCE_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
_PROBE_SECONDS = 2.0
_RECONSIDER_SECONDS = 0.1
#: Resolved anew between two batches of events: some milliseconds, and within a tenth of a second at the worst.
COMPONENTS = 8
#: Decided anew between two batches of events: some milliseconds.
PEOPLE = 8
_MODELS = TP(topics.MODELS, 0)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock, for composition roots to hand in."""
    return datetime.now(UTC)


def wire_identify(app: App, stage: Identify, clock: Clock, health: Health) -> None:
    """Every agency's events, each to the person it is about, as far as people have not decided otherwise."""
    _replay_identity(app, stage)

    @app.agent(app.topic(*topics.SOURCES["identify"], partitions=1), name="identify")
    @guarded
    async def identify(stream: object) -> None:
        async for batch in batches(stream):
            for record in batch.records:
                place = f"{record.topic}/{record.partition}/{record.offset}"
                batch.put_all(stage.arrive(record.topic, place, record.value, clock()), timestamp=record.timestamp)
                for _ in stage.adopt():
                    await asyncio.sleep(0)
            health.processed(len(batch.records))
            await batch.done()

    @app.task
    async def reconsider() -> None:
        """What an activated model changes in records that no event comes for: beside the stream, some at a time."""
        while True:
            if stage.reconsiders and app.transactions.holds(_MODELS):
                await _reconsider(app, stage, clock())
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(_RECONSIDER_SECONDS)


async def _reconsider(app: App, stage: Identify, at: datetime) -> None:
    with _ending_where_it_fails(app):
        await _beside(app, _MODELS, stage.reconsider(COMPONENTS, at))


def _replay_identity(app: App, stage: Identify) -> None:
    def values(take: Callable[[Iterable[bytes | None]], None]) -> Callable[[int, Iterable[Record]], None]:
        return lambda _, records: take(record.value for record in records)

    def restore_reviews(_: int, records: Iterable[Record]) -> None:
        stage.restore_reviews((record.key or b"", record.value) for record in records)

    app.replay(
        topics.SOURCE_RECORDS,
        apply=values(stage.restore),
        forget=lambda _: stage.forget(),
        complete=lambda _: stage.restored(),
    )
    for topic, apply in (
        (topics.FEEDS, values(stage.restore_feeds)),
        (topics.JUDGEMENTS, values(stage.restore_judgements)),
        (topics.MODELS, values(stage.restore_models)),
        (topics.REVIEWS, restore_reviews),
    ):
        app.replay(topic, apply=apply, forget=lambda _: None)


def wire_share(app: App, stage: Share, gate: Gate, clock: Clock, health: Health) -> None:
    """Everything known of a person, to each audience what the gate permits."""

    _replay_people(app, stage, gate)
    patient = _PatientGate(gate, health)
    deciding = asyncio.Lock()  # between what is asked and what is decided nothing else may be

    @app.timer(_PROBE_SECONDS)
    async def probe() -> None:
        await patient.probe()

    @app.agent(app.topic(*topics.SOURCES["share"], partitions=stage.partitions), name="share")
    @guarded
    async def share(stream: object) -> None:
        async for batch in batches(stream):
            incoming = stage.read(record.value for record in batch.records)
            async with deciding:
                stage.rule_under(gate.scope())
                rulings = await patient.rulings(stage.asked(batch.partition, incoming))
                puts = stage.take(batch.partition, incoming, rulings.__getitem__, clock())
                # The oldest record of the batch: a reader that measures latency by it never flatters us.
                batch.put_all(puts, timestamp=batch.records[0].timestamp)
                health.processed(len(batch.records))
                await batch.done()

    @app.task
    async def decide_again() -> None:
        """What other policies, or the day, change in what was decided: beside the stream, some people at a time."""
        partitions = range(stage.partitions)
        while True:
            for n in partitions:  # also while a batch waits for the gate: it asks nothing, and others wait for it
                await _announce(app, stage, clock, n)
            async with deciding:
                stage.rule_under(gate.scope())
                is_done = [not await _decide_again(app, stage, patient, clock, n) for n in partitions]
            await asyncio.sleep(_RECONSIDER_SECONDS if all(is_done) else 0)


async def _decide_again(app: App, stage: Share, patient: "_PatientGate", clock: Clock, partition: int) -> bool:
    """Decide anew on some of those of a partition who are due. Returns whether anybody was.

    It is written down when this begins for the partition and when it is done, for whoever waits for it.
    """
    await _announce(app, stage, clock, partition)
    if not (_is_ours(app, stage, partition) and (names := stage.people.due(partition, PEOPLE))):
        return False
    with _ending_where_it_fails(app):  # somebody would be passed over
        rulings = await patient.rulings(stage.asked_again(partition, names))
        # Meanwhile the partition may have become another worker's, which decides for itself.
        if _is_ours(app, stage, partition):
            puts = stage.decide_again(partition, names, rulings.__getitem__, clock())
            await _beside(app, TP(topics.PERSONS, partition), puts)
    return True


def _is_ours(app: App, stage: Share, partition: int) -> bool:
    return stage.people.is_whole(partition) and app.transactions.holds(TP(topics.PERSONS, partition))


async def _announce(app: App, stage: Share, clock: Clock, partition: int) -> None:
    if _is_ours(app, stage, partition):
        with _ending_where_it_fails(app):
            await _beside(app, TP(topics.PERSONS, partition), stage.people.announce(partition, clock()))


@contextmanager
def _ending_where_it_fails(app: App) -> Iterator[None]:
    """Memory is ahead of the log then: only a restart repairs it."""
    try:
        yield
    except Exception as error:
        app.transactions.fail(error)
        raise


async def _beside(app: App, tp: TP, puts: Collection[Put]) -> None:
    """Write what nothing that was read asked for."""
    if puts:
        app.transactions.put_all(tp, puts)
        await app.transactions.done_beside(tp)


def _replay_people(app: App, stage: Share, gate: Gate) -> None:
    people = stage.people

    def replay_events(partition: int, records: Iterable[Record]) -> None:
        people.replay_events(partition, (record.value for record in records))

    def restored(partition: int) -> Iterable[None]:
        stage.rule_under(gate.scope())
        people.restored(partition)
        return ()

    def replay_applied(partition: int, records: Iterable[Record]) -> None:
        people.replay_applied(partition, (record.value for record in records))

    app.replay(topics.PERSONS, apply=replay_events, forget=people.forget_events, complete=restored)
    app.replay(topics.POLICIES, apply=replay_applied, forget=people.forget_applied)
    for audience in stage.audiences:
        _replay_timelines(app, stage, audience)


def _replay_timelines(app: App, stage: Share, audience: str) -> None:
    def apply(partition: int, records: Iterable[Record]) -> None:
        stage.people.replay_timelines(audience, partition, ((record.key or b"", record.value) for record in records))

    app.replay(topics.timelines(audience), apply=apply, forget=lambda p: stage.people.forget_timelines(audience, p))


class _PatientGate:
    """Waits for the gate's answers, and says in `health` why when there are none."""

    def __init__(self, gate: Gate, health: Health) -> None:
        self._gate = gate
        self._health = health
        self._waited_for = False

    async def rulings(self, asked: Collection[Attributes]) -> dict[Attributes, Ruling]:
        """Wait until the gate has answered everything: nothing is released meanwhile, and nothing is lost."""
        attempt = 0
        self._waited_for = True
        while True:
            try:
                await self._gate.prepare(asked)
                rulings = self._gate.rulings(asked)
            except PolicyUnavailable as fault:
                self._health.waits_for_policy(str(fault))
                await asyncio.sleep(_PATIENCE_SECONDS[min(attempt, len(_PATIENCE_SECONDS) - 1)])
                attempt += 1
            else:
                self._waited_for = False
                self._health.waits_for_policy(None)
                return rulings

    async def probe(self) -> None:
        """Ask the engine even when no events come, so that what `/readyz` says of it is so."""
        if self._waited_for:
            return  # a batch is asking, and knows better
        try:
            await self._gate.probe()
        except PolicyUnavailable as fault:
            self._health.waits_for_policy(str(fault))
        else:
            self._health.waits_for_policy(None)
