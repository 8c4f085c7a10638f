"""Which event said what of a source record, so that what is taken back is said no more.

Identity needs of an event only whether it still speaks: an event is 43 bytes here, and what several said
alike is kept once. The rules by which events take one another back are those of a timeline (`timeline/fold.py`).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from streams.identity.snapshot import Features
from streams.opening import Opened
from streams.timeline.fold import Act, HeldEvent, acts, held_event, not_taken_back

#: Short names of event and record, recorded_at and received_at in ms, what it does to which other, what it says.
_SAYING = struct.Struct(">8s8sqqB8sH")
_ACT_AT = 32
_NAMELESS = bytes(8)
_NOTHING = 0xFFFF
#: So many events are searched faster than they are looked up.
_FEW = 64
_NEVER = -(2**63)
_ACTS = tuple(Act)
_NUMBER = {act: number for number, act in enumerate(_ACTS)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_SILENT = Features()


@dataclass(slots=True)
class Told:
    """All that one source record was told to be: the agency's own key of it, the distinct contents, and the events
    that said them, packed.

    `events` stand in what is written down of the record whenever it changes. `again` are by far the most: those that
    changed nothing when they came, each written down by itself, so that a record of many events stays small.
    `acted` says that some event takes another back.
    """

    source_id: str = ""
    contents: tuple[Features, ...] = ()
    events: bytes = b""
    again: bytes | bytearray = b""
    acted: bool = False
    _known: set[bytes] | None = None

    @classmethod
    def of_unknown_events(cls, said: Features) -> "Told":
        """What a record was told to be before events were written down beside it: nobody can take it back."""
        if said == _SILENT:
            return cls()
        return cls("", (said,), _SAYING.pack(_NAMELESS, _NAMELESS, _NEVER, _NEVER, 0, _NAMELESS, 0))

    def hear(self, event: Opened, said: Features) -> bytes | None:
        """Take in an event; its packed form if it says or takes back anything, and is not known already."""
        header = event.header
        act, target = acts(header, event.rest)
        if act is Act.NONE and said == _SILENT:
            return None
        agency = header["agency"]
        name, received_at = _short(agency, header["event_id"]), _ms(header["received_at"])
        if self._knows(name, received_at):
            return None
        saying = _SAYING.pack(
            name,
            _short(agency, header["record_key"]),
            _NEVER if header["recorded_at"] is None else _ms(header["recorded_at"]),
            received_at,
            _NUMBER[act],
            _NAMELESS if target is None else _short(agency, target),
            self._content(said),
        )
        self._add_again(saying)
        self.acted = self.acted or act is not Act.NONE
        if self._known is not None:
            self._known.add(name)
        return saying

    def keep(self, saying: bytes) -> None:
        """The event just heard changed something: it is written down with the record, not by itself."""
        self.again = self.again[: -len(saying)] or b""
        self.events += saying

    def add(self, events: bytes | bytearray, *, again: bool = False) -> None:
        """Take packed events back, as they were written down with the record or by themselves."""
        if again:
            self._add_again(events)
        else:
            self.events += events
        self.acted = self.acted or any(events[_ACT_AT :: _SAYING.size])

    def _add_again(self, events: bytes | bytearray) -> None:
        # Most records have none, and an empty bytearray of their own would be a tenth of their memory.
        if self.again:
            self.again += events
        else:
            self.again = bytearray(events)

    def said(self) -> Features:
        """All that the record is told to be by the events that nobody has taken back."""
        sayings = [*_SAYING.iter_unpack(self.events), *_SAYING.iter_unpack(self.again)]
        live = not_taken_back(map(_held, sayings))
        said = _SILENT
        for content in sorted({each[-1] for each in sayings if each[0].hex() in live} - {_NOTHING}):
            said = said.joined(self.contents[content])
        return said

    def _knows(self, name: bytes, received_at: int) -> bool:
        """Whether this delivery of an event, or one before it, has come: only the first one counts."""
        if self._known is None and len(self.again) > _FEW * _SAYING.size:
            self._known = {each[0] for each in _SAYING.iter_unpack(self.again)}
        among = self._known if self._known is not None else self.again
        if name not in among and name not in self.events:
            return False
        return any(known <= received_at for at in (self.events, self.again) for known in _deliveries(at, name))

    def _content(self, said: Features) -> int:
        if said == _SILENT:
            return _NOTHING
        for number, content in enumerate(self.contents):
            if content == said:
                return number
        self.contents += (said,)
        return len(self.contents) - 1


def _deliveries(events: bytes | bytearray, name: bytes) -> Iterator[int]:
    at = events.find(name)
    while at >= 0:
        if at % _SAYING.size == 0:
            received_at: int = _SAYING.unpack_from(events, at)[3]
            yield received_at
        at = events.find(name, at + 1)


def _held(saying: tuple[Any, ...]) -> HeldEvent:
    name, record, recorded_at, received_at, act, target, _ = saying
    return held_event(
        name.hex(),
        "",  # the agency is in the short names
        record.hex(),
        None if recorded_at == _NEVER else _EPOCH + recorded_at * _MS,
        datetime.min.replace(tzinfo=UTC) if received_at == _NEVER else _EPOCH + received_at * _MS,
        _ACTS[act],
        None if target == _NAMELESS else target.hex(),
    )


def _short(agency: str, name: str) -> bytes:
    # With its agency: nobody takes back what another agency said.
    return blake2b(f"{agency} {name}".encode(), digest_size=8).digest()


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // _MS
