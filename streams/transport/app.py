"""A Faust application with everything set that exactly-once needs."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import faust

from schemas.broker import Broker
from streams.transport import driver
from streams.transport.records import Record
from streams.transport.recovery import TableManager
from streams.transport.settings import Settings
from streams.transport.states import Replay, States
from streams.transport.table import Table
from streams.transport.transactions import Transactions

_OPTIONS: dict[str, Any] = {
    # Agents get the raw records and encode what they put: Faust must not touch either.
    "key_serializer": "raw",
    "value_serializer": "raw",
    "store": "replay://",
    "Table": Table,
    "TableManager": TableManager,
    "table_standby_replicas": 0,  # a standby would be filled record by record
    "consumer_auto_offset_reset": "earliest",
    "stream_wait_empty": True,  # a rebalance waits for the batch in hand
    "stream_recovery_delay": 0.0,
    # Faust counts messages, and each of ours is a batch: its 4,096 would be millions of records in memory.
    "stream_buffer_maxsize": 16,
    "topic_disable_leader": True,
    "web_enabled": False,  # Faust's pages show table contents to anybody
    "broker_session_timeout": 10.0,
    "broker_heartbeat_interval": 1.0,
}


class App(faust.App):
    """A Faust application whose outputs, tables and offsets are one transaction a batch.

    `sinks` are the topics that agents put records to; they are checked at start. Any setting of Faust may be
    given as well, `consumer_group_instance_id` for static membership among them.
    """

    def __init__(
        self,
        id: str,
        *,
        broker: Broker | str,
        sinks: Sequence[str] = (),
        settings: Settings | None = None,
        **options: Any,
    ) -> None:
        if isinstance(broker, str):
            broker = Broker(broker)
        if broker.username is not None:
            options["broker_credentials"] = faust.SASLCredentials(
                username=broker.username, password=broker.password, mechanism="PLAIN"
            )
        self.broker = broker
        self.sinks = tuple(sinks)
        self.transport_settings = settings or Settings()
        self.states = States()
        #: What agents write through.
        self.transactions = Transactions(
            consumer_group=lambda: self.conf.id,
            open_producer=lambda name: driver.open_producer(self, name),
            settings=self.transport_settings,
            exit_process=os._exit,
        )
        addresses = ";".join(f"txn://{address}" for address in broker.bootstrap.split(","))
        super().__init__(id, broker=addresses, **{**_OPTIONS, **options})

    def replay(
        self,
        topic: str,
        *,
        apply: Callable[[int, Sequence[Record]], None],
        forget: Callable[[int], None],
        complete: Callable[[int], Iterable[None]] = lambda _: (),
    ) -> None:
        """Keep state whose log is `topic`: see Replay."""
        self.states.add(Replay(topic=topic, apply=apply, forget=forget, complete=complete))

    def _create_directories(self) -> None:
        pass  # all state is in the log: nothing is kept on disk
