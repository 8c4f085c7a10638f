"""What a worker says of itself on `/readyz`."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from streams.health import Health


def worker() -> Health:
    found = Health("share")
    found.started = lambda: True
    return found


def test_a_worker_that_goes_on_has_nothing_to_say():
    assert worker().unready is None


def test_a_worker_that_has_not_taken_over_yet_says_so():
    assert Health("share").unready == "partitions are being taken over and their state read back"


@pytest.mark.parametrize("has_started", [True, False], ids=["at work", "reading its state back"])
def test_a_worker_whose_broker_is_away_says_so(has_started):
    found = worker()
    found.started, found.hears_broker = lambda: has_started, lambda: False
    assert found.unready == "the broker does not answer"


def test_that_nothing_is_released_is_said_before_all_else():
    found = worker()
    found.hears_broker = lambda: False
    found.waits_for_policy("it is down")
    assert found.unready == "nothing is released while the policy engine gives no answer: it is down"


async def test_a_worker_that_waits_for_policy_has_started_and_is_not_ready():
    found = worker()
    found.waits_for_policy("it is down")
    async with TestClient(TestServer(found.application())) as client:
        assert [(await client.get(page)).status for page in ("/startupz", "/readyz")] == [200, 503]
        found.started = lambda: False
        assert (await client.get("/startupz")).status == 503
