import gc
import weakref
from collections.abc import Callable, Iterator, Sequence

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
    assert states.are_whole
    states.forget()
    assert not states.are_whole


async def test_a_replay_that_a_rebalance_overtakes_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def complete(_: int) -> Iterator[None]:
        told.append("complete")
        yield

    states = States()
    states.add(
        Replay(topic="events", apply=lambda *_: told.append("apply"), forget=lambda _: told.clear(), complete=complete)
    )

    async def overtaken(options: object, ends: dict[TP, int | None], apply: Callable[..., None]) -> None:
        apply(TP("events", 0), [])
        states.forget()
        apply(TP("events", 0), [])

    monkeypatch.setattr("streams.transport.states.replay", overtaken)
    await states.rebuild({}, {TP("events", 0): None})
    assert told == []
    assert not states.are_whole


async def test_a_rebalance_ends_what_is_left_to_do_after_a_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    states = States()

    def complete(_: int) -> Iterator[None]:
        for step in range(3):
            steps.append(step)
            if step == 1:
                states.forget()
            yield

    async def read_nothing(*_: object) -> None:
        pass

    states.add(Replay(topic="events", apply=nothing, forget=lambda _: None, complete=complete))
    monkeypatch.setattr("streams.transport.states.replay", read_nothing)
    await states.rebuild({}, {TP("events", 0): None})
    assert steps == [0, 1]
    assert not states.are_whole


def test_a_topic_is_replayed_into_one_state() -> None:
    states = States()
    states.add(forgetful("events", []))
    with pytest.raises(ValueError, match="events is replayed already"):
        states.add(forgetful("events", []))


async def test_collections_are_as_they_were_after_a_rebuild_and_pass_over_what_it_left() -> None:
    class Kept:
        def __init__(self) -> None:
            self.itself = self  # so that nothing but a collection can end it

    kept = Kept()
    is_there = weakref.ref(kept)
    await States().rebuild({}, {})
    assert gc.isenabled()
    del kept
    gc.collect()
    assert is_there() is not None
    gc.unfreeze()
    gc.collect()
    assert is_there() is None
    gc.freeze()  # as `tests/conftest.py` has left it
