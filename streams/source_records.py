"""Source records as they are written down: what they were told to be, by which events, and whose they are."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from schemas.binary import sized, text
from schemas.codec import decode, encode, prefix
from schemas.vocabulary import MatchStatus
from streams.identity.record import Assignment
from streams.identity.snapshot import NOTHING, Demographics, Features, Snapshot
from streams.sayings import Sayings

SAYING: Final = "fanlight.bus.Saying"
SOURCE_RECORD: Final = "fanlight.bus.SourceRecord"
#: The names of a source record as written: one row of each kind, the kind first.
_NAMES: Final = ["given", "middle", "family"]


def written(said: Snapshot, told: Sayings, now: Assignment, blocks: Iterable[str] = ()) -> bytes:
    """Encode a fanlight.bus.SourceRecord. `blocks` are the version of the rule for blocking keys, then the keys."""
    features = said.features
    alone = told.contents == ((features,) if features != NOTHING else ())
    record = {
        "subject_key": now.subject_key,
        "blocks": "\n".join(blocks),
        "agency": said.agency,
        **_said(features),
        "person_id": now.person_id,
        "epoch": now.epoch,
        "status": now.status,
        "source_id": told.source_id,
        "contents": [] if alone else list(map(_said, told.contents)),
        "events": told.events,
    }
    return encode(SOURCE_RECORD, record)


def read(value: bytes) -> tuple[Snapshot, Sayings, Assignment]:
    """Decode what `written` encoded, or what schema release 1.0 did."""
    record = decode(value)
    features = _features(record)
    if record["events"]:
        contents = tuple(map(_features, record["contents"])) or ((features,) if features != NOTHING else ())
        told = Sayings(record["source_id"], contents)
        told.add(record["events"])
    else:
        told = Sayings.of_unknown_events(features)
        told.source_id = record["source_id"]
    assignment = Assignment(record["subject_key"], record["person_id"], record["epoch"], MatchStatus(record["status"]))
    return Snapshot(record["subject_key"], features, record["agency"]), told, assignment


def saying(subject_key: str, events: bytes) -> bytes:
    """Encode a fanlight.bus.Saying. Not by the codec: most events say nothing new, and each of them is one."""
    return b"".join((prefix(SAYING), text(subject_key), sized(events)))


def _said(features: Features) -> dict[str, Any]:
    """The fields of a fanlight.bus.Said."""
    names = zip(_NAMES, (features.given, features.middle, features.family), strict=True)
    return {
        "names": [[kind, *sorted(found)] for kind, found in names],
        "birth_dates": sorted(features.born),
        "postcodes": sorted(features.postcodes),
        "addresses": sorted(features.addresses),
        "identifiers": [each.split(":", 1) for each in sorted(features.identifiers)],
        "merged": sorted(features.merged),
    }


def _features(record: Mapping[str, Any]) -> Features:
    names = record["names"]
    as_today = [kind for kind, *_ in names] == _NAMES
    given, middle, family = [frozenset(found) for _, *found in names] if as_today else _of_pairs(names)
    return Features(
        given=given,
        middle=middle,
        family=family,
        born=frozenset(record["birth_dates"]),
        postcodes=frozenset(record["postcodes"]),
        # Schema release 1.0 wrote an address as one word, which would be unlike every address of today.
        addresses=frozenset(record["addresses"] if as_today else ()),
        identifiers=frozenset(f"{system}:{value}" for system, value in record["identifiers"]),
        merged=frozenset(record["merged"]),
    )


def _of_pairs(names: Iterable[Iterable[str]]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The names of schema release 1.0: sorted pairs of given and family name, never in the order of `_NAMES`."""
    said = Snapshot.of("", Demographics(aliases=tuple(" ".join(pair) for pair in names))).features
    return said.given, said.middle, said.family
