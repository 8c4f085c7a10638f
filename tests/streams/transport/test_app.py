from pathlib import Path

import pytest

from schemas.broker import Broker
from streams.transport.app import App
from streams.transport.driver import Transport
from streams.transport.recovery import Recovery
from streams.transport.store import ReplayStore
from streams.transport.table import Table


def test_faust_finds_the_transport_the_store_and_the_recovery() -> None:
    app = App("app", broker="127.0.0.1:9092")
    table = app.Table("counts", partitions=4)
    assert isinstance(app.transport, Transport)
    assert isinstance(table, Table)
    assert isinstance(table.data, ReplayStore)
    assert isinstance(app.tables.recovery, Recovery)


def test_faust_is_told_every_address_of_the_broker_and_as_whom_to_connect() -> None:
    app = App("app", broker=Broker("one:9092,two:9093", "bus", "secret"))
    assert list(map(str, app.conf.broker)) == ["txn://one:9092", "txn://two:9093"]
    assert (app.conf.broker_credentials.username, app.conf.broker_credentials.password) == ("bus", "secret")


def test_settings_of_faust_may_be_given() -> None:
    app = App("app", broker="one:9092", consumer_group_instance_id="w1", broker_session_timeout=6.0)
    assert (app.conf.consumer_group_instance_id, app.conf.broker_session_timeout) == ("w1", 6.0)
    assert app.conf.consumer_auto_offset_reset == "earliest"


def test_nothing_is_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    App("app", broker="one:9092")._create_directories()
    assert list(tmp_path.iterdir()) == []
