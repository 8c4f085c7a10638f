"""Patience with brokers that answer a fetch at once although they have nothing.

Apache Kafka holds an empty fetch back until something comes or its time is up. The embedded broker does not, and an
idle reader then asks thousands of times a second.
"""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.protocol.fetch import FetchRequest

#: Far below the window in which transactions are committed, so nobody waits noticeably longer.
_PAUSE_SECONDS = 0.02


def patient(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    """The same consumer, which takes its time over an empty answer that came too soon."""
    client, wait_seconds = consumer._client, consumer._fetch_max_wait_ms / 1000
    send = client.send

    async def send_patiently(node_id: Any, request: Any, **options: Any) -> Any:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        response = await send(node_id, request, **options)
        if isinstance(request, FetchRequest) and _empty(response):
            await asyncio.sleep(min(_PAUSE_SECONDS, max(0.0, wait_seconds - (loop.time() - asked_at))))
        return response

    client.send = send_patiently
    return consumer


def _empty(response: Any) -> bool:
    """Whether a fetch brought no records: they stand last of what is said of a partition."""
    return not any(partition[-1] for _, partitions in response.topics for partition in partitions)
