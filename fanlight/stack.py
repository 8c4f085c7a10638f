"""The one-command local stack: which parts it has, in which order, and how each finds the others."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from fanlight.bus import create_topics, demand_audiences, demand_key
from fanlight.deployment import PERSON_PARTITIONS, claim_key, key_path, open_to_others, remote_broker
from fanlight.engines import BrokerChoice, EmbeddedBroker, KafkaBroker, OpaServer, choose_broker, default_tools_dir
from fanlight.engines.server import Server
from fanlight.errors import WrongUsage
from fanlight.output import ERR
from fanlight.parts import Part
from fanlight.ports import answers, free_port
from fanlight.state import StackState, claim
from fanlight.supervisor import Supervisor, on_stop
from policies.load import PolicySet
from schemas.broker import Broker
from schemas.keys import read_key
from schemas.topics import VIEWS, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `fanlight up` was asked for."""

    broker: str = "auto"
    opa: str = "embedded"
    data_dir: Path
    key_file: Path | None = None
    port: int = 8000

    def __post_init__(self) -> None:
        if self.opa not in ("embedded", "server") and not _is_server(self.opa):
            raise WrongUsage(f"--opa must be embedded, server, or the URL of an OPA server, not {self.opa}")


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a port that is no number
        return False


#: What a worker reads back is as long as its log: of millions of events some minutes. It ends itself where it fails.
_RESTORED_SECONDS_MAX = 1800.0

#: Called once all is ready, with where it is, and with what says whether the stack is stopping.
WhenUp = Callable[[StackState, Callable[[], bool]], None]


def run_stack(options: Options, when_up: WhenUp, *, stop_after: bool = False) -> None:
    """Run everything in the foreground until told to stop, or until `when_up` is done."""
    on_stop(signal.default_int_handler)  # also while tools are fetched, which takes minutes: nothing of it may go on
    with claim(options.data_dir) as mine:
        stack = _Stack(options)
        if open_to_others(stack.key_file):
            ERR.print(f"other accounts can read the deployment key: `chmod 600 {quote(str(stack.key_file))}`")
        supervisor = Supervisor(mine, stack.state, stack.parts())

        def ready() -> None:
            when_up(stack.state, lambda: supervisor.stopping)
            if stop_after:
                supervisor.stop()

        supervisor.run(ready)


class _Stack:
    """The parts of one stack and the addresses they are given. Making one makes the key and the folders."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.data_dir = options.data_dir.absolute()
        self.tools_dir = default_tools_dir(os.environ)
        self.choice: BrokerChoice = choose_broker(options.broker, self.data_dir, self.tools_dir)
        ERR.print(self.choice.sentence)
        self.key_file = key_path(self.data_dir, options.key_file).absolute()
        if self.choice.engine == "remote":  # its data is not in the folder, where the key would be missed
            demand_key(remote_broker(self.bootstrap), read_key(self.key_file) if self.key_file.exists() else None)
        claim_key(self.data_dir, self.key_file)
        self.policy = PolicySet.load().demand_revision(os.environ.get("FANLIGHT_POLICY_REVISION", ""))
        self.health_ports = {"identify": free_port(), "share": free_port()}
        self.engine = self._engine()
        self.opa = self._opa()
        if self.engine is not None:
            self.engine.prepare()

    def _engine(self) -> KafkaBroker | EmbeddedBroker | None:
        if self.choice.engine == "kafka":
            return KafkaBroker(self.data_dir, self.tools_dir, free_port())
        return EmbeddedBroker(self.data_dir, free_port()) if self.choice.engine == "embedded" else None

    def _opa(self) -> OpaServer | None:
        if self.options.opa != "server":
            return None
        folder = self.data_dir / "policies"
        self.policy.write_bundle(folder)
        server = OpaServer(folder, free_port(), self.tools_dir, log_dir=self.data_dir / "logs")
        server.prepare()
        return server

    @property
    def bootstrap(self) -> str:
        return self.choice.bootstrap or (self.engine.address if self.engine is not None else "")

    def broker_for(self, principal: str | None = None) -> Broker:
        """How the bus itself, or a named principal, connects."""
        if self.engine is None:
            return remote_broker(self.bootstrap)
        return self.engine.broker if principal is None else self.engine.broker_for(principal)

    @property
    def opa_address(self) -> str:
        return self.opa.url if self.opa is not None else self.options.opa

    @property
    def state(self) -> StackState:
        return StackState(
            broker_engine=self.choice.engine,
            bootstrap=self.bootstrap,
            opa=self.opa_address,
            revision=self.policy.revision,
            views=f"http://127.0.0.1:{self.options.port}",
            health={stage: f"http://127.0.0.1:{port}/readyz" for stage, port in self.health_ports.items()},
            key_file=str(self.key_file),
        )

    def parts(self) -> list[Part]:
        """Broker, policy engine, workers, pages: each needs those before it."""
        servers: list[Server] = [each for each in (self.engine, self.opa) if each is not None]
        parts = [engine.part() for engine in servers]
        if self.engine is not None:
            parts[0] = replace(parts[0], on_ready=self._then_topics(parts[0].on_ready))
        else:
            self._create_topics()
        return [*parts, self._worker("identify"), self._worker("share"), self._views()]

    def _then_topics(self, on_ready: Callable[[], None]) -> Callable[[], None]:
        def both() -> None:
            on_ready()
            self._create_topics()

        return both

    def _create_topics(self) -> None:
        audiences = tuple(self.policy.audiences)
        demand_audiences(self.broker_for(), audiences)
        create_topics(self.broker_for(), table(audiences), PERSON_PARTITIONS)

    def _worker(self, stage: str) -> Part:
        port = self.health_ports[stage]
        return Part(
            name=stage,
            argv=[sys.executable, "-m", "streams", stage],
            env={
                **credentials(self.broker_for()),
                "FANLIGHT_KEY_FILE": str(self.key_file),
                "FANLIGHT_OPA": self.opa_address,
                "FANLIGHT_POLICY_REVISION": self.policy.revision,
                "FANLIGHT_HEALTH_PORT": str(port),
            },
            port=port,
            ready=lambda: answers(port, "/startupz"),
            ready_seconds_max=_RESTORED_SECONDS_MAX,
        )

    def _views(self) -> Part:
        port = self.options.port
        health = [f"http://127.0.0.1:{p}/readyz" for p in self.health_ports.values()]
        return Part(
            name=VIEWS,
            argv=[sys.executable, "-m", "views"],
            env={
                **credentials(self.broker_for(VIEWS)),
                "FANLIGHT_VIEWS_PORT": str(port),
                "FANLIGHT_POLICY_REVISION": self.policy.revision,
                "FANLIGHT_VIEWS_STATE_DIR": str(self.data_dir / "views"),
                "FANLIGHT_VIEWS_WORKERS": " ".join(health),
            },
            port=port,
            ready=lambda: answers(port, "/livez"),
        )


def credentials(broker: Broker) -> Mapping[str, str]:
    """How a part of the stack is told by its environment where the broker is, and as whom to connect."""
    settings = {"FANLIGHT_BROKER": broker.bootstrap}
    if broker.username is not None and broker.password is not None:
        settings |= {"FANLIGHT_BROKER_USERNAME": broker.username, "FANLIGHT_BROKER_PASSWORD": broker.password}
    return settings
