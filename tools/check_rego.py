"""The Rego checks of `make check`: strict compilation and formatting, where an opa program is at hand."""

import os
import subprocess
import sys
from pathlib import Path

from fanlight.engines import default_tools_dir
from fanlight.engines.opa import opa_program, why_not

REGO = Path(__file__).parent.parent / "policies" / "rego"


def main() -> None:
    """Check; say so where it cannot be checked, and fail if everything is demanded."""
    tools = default_tools_dir(os.environ)
    reason = why_not(tools)
    if reason is not None:
        message = f"Rego was not checked, because {reason}"
        sys.exit(message) if os.environ.get("REQUIRE") == "all" else print(message)
        return
    opa = str(opa_program(tools))
    for arguments in (["check", "--strict", str(REGO)], ["fmt", "--list", "--fail", str(REGO)]):
        if subprocess.run([opa, *arguments]).returncode != 0:
            sys.exit(f"opa {' '.join(arguments[:2])} failed")


if __name__ == "__main__":
    main()
