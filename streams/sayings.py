"""Which event said what of a source record, so that what an event said can be left out once that is taken back.

Of an event identity needs only what it said of whom, and whether it still counts. So an event is packed into 43 bytes
here, and what several events said alike is kept once. Which events still count follows from the rules of a timeline
(`timeline/fold.py`).
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from schemas.binary import EPOCH
from streams.identity.snapshot import NOTHING, Features, is_shielded
from streams.opening import Opened
from streams.timeline.fold import Act, HeldEvent, Version, acts, held_event, not_taken_back

#: One packed event: short names of the event and its record, recorded_at and received_at in milliseconds since 1970,
#: the number of its act with _SHIELDS, the short name of what it acts upon, and the number of what it says in
#: `contents`.
_SAYING: Final = struct.Struct(">8s8sqqB8sH")
_ACT_AT: Final = 32  # where the act stands in it
_NAMELESS: Final = bytes(8)
_SAYS_NOTHING: Final = 0xFFFF
#: Up to so many events are searched byte by byte, which is faster than keeping a set of their names.
_FEW: Final = 64
#: The most bytes of the distinct contents of one source record: a thousand of a name, a birth date and a home.
CONTENTS_BYTES_MAX: Final = 100_000
#: The most bytes of events that are written down with a record: a thousand events.
_EVENTS_BYTES_MAX: Final = 1_000 * _SAYING.size
_NEVER: Final = -(2**63)
_ACTS: Final = tuple(Act)
_NUMBER: Final = {act: number for number, act in enumerate(_ACTS)}
#: Added to the number of its act where the source of an event protects the young person's address.
_SHIELDS: Final = 0x80
_MS: Final = timedelta(milliseconds=1)


class TakenIn(NamedTuple):
    """An event that has been taken in, packed as a _SAYING.

    `turns` says whether other events may begin or cease to count because of it, `is_new` whether it said something that
    no event had said of the record before.
    """

    packed: bytes
    turns: bool
    is_new: bool


@dataclass(slots=True)
class Sayings:
    """All that events have said of one source record.

    * `source_id` is the agency's own key of it.
    * `contents` are the different things that were said.
    * `events` are packed events that changed something when they came. They are written down with the record whenever
      it changes.
    * `again` are packed events that changed nothing when they came, by far the most. Each is written down by itself, so
      that a record of many events stays small.
    * `acted` is True where not all of these may count: some event takes another back, or a record came in versions.
    * `_known` are all short names in `again`, once there are more than _FEW.
    """

    source_id: str = ""
    contents: tuple[Features, ...] = ()
    events: bytes = b""
    again: bytes | bytearray = b""
    acted: bool = False
    _known: set[bytes] | None = None

    @classmethod
    def of_unknown_events(cls, said: Features) -> "Sayings":
        """What was said of a record in an earlier release, which did not write down by which events. It always
        counts."""
        if said == NOTHING:
            return cls()
        return cls("", (said,), _SAYING.pack(_NAMELESS, _NAMELESS, _NEVER, _NEVER, 0, _NAMELESS, 0))

    def has_room_for(self, said: Features) -> bool:
        """Whether this can be added to the contents, all of which are written down whenever the record changes."""
        if said == NOTHING or said in self.contents:
            return True
        return sum(map(_bytes, (*self.contents, said))) <= CONTENTS_BYTES_MAX

    def hear(self, event: Opened, said: Features) -> TakenIn | None:
        """Take in an event; None if it neither says nor takes back anything, or is known already."""
        header = event.header
        act, target = acts(header, event.rest)
        person = event.rest.get("person")
        shields = _SHIELDS if person is not None and is_shielded(header, person) else 0
        if act in (Act.NONE, Act.ANSWERS) and not shields and (said is NOTHING or said == NOTHING):
            return None
        agency = header["agency"]
        name, received_at = _short(agency, header["event_id"]), _ms(header["received_at"])
        record = _short(agency, header["record_key"])
        is_named = self._names(name)
        if is_named and any(known <= received_at for known in self._deliveries(name)):
            return None
        before, acted = self.contents, self.acted or act is not Act.NONE or shields > 0
        saying = _SAYING.pack(
            name,
            record,
            _NEVER if header["recorded_at"] is None else _ms(header["recorded_at"]),
            received_at,
            _NUMBER[act] | shields,
            _NAMELESS if target is None else _short(agency, target),
            self._content(said),
        )
        # While all events say the same, it makes no difference which of them count.
        turns = act is not Act.NONE or ((acted or len(self.contents) > 1) and (is_named or self._names(record)))
        self.acted = acted or turns
        self._add_again(saying)
        if self._known is not None:
            self._known.update(_names(saying))
        return TakenIn(saying, turns, self.contents is not before)

    def keep(self, saying: bytes) -> bool:
        """Move the event that was heard last, and changed something, from `again` to `events`. Returns False where
        there is no room among them: it stays, and must be written down by itself."""
        if len(self.events) + len(saying) > _EVENTS_BYTES_MAX:
            return False
        self.again = self.again[: -len(saying)] or b""
        self.events += saying
        return True

    def add(self, events: bytes | bytearray, *, again: bool = False) -> None:
        """Take packed events back, as they were written down with the record or by themselves."""
        if again:
            self._add_again(events)
        else:
            self.events += events
        self.acted = self.acted or any(events[_ACT_AT :: _SAYING.size]) or self._has_versions()

    def _has_versions(self) -> bool:
        if len(self.contents) < 2:
            return False
        records = [each[1] for each in _SAYING.iter_unpack(self.events + self.again)]
        return len(set(records)) < len(records)

    def _add_again(self, events: bytes | bytearray) -> None:
        # Most records have none, and an empty bytearray of their own would be a tenth of their memory.
        if self.again:
            self.again += events
        else:
            self.again = bytearray(events)

    def said(self) -> Features:
        """What the events that count say of the record, all together."""
        sayings = [*_SAYING.iter_unpack(self.events), *_SAYING.iter_unpack(self.again)]
        held = [_held(each) for each in sayings]
        live = not_taken_back(held)
        versions: dict[str, dict[Version, Features]] = {}
        shielded: dict[str, Version] = {}
        for saying, event in zip(sayings, held, strict=True):
            if event.event_id not in live:
                continue
            if saying[4] & _SHIELDS:
                shielded[event.record] = max(event.version, shielded.get(event.record, event.version))
            if saying[-1] != _SAYS_NOTHING:
                of_record = versions.setdefault(event.record, {})
                of_record[event.version] = of_record.get(event.version, NOTHING).joined(self.contents[saying[-1]])
        said = NOTHING
        for record, of_record in versions.items():
            said = said.joined(_newest(of_record, shielded.get(record)))
        return said

    def _names(self, name: bytes) -> bool:
        """Whether this is the short name of an event held, of its record, or of what it acts upon."""
        if self._known is None and len(self.again) > _FEW * _SAYING.size:
            self._known = _names(bytes(self.again))
        among = self._known if self._known is not None else self.again
        return name in among or name in self.events

    def _deliveries(self, name: bytes) -> Iterator[int]:
        """When the event of this short name was received, each time that it came, in milliseconds since 1970."""
        for saying in _SAYING.iter_unpack(self.events + self.again):
            if saying[0] == name:
                yield saying[3]

    def _content(self, said: Features) -> int:
        if said == NOTHING:
            return _SAYS_NOTHING
        for number, content in enumerate(self.contents):
            if content == said:
                return number
        self.contents += (said,)
        return len(self.contents) - 1


def _bytes(said: Features) -> int:
    """About how much it takes to write this down."""
    return sum(4 + len("".join(each).encode()) for field in said for each in field)


def _names(events: bytes) -> set[bytes]:
    return {name for each in _SAYING.iter_unpack(events) for name in (each[0], each[1], each[5])} - {_NAMELESS}


def _newest(versions: Mapping[Version, Features], shielded: Version | None) -> Features:
    """What a record that came in several versions says. A newer version corrects the names, birth dates and numbers
    that it says anew; what it leaves out stands. Homes of all versions stand, because children move; but where the
    version `shielded` was the last to protect the home, only those said later, as an older one may be that home."""
    if shielded is not None:
        versions = {v: said if v > shielded else _homeless(said) for v, said in versions.items()}
    said, *older = (versions[version] for version in sorted(versions, reverse=True))
    for each in older:
        systems = {number.partition(":")[0] for number in said.identifiers}
        numbers = {number for number in each.identifiers if number.partition(":")[0] not in systems}
        said = Features(
            given=said.given or each.given,
            middle=said.middle if said.given else each.middle,
            family=said.family or each.family,
            born=said.born or each.born,
            postcodes=said.postcodes | each.postcodes,
            addresses=said.addresses | each.addresses,
            identifiers=said.identifiers | numbers,
            protected=said.protected | each.protected,
            merged=said.merged | each.merged,
        )
    return said


def _homeless(said: Features) -> Features:
    return said._replace(postcodes=NOTHING.postcodes, addresses=NOTHING.addresses)


def _held(saying: tuple[Any, ...]) -> HeldEvent:
    name, record, recorded_at, received_at, act, target, _ = saying
    return held_event(
        name.hex(),
        "",  # the agency is in the short names
        record.hex(),
        None if recorded_at == _NEVER else EPOCH + recorded_at * _MS,
        datetime.min.replace(tzinfo=UTC) if received_at == _NEVER else EPOCH + received_at * _MS,
        _ACTS[act & ~_SHIELDS],
        None if target == _NAMELESS else target.hex(),
    )


def _short(agency: str, name: str) -> bytes:
    # With its agency: nobody takes back what another agency said.
    return blake2b(f"{agency} {name}".encode(), digest_size=8).digest()


def _ms(at: datetime) -> int:
    return (at - EPOCH) // _MS
