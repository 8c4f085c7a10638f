"""Where modules lie as machine code, if they were compiled from just this source (`tools/compile_core.py`).

The folder is named after what it was made of: all source of the rooms of which parts are compiled, the release of
Python and the machine. So nothing that is compiled can be of another day than the source beside it; where no folder of
that name is there, Python runs the source.
"""

import hashlib
import sysconfig
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
_ROOMS = ("schemas", "policies", "streams")


def folder(root: Path) -> Path:
    """Where the machine code of the source at `root` lies, whether any is there or not."""
    digest = hashlib.sha256(sysconfig.get_config_var("EXT_SUFFIX").encode())
    for room in _ROOMS:
        for source in sorted((root / room).rglob("*.py")):
            digest.update(str(source.relative_to(root)).encode() + source.read_bytes())
    return root / "compiled" / digest.hexdigest()[:16]


def compiled(init: str) -> list[str]:
    """Where Python looks first for the modules of the package with this `__init__.py`: one folder, or none where
    nothing is compiled."""
    package = Path(init).parent
    if not package.is_relative_to(ROOT):
        return []  # a copy of the package, whose source may be another
    place = _folder() / package.relative_to(ROOT)
    return [str(place)] if place.is_dir() else []


@cache
def _folder() -> Path:
    return folder(ROOT)
