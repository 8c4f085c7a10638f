"""What the collector looks at in a worker: the young, once."""

import gc

from streams.collecting import RARELY, collecting_rarely


def test_what_exists_already_is_never_looked_at() -> None:
    kept = [[]]
    with collecting_rarely():
        assert not any(each is kept for each in gc.get_objects())


def test_what_outlives_a_collection_is_never_looked_at_again() -> None:
    with collecting_rarely():
        kept = [[]]
        gc.collect(0)
        assert not any(each is kept for generation in range(3) for each in gc.get_objects(generation))


def test_a_circle_that_is_dropped_young_is_found() -> None:
    with collecting_rarely():
        circle: list[object] = []
        circle.append(circle)
        del circle
        assert gc.collect(0) >= 1


def test_the_collector_is_as_before_once_it_is_over() -> None:
    before = gc.get_threshold(), list(gc.callbacks)
    with collecting_rarely():
        kept = [[]]
        assert gc.get_threshold() == RARELY
    assert (gc.get_threshold(), gc.callbacks) == before
    assert any(each is kept for each in gc.get_objects())
