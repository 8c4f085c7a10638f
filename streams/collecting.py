"""How often Python's collector looks for circles in a process that holds millions of small, long-lived objects.

At its default thresholds it looks through them again and again, for tenths of a second. Here it looks at what is young,
once: what outlives that is kept, and hardly anything that is kept is ever in a circle and dropped.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

#: So many objects are young. Fewer would be looked at as often each, but would make a pause of more events.
_YOUNG = 5_000
_NEVER = 1_000_000_000
RARELY = (_YOUNG, _NEVER, _NEVER)


def collect_rarely() -> None:
    """From now on look for circles once among what is young, and never among the objects that exist already."""
    gc.freeze()
    gc.callbacks.append(_keep)
    gc.set_threshold(*RARELY)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """As `collect_rarely`, for as long as this is open."""
    thresholds = gc.get_threshold()
    collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(_keep)
        gc.unfreeze()


def _keep(phase: str, _: Mapping[str, Any]) -> None:
    if phase == "stop":
        gc.freeze()
