"""The deployment key: there whole or not at all, its owner's alone, and the same ever after."""

import os
import stat

import pytest

from fanlight.errors import StackError
from fanlight.settings import make_key


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "new" / "deployment.key"
    assert make_key(path) == make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["deployment.key"]


def test_a_key_that_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch):
    def fail(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(StackError, match=r"deployment\.key cannot be made \(No space left on device\)$"):
        make_key(tmp_path / "deployment.key")
    assert list(tmp_path.iterdir()) == []
