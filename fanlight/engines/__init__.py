"""The servers that the local stack runs, and which broker it takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fanlight.engines import embedded, kafka
from fanlight.engines.embedded import EmbeddedBroker
from fanlight.engines.kafka import KafkaBroker
from fanlight.engines.opa import OpaServer
from fanlight.engines.tools import default_tools_dir
from fanlight.errors import StackError, WrongUsage

__all__ = [
    "BrokerChoice",
    "EmbeddedBroker",
    "KafkaBroker",
    "OpaServer",
    "choose_broker",
    "default_tools_dir",
    "is_address",
]


#: Made when Kafka's storage is formatted: before that it holds nothing.
_KAFKA_LOG = "kafka/log"


@dataclass(frozen=True, slots=True)
class BrokerChoice:
    """Which broker the stack runs on, and the sentence that says why."""

    engine: Literal["kafka", "embedded", "remote"]
    sentence: str
    bootstrap: str | None = None  # only of a broker that somebody else runs


def choose_broker(name: str, data_dir: Path, tools_dir: Path) -> BrokerChoice:
    """Resolve `auto`, `kafka`, `embedded` or `HOST:PORT`; raise if what was asked for cannot be had."""
    if name == "auto":
        return _choose_by_itself(data_dir, tools_dir)
    if name == "kafka":
        sentence = "the broker is Apache Kafka, as asked" + _without(data_dir, "embedded", "the embedded broker")
        return _demanded(BrokerChoice("kafka", sentence), kafka.why_not(tools_dir))
    if name == "embedded":
        sentence = "the broker is the embedded one, as asked" + _without(data_dir, _KAFKA_LOG, "Apache Kafka")
        return _demanded(BrokerChoice("embedded", sentence), embedded.why_not())
    if not is_address(name):
        raise WrongUsage(f"--broker must be auto, kafka, embedded or HOST:PORT, not {name}")
    return BrokerChoice("remote", f"the broker is {name}, which this stack does not run", name)


def is_address(name: str) -> bool:
    """Whether it is HOST:PORT."""
    host, _, port = name.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and 0 < int(port) < 65536


def _without(data_dir: Path, other: str, named: str) -> str:
    """What this broker does not see of the data."""
    return f"; what {named} holds in {data_dir} is not seen by it" if (data_dir / other).exists() else ""


def _choose_by_itself(data_dir: Path, tools_dir: Path) -> BrokerChoice:
    """Stay with the broker that holds the data; else take Kafka where it runs, else the embedded broker."""
    no_kafka = kafka.why_not(tools_dir)
    holds_kafka, holds_embedded = (data_dir / _KAFKA_LOG).exists(), (data_dir / "embedded").exists()
    if holds_kafka and no_kafka is not None:
        raise StackError(f"the data in {data_dir} is Apache Kafka's, which cannot run here: {no_kafka}")
    if holds_embedded and not holds_kafka:
        sentence = f"the broker is the embedded one, because it holds the data in {data_dir}"
        return _demanded(BrokerChoice("embedded", sentence), embedded.why_not())
    if no_kafka is None and not holds_kafka:
        no_kafka = kafka.why_not_fetched(tools_dir)
    if no_kafka is None:
        return BrokerChoice("kafka", "the broker is Apache Kafka, because Java and Maven are here")
    choice = BrokerChoice("embedded", f"the broker is the embedded one, because {no_kafka}")
    return _demanded(choice, embedded.why_not())


def _demanded(choice: BrokerChoice, reason: str | None) -> BrokerChoice:
    if reason is not None:
        raise StackError(reason)
    return choice
