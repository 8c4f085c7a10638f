"""What the stream workers say of themselves: pages that nothing new reaches are not fit to be read as now."""

import asyncio
from collections.abc import Sequence

import aiohttp

_SECONDS_MAX = 1.0
CHECK_SECONDS = 5.0


class Workers:
    """The health pages of the workers, by their addresses; `stand_still` as of the last that `watch` heard."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = tuple(addresses)
        self.stand_still = False

    async def watch(self, seconds: float = CHECK_SECONDS) -> None:
        """Ask for ever. What is not ready once may be busy or taking over; what is not twice running stands still."""
        unready = False
        while self._addresses:
            before, unready = unready, bool(await self.reasons(CHECK_SECONDS))
            self.stand_still = before and unready
            await asyncio.sleep(seconds)

    async def reasons(self, seconds_max: float = _SECONDS_MAX) -> list[str]:
        """Why nothing new comes at the moment, one sentence a worker that is not ready; empty while all are."""
        if not self._addresses:
            return []
        timeout = aiohttp.ClientTimeout(total=seconds_max)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            said = await asyncio.gather(*(_reason(session, address) for address in self._addresses))
        return [reason for reason in said if reason is not None]


async def _reason(session: aiohttp.ClientSession, address: str) -> str | None:
    try:
        async with session.get(address) as answer:
            said = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return "a stream worker does not answer"
    return None if said.get("reason") is None else f"{said['stage']}: {said['reason']}"
