import asyncio
from dataclasses import asdict

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from schemas.broker import Broker
from schemas.codec import decode
from schemas.looks import Look
from views.errors import LookNotRecorded
from views.looks import KafkaLooks
from views.writing import KafkaWriter


@pytest.fixture
def look(clock):
    return Look(look_id="l1", actor="avery", role="analyst", action="find", shown=2, at=clock())


class FakeProducer:
    """Stands for a broker that fails at start, at send, or not at all."""

    def __init__(self, *, start=None, send=None, **options):
        self.options, self.start_fault, self.send_fault = options, start, send
        self.sent, self.stopped = [], 0

    async def start(self):
        if self.start_fault:
            raise self.start_fault

    async def stop(self):
        self.stopped += 1

    async def send_and_wait(self, topic, value, key):
        if self.send_fault:
            raise self.send_fault
        self.sent.append((topic, key, value))


def looks_over(**faults):
    made = []

    def producer(**options):
        made.append(FakeProducer(**faults, **options))
        return made[-1]

    return KafkaLooks(KafkaWriter(Broker("127.0.0.1:1"), producer)), made


async def test_a_look_is_written_when_every_replica_has_it(look):
    looks, made = looks_over()
    await looks.record(look)
    ((topic, key, value),) = made[0].sent
    assert (topic, key, decode(value)) == ("looks", b"l1", asdict(look))
    assert made[0].options["acks"] == "all"


async def test_one_producer_serves_all_looks(look):
    looks, made = looks_over()
    await asyncio.gather(*(looks.record(look) for _ in range(5)))
    assert len(made) == 1


@pytest.mark.parametrize(
    "faults",
    [{"start": KafkaConnectionError()}, {"send": KafkaTimeoutError()}, {"send": TimeoutError()}, {"start": OSError()}],
    ids=str,
)
async def test_a_look_that_cannot_be_written_is_an_error(look, faults):
    looks, _ = looks_over(**faults)
    with pytest.raises(LookNotRecorded):
        await looks.record(look)


async def test_a_producer_that_did_not_start_is_let_go_and_another_is_tried(look):
    looks, made = looks_over(start=KafkaConnectionError())
    for _ in range(2):
        with pytest.raises(LookNotRecorded):
            await looks.record(look)
    assert [producer.stopped for producer in made] == [1, 1]
