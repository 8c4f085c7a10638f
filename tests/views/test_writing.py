import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from schemas.broker import Broker
from views.errors import NotWritten
from views.writing import KafkaWriter


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


def writer_over(**faults):
    made = []

    def producer(**options):
        made.append(FakeProducer(**faults, **options))
        return made[-1]

    return KafkaWriter(Broker("127.0.0.1:1"), producer), made


async def test_a_message_is_written_when_every_replica_has_it():
    writer, made = writer_over()
    await writer.write("looks", b"l1", b"v")
    assert made[0].sent == [("looks", b"l1", b"v")]
    assert made[0].options["acks"] == "all"


async def test_one_producer_serves_all_that_is_written():
    writer, made = writer_over()
    await asyncio.gather(*(writer.write("looks", b"l1", b"v") for _ in range(5)))
    assert len(made) == 1


@pytest.mark.parametrize(
    "faults",
    [{"start": KafkaConnectionError()}, {"send": KafkaTimeoutError()}, {"send": TimeoutError()}, {"start": OSError()}],
    ids=str,
)
async def test_what_cannot_be_written_is_an_error(faults):
    writer, _ = writer_over(**faults)
    with pytest.raises(NotWritten):
        await writer.write("looks", b"l1", b"v")


async def test_a_producer_that_did_not_start_is_let_go_and_another_is_tried():
    writer, made = writer_over(start=KafkaConnectionError())
    for _ in range(2):
        with pytest.raises(NotWritten):
            await writer.write("looks", b"l1", b"v")
    assert [producer.stopped for producer in made] == [1, 1]
