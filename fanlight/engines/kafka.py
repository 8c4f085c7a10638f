"""Apache Kafka 4 on one machine without Docker: one small KRaft node on the loopback interface.

Every listener asks for a password, the controller's too: an open controller port would let any local program
make itself an administrator. Passwords travel in the clear, which is why nothing here listens beyond
127.0.0.1; a cluster of several machines needs TLS and is not started by this module.
"""

import base64
import json
import os
import secrets
from pathlib import Path

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from fanlight.engines import jars, rights
from fanlight.engines.server import Server
from fanlight.errors import StackError
from fanlight.parts import Part, demand_folder, run_briefly
from fanlight.ports import free_port, listening
from schemas.broker import Broker
from schemas.topics import VIEWS

_HEAP_MAX = "512m"  # 256m holds without a full collection; twice that leaves room for a bulk load
# Where the locale has no letters but ASCII, Java can open no folder that has others in its name.
_IN_UTF_8 = {"LC_ALL": "C.UTF-8"}
_ITSELF = "broker"  # the principal under which the broker speaks to its own controller

# Measured on two cores: 193 MB idle, ready in 1.5 s. Each departure from Kafka's defaults has its reason.
_TUNING = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=BUS
# A misspelt topic must fail, not come into being with one partition.
auto.create.topics.enable=false
num.partitions=4
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
offsets.topic.segment.bytes=10485760
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
# One transactional id per source partition: a few dozen need neither fifty partitions nor 100 MB segments.
transaction.state.log.num.partitions=4
transaction.state.log.segment.bytes=10485760
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=6000
log.segment.bytes=134217728
# The default of 128 MB is a third of the whole heap.
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.threads=1
num.network.threads=2
num.io.threads=4
background.threads=2
num.recovery.threads.per.data.dir=2
# After a SIGKILL the old registration must lapse before the node may come back: 8 s in place of 11. At 3000 a starved
# machine fences its own broker now and then, and every producer is told that replicas are missing.
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=500
"""


def why_not(tools_dir: Path) -> str | None:
    """Why Apache Kafka cannot run on this machine, or None if it can."""
    return jars.why_not(tools_dir)


def why_not_fetched(tools_dir: Path) -> str | None:
    """Why Apache Kafka cannot be had on this machine, such as behind a firewall, or None if it is there now."""
    try:
        jars.class_path(tools_dir)
    except StackError as error:
        return f"{str(error).splitlines()[0]} (`--broker kafka` tells more)"
    return None


class KafkaBroker(Server):
    """One Kafka node whose data, settings and passwords are in `<data_dir>/kafka`."""

    name = "kafka"

    def __init__(self, data_dir: Path, tools_dir: Path, port: int, *, secured: bool = True) -> None:
        super().__init__(port=port, log_path=data_dir / "logs" / "kafka.log")
        self.home = data_dir / "kafka"
        self.tools_dir = tools_dir
        self.secured = secured

    @property
    def broker(self) -> Broker:
        """How the bus itself connects."""
        return self.broker_for(rights.BUS)

    def broker_for(self, principal: str) -> Broker:
        """How a named principal connects; without security everybody connects as nobody."""
        if not self.secured:
            return Broker(self.address)
        passwords = read_passwords(self.home)
        if principal not in passwords:
            raise StackError(f"the local Kafka has no principal {principal}")
        return Broker(self.address, principal, passwords[principal])

    def prepare(self) -> None:
        """Fetch the jars, make passwords, write the settings, format the storage: each only where needed."""
        if "," in str(self.home):
            raise StackError(f"Kafka cannot keep data in {self.home}, as its path has a comma: name another --data-dir")
        demand_folder(self.home)
        jars.class_path(self.tools_dir)
        if self.secured:
            make_passwords(self.home, (_ITSELF, rights.BUS, VIEWS))
        _write_private(self._settings, self._render(controller_port=free_port()))
        if not (self.home / "log" / "meta.properties").exists():
            tool = ["kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(self._settings)]
            settings = {**os.environ, **_IN_UTF_8}
            run_briefly([*self._java("64m"), *tool], "formatting Kafka's storage", seconds_max=60, env=settings)

    def part(self) -> Part:
        return Part(
            name=self.name,
            argv=[*self._java(_HEAP_MAX), "kafka.Kafka", str(self._settings)],
            env=_IN_UTF_8,
            port=self.port,
            ready=self._ready,
            on_ready=self._on_ready,
            # A clean shutdown takes 2 s; more when it has much to write.
            stop_seconds_max=20.0,
            orphan_signal=Server.TIDILY,
        )

    @property
    def _settings(self) -> Path:
        return self.home / "server.properties"

    def _java(self, heap: str) -> list[str]:
        java = jars.find_java()
        if java is None:
            raise StackError(jars.why_not(self.tools_dir) or "there is no Java")
        logger = "-Dorg.slf4j.simpleLogger."
        logging = [f"{logger}defaultLogLevel=warn", f"{logger}showDateTime=true"]
        # A small heap on few processors: a serial collector and the quick compiler alone halve what the broker costs in
        # its first minutes, and a local stack seldom lives long enough for the slow compiler to pay back.
        memory = [
            "-Xms64m",
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
        ]
        return [java, *memory, *logging, "-cp", jars.class_path(self.tools_dir)]

    def _render(self, *, controller_port: int) -> str:
        return _TUNING + "\n".join(
            [
                f"controller.quorum.voters=1@127.0.0.1:{controller_port}",
                f"listeners=BUS://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller_port}",
                f"advertised.listeners=BUS://127.0.0.1:{self.port}",
                f"log.dirs={_escaped(self.home / 'log')}",
                *(_security(read_passwords(self.home)) if self.secured else _OPEN),
                "",
            ]
        )

    def _ready(self) -> bool:
        """Whether a client that signs in is told of a broker: a fenced one answers, but names none."""
        if not listening(self.port):
            return False
        try:
            options = self.broker.client_options()
            admin = KafkaAdminClient(**options, bootstrap_timeout_ms=2000, request_timeout_ms=2000)
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()

    def _on_ready(self) -> None:
        if self.secured:
            rights.establish(self.broker)


def read_passwords(home: Path) -> dict[str, str]:
    """The principals of the Kafka node in this folder, with their passwords."""
    path = home / "passwords.json"
    try:
        passwords: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise StackError(f"the passwords of the local Kafka cannot be read from {path}") from error
    return passwords


def make_passwords(home: Path, principals: tuple[str, ...]) -> None:
    """Give each principal that has none a password nobody could guess; those that have one keep it."""
    path = home / "passwords.json"
    known = read_passwords(home) if path.exists() else {}
    missing = [principal for principal in principals if principal not in known]
    if missing:
        _write_private(path, json.dumps({**known, **{name: secrets.token_hex(24) for name in missing}}))


def _escaped(path: Path) -> str:
    """A path as the value of a setting: Java reads the file as Latin-1 and takes JSON's escapes."""
    return json.dumps(str(path))[1:-1]


_OPEN = ("listener.security.protocol.map=BUS:PLAINTEXT,CONTROLLER:PLAINTEXT",)


def _security(passwords: dict[str, str]) -> list[str]:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    users = " ".join(f'user_{name}="{password}"' for name, password in passwords.items())
    itself = f'username="{_ITSELF}" password="{passwords[_ITSELF]}"'
    return [
        "listener.security.protocol.map=BUS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms=PLAIN",
        "sasl.mechanism.inter.broker.protocol=PLAIN",
        "sasl.mechanism.controller.protocol=PLAIN",
        f"listener.name.bus.plain.sasl.jaas.config={module} required {itself} {users};",
        # Nobody but the broker itself has business with the controller.
        f"listener.name.controller.plain.sasl.jaas.config={module} required {itself}"
        f' user_{_ITSELF}="{passwords[_ITSELF]}";',
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found=false",
        f"super.users=User:{_ITSELF};User:{rights.BUS}",
    ]


def _write_private(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner alone from the first byte."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _cluster_id() -> str:
    """A random id as Kafka writes them: 16 bytes in 22 letters, not to be taken for an option."""
    while True:
        cluster_id = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        if not cluster_id.startswith("-"):
            return cluster_id
