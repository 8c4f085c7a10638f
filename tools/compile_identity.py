"""Makes machine code of the resolver with mypyc: the same Python, by two fifths to a half faster.

Where there is no C compiler nothing is made, and the source runs as it is. `streams/compiled.py` finds what is made.
"""

import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from mypyc.build import mypycify
from setuptools import Distribution
from setuptools.errors import BaseError, CompileError, LinkError

from streams.compiled import folder

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "streams" / "identity"
#: Where the time goes. A record that is asleep changes its class when it wakes, which no compiled class can.
MODULES = (
    "blocking",
    "blocks",
    "called",
    "change",
    "compare",
    "edge",
    "generic",
    "graph",
    "groups",
    "likeness",
    "misnumbered",
    "names",
    "normalise",
    "registry",
    "resolution",
    "resolve",
    "reviews",
    "snapshot",
    "vetoes",
)
#: The module beside them that holds the code of them all.
_SHARED = "streams.identity.resolver"


def extensions(work: str) -> list[Any]:
    """What there is to compile, as C in the folder `work`. Ends the program on Python that mypyc does not take."""
    said = StringIO()
    sources = [str((PACKAGE / f"{name}.py").relative_to(ROOT)) for name in MODULES]
    try:
        with redirect_stdout(said):  # hints for whoever wants more speed
            made: list[Any] = mypycify(sources, opt_level="2", debug_level="0", group_name=_SHARED, target_dir=work)
    except SystemExit:
        print(said.getvalue(), file=sys.stderr)
        raise
    return made


def compile_into(place: Path) -> None:
    """Compile, and put what comes of it there whole. Raises errors of setuptools where there is no compiler."""
    with tempfile.TemporaryDirectory() as work:
        build = Distribution({"name": "fanlight", "ext_modules": extensions(work)}).get_command_obj("build_ext")
        build.build_lib, build.build_temp = f"{work}/made", f"{work}/objects"
        build.ensure_finalized()
        build.run()
        shutil.rmtree(place.parent, ignore_errors=True)  # what was made of earlier sources
        place.parent.mkdir()
        unseen = place.with_suffix(".new")
        shutil.copytree(Path(work) / "made" / PACKAGE.relative_to(ROOT), unseen)
        unseen.rename(place)


def main() -> None:
    """Compile; make says when there is anything new to compile."""
    try:
        compile_into(folder(PACKAGE))
    except (BaseError, CompileError, LinkError) as fault:
        print(f"the resolver is not compiled, and runs by a third slower: {fault}", file=sys.stderr)


if __name__ == "__main__":
    main()
