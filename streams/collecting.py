"""How often Python's collector looks for circles in a process that holds millions of small, long-lived objects."""

import gc

#: At the default thresholds it looks through them again and again, for tenths of a second. What is young is looked at
#: twice, and then never: hardly anything here is ever in a circle and dropped. A batch's own objects are gone before so
#: many are made; with a tenth of it, looking through them took the share stage a twelfth of its time.
RARELY = (50_000, 2, 1_000_000_000)


def collect_rarely() -> None:
    """From now on, and never through what is held already."""
    gc.freeze()
    gc.set_threshold(*RARELY)
