"""The answer of the engine as a frozen record, and the strict reading that stands between the two.

A missing result, an empty object, a truthy string, half an answer, a field the event does not have: all of them are the
same as no answer. Nothing here repairs or assumes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from schemas.binary import EPOCH
from schemas.errors import PolicyUnavailable
from schemas.vocabulary import NEVER_PASS, Label, Outcome, Purpose

_RULING_KEYS: Final = frozenset({"outcome", "agreement", "clause", "reasons", "grants", "dropped", "revision"})
_GRANT_KEYS: Final = frozenset({"purpose", "agreement", "clause", "obligations", "fields", "masked", "valid_until_ns"})
_PURPOSES: Final = frozenset(Purpose)
_NS_PER_MICROSECOND: Final = 1000
_DIGEST_DIGITS: Final = 32
_CALENDAR_ENDS_NS: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) * _NS_PER_MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one clause lets one purpose see. `fields` pass whole, `masked` in a coarser form; no name is in both."""

    purpose: str
    agreement: str
    clause: str
    obligations: tuple[str, ...]
    fields: tuple[str, ...]
    masked: tuple[str, ...]
    valid_until_ns: int
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Hashed once: what a grant releases is looked up by it for every event.
        listed = (self.obligations, self.fields, self.masked)
        object.__setattr__(
            self, "_hash", hash((self.purpose, self.agreement, self.clause, listed, self.valid_until_ns))
        )

    def __hash__(self) -> int:
        return self._hash

    def as_record(self) -> dict[str, Any]:
        """What the grant lets through, as fanlight.bus.Grant but for its purposes."""
        return {
            "agreement": self.agreement,
            "clause": self.clause,
            "obligations": list(self.obligations),
            "fields": list(self.fields),
            "masked": list(self.masked),
            "valid_until": EPOCH + timedelta(microseconds=self.valid_until_ns // _NS_PER_MICROSECOND),
        }


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """One complete answer, and the engine that gave it. Demographics are named `person.NAME`."""

    outcome: Outcome
    agreement: str | None
    clause: str | None
    reasons: tuple[str, ...]
    grants: tuple[Grant, ...]
    dropped: tuple[str, ...]
    revision: str
    engine: str

    @cached_property
    def digest(self) -> str:
        """Names what was decided, whichever engine decided it: part of a decision's derived id."""
        content = {k: v for k, v in self.as_record().items() if k != "engine"}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:_DIGEST_DIGITS]

    def as_record(self) -> dict[str, Any]:
        """The part of fanlight.bus.Decision that a ruling decides."""
        return {
            "outcome": self.outcome,
            "agreement": self.agreement,
            "clause": self.clause,
            "revision": self.revision,
            "reasons": list(self.reasons),
            "grants": _by_what_they_pass(self.grants),
            "dropped": list(self.dropped),
            "engine": self.engine,
        }


def _by_what_they_pass(grants: tuple[Grant, ...]) -> list[dict[str, Any]]:
    """As fanlight.bus.Grant. Most clauses pass the same for several purposes, and every entry carries its grants."""
    together: list[dict[str, Any]] = []
    for grant in grants:
        passes = grant.as_record()
        same = next((found for found in together if found.items() >= passes.items()), None)
        if same is None:
            together.append({"purposes": [grant.purpose], **passes})
        else:
            same["purposes"].append(grant.purpose)
    return together


def parse_ruling(answer: object, revision: str, labels: Mapping[str, str], engine: str, *, asked_ns: int) -> Ruling:
    """The engine's answer as a Ruling, or `PolicyUnavailable` if it is anything but complete and well typed.

    `labels` are those of every field of the event type that was asked about, and `asked_ns` is when, in nanoseconds
    since 1970: a grant that had ended by then is no answer.
    """
    keys = _object(answer, _RULING_KEYS, "answer")
    if _text(keys, "revision") != revision:
        raise PolicyUnavailable("the policy engine answers from another revision of the policy: let it load this one")
    ruling = Ruling(
        outcome=_outcome(keys),
        agreement=_text_or_none(keys, "agreement"),
        clause=_text_or_none(keys, "clause"),
        reasons=_texts(keys, "reasons"),
        grants=tuple(_grant(item, labels, asked_ns) for item in _list(keys, "grants")),
        dropped=_texts(keys, "dropped"),
        revision=revision,
        engine=engine,
    )
    _check(ruling, labels)
    return ruling


def _grant(item: object, labels: Mapping[str, str], asked_ns: int) -> Grant:
    keys = _object(item, _GRANT_KEYS, "grant")
    until = keys["valid_until_ns"]
    if type(until) is not int:
        raise _malformed("valid_until_ns is no whole number")
    if not asked_ns < until < _CALENDAR_ENDS_NS:
        raise _malformed("a grant that has ended already, or ends on no day of the calendar")
    grant = Grant(
        purpose=_text(keys, "purpose"),
        agreement=_text(keys, "agreement"),
        clause=_text(keys, "clause"),
        obligations=_texts(keys, "obligations"),
        fields=_texts(keys, "fields"),
        masked=_texts(keys, "masked"),
        valid_until_ns=until,
    )
    if grant.purpose not in _PURPOSES:
        raise _malformed("a grant for an unknown purpose")
    if set(grant.fields) & set(grant.masked):
        raise _malformed("a field is both passed and masked")
    for name in (*grant.fields, *grant.masked):
        # The agreements' loader and the policy see to it too; here it holds whatever the engine answers.
        if labels.get(name, Label.INTERNAL) in NEVER_PASS:
            raise _malformed("a field is granted that the event does not have or that never passes")
    return grant


def _check(ruling: Ruling, labels: Mapping[str, str]) -> None:
    """That the parts of an answer agree with one another: half an answer may be well typed."""
    granted = {name for grant in ruling.grants for name in (*grant.fields, *grant.masked)}
    purposes = [grant.purpose for grant in ruling.grants]
    if not ruling.reasons:
        raise _malformed("no reason is given")
    if ("permitted" in ruling.reasons) != (ruling.outcome is Outcome.PERMIT):
        raise _malformed("its reasons are those of another outcome")
    if set(ruling.dropped) != set(labels) - granted:
        raise _malformed("passed and dropped fields are not all of the fields")
    if purposes != sorted(set(purposes)):
        raise _malformed("grants are not one a purpose, in order")
    match ruling.outcome:
        case Outcome.PERMIT:
            if not ruling.grants:
                raise _malformed("PERMIT without a grant")
            if (ruling.agreement, ruling.clause) != (ruling.grants[0].agreement, ruling.grants[0].clause):
                raise _malformed("PERMIT under another clause than its first grant's")
        case Outcome.DENY | Outcome.REVIEW:
            if ruling.grants:
                raise _malformed(f"{ruling.outcome} with grants")
            if ruling.outcome == Outcome.REVIEW and ruling.clause is None:
                raise _malformed("REVIEW without the clause that asks for it")


def _outcome(keys: Mapping[str, Any]) -> Outcome:
    try:
        return Outcome(_text(keys, "outcome"))
    except ValueError:
        raise _malformed("the outcome is none of PERMIT, DENY and REVIEW") from None


def _malformed(what: str) -> PolicyUnavailable:
    return PolicyUnavailable(f"the policy engine gave no complete answer: {what}")


def _object(value: object, keys: frozenset[str], what: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise _malformed(f"the {what} is no object")
    if set(value) != keys:
        raise _malformed(f"the {what} has not exactly the keys it should have")
    return value


def _text(keys: Mapping[str, Any], name: str) -> str:
    value = keys[name]
    if type(value) is not str or not value:
        raise _malformed(f"{name} is no text")
    return value


def _text_or_none(keys: Mapping[str, Any], name: str) -> str | None:
    return None if keys[name] is None else _text(keys, name)


def _list(keys: Mapping[str, Any], name: str) -> list[object]:
    value = keys[name]
    if type(value) is not list:
        raise _malformed(f"{name} is no list")
    return value


def _texts(keys: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = _list(keys, name)
    if any(type(item) is not str for item in values) or len(set(map(str, values))) != len(values):
        raise _malformed(f"{name} is no list of different texts")
    return tuple(sorted(map(str, values)))
