"""A worker that waits is named; one that answers well is not."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from aiohttp import web

from views.workers import Workers


@pytest.fixture
async def worker():
    """A worker's health page on the loopback interface; what it says is in `said`."""
    said = {"stage": "share", "reason": None}

    async def readyz(_: web.Request) -> web.Response:
        return web.json_response(said, status=200 if said["reason"] is None else 503)

    app = web.Application()
    app.add_routes([web.get("/readyz", readyz)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}/readyz", said
    await runner.cleanup()


async def test_a_worker_that_goes_on_gives_no_reason(worker):
    address, _ = worker
    assert await Workers([address]).reasons() == []


async def test_a_worker_that_waits_for_the_policy_engine_says_so(worker):
    address, said = worker
    said["reason"] = "the policy engine gives no answer"
    assert await Workers([address]).reasons() == ["share: the policy engine gives no answer"]


async def test_a_worker_that_does_not_answer_is_named_as_such():
    assert await Workers(["http://127.0.0.1:9/readyz"]).reasons() == ["a stream worker does not answer"]


async def test_whoever_is_not_ready_twice_running_stands_still_until_ready_again(worker):
    address, said = worker
    workers = Workers([address])
    watching = asyncio.create_task(workers.watch(seconds=0.01))
    assert not await _comes_to(lambda: workers.stand_still, 0.2)
    said["reason"] = "the policy engine gives no answer"
    assert await _comes_to(lambda: workers.stand_still)
    said["reason"] = None
    assert await _comes_to(lambda: not workers.stand_still)
    watching.cancel()


async def test_whoever_is_not_ready_once_does_not_stand_still(worker):
    address, said = worker
    workers = Workers([address])
    said["reason"] = "partitions are being taken over"
    watching = asyncio.create_task(workers.watch(seconds=60))
    assert not await _comes_to(lambda: workers.stand_still, 0.2)
    watching.cancel()


async def _comes_to(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)
    return holds()


async def test_pages_without_workers_to_ask_have_nothing_to_say():
    assert await Workers([]).reasons() == []
