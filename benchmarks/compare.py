"""The peer's run: plain Faust on the same broker, the same policies and the same events, fewer of them."""

import asyncio
import time
from collections.abc import Sequence

from benchmarks.measure import spent
from benchmarks.peers import DECISIONS
from benchmarks.runs import Figures
from benchmarks.stack import Stack
from benchmarks.traffic import Publisher, Reader
from connectors.sending import TopicMessage
from fanlight.deployment import PERSON_PARTITIONS
from fanlight.ports import free_port, listening
from fanlight.stack import credentials
from schemas.catalogue import event_records

_WARM_EVENTS = 50
_SECONDS_MAX = 900.0
_STUCK_SECONDS = 30.0


async def plain_faust(stack: Stack, messages: Sequence[TopicMessage]) -> Figures:
    """From the first publish until the last decision can be read; the worker has its partitions and is warm."""
    assert stack.opa is not None, "the peer asks an OPA server"
    port = free_port()
    (stack.folder / "plain").mkdir()
    env = {
        **credentials(stack.broker),
        "FANLIGHT_KEY_FILE": str(stack.folder / "key"),
        "FANLIGHT_OPA": stack.opa.url,
        "FANLIGHT_PERSON_PARTITIONS": str(PERSON_PARTITIONS),
        "FANLIGHT_HEALTH_PORT": str(port),
        "FANLIGHT_PLAIN_DATADIR": str(stack.folder / "plain"),
    }
    arguments = ["-m", "faust", "-A", "benchmarks.peers.plain_faust", "worker", "-l", "warn"]
    warm, measured = messages[:_WARM_EVENTS], messages[_WARM_EVENTS:]
    publisher = Publisher(stack.broker)
    async with Reader(stack.broker, {DECISIONS: PERSON_PARTITIONS}) as reader:
        stack.start("plain-faust", arguments, env, lambda: listening(port))
        await publisher.flat_out(warm)
        await _decided(stack, reader, _decisions(stack, warm))
        before, began_at = stack.cpu(), time.time()
        await publisher.flat_out(measured)
        wanted = _decisions(stack, messages)
        await _decided(stack, reader, wanted)
        seconds = reader.last_at - began_at
    cpu = spent(before, stack.cpu())
    return {
        "events": len(measured),
        "seconds": round(seconds, 2),
        "events_per_second": round(len(measured) / seconds),
        "decisions": reader.count,
        "decisions_missing": wanted - reader.count,
        "cpu_seconds": cpu,
    }


def _decisions(stack: Stack, messages: Sequence[TopicMessage]) -> int:
    """One decision an audience and event that can stand on a timeline."""
    kinds = [dict(message.headers)["ce_type"].decode() for message in messages]
    return len(stack.audiences) * sum(event_records()[kind].can_be_entry for kind in kinds)


async def _decided(stack: Stack, reader: Reader, wanted: int) -> None:
    """Until so many decisions are read; a peer that has stopped deciding is not waited for."""
    began_at = time.time()
    while reader.count < wanted and time.time() < began_at + _SECONDS_MAX:
        stack.demand_alive()
        if reader.count and time.time() > max(began_at, reader.last_at) + _STUCK_SECONDS:
            return
        await asyncio.sleep(0.05)
