"""Records and decisions through the resolver of the bus, one by one and timed, in whatever order they come."""

import gc
import random
import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fanlight.linkage.contract import Records
from fanlight.linkage.decisions import Decision
from fanlight.linkage.snapshots import demographics, judgement
from streams.collecting import collecting_rarely
from streams.identity.judgements import Judgement
from streams.identity.record import Assignment
from streams.identity.registry import Registry
from streams.identity.snapshot import Demographics, Snapshot

#: Derives the id that a record would give its person.
NamePerson = Callable[[str], str]


class Said(NamedTuple):
    """What a source said of one of its records, by the record's key."""

    key: str
    source: str
    demographics: Demographics


Arriving = Said | Judgement


def in_order(records: Records, decisions: Iterable[Decision]) -> list[Arriving]:
    """Everything in order of arrival; a decision comes after the rows of its seq, and one without seq comes last."""
    timed: list[tuple[tuple[bool, int], Arriving]] = [
        ((row.seq is None, row.seq or 0), Said(row.key, row.cells[0], demographics(row))) for row in records.rows
    ]
    timed += [((each.seq is None, each.seq or 0), judgement(each)) for each in decisions]
    timed.sort(key=lambda pair: pair[0])
    return [arriving for _, arriving in timed]


def shuffled(arriving: Sequence[Arriving], number: int) -> list[Arriving]:
    """The same in another order: always the same one for a number."""
    order = list(arriving)
    random.Random(f"order {number}").shuffle(order)
    return order


@dataclass(slots=True)
class Replay:
    """One run: the registry it ended in, what each row took, and how often a record was moved to another person."""

    registry: Registry
    moves: int = 0
    cpu_ns: "array[int]" = field(default_factory=lambda: array("q"))
    wall_ns: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def rows(self) -> int:
        return len(self.cpu_ns)

    def assignments(self, keys: Iterable[str]) -> Mapping[str, Assignment]:
        """Whose each record is now."""
        found = {}
        for key in keys:
            assignment = self.registry.assignment(key)
            assert assignment is not None, "every record was observed"
            found[key] = assignment
        return found


def replay(arriving: Iterable[Arriving], name_person: NamePerson) -> Replay:
    """Run everything through a new registry. What a row took includes normalising what it says."""
    gc.collect()  # an earlier run's registry goes round in circles
    run = Replay(Registry(name_person))
    observe, judge = run.registry.observe, run.registry.judge
    cpu, wall = time.thread_time_ns, time.perf_counter_ns
    with collecting_rarely():
        for each in arriving:
            if isinstance(each, Judgement):
                judge(each)
                continue
            key, source, said = each
            began_wall, began_cpu = wall(), cpu()
            changes = observe(Snapshot.of(key, said, agency=source))
            run.cpu_ns.append(cpu() - began_cpu)
            run.wall_ns.append(wall() - began_wall)
            run.moves += sum(change.leaves is not None for change in changes)
    return run
