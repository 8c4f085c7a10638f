"""A Faust table whose changelog records travel in the transaction of the batch that wrote them."""

from functools import cached_property
from typing import Any

import faust
from faust.exceptions import ImproperlyConfigured
from faust.streams import current_event
from faust.types import TP, AppT

_STORE = "replay://"


class Table(faust.Table):
    """Bytes by key. Its changelog may be a topic that others read: then state and output are one record.

    `sources` names the topics whose agents write the table; without it, every source topic of the application
    is taken to do so and must have as many partitions as the table.
    """

    def __init__(self, app: AppT, *, sources: tuple[str, ...] | None = None, **options: Any) -> None:
        for name in ("key_type", "value_type"):
            if options.setdefault(name, bytes) is not bytes:
                raise ImproperlyConfigured(
                    f"table {options.get('name')}: {name} must be bytes: agents encode their own state"
                )
        if str(options.setdefault("store", _STORE)) != _STORE:
            raise ImproperlyConfigured(
                f"table {options.get('name')}: the store must be {_STORE}: others are not filled transactionally"
            )
        self.sources = sources
        super().__init__(app, **options)

    @cached_property
    def changelog_name(self) -> str:
        """The changelog topic's name."""
        return str(self.changelog_topic.get_topic_name())

    def write(
        self,
        tp: TP,
        key: bytes,
        value: bytes | None,
        *,
        timestamp: int | None = None,
    ) -> None:
        """Set or delete a key for a batch of source partition `tp`."""
        self.app.transactions.put(tp, self.changelog_name, tp.partition, key, value, timestamp)
        if value is None:
            self.data.pop(key, None)
        else:
            self.data[key] = value

    def on_key_set(self, key: bytes, value: bytes | None) -> None:
        """Put the changelog record into the transaction of the event in hand."""
        event = current_event()
        if event is None:
            raise TypeError(f"table {self.name} can only be changed while an agent has a batch in hand")
        tp = event.message.tp
        self.app.transactions.put(tp, self.changelog_name, tp.partition, key, value)

    def on_key_del(self, key: bytes) -> None:
        """Put a deletion into the transaction of the event in hand."""
        self.on_key_set(key, None)
