"""How often Python's collector looks for circles in a process that holds millions of small, long-lived objects."""

import gc

#: At the default thresholds it looks through them again and again, for tenths of a second. What is young is looked at
#: twice, and then never: hardly anything here is ever in a circle and dropped.
RARELY = (5_000, 5, 1_000_000_000)


def collect_rarely() -> None:
    """Look for circles rarely from now on, and never among the objects that exist already."""
    gc.freeze()
    gc.set_threshold(*RARELY)
