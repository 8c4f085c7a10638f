"""Whether a worker hears its broker. aiokafka has no public place for either."""

import asyncio
from typing import Any

from aiokafka.errors import RequestTimedOutError

_HEARTBEAT = 12  # its number among Kafka's requests


def give_up_heartbeats(client: Any, seconds: float) -> None:
    """Let a consumer's heartbeat count as unanswered after so long. By the time for other requests, which may wait for
    a whole rebalance, a broker that hangs would be noticed after a minute and a half."""
    send = client.send

    async def send_in_time(node: int, request: Any, **options: Any) -> Any:
        if getattr(request, "API_KEY", None) != _HEARTBEAT:
            return await send(node, request, **options)
        try:
            async with asyncio.timeout(seconds):
                return await send(node, request, **options)
        except TimeoutError:
            raise RequestTimedOutError from None

    client.send = send_in_time


def hears_broker(consumer: Any) -> bool:
    """Whether the coordinator of its group answers, as of the last heartbeats; before it has joined there are none."""
    reader = consumer._thread._consumer
    group = reader and reader._coordinator
    return not (group and group.member_id) or group.coordinator_id is not None
