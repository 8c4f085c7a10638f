"""Where modules lie as machine code, if they were compiled from just this source (`tools/compile_core.py`).

The folder is named after what it was made of: all source of the rooms of which parts are compiled, the release of
Python and the machine. So nothing that is compiled can be of another day than the source beside it; where no folder of
that name is there, Python runs the source.
"""

import hashlib
import sysconfig
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "policies", "streams")


def folders(root: Path) -> Path:
    """Where there is one folder of machine code, or none."""
    return root / "compiled"


def folder(root: Path) -> Path:
    """Where the machine code of the source at `root` lies, whether any is there or not."""
    digest = hashlib.sha256(sysconfig.get_config_var("EXT_SUFFIX").encode())
    for room in ROOMS:
        for source in sorted((root / room).rglob("*.py")):
            digest.update(str(source.relative_to(root)).encode() + source.read_bytes())
    return folders(root) / digest.hexdigest()[:16]


def compiled(init: str) -> list[str]:
    """Where Python looks first for the modules of the package with this `__init__.py`: one folder, or none where
    nothing is compiled."""
    if not folders(ROOT).is_dir() or not _are_together():
        return []
    place = _folder() / Path(init).parent.relative_to(ROOT)
    return [str(place)] if place.is_dir() else []


@cache
def _are_together() -> bool:
    """Whether all rooms are those beside this one. Where one is a copy that stands before them, such as of policies
    that are tried, what was compiled of the others would not know its classes."""
    found = map(find_spec, ROOMS)
    return all(spec is not None and spec.origin is not None and Path(spec.origin).parents[1] == ROOT for spec in found)


@cache
def _folder() -> Path:
    return folder(ROOT)
