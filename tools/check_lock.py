"""Whether the lock files are what pyproject.toml resolves to; `--write` resolves anew.

`requirements.lock` is all that runs, `dev.lock` what building and testing takes besides: an image has no use for it.
The first line of each carries a digest of the dependencies it was resolved from, so that freshness can be checked
without a network and without failing whenever somebody else publishes a new version.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUN, DEV = ROOT / "requirements.lock", ROOT / "dev.lock"


def wanted() -> str:
    """The first line of a fresh lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [project["dependencies"], project["optional-dependencies"], project["requires-python"]]
    return "# resolved from " + hashlib.sha256(json.dumps(declared).encode()).hexdigest()[:16]


def pins(text: str) -> dict[str, str]:
    """What a lock says of each package, by its name and version."""
    return {pin.split()[0]: pin for pin in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]}


def write() -> None:
    """Resolve for every platform, with hashes and without naming any index; what is locked stays where it can."""
    run = _resolved(RUN)
    every = _resolved(DEV, "--extra", "dev", "--constraint", RUN.name)
    besides = [pin for name, pin in pins(every).items() if name not in pins(run)]
    RUN.write_text(f"{wanted()}\n{run}")
    DEV.write_text(f"{wanted()}\n{''.join(besides)}")


def _resolved(lock: Path, *more: str) -> str:
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
    # A package wanted with an extra must be locked with it: else pip takes it for unpinned once a newer one is out.
    options += ["--no-strip-extras", "--output-file", lock.name, *more]
    uv = [sys.executable, "-m", "uv", "pip", "compile", "-q", "--no-header", "pyproject.toml", *options]
    subprocess.run(uv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return lock.read_text()


def main() -> None:
    """Check, or write."""
    if "--write" in sys.argv:
        write()
        return
    for lock in (RUN, DEV):
        if lock.read_text().partition("\n")[0] != wanted():
            sys.exit(f"{lock.name} does not belong to pyproject.toml: run `make lock`")


if __name__ == "__main__":
    main()
