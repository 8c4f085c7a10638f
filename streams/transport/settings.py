"""The numbers of the transport, each with its origin."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is gathered into one batch and one transaction, and when too much is waiting."""

    # Records of one source partition in a batch: while one is in hand, nothing else of the worker gets a turn. Each
    # may wait for the policy server once: a backlog drained at 2,900/s with 100, at 5,100/s with 500.
    batch_records_max: int = 500
    # How long finished batches wait for company before they are committed together: half of it is
    # added to the median latency. A small transaction takes about 1 ms, so 20 ms is possible.
    window_seconds: float = 0.05
    # The same while more waits to be read than fits into a batch: what is late already gains nothing by many small
    # transactions, each of which costs the broker and the worker a millisecond or two.
    backlog_window_seconds: float = 0.25
    # The broker answers a fetch when so many bytes have come, or after 50 ms. With one byte, a steady stream is many
    # fetches of a few records each; where the source is written in transactions, they are as many as those.
    fetch_bytes_min: int = 1
    # Records that may wait for the next transaction of one partition group before `done` makes
    # the agent wait; one further transaction of that size may be under way.
    buffered_records_max: int = 20_000
    # The broker's default limit is 1,048,588 bytes for a batch; the difference is the batch's own header.
    record_bytes_max: int = 1_048_000
    # The broker aborts what is open for longer; readers of committed records wait that long at most.
    # A worker starved of the processor for 10 s was fenced; whoever takes over fences a dead one without waiting.
    transaction_timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        if min(self.batch_records_max, self.buffered_records_max, self.record_bytes_max) < 1:
            raise ValueError("batch_records_max, buffered_records_max and record_bytes_max are counts of at least 1")
        for window in (self.window_seconds, self.backlog_window_seconds):
            if not 0 <= window < self.transaction_timeout_seconds:
                raise ValueError(
                    "a commit window must be shorter than the transaction timeout"
                    f" ({window} s, {self.transaction_timeout_seconds} s)"
                )
