"""Decisions of a batch: what a ruling contributes is encoded once, and said once for all that were decided by it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from policies.ruling import Grant, Ruling
from schemas import topics
from schemas.binary import EMPTY, EPOCH, instant, long, text
from schemas.codec import encode, encode_body
from schemas.keys import DeploymentKey
from schemas.vocabulary import Outcome
from streams.puts import Put
from streams.splicing import Grants, grants

DECISIONS: Final = "fanlight.bus.Decisions"
RULED: Final = "fanlight.bus.Ruled"
#: The most bytes of decisions in one record, which are some four thousand decisions: far below the largest record.
_DECIDED_BYTES_MAX: Final = 300_000


@dataclass(eq=False, slots=True)
class Ruled:
    """One ruling for one audience and event type, with all that it contributes to what is written, encoded once.

    * `permitted` and `waits` say whether its outcome is PERMIT, or REVIEW; at DENY both are False.
    * `grants` are its grants, and `shared` the same as bytes for disclosures and timelines.
    * `decision_id` derives the id of the decision on an event from the id of the event.
    * `head` is the beginning of a fanlight.bus.Decisions up to its instant, `body` a fanlight.bus.Ruled up to its
      decisions.
    """

    permitted: bool
    waits: bool
    grants: tuple[Grant, ...]
    shared: Grants
    decision_id: Callable[[str], str]
    audience: str
    head: bytes
    body: bytes

    @classmethod
    def of(cls, key: DeploymentKey, ruling: Ruling, audience: str, event_type: str) -> "Ruled":
        """Encode once what a ruling contributes."""
        said, agency = ruling.as_record(), event_type.partition(".")[0]
        revision, engine = said.pop("revision"), said.pop("engine")
        head = {"audience": audience, "revision": revision, "engine": engine, "at": EPOCH, "rulings": []}
        return cls(
            permitted=ruling.outcome is Outcome.PERMIT,
            waits=ruling.outcome is Outcome.REVIEW,
            grants=ruling.grants,
            shared=grants(said["grants"]),
            decision_id=key.deriver("decision", audience, ruling.digest),
            audience=audience,
            # The last two bytes are the instant, of number zero, and the rulings, none.
            head=encode(DECISIONS, head)[:-2],
            body=encode_body(RULED, {"agency": agency, "event_type": event_type, **said, "decided": []})[:-1],
        )


class Minutes:
    """The decisions of one batch, gathered by ruling: a record says a ruling once for all events decided by it."""

    def __init__(self) -> None:
        self._decided: dict[Ruled, list[bytes]] = defaultdict(list)

    def add(self, ruled: Ruled, decision_id: str, event_id: str) -> None:
        """Note one decision."""
        self._decided[ruled].append(text(decision_id) + text(event_id))

    def puts(self, at: datetime) -> Iterator[Put]:
        """One record for each audience, or as many as are needed."""
        by_head: dict[bytes, list[Ruled]] = defaultdict(list)
        for ruled in self._decided:
            by_head[ruled.head].append(ruled)
        for head, rulings in by_head.items():
            for blocks in self._blocks(rulings):
                value = b"".join((head, instant(at), long(len(blocks)), *blocks, EMPTY))
                yield Put(topics.DECISIONS, rulings[0].audience.encode(), value)

    def _blocks(self, rulings: list[Ruled]) -> Iterator[list[bytes]]:
        return _cut(
            b"".join((ruled.body, long(len(taken)), *taken, EMPTY))
            for ruled in rulings
            for taken in _cut(self._decided[ruled])
        )


def _cut(parts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Cut parts into runs of at most _DECIDED_BYTES_MAX each; a part that is larger by itself is a run of its own."""
    taken: list[bytes] = []
    room = _DECIDED_BYTES_MAX
    for part in parts:
        if taken and len(part) > room:
            yield taken
            taken, room = [], _DECIDED_BYTES_MAX
        taken.append(part)
        room -= len(part)
    if taken:
        yield taken
