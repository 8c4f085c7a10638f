"""A Kafka-speaking broker from a wheel (noida-db), for machines without Java.

It does what the bus needs: idempotent and transactional producers with fencing, committed reads, offsets
within a transaction, compaction, topics made and described by an admin client. What it does not do is felt:

* It knows no passwords and no rights: any local program may read any topic. The second lock is Kafka's alone.
* A consumer group never loses a dead dynamic member, so members must be static (`group.instance.id`).
* Its data is one JSON file that is written anew about once a second. `stop` waits until it is written; `kill`
  loses acknowledged records of the last second or two, as the supervisor says. It brings all that a partition holds in
  one fetch, whatever size was asked for, so that beyond some hundred megabytes readers time out: `demand_room` says so.
* On a full disk it goes on acknowledging, keeps nothing of it, and says so nowhere: `demand_room` asks before.
* Its DescribeCluster has no endpoint type, so `KafkaAdminClient.describe_cluster` fails. A message is 1 MB at
  most unless its topic allows more, a client's session 6 s at least.
* It answers an empty fetch at once, however long it was asked to wait, and with each fetch it names every transaction
  that was ever aborted, so that a client leaves out records that were committed: see `schemas.broker.on_either_broker`.
* It aborts no transaction for its age. One that was cut off holds up readers until its worker is back.
* It comes up with topic auto-creation on, whatever it was told, so that is turned off after each start.
"""

import shutil
from importlib.resources import files
from pathlib import Path

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError

from fanlight.engines.server import Server
from fanlight.errors import StackError
from fanlight.parts import Part, demand_folder, run_briefly
from fanlight.ports import listening
from schemas.broker import Broker

#: A delivery of ten thousand records and what follows from it.
_GROWTH_BYTES = 50_000_000
_HELD_BYTES_MAX = 1_000_000_000


def why_not() -> str | None:
    """Why the embedded broker cannot run on this machine, or None if it can."""
    try:
        run_briefly([str(_program()), "version"], "asking it for its version", seconds_max=20)
    except StackError as error:
        return f"the embedded broker does not run on this machine: {str(error).splitlines()[0]}"
    return None


class EmbeddedBroker(Server):
    """One broker process whose data is in `<data_dir>/embedded`."""

    name = "embedded"

    def __init__(self, data_dir: Path, port: int) -> None:
        super().__init__(port=port, log_path=data_dir / "logs" / "embedded.log")
        self.home = data_dir / "embedded"

    @property
    def broker(self) -> Broker:
        return Broker(self.address)

    def broker_for(self, principal: str) -> Broker:
        """The same for everybody: this broker knows no principals."""
        return self.broker

    def prepare(self) -> None:
        demand_folder(self.home)

    def demand_room(self) -> None:
        """Raise where its file, which is written anew beside the old one, has no room or is full."""
        file = self.home / "kafka.json"
        written = file.stat().st_size if file.exists() else 0
        if written > _HELD_BYTES_MAX:
            raise StackError(
                f"the embedded broker holds {written / 1e9:.1f} GB in {self.home}, of which it can serve"
                f" {_HELD_BYTES_MAX / 1e9:.1f}: publish to `fanlight up --broker kafka`, which needs Java and Maven,"
                " with another --data-dir"
            )
        if shutil.disk_usage(self.home).free < 2 * written + _GROWTH_BYTES:
            raise StackError(f"there is no room left in {self.home}: the embedded broker would keep nothing of it")

    def part(self) -> Part:
        serve = ["start", "--only", "kafka", "--kafka-port", str(self.port), "--data-dir", str(self.home)]
        return Part(
            name=self.name,
            argv=[str(_program()), *serve],
            port=self.port,
            ready=self._ready,
            on_ready=self._on_ready,
            # It reads its whole file before it listens, and writes it on SIGTERM: 0.3 s for 24 MB. Gigabytes take
            # minutes where others are at work, and who cuts it off loses what it holds.
            ready_seconds_max=300.0,
            stop_seconds_max=300.0,
            orphan_signal=Server.TIDILY,
            caution="What was published in the seconds before may be lost: publish it again, nothing is doubled",
        )

    def _ready(self) -> bool:
        if not listening(self.port):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=2000)
        except KafkaError:
            return False
        admin.close()
        return True

    def _on_ready(self) -> None:
        # A misspelt topic must fail here as it does on Kafka, not come into being.
        strict = {"auto.create.topics.enable": "false"}
        admin = KafkaAdminClient(bootstrap_servers=self.address)
        try:
            admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", configs=strict)])
        finally:
            admin.close()


def _program() -> Path:
    """The binary itself: the wheel's own command starts it as a child, which would outlive a kill."""
    program = Path(str(files("noida_db").joinpath("noida-db")))
    if program.is_file() and not program.stat().st_mode & 0o111:
        program.chmod(0o755)  # installers drop the bit for package data
    return program
