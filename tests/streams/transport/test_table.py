import pytest
from faust.exceptions import ImproperlyConfigured
from faust.types import TP

from streams.transport.app import App
from tests.streams.transport.fakes import FakeCluster, owned

SOURCE = TP("source", 0)


@pytest.fixture
def app(cluster: FakeCluster) -> App:
    app = App("table", broker="127.0.0.1:1")
    app.transactions._open_producer = cluster.open
    return app


async def test_a_write_is_in_memory_at_once_and_in_the_changelog_with_its_batch(app: App, cluster: FakeCluster) -> None:
    table = app.Table("counts", changelog_topic=app.topic("changelog", partitions=4), partitions=4)
    await owned(app.transactions, SOURCE)
    table.write(SOURCE, b"kept", b"1", timestamp=7)
    table.write(SOURCE, b"gone", b"1")
    table.write(SOURCE, b"gone", None)
    assert table.data.data == {b"kept": b"1"}
    await app.transactions.done(SOURCE, 1)
    await app.transactions.close()
    [transaction] = cluster.producers["table-4-0"].committed
    assert transaction.records == {("changelog", 0): [b"1", b"1", None]}


async def test_a_table_is_changed_with_a_batch_alone(app: App) -> None:
    table = app.Table("counts", partitions=4)
    with pytest.raises(TypeError, match=r"counts is written by `batch\.write` alone"):
        table[b"k"] = b"v"
    with pytest.raises(TypeError, match=r"counts is written by `batch\.write` alone"):
        del table[b"k"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"key_type": str}, id="keys that are not bytes"),
        pytest.param({"value_type": int}, id="values that are not bytes"),
        pytest.param({"store": "memory://"}, id="a store that Faust fills"),
    ],
)
def test_a_table_that_would_not_be_transactional_is_refused(app: App, options: dict[str, object]) -> None:
    with pytest.raises(ImproperlyConfigured, match="table counts: "):
        app.Table("counts", partitions=4, **options)
