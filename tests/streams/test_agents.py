"""What the agents do between the stages and the broker: wait for the policy engine, and write what nobody asked for."""

import asyncio
from datetime import UTC, datetime

import pytest
from faust.types import TP

from policies.casebook import attributes
from schemas import topics
from schemas.errors import PolicyUnavailable
from streams import agents
from streams.health import Health
from streams.puts import Put
from streams.transport import Settings
from streams.transport.errors import UndeclaredSink
from streams.transport.transactions import EXIT_CODE, Transactions
from tests.streams.transport.fakes import FakeCluster

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MISSING = attributes({"audience": "police-intelligence-analyst", "event_type": "police.missing_reported"})


class FakeGate:
    """Gives no answer for as long as `silent` says why."""

    def __init__(self, silent=None):
        self.silent = silent
        self.prepared, self.probed = [], 0

    async def prepare(self, asked):
        self.prepared.append(asked)
        self._answer()

    def rulings(self, asked):
        return dict.fromkeys(asked, "the ruling")

    async def probe(self):
        self.probed += 1
        self._answer()

    def _answer(self):
        if self.silent is not None:
            raise PolicyUnavailable(self.silent)


class Naps:
    """In the place of asyncio: notes how long somebody would have slept. After `enough` naps the gate answers again."""

    def __init__(self, gate, enough):
        self.taken, self.enough = [], enough
        self._gate = gate

    async def sleep(self, seconds):
        self.taken.append(seconds)
        if len(self.taken) == self.enough:
            self._gate.silent = None


@pytest.fixture
def gate():
    return FakeGate()


@pytest.fixture
def health():
    found = Health("share")
    found.started = lambda: True
    return found


@pytest.fixture
def asking(gate, health):
    return agents._PatientGate(gate, health)


@pytest.fixture
def naps(gate, monkeypatch):
    noted = Naps(gate, enough=7)
    monkeypatch.setattr(agents, "asyncio", noted)
    return noted


async def until(true):
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0)


class TestAsking:
    async def test_a_batch_is_held_until_the_engine_answers_and_health_says_why(self, gate, health, asking):
        gate.silent = "the OPA server gave no answer"
        held = asyncio.create_task(asking.rulings([MISSING]))
        await until(lambda: health.unready)
        assert not held.done()
        assert health.unready.endswith("gives no answer: the OPA server gave no answer")
        gate.silent = None
        assert await asyncio.wait_for(held, 5) == {MISSING: "the ruling"}
        assert gate.prepared == [[MISSING], [MISSING]]
        assert health.unready is None

    async def test_patience_with_a_silent_engine_grows_to_two_seconds_and_no_further(self, gate, asking, naps):
        gate.silent = "the OPA server gave no answer"
        await asking.rulings([MISSING])
        assert naps.taken == [0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0]

    async def test_patience_with_the_next_batch_begins_anew(self, gate, asking, naps):
        gate.silent = "the OPA server gave no answer"
        await asking.rulings([MISSING])
        gate.silent, naps.enough = "the OPA server gave no answer", 9
        await asking.rulings([MISSING])
        assert naps.taken[7:] == [0.1, 0.2]

    async def test_a_probe_leaves_it_to_a_batch_that_waits(self, gate, health, asking):
        gate.silent = "the OPA server gave no answer"
        held = asyncio.create_task(asking.rulings([MISSING]))
        await until(lambda: health.unready)
        await asking.probe()
        assert gate.probed == 0
        gate.silent = None
        await asyncio.wait_for(held, 5)

    async def test_a_probe_says_how_the_engine_is_where_no_batch_waits(self, gate, health, asking):
        await asking.rulings([MISSING])
        gate.silent = "the OPA server gave no answer"
        await asking.probe()
        assert health.unready.endswith("gives no answer: the OPA server gave no answer")
        gate.silent = None
        await asking.probe()
        assert health.unready is None
        assert gate.probed == 2


class Reconsidering:
    """A stage that has some of these to write; an exception among them is raised."""

    def __init__(self, *told):
        self._told = list(told)
        self.asked = []

    def reconsider(self, components, at):
        self.asked.append((components, at))
        told = self._told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told


class FakeApp:
    """Real transactions of a fake producer, which owns the one partition of models."""

    def __init__(self):
        self.cluster = FakeCluster()
        self.transactions = Transactions(
            consumer_group=lambda: "app",
            open_producer=self.cluster.open,
            settings=Settings(window_seconds=0.001),
            exit_process=self.cluster.exit_codes.append,
        )
        names = (topics.PERSONS, topics.DECISIONS, topics.POLICIES)
        self.transactions.sinks = {topics.SOURCE_RECORDS: 1, **dict.fromkeys(names, 4)}

    @property
    def committed(self):
        return self.cluster.producers["app-1-0"].committed


@pytest.fixture
async def app():
    made = FakeApp()
    await made.transactions.assign([agents._MODELS], 1, lambda tp: "1")
    yield made
    await made.transactions.close()


class TestReconsidering:
    async def test_what_a_model_changes_is_committed_beside_the_stream(self, app):
        stage = Reconsidering([Put(topics.PERSONS, b"k", b"moved", 3), Put(topics.SOURCE_RECORDS, b"k", b"said")])
        await agents._reconsider(app, stage, NOW)
        await until(lambda: app.committed)
        [transaction] = app.committed
        assert transaction.records == {(topics.PERSONS, 3): [b"moved"], (topics.SOURCE_RECORDS, 0): [b"said"]}
        assert transaction.offsets == {}
        assert stage.asked == [(agents.COMPONENTS, NOW)]

    async def test_where_a_model_changes_nothing_there_is_no_transaction(self, app):
        await agents._reconsider(app, Reconsidering([]), NOW)
        await app.transactions.close()
        assert app.committed == []

    @pytest.mark.parametrize(
        ("told", "fault"),
        [(RuntimeError("a fault of ours"), RuntimeError), ([Put("elsewhere", b"k", b"v")], UndeclaredSink)],
        ids=["cannot be resolved", "cannot be written"],
    )
    async def test_what_fails_ends_the_process_for_memory_is_ahead_of_the_log(self, app, told, fault):
        with pytest.raises(fault):
            await agents._reconsider(app, Reconsidering(told), NOW)
        assert app.cluster.exit_codes == [EXIT_CODE]


class People:
    """Of the partitions that are whole, who is due."""

    def __init__(self):
        self.whole = {2}
        self._due = {2: ["one", "other"]}
        self.unsaid = [Put(topics.POLICIES, b"2", b"decided anew")]

    def announce(self, partition, at):
        unsaid, self.unsaid = self.unsaid, []
        return unsaid

    def is_whole(self, partition):
        return partition in self.whole

    def due(self, partition, count):
        return self._due.pop(partition, [])


class DecidingAgain:
    """A stage that finds these puts to be written when it decides anew."""

    def __init__(self, told):
        self.people, self._told, self.decided = People(), told, []

    def asked_again(self, partition, people):
        return {MISSING}

    def decide_again(self, partition, people, ruling, at):
        self.decided.append((partition, people, ruling(MISSING), at))
        return self._told


OF_TWO = TP(topics.PERSONS, 2)


class TestDecidingAgain:
    @pytest.fixture
    async def app(self):
        made = FakeApp()
        await made.transactions.assign([OF_TWO], 1, lambda tp: "4")
        yield made
        await made.transactions.close()

    async def test_what_other_policies_change_is_committed_beside_the_stream(self, app, asking):
        stage = DecidingAgain([Put(topics.DECISIONS, b"an audience", b"decided")])
        assert await agents._decide_again(app, stage, asking, lambda: NOW, 2)
        await until(lambda: app.cluster.producers["app-4-2"].committed)
        [transaction] = app.cluster.producers["app-4-2"].committed
        assert transaction.records == {(topics.POLICIES, 2): [b"decided anew"], (topics.DECISIONS, 2): [b"decided"]}
        assert transaction.offsets == {}
        assert stage.decided == [(2, ["one", "other"], "the ruling", NOW)]
        assert not await agents._decide_again(app, stage, asking, lambda: NOW, 2)

    async def test_nothing_is_decided_while_the_engine_is_silent(self, app, gate, health, asking):
        gate.silent = "the OPA server gave no answer"
        stage = DecidingAgain([])
        held = asyncio.create_task(agents._decide_again(app, stage, asking, lambda: NOW, 2))
        await until(lambda: health.unready)
        assert stage.decided == []
        # That there is something to wait for is told before the engine is asked.
        await until(lambda: app.cluster.producers["app-4-2"].committed)
        gate.silent = None
        assert await asyncio.wait_for(held, 5)
        assert len(stage.decided) == 1

    @pytest.mark.parametrize("how", ["given up", "being read back"])
    async def test_a_partition_that_went_to_another_worker_meanwhile_is_left_to_it(
        self, app, gate, health, asking, how
    ):
        gate.silent = "the OPA server gave no answer"
        stage = DecidingAgain([])
        held = asyncio.create_task(agents._decide_again(app, stage, asking, lambda: NOW, 2))
        await until(lambda: health.unready)
        if how == "given up":
            await app.transactions.close()
        else:
            stage.people.whole.clear()
        gate.silent = None
        await asyncio.wait_for(held, 5)
        assert (stage.decided, app.cluster.exit_codes) == ([], [])

    @pytest.mark.parametrize("step", ["asked_again", "decide_again"])
    async def test_what_fails_ends_the_process_so_that_nobody_is_passed_over(self, app, asking, monkeypatch, step):
        def fails(*_):
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(DecidingAgain, step, fails)
        with pytest.raises(RuntimeError):
            await agents._decide_again(app, DecidingAgain([]), asking, lambda: NOW, 2)
        assert app.cluster.exit_codes == [EXIT_CODE]
