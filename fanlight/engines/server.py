"""What every server of the stack can do, whether a supervisor runs its part or a test holds it directly."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path

from fanlight.errors import StackError
from fanlight.parts import Part, Process
from fanlight.ports import demand_port


class Server(ABC):
    """One server on the loopback interface, with its data in a folder of its own."""

    name: str
    TIDILY = signal.SIGTERM  # how an orphaned broker is told to end: with its data written

    def __init__(self, *, port: int, log_path: Path) -> None:
        self.port = port
        self.log_path = log_path
        self._process: Process | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @abstractmethod
    def prepare(self) -> None:
        """Everything that must be there before the process starts; may be repeated."""

    @abstractmethod
    def part(self) -> Part:
        """The process, for a supervisor; `prepare` must have been called."""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.alive else None

    def start(self) -> None:
        """Prepare, start and wait until it is ready."""
        if self.pid is not None:
            raise StackError(f"{self.name} runs already (pid {self.pid})")
        self.prepare()
        demand_port(self.port, self.name)
        self._process = Process(self.part(), self.log_path)
        self._process.start()
        try:
            self._process.wait_ready()
        except BaseException:
            self._process.kill()
            raise

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when its time is up."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """SIGKILL at once."""
        if self._process is not None:
            self._process.kill()
