"""Tables and replayed state are filled in bulk, in Faust's recovery task.

Not in a rebalance callback: the group's coordinator waits for that one, and a replay longer than the session
timeout would make the worker rejoin for ever. Overrides private methods of Faust 0.15.3, hence the exact pin.
"""

from collections import Counter
from collections.abc import Sequence

from faust.tables.manager import TableManager as FaustTableManager
from faust.tables.recovery import Recovery as FaustRecovery
from faust.types import TP
from faust.types.transports import ConsumerT
from mode.services import WaitArgT
from mode.utils.times import Seconds

from streams.transport.records import Record
from streams.transport.replay import replay
from streams.transport.store import ReplayStore


class Recovery(FaustRecovery):
    """Faust's recovery, which finds every table complete before it looks."""

    async def _wait(self, coro: WaitArgT, timeout: Seconds | None = None) -> None:
        # Faust bounds each step by the request timeout. A replay is no request: its length is the log's.
        await super()._wait(coro)

    async def _build_offsets(self, consumer: ConsumerT, tps: set[TP], destination: Counter[TP], title: str) -> None:
        if title == "active":
            await self._fill_tables(tps, destination)
        await super()._build_offsets(consumer, tps, destination, title)

    async def _fill_tables(self, tps: set[TP], destination: Counter[TP]) -> None:
        stores: dict[TP, ReplayStore] = {tp: self.tp_to_table[tp].data for tp in tps}
        for table in self.tables.values():
            table.data.reset()

        def apply(tp: TP, records: Sequence[Record]) -> None:
            stores[tp].apply(records)

        ends = await replay(self.app.broker.client_options(), dict.fromkeys(tps), apply)
        for tp, end in ends.items():
            stores[tp].replayed(tp, end)
            if end:
                destination[tp] = self.active_highwaters[tp] = end - 1

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Rebuild what agents keep in memory, then let the streams go on; called where there are tables."""
        await self._rebuild()
        await super().on_recovery_completed(generation_id)

    async def _resume_streams(self, generation_id: int = 0) -> None:
        await self._rebuild()  # where there are no tables
        await super()._resume_streams(generation_id)

    async def _rebuild(self) -> None:
        await self.app.consumer.rebuild_states()


class TableManager(FaustTableManager):
    """Faust's table manager with that recovery."""

    _bulk_recovery: Recovery | None = None

    @property
    def recovery(self) -> Recovery:
        """The recovery service."""
        if self._bulk_recovery is None:
            self._bulk_recovery = Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
            self._recovery = self._bulk_recovery  # where Faust itself looks for it
        return self._bulk_recovery
