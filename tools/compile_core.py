"""Makes machine code of the pure core with mypyc: the same Python, by a third to a half faster.

Where there is no C compiler nothing is made, and the source runs as it is. `schemas/native.py` finds what is made.
"""

import shutil
import sys
import tempfile
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from mypyc.build import mypycify
from setuptools import Distribution
from setuptools.errors import BaseError, CompileError, LinkError

from schemas.native import ROOT, folder

#: Where the time goes, by folder. What finds files beside itself cannot be compiled, as it then lies elsewhere, nor a
#: record that changes its class when it wakes. Attributes say themselves which value of theirs has a wrong type.
MODULES = {
    "schemas": ("binary", "codec", "compiled", "forms", "keys", "signature", "sizes", "topics"),
    "policies": ("gate", "masking", "ruling", "told"),
    "streams": (
        "arrivals",
        "assigning",
        "deciding",
        "envelope",
        "holding",
        "identifying",
        "opening",
        "people",
        "puts",
        "restoring",
        "reviewing",
        "sayings",
        "seen",
        "sharing",
        "source_records",
        "splicing",
        "waiting",
    ),
    "streams/timeline": ("fold",),
}
RESOLVER = (
    "blocking",
    "blocks",
    "called",
    "change",
    "compare",
    "edge",
    "explain",
    "generic",
    "graph",
    "groups",
    "likeness",
    "misnumbered",
    "model",
    "names",
    "normalise",
    "registry",
    "resolution",
    "resolve",
    "reviews",
    "snapshot",
    "vetoes",
)


def extensions(work: str) -> list[Any]:
    """What there is to compile, as C in the folder `work`. Ends the program on Python that mypyc does not take."""
    said = StringIO()
    stages = [f"{place}/{name}.py" for place, names in MODULES.items() for name in names]
    resolver = [f"streams/identity/{name}.py" for name in RESOLVER]
    # Two libraries, so that two processors compile.
    libraries = [(stages, "schemas.stages"), (resolver, "streams.identity.resolver")]
    try:
        with chdir(ROOT), redirect_stdout(said):  # hints for whoever wants more speed
            made: list[Any] = mypycify(
                [*stages, *resolver], opt_level="2", debug_level="0", separate=libraries, target_dir=work
            )
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
        build.parallel = True
        build.run()
        shutil.rmtree(place.parent, ignore_errors=True)  # what was made of earlier sources
        place.parent.mkdir()
        unseen = place.with_suffix(".new")
        shutil.copytree(Path(work) / "made", unseen)
        unseen.rename(place)


def main() -> None:
    """Compile; make says when there is anything new to compile."""
    try:
        compile_into(folder(ROOT))
    except (BaseError, CompileError, LinkError) as fault:
        print(f"the core is not compiled, and runs by a third slower: {fault}", file=sys.stderr)


if __name__ == "__main__":
    main()
