"""Makers of held events, entries and cards. All people are synthetic and have no names at all."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import Any

import pytest

from policies.rulecards import RuleCard, RuleInput, load
from schemas.vocabulary import Role
from streams.timeline import days
from streams.timeline.fold import HeldEvent, acts, held_event
from streams.timeline.visible import VisibleEntry

Maker = Callable[..., Any]
START = datetime(2026, 1, 1, tzinfo=UTC)
PURPOSE = "missing-response"


def _held(
    event_id: str,
    *,
    kind: str = "arrest",
    agency: str = "police",
    record: str | None = None,
    received: int = 0,
    recorded: int | None = None,
    retracts: str | None = None,
    supersedes: str | None = None,
    corrects: str | None = None,
) -> HeldEvent:
    header = {"type": f"{agency}.{kind}", "retracts": retracts, "supersedes": supersedes}
    return held_event(
        event_id,
        agency,
        record or f"record of {event_id}",
        None if recorded is None else START + timedelta(hours=recorded),
        START + timedelta(hours=received),
        *acts(header, {"corrects": corrects, "replaced_by": "another", "reason_code": "other"}),
    )


def _seen(event_type: str, when: str, event_id: str | None = None, **changes: Any) -> VisibleEntry:
    fields = changes.pop("fields", {})
    defaults = {
        "agency": event_type.partition(".")[0],
        "role": "subject",
        "precision": "day",
        "recorded_at": None,
        "granted": frozenset(fields),
        "agreement": "agreement",
        "clause": "clause",
    }
    return VisibleEntry(
        event_id=event_id or f"{event_type} {when}",
        type=event_type,
        occurred=when,
        day=days.ordinal(when),
        fields=fields,
        **defaults | changes,
    )


def _stored(event_type: str, when: str, event_id: str | None = None, **changes: Any) -> dict[str, Any]:
    fields, person = changes.pop("fields", {}), changes.pop("person", {})
    grant = {
        "purposes": [changes.pop("purpose", PURPOSE)],
        "agreement": "agreement",
        "clause": "clause",
        "obligations": ["no_onward_sharing"],
        "fields": [*fields, *(f"person.{name}" for name in person)],
        "masked": [],
        "valid_until": changes.pop("valid_until", None),
    }
    return {
        "event_id": event_id or f"{event_type} {when}",
        "type": event_type,
        "agency": event_type.partition(".")[0],
        "role": "subject",
        "occurred": {"value": when, "precision": "day"},
        "recorded_at": None,
        "decision_id": "decision",
        "grading": None,
        "handling": [],
        "fields": fields,
        "person": person,
        "grants": [grant],
    } | changes


_numbers = count(1)


def _card(*inputs: str | RuleInput, measure: str = "count", **changes: Any) -> RuleCard:
    everyone = frozenset(str(role) for role in Role)
    parameters = {key: changes.pop(key) for key in tuple(changes) if key not in RuleCard.__slots__}
    defaults = {
        "id": f"card-{next(_numbers)}",
        "kind": "concern",
        "title": "A card",
        "words": "Something happened.",
        "category": "missing",
        "owner": "An owner",
        "source": "A source",
        "local": True,
        "approved_on": date(2020, 1, 1),
        "expires_on": date(2040, 1, 1),
        "window_days": 90,
        "weight": 1.0,
        "half_life_days": None,
        "lowers": "Less of it.",
    }
    return RuleCard(
        inputs=tuple(i if isinstance(i, RuleInput) else RuleInput(type=i, roles=everyone) for i in inputs),
        measure=measure,
        parameters=MappingProxyType(parameters),
        **defaults | changes,
    )


@pytest.fixture(scope="session")
def held() -> Maker:
    """A held event; `received` and `recorded` are hours since the year began."""
    return _held


@pytest.fixture(scope="session")
def seen() -> Maker:
    """A visible entry of a type on a day."""
    return _seen


@pytest.fixture(scope="session")
def stored() -> Maker:
    """A decoded Entry with one grant that passes all it holds."""
    return _stored


@pytest.fixture(scope="session")
def card() -> Maker:
    """A rule card that hears these types; measures' parameters go by name."""
    return _card


@pytest.fixture(scope="session")
def cards() -> tuple[RuleCard, ...]:
    """The cards that ship."""
    return load()


@pytest.fixture(scope="session")
def at() -> Maker:
    """Noon, in UTC, of a date."""
    return lambda text: datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)
