"""Whether requirements.lock is what pyproject.toml resolves to; `--write` resolves anew.

The lock's first line carries a digest of the dependencies it was resolved from, so that freshness can be checked
without a network and without failing whenever somebody else publishes a new version.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"


def wanted() -> str:
    """The first line of a fresh lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [project["dependencies"], project["optional-dependencies"], project["requires-python"]]
    return "# resolved from " + hashlib.sha256(json.dumps(declared).encode()).hexdigest()[:16]


def write() -> None:
    """Resolve for every platform, with hashes and without naming any index; what is locked stays where it can."""
    options = ["--extra", "dev", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
    # A package wanted with an extra must be locked with it: else pip takes it for unpinned once a newer one is out.
    options.append("--no-strip-extras")
    options += ["--output-file", LOCK.name]
    uv = [sys.executable, "-m", "uv", "pip", "compile", "-q", "--no-header", "pyproject.toml", *options]
    subprocess.run(uv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    LOCK.write_text(f"{wanted()}\n{LOCK.read_text()}")


def main() -> None:
    """Check, or write."""
    if "--write" in sys.argv:
        write()
    elif LOCK.read_text().partition("\n")[0] != wanted():
        sys.exit("requirements.lock does not belong to pyproject.toml: run `make lock`")


if __name__ == "__main__":
    main()
