"""The local stack before any part of it is started."""

import pytest

from fanlight import stack
from fanlight.deployment import make_key
from fanlight.errors import StackError
from fanlight.stack import Options, _Stack

THEIRS = "127.0.0.1:9092"


def test_no_key_is_made_for_a_broker_that_holds_data_under_another(tmp_path, monkeypatch):
    def refuse(broker: object, key: object) -> None:
        assert key is None
        raise StackError("it holds data under another")

    monkeypatch.setattr(stack, "demand_key", refuse)
    with pytest.raises(StackError, match="under another"):
        _Stack(Options(broker=THEIRS, data_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_key_that_is_there_is_held_against_what_the_broker_holds(tmp_path, monkeypatch):
    key, asked = make_key(tmp_path / "deployment.key"), []
    monkeypatch.setattr(stack, "demand_key", lambda *given: asked.append(given))
    assert _Stack(Options(broker=THEIRS, data_dir=tmp_path)).bootstrap == THEIRS
    assert [(broker.bootstrap, named) for broker, named in asked] == [(THEIRS, key)]
