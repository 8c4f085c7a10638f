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

from schemas.codec import every_function
from schemas.functions import PRELUDE, SOURCES, any_text
from schemas.native import ROOMS, ROOT, folder
from streams.opening import forms_of

#: The module of the functions that are made of the schemas (`schemas/functions.py`).
MACHINE_CODE = "schemas/machine_code.py"
#: Where the time goes, by folder. What finds files beside itself cannot be compiled, as it then lies elsewhere, nor a
#: record that changes its class when it wakes. Attributes say themselves which value of theirs has a wrong type.
MODULES = {
    "schemas": ("binary", "codec", "forms", "functions", "keys", "signature", "sizes", "topics"),
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
    "agreeing",
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


def extensions(source: Path, work: Path) -> list[Any]:
    """What there is to compile of a copy of the source, as C in the folder `work`. Ends the program on Python that
    mypyc does not take."""
    said = StringIO()
    (source / MACHINE_CODE).write_text(functions(), encoding="utf-8")
    stages = [f"{place}/{name}.py" for place, names in MODULES.items() for name in names]
    resolver = [f"streams/identity/{name}.py" for name in RESOLVER]
    # Libraries of like size, so that all processors compile.
    libraries = [
        (stages, "schemas.stages"),
        (resolver, "streams.identity.resolver"),
        ([MACHINE_CODE], "schemas.records"),
    ]
    files = [name for names, _ in libraries for name in names]
    try:
        with chdir(source), redirect_stdout(said):  # hints for whoever wants more speed
            made: list[Any] = mypycify(files, opt_level="2", debug_level="0", separate=libraries, target_dir=str(work))
    except SystemExit:
        print(said.getvalue(), file=sys.stderr)
        raise
    return made


def functions() -> str:
    """The module of all functions that read and write records."""
    every_function(lambda name: (any_text, forms_of(name)))
    return "\n".join([PRELUDE, *SOURCES.values()])


def compile_into(place: Path) -> None:
    """Compile, and put what comes of it there whole. Raises errors of setuptools where there is no compiler."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for room in ROOMS:
            shutil.copytree(ROOT / room, work / "source" / room)
        shutil.copy(ROOT / "pyproject.toml", work / "source")  # which packages have no types
        build = Distribution(
            {"name": "fanlight", "ext_modules": extensions(work / "source", work / "c")}
        ).get_command_obj("build_ext")
        build.build_lib, build.build_temp = str(work / "made"), str(work / "objects")
        build.ensure_finalized()
        build.parallel = True
        build.run()
        shutil.rmtree(place.parent, ignore_errors=True)  # what was made of earlier sources
        place.parent.mkdir()
        unseen = place.with_suffix(".new")
        shutil.copytree(work / "made", unseen)
        unseen.rename(place)


def main() -> None:
    """Compile; make says when there is anything new to compile."""
    try:
        compile_into(folder(ROOT))
    except (BaseError, CompileError, LinkError) as fault:
        print(f"the core is not compiled, and runs by a third slower: {fault}", file=sys.stderr)


if __name__ == "__main__":
    main()
