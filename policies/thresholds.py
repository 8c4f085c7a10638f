"""What the threshold of a rule card may name: the measures that `streams.timeline` computes, and what each is told.

A number beyond its bounds would hold always or never, and words in its place would fail where a page is drawn.
"""

from collections.abc import Collection, Mapping
from math import inf
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas.catalogue import event_records
from schemas.errors import InvalidAgreement
from schemas.vocabulary import Agency

#: The kinds of card.
CONCERN, PROTECTIVE, QUIET, CHALLENGE = "concern", "protective", "quiet", "challenge"
#: Those whose findings are concerns or protective factors.
FINDINGS = (CONCERN, PROTECTIVE)
#: The measures, and what an input may be to one.
COUNT, DAYS, ACROSS_AGENCIES = "count", "days", "across_agencies"
ABSENCE, ABSENCE_RECOVERED = "absence", "absence_recovered"
UNBROKEN, GONE_QUIET, CLOSED_WHILE_WORRIED = "unbroken", "gone_quiet", "closed_while_worried"
EVIDENCE, ENDS, START, FOLLOW, CLOSING = "evidence", "ends", "start", "follow", "closing"


class Number(NamedTuple):
    """A parameter that is a number, from `least` to `most`."""

    least: float = 1
    most: float = inf
    whole: bool = True

    def takes(self, value: object) -> bool:
        """Whether a value is such a number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.least <= value <= self.most and (not self.whole or isinstance(value, int))

    def __str__(self) -> str:
        most = "" if self.most == inf else f" to {self.most:g}"
        return f"a {'whole ' if self.whole else ''}number from {self.least:g}{most}"


class EventNames(NamedTuple):
    """A parameter that lists kinds of events without their agency."""

    def takes(self, value: object) -> bool:
        """Whether a value is a list of such names."""
        known = {name.partition(".")[2] for name in event_records()}
        return isinstance(value, list) and all(isinstance(name, str) and name in known for name in value)

    def __str__(self) -> str:
        return "a list of event types without their agency"


_SHARE_MISSED = {
    "share": Number(0.01, 1, whole=False),
    "sessions_min": Number(),
    "sessions_term_max": Number(),
    "marks_days": Number(),
}

#: Each measure that a threshold may name, and its parameters.
MEASURES: Mapping[str, Mapping[str, Number | EventNames]] = MappingProxyType(
    {
        COUNT: {"at_least": Number()},
        DAYS: {"at_least": Number()},
        ACROSS_AGENCIES: {"at_least": Number(), "agencies": Number(1, len(Agency))},
        ABSENCE: _SHARE_MISSED,
        ABSENCE_RECOVERED: _SHARE_MISSED,
        UNBROKEN: {"days": Number()},
        GONE_QUIET: {
            # A usual gap is one between two events.
            "events_min": Number(2),
            "days_min": Number(),
            "gaps": Number(0, whole=False),
            "feed_days": Number(),
            "days_max": Number(),
            "ignore": EventNames(),
        },
        CLOSED_WHILE_WORRIED: {"days": Number()},
    }
)

#: What an input may be to each measure.
PARTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys((COUNT, DAYS, ACROSS_AGENCIES), frozenset({EVIDENCE, ENDS})),
        **dict.fromkeys((ABSENCE, ABSENCE_RECOVERED, GONE_QUIET), frozenset({EVIDENCE})),
        UNBROKEN: frozenset({START, FOLLOW}),
        CLOSED_WHILE_WORRIED: frozenset({EVIDENCE, CLOSING}),
    }
)
#: Without which a measure never holds. Silence is heard of whoever has spoken, whatever the inputs are.
_NEEDED: Mapping[str, tuple[str, ...]] = {GONE_QUIET: (), UNBROKEN: (START,), CLOSED_WHILE_WORRIED: (EVIDENCE, CLOSING)}
#: What each measure makes of a card, where it is no finding.
_KINDS: Mapping[str, tuple[str, ...]] = {GONE_QUIET: (QUIET,), CLOSED_WHILE_WORRIED: (CHALLENGE,)}


def check(kind: str, measure: str, parameters: Mapping[str, Any], name: str) -> None:
    """Refuse a threshold that cannot be computed for a kind of card; `name` is how messages speak of the card."""
    known = MEASURES.get(measure)
    if known is None:
        raise InvalidAgreement(f"{name}: no measure {measure}; there are {', '.join(MEASURES)}")
    if set(parameters) != set(known):
        raise InvalidAgreement(f"{name}: measure {measure} takes exactly {', '.join(sorted(known))}")
    for key, parameter in known.items():
        if not parameter.takes(parameters[key]):
            raise InvalidAgreement(f"{name}: measure {measure}: {key} is {parameters[key]!r}; write {parameter}")
    kinds = _KINDS.get(measure, FINDINGS)
    if kind not in kinds:
        raise InvalidAgreement(f"{name}: measure {measure} is for a card of kind {' or '.join(kinds)}, not {kind}")


def check_inputs(measure: str, parameters: Mapping[str, Any], heard: Collection[tuple[str, str]], name: str) -> None:
    """Refuse inputs with which the measure would never hold; `heard` has the part and the event type of each."""
    parts = {part for part, _ in heard}
    for part in _NEEDED.get(measure, (EVIDENCE,)):
        if part not in parts:
            raise InvalidAgreement(f"{name}: measure {measure} never holds without an input of part {part}; give one")
    if measure in (ABSENCE, ABSENCE_RECOVERED) and not any(_has_sessions(event_type) for _, event_type in heard):
        raise InvalidAgreement(f"{name}: measure {measure} is of school sessions; hear events with a meaning")
    _check_agencies(measure, parameters.get("agencies", 0), heard, name)


def _has_sessions(event_type: str) -> bool:
    return "meaning" in event_records()[event_type].labels


def _check_agencies(measure: str, least: int, heard: Collection[tuple[str, str]], name: str) -> None:
    evidence, ends, closing = (
        {event_type.partition(".")[0] for part, event_type in heard if part == asked}
        for asked in (EVIDENCE, ENDS, CLOSING)
    )
    if len(evidence) < least:
        raise InvalidAgreement(
            f"{name}: agencies is {least}, and the evidence is of {len(evidence)}; hear more of them"
        )
    if measure == CLOSED_WHILE_WORRIED and len(evidence | closing) == 1:
        raise InvalidAgreement(f"{name}: its evidence is of the agency that closes; hear another one")
    if not ends <= evidence:
        raise InvalidAgreement(
            f"{name}: {min(ends - evidence)} ends nothing, as no evidence is its own; hear some, or leave out what ends"
        )
