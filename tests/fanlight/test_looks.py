"""How the command line writes down who looked."""

import os
from pathlib import Path

import pytest

from connectors.sending import MemorySink
from fanlight import looks
from fanlight.deployment import Deployment
from fanlight.state import StackState
from schemas.broker import Broker
from schemas.codec import decode
from schemas.keys import DeploymentKey

NOWHERE = Deployment(
    data_dir=Path("nowhere"),
    broker=Broker("127.0.0.1:1", None, None),
    key=DeploymentKey(bytes(32)),
    state=StackState(broker_engine="remote", bootstrap="127.0.0.1:1", opa="embedded"),
)


class Written(MemorySink):
    """A sink that can be left, as the producer's can."""

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()


def test_a_look_by_an_account_without_a_name_is_written_down_under_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written()
    monkeypatch.setattr(looks, "KafkaSink", lambda _: written)
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_000)  # as in a container that was given a bare number
    looks.record_look(NOWHERE, "decisions", 3)
    assert decode(written.messages[0].value)["actor"] == "account 2000000000 at the command line"
