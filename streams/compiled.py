"""Where the resolver lies as machine code, if it was compiled from just this source (`tools/compile_identity.py`).

The folder is named after what it was made of: the source of the resolver and of what it imports, the release of Python
and the machine. So nothing that is compiled can be of another day than the source beside it; where no folder of that
name is there, Python runs the source.
"""

import hashlib
import sysconfig
from pathlib import Path


def folder(package: Path) -> Path:
    """Where Python looks first for the modules of this package, whether anything is there or not."""
    digest = hashlib.sha256(sysconfig.get_config_var("EXT_SUFFIX").encode())
    for source in sorted([*package.glob("*.py"), *(package.parents[1] / "schemas").glob("*.py")]):
        digest.update(source.name.encode() + source.read_bytes())
    return package / "compiled" / digest.hexdigest()[:16]
