"""What can be wrong with a transaction, each as one sentence about the fact and the way out."""

from schemas.errors import BusError


class TransportError(BusError):
    """Something the transactional transport can say in one sentence."""


class TopicsUnfit(TransportError):
    """The topics on the broker do not fit the application: it must not start."""


class RecordTooLarge(TransportError):
    """A record that no broker would take; nothing of it was buffered."""


class UndeclaredSink(TransportError):
    """A record for a topic or partition that was not declared and checked at start."""


class PartitionNotOwned(TransportError):
    """A write for a source partition that this worker does not own (any more)."""


class BatchOutOfOrder(TransportError):
    """A batch that is not the one after the last finished batch: something was skipped or repeated."""


class TransactionFailed(TransportError):
    """A transaction that did not come to its end: memory is ahead of the log."""
