import asyncio
import contextlib

import aiokafka
import pytest
from faust.types import TP

from streams.transport.replay import replay


async def test_a_replay_that_is_given_up_while_it_connects_closes_what_it_reads_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[aiokafka.AIOKafkaConsumer] = []

    async def start(consumer: aiokafka.AIOKafkaConsumer) -> None:
        made.append(consumer)
        await asyncio.sleep(60)

    monkeypatch.setattr(aiokafka.AIOKafkaConsumer, "start", start)
    replaying = asyncio.create_task(replay({}, {TP("source", 0): None}, lambda *_: None))
    await asyncio.sleep(0)
    replaying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await replaying
    assert [consumer._closed for consumer in made] == [True]
