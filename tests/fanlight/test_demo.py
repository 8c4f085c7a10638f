"""The demonstration: what it needs to be the same when it runs again."""

import os

import pytest

from fanlight.demo import _today


def test_the_day_of_the_county_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    def fail(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(OSError, match="No space left"):
        _today(tmp_path)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    assert _today(tmp_path) == _today(tmp_path)
