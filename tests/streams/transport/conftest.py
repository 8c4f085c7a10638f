"""Transactions without a broker."""

import pytest

from streams.transport.settings import Settings
from streams.transport.transactions import Transactions
from tests.streams.transport.fakes import FakeCluster


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def transactions(cluster: FakeCluster) -> Transactions:
    return Transactions(
        consumer_group=lambda: "app",
        open_producer=cluster.open,
        settings=Settings(window_seconds=0.001, record_bytes_max=1_000, buffered_records_max=100),
        exit_process=cluster.exit_codes.append,
    )
