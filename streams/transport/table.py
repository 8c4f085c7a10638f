"""A Faust table whose changelog records travel in the transaction of the batch that wrote them."""

from functools import cached_property
from typing import Any

import faust
from faust.exceptions import ImproperlyConfigured
from faust.types import TP, AppT

_STORE = "replay://"


class Table(faust.Table):
    """Bytes by key. Its changelog may be a topic that others read: then state and output are one record.

    It has as many partitions as every source topic of the application.
    """

    def __init__(self, app: AppT, **options: Any) -> None:
        for name in ("key_type", "value_type"):
            if options.setdefault(name, bytes) is not bytes:
                raise ImproperlyConfigured(
                    f"table {options.get('name')}: {name} must be bytes: agents encode their own state"
                )
        if str(options.setdefault("store", _STORE)) != _STORE:
            raise ImproperlyConfigured(
                f"table {options.get('name')}: the store must be {_STORE}: others are not filled transactionally"
            )
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
        self.app.transactions.put_all(tp, [(self.changelog_name, key, value, None)], timestamp)
        if value is None:
            self.data.pop(key, None)
        else:
            self.data[key] = value

    def on_key_set(self, key: bytes, value: bytes | None = None) -> None:
        """Refuse what would be in memory and in no transaction."""
        raise TypeError(f"table {self.name} is written by `batch.write` alone: its changelog travels with the batch")

    on_key_del = on_key_set
