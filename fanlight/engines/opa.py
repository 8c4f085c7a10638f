"""A real OPA server beside the workers, with the policies of one folder as its only bundle."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from fanlight.engines.server import Server
from fanlight.engines.tools import alone_in
from fanlight.errors import StackError
from fanlight.output import ERR
from fanlight.parts import Part, run_briefly
from fanlight.ports import answers

OPA_VERSION = "1.22.0"
BUILD_SECONDS_MAX = 900.0


def why_not(tools_dir: Path) -> str | None:
    """Why no OPA server can run on this machine, or None if one can."""
    if _found(tools_dir) is None and shutil.which("go") is None:
        return "the OPA server needs an opa of version 1 on the PATH, or Go to build it"
    return None


def opa_program(tools_dir: Path) -> Path:
    """The opa binary: ours, else one on the PATH, else built now (under a minute)."""
    if (found := _found(tools_dir)) is not None:
        return found
    if (reason := why_not(tools_dir)) is not None:
        raise StackError(reason)
    with alone_in(tools_dir / "bin"):
        return _found(tools_dir) or _build(tools_dir / "bin")


class OpaServer(Server):
    """`opa run --server` on a folder of policies. It asks for no password, so it must stay on the loopback
    interface; what the bundle owns, the REST API cannot overwrite."""

    name = "opa"

    def __init__(self, bundle_dir: Path, port: int, tools_dir: Path, *, log_dir: Path) -> None:
        super().__init__(port=port, log_path=log_dir / "opa.log")
        self.bundle_dir = bundle_dir
        self.tools_dir = tools_dir

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def prepare(self) -> None:
        opa_program(self.tools_dir)
        if not self.bundle_dir.is_dir():
            raise StackError(f"there are no policies in {self.bundle_dir}")

    def part(self) -> Part:
        serve = ["run", "--server", "--addr", self.address, "--skip-version-check", "--log-level", "error"]
        bundle = ["--ignore", "*_test.rego", "--bundle", str(self.bundle_dir)]
        argv = [str(opa_program(self.tools_dir)), *serve, *bundle]
        # That its bundle is active, not only that it listens.
        return Part(name=self.name, argv=argv, port=self.port, ready=lambda: answers(self.port, "/health?bundles"))


def _found(tools_dir: Path) -> Path | None:
    """Ours is of the pinned version; one on the PATH must at least be of the same major version."""
    if (ours := tools_dir / "bin" / f"opa-{OPA_VERSION}").is_file():
        return ours
    if (program := shutil.which("opa")) is None:
        return None
    told = run_briefly([program, "version"], "asking opa for its version", seconds_max=30)
    return Path(program) if re.search(r"^Version: 1\.", told, re.MULTILINE) else None


def _build(bin_dir: Path) -> Path:
    program = bin_dir / f"opa-{OPA_VERSION}"
    with tempfile.TemporaryDirectory(dir=bin_dir) as scratch:
        # GOTOOLCHAIN=local: a Go that is too old must say so rather than fetch another Go.
        settings = {**os.environ, "GOBIN": scratch, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
        command = ["go", "install", f"github.com/open-policy-agent/opa@v{OPA_VERSION}"]
        ERR.print("the OPA server is built with Go, this once: it may take some minutes")
        run_briefly(command, "building the OPA server with Go", seconds_max=BUILD_SECONDS_MAX, env=settings)
        (Path(scratch) / "opa").replace(program)
    return program
