from faust.types import TP

from streams.transport.app import App
from streams.transport.store import ReplayStore
from tests.streams.transport.fakes import FakeRecord


def store() -> ReplayStore:
    app = App("store", broker="127.0.0.1:1")
    return ReplayStore("replay://", app, app.Table("counts", partitions=4))


def test_the_last_value_of_a_key_stays_and_a_record_without_value_deletes_it() -> None:
    filled = store()
    filled.apply([FakeRecord(key=b"a", value=b"1"), FakeRecord(key=b"b", value=b"1")])
    filled.apply([FakeRecord(key=b"a", value=b"2"), FakeRecord(key=b"b", value=None), FakeRecord(key=b"c", value=None)])
    assert filled.data == {b"a": b"2"}


def test_the_last_applied_offset_is_known_and_an_empty_changelog_has_none() -> None:
    filled = store()
    full, empty = TP("changelog", 0), TP("changelog", 1)
    filled.replayed(full, 12)
    filled.replayed(empty, 0)
    assert filled.persisted_offset(full) == 11
    assert filled.persisted_offset(empty) is None


def test_resetting_forgets_content_and_offsets() -> None:
    filled = store()
    filled.apply([FakeRecord()])
    filled.replayed(TP("changelog", 0), 1)
    filled.reset()
    assert filled.data == {}
    assert filled.persisted_offset(TP("changelog", 0)) is None
