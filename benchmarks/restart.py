"""`python -m benchmarks.restart DIR`: how soon identify is back with all of DIR/records.csv, and how it runs then.

Every row is one event through the real stage; what that writes to the topic of source records fills a real Kafka, on
which a worker is started. Then as many of the events as `--events` says come again, a third of them telling something
new, through the stage as a worker runs it, in a process of its own: the longest any took, and the longest the collector
stopped everything. Nothing is compacted: every version of every record is read back (docs/identity.md).
"""

import argparse
import asyncio
import gc
import pickle
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.identity import Said, read
from benchmarks.load import KEY
from benchmarks.stack import Stack
from benchmarks.traffic import Publisher
from connectors.sending import TopicMessage
from fanlight.deployment import PERSON_PARTITIONS
from fanlight.linkage.speed import resident_bytes
from schemas import topics
from schemas.activations import activated
from schemas.codec import encode_event
from schemas.events import Event, Header, Identifier, Moment, Person
from schemas.vocabulary import Precision
from streams.agents import COMPONENTS
from streams.collecting import collect_rarely
from streams.identifying import Identify
from streams.identity.snapshot import Demographics

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_READY_SECONDS_MAX = 15.0
#: Events that come again have numbers of their own.
_AGAIN = 10_000_000


def event(key: str, said: Demographics, number: int) -> bytes:
    """What a source said, as an event of `person_details`."""
    agency = key.partition(":")[0]
    header = Header(
        event_id=KEY.derive("event", str(number)),
        type=f"{agency}.person_details",
        agency=agency,
        feed="benchmark",
        subject=key,
        subject_key=KEY.subject_key(agency, key),
        record_key=KEY.derive("record", str(number)),
        occurred=Moment(value="2026-02-01", precision=Precision.DAY),
        received_at=_NOW,
    )
    person = Person(
        given_name=said.given_name,
        middle_names=said.middle_names,
        family_name=said.family_name,
        aliases=said.aliases,
        birth_date=said.birth_date,
        birth_date_accuracy="AAA",
        postcode=said.postcode,
        address=said.address,
        identifiers=tuple(Identifier(system=s, value=v, valid=ok) for s, v, ok in said.identifiers),
    )
    return encode_event(Event(header=header, person=person))


def written(folder: Path) -> Iterator[TopicMessage]:
    """The messages that identify writes to the topic of source records when every row comes."""
    stage = Identify(KEY, PERSON_PARTITIONS)
    for number, (key, said) in enumerate(read(folder)):
        for put in stage.take(event(key, said, number), _NOW):
            if put.topic == topics.SOURCE_RECORDS:
                yield TopicMessage(put.topic, put.key, put.value or b"", ())


def restart(messages: Sequence[TopicMessage], people: int) -> None:
    """Start a worker on a Kafka that holds these."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Stack(Path(folder)) as stack:
        # Not in transactions, as they were written: who reads cannot tell.
        asyncio.run(Publisher(stack.broker).flat_out(messages))
        seconds = stack.start_worker("identify")
        size = stack.resident("identify")
        print(f"process start to ready  {seconds:.1f} s (at most {_READY_SECONDS_MAX:.0f})")
        print(f"CPU of the worker       {stack.cpu()['identify']:.1f} s")
        print(f"memory of the worker    {size / 1e6:,.0f} MB, {size / people:,.0f} bytes a person")


def run(folder: Path, shelf: Path, count: int) -> None:
    """In a process of its own: read back, take events, take over another model. CPU of the thread: others may work."""
    values = [message.value for message in pickle.loads(shelf.read_bytes())]
    rows = read(folder)[-count:]
    gc.disable()
    stage, before, began = Identify(KEY, PERSON_PARTITIONS), resident_bytes(), time.thread_time()
    stage.restore(values)
    deque(stage.restored(), maxlen=0)
    print(f"read back, no Kafka     {time.thread_time() - began:.1f} s")
    print(f"memory of what is known {(resident_bytes() - before) / len(stage.registry):,.0f} bytes a record")
    del values
    collect_rarely()
    gc.enable()
    with collections() as pauses:
        took = sorted(_took(partial(stage.take, data, _NOW)) for data in _again(rows))
        print(f"events                  {len(took):,}, {len(took) / sum(took):,.0f} a second")
        print(f"p99, longest            {took[int(len(took) * 0.99)] * 1e3:.2f} ms, {took[-1] * 1e3:.1f} ms")
        _, value = activated("benchmark", "uk-2", by="benchmark", reason="benchmark", at=_NOW, shadow_id=None)
        stage.arrive(topics.MODELS, "0", value, _NOW)
        steps = list(_steps(stage))
        print(f"another model taken over {sum(steps):.2f} s, longest step {max(steps) * 1e3:.1f} ms")
        steps = []
        while stage.reconsiders:
            steps.append(_took(lambda: stage.reconsider(COMPONENTS, _NOW)))
        print(f"all resolved by it      {sum(steps):.0f} s, longest step {max(steps) * 1e3:.1f} ms")
    print(f"collections             {len(pauses)}, longest {max(pauses, default=0) * 1e3:.1f} ms")


def _again(rows: Sequence[Said]) -> Iterator[bytes]:
    """The rows as events; every third tells of a new home."""
    for number, (key, said) in enumerate(rows):
        told = said if number % 3 else replace(said, postcode=f"ZZ{number % 90 + 10} {number % 9 + 1}ZZ")
        yield event(key, told, _AGAIN + number)


def _steps(stage: Identify) -> Iterator[float]:
    adopting = stage.adopt()
    done = object()
    while True:
        began = time.thread_time()
        if next(adopting, done) is done:
            return
        yield time.thread_time() - began


def _took(step: Callable[[], object]) -> float:
    began = time.thread_time()
    step()
    return time.thread_time() - began


@contextmanager
def collections() -> Iterator[list[float]]:
    """How long the collector stopped everything, each time."""
    pauses: list[float] = []

    def note(phase: str, _: object) -> None:
        pauses.append(-time.thread_time()) if phase == "start" else pauses.append(pauses.pop() + time.thread_time())

    gc.callbacks.append(note)
    yield pauses
    gc.callbacks.remove(note)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a file that keeps what was written, and is taken if it is there")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run(given.folder, given.keep, given.events)
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        shelf = given.keep or Path(folder) / "written"
        if not shelf.exists():
            shelf.write_bytes(pickle.dumps(list(written(given.folder))))
        messages = pickle.loads(shelf.read_bytes())
        people = sum(1 for _ in (given.folder / "people.csv").open()) - 1
        print(f"people, messages        {people:,}, {len(messages):,}", flush=True)
        restart(messages, people)
        del messages
        arguments = ["-m", "benchmarks.restart", str(given.folder), "--keep", str(shelf), "--run"]
        subprocess.run([sys.executable, *arguments, "--events", str(given.events)], check=True)


if __name__ == "__main__":
    main()
