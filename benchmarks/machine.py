"""What the figures were measured on: never where, and never whose."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fanlight.engines import default_tools_dir
from fanlight.engines.jars import class_path, find_java
from fanlight.engines.opa import opa_program
from fanlight.parts import run_briefly

_PACKAGES = ("faust-streaming", "aiokafka", "fastavro", "opa-python-client", "gordon-to-regorus")
_KIB_PER_GIB = 1 << 20


def machine() -> dict[str, Any]:
    """Cores that may be used, the processor's model, and memory."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model[1] if model else platform.machine(),
        "memory_gib": round(int(memory[1]) / _KIB_PER_GIB) if memory else None,
    }


def versions() -> dict[str, str]:
    """The versions of everything that took part."""
    tools_dir = default_tools_dir(os.environ)
    kafka = re.search(r"kafka_[\d.]+-([\d.]+)\.jar", class_path(tools_dir))
    opa = re.search(
        r"^Version: (\S+)", run_briefly([str(opa_program(tools_dir)), "version"], "opa", seconds_max=30), re.M
    )
    java = run_briefly([find_java() or "java", "--version"], "asking java for its version", seconds_max=30)
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
        "kafka": kafka[1] if kafka else "unknown",
        "java": java.split()[1],
        "opa": opa[1] if opa else "unknown",
    }
