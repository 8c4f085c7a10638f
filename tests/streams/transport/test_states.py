import gc
from collections.abc import Sequence

import pytest
from faust.types import TP

from streams.transport.records import Record
from streams.transport.states import Replay, States


def nothing(partition: int, records: Sequence[Record]) -> None:
    pass


def forgetful(topic: str, forgotten: list[tuple[str, int]]) -> Replay:
    return Replay(topic=topic, apply=nothing, forget=lambda partition: forgotten.append((topic, partition)))


def test_a_source_topic_is_replayed_for_the_partitions_that_are_assigned() -> None:
    states = States()
    states.add(forgetful("events", []))
    sources = [TP("events", 1), TP("events", 3), TP("other", 1)]
    assert states.partitions(sources, {"events": 4, "other": 4}) == {TP("events", 1), TP("events", 3)}


def test_another_topic_is_replayed_for_equal_numbers_of_topics_with_equally_many_partitions() -> None:
    states = States()
    states.add(forgetful("timelines", []))
    sources = [TP("events", 1), TP("events", 3), TP("cards", 0)]
    counts = {"events": 4, "cards": 1, "timelines": 4}
    assert states.partitions(sources, counts) == {TP("timelines", 1), TP("timelines", 3)}


async def test_what_is_held_is_forgotten_once_and_nothing_else() -> None:
    forgotten: list[tuple[str, int]] = []
    states = States()
    states.add(forgetful("events", forgotten))
    states.forget()
    assert forgotten == []
    states._held = {TP("events", 2), TP("events", 0)}
    states.forget()
    states.forget()
    assert forgotten == [("events", 0), ("events", 2)]


async def test_rebuilding_nothing_forgets_what_was_held_and_needs_no_broker() -> None:
    forgotten: list[tuple[str, int]] = []
    states = States()
    states.add(forgetful("events", forgotten))
    states._held = {TP("events", 0)}
    await states.rebuild({}, {})
    assert forgotten == [("events", 0)]


def test_a_topic_is_replayed_into_one_state() -> None:
    states = States()
    states.add(forgetful("events", []))
    with pytest.raises(ValueError, match="events is replayed already"):
        states.add(forgetful("events", []))


async def test_collections_are_as_they_were_after_a_rebuild_and_pass_over_what_it_left() -> None:
    frozen = gc.get_freeze_count()
    kept = [[] for _ in range(1_000)]
    await States().rebuild({}, {})
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(kept)
    gc.unfreeze()
