"""Rule cards: what may raise a concern or a protective factor, loaded from YAML and refused where it breaks a law.

A card is data that a board approves. The checks here are those no approval can waive: it has a source and an end, it
names events and fields that exist and may be shared, and being a victim never raises an offending concern.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from policies import files, thresholds
from policies.thresholds import (
    ACROSS_AGENCIES,
    CLOSED_WHILE_WORRIED,
    COUNT,
    DAYS,
    EVIDENCE,
    GONE_QUIET,
    PARTS,
    UNBROKEN,
)
from schemas.catalogue import definitions, event_records
from schemas.errors import InvalidAgreement
from schemas.vocabulary import CRIMINAL_RESPONSIBILITY_AGE, NEVER_PASS, Role

RULES = Path(__file__).parent / "rules"

OFFENDING = "offending"
#: Roles in which a child is not, or cannot be, someone who offends.
_NEVER_OFFENDING = frozenset({Role.VICTIM, Role.WITNESS, Role.MISSING_PERSON, Role.CHILD_UNDER_10})
#: Events that may tell of an offence. Others tell of harm done to the child, or of care that it needs, whatever role a
#: source wrote beside them.
_OFFENDING_TYPES = frozenset(
    {
        *("police.arrest", "police.stop_search", "police.intelligence_report"),
        *("school.suspension", "school.permanent_exclusion", "social_care.looked_after_outcomes"),
    }
)

#: The measures for which an input may be unended.
_HEARS_UNENDED = (COUNT, DAYS, ACROSS_AGENCIES, CLOSED_WHILE_WORRIED)

Value = str | bool | int | float
_NUMBER: tuple[str, tuple[type, ...]] = ("numbers", (int, float))
#: What a field of an Avro type holds, in words and for Python; one of any other holds text.
_HOLDS = {"boolean": ("true or false (without quotes)", (bool,)), "int": _NUMBER, "double": _NUMBER}
_TEXT: tuple[str, tuple[type, ...]] = ("text", (str,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unended:
    """Says that an event counts only once it has gone on for `hours` hours with nothing known to have ended it.

    Any event that fits one of the inputs in `by` ends it, at the moment in the field that the input's `dated_by` names.
    An ending event whose field named by `began` holds the moment of the event ends that very one, and not another that
    has not ended either.
    """

    hours: float
    by: tuple["RuleInput", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInput:
    """One kind of event that a card listens to: a type, in certain roles, with certain values in its fields.

    * `part` is what the event is to the card's measure (`thresholds.PARTS`), such as evidence or the end of it.
    * `where` lists for some fields the values of which one must be there, `unless` those of which none may be, and
      `at_least` the least number. The fields in `sees` must be visible, whatever they hold.
    * `age_years_min` leaves out what a younger child did.
    * `dated_by` names the field that says on which day the event counts as happening; without it, its own day counts.
    * `lasts_until` names the field that says when an event with a duration was over, `unended` the events that end one
      whose end is an event of its own. `began` is set on such an ending event: see `Unended`.
    """

    type: str
    roles: frozenset[str]
    part: str = EVIDENCE
    where: Mapping[str, frozenset[Value]] = field(default_factory=dict)
    unless: Mapping[str, frozenset[Value]] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)
    sees: frozenset[str] = frozenset()
    age_years_min: int | None = None
    dated_by: str | None = None
    lasts_until: str | None = None
    began: str | None = None
    unended: Unended | None = None

    @property
    def field_names(self) -> frozenset[str]:
        """Every field the input looks at."""
        return frozenset(self.where) | frozenset(self.unless) | frozenset(self.at_least) | self.sees | self.moments

    @property
    def moments(self) -> frozenset[str]:
        """The fields that it takes days from."""
        return frozenset(name for name in (self.dated_by, self.lasts_until, self.began) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """One rule, as the board approved it."""

    id: str
    kind: str
    title: str
    words: str
    category: str
    owner: str
    source: str
    local: bool
    approved_on: date
    expires_on: date
    inputs: tuple[RuleInput, ...]
    window_days: int
    measure: str
    parameters: Mapping[str, Any]
    weight: float
    half_life_days: int | None
    lowers: str

    def in_force(self, today: date) -> bool:
        """Whether the card may fire: from the day of its approval to the day before it expires."""
        return self.approved_on <= today < self.expires_on


def load(directory: Path = RULES) -> tuple[RuleCard, ...]:
    """Every rule card of a directory, by id; the first that breaks a law refuses them all, and so does having none."""
    cards = [_named(path) for path in files.listed(directory)]
    if not cards:
        raise InvalidAgreement(f"{directory} holds no rule card: nothing could be a concern")
    return tuple(sorted(cards, key=lambda card: card.id))


def _named(path: Path) -> RuleCard:
    card = parse(files.text_of(path), path.name)
    files.demand_named(path, card.id)
    return card


def parse(text: str, name: str) -> RuleCard:
    """One card from its YAML; `name` is how messages speak of it."""
    raw = files.loaded(text, name, _Plain)
    files.demand_fit(raw, "rulecard", name)
    card = _card(raw, name)
    _check(card, name)
    return card


class _Plain(files.Loader):
    """YAML in which `NO` is the code NO, `01` the code 01 and a date is text: codes survive being written down."""


_Plain.yaml_implicit_resolvers = {}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(?:0|[1-9][0-9]*)$"), list("0123456789"))
_Plain.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[0-9]+\.[0-9]+$"), list("0123456789"))


def _card(raw: dict[str, Any], name: str) -> RuleCard:
    threshold = raw["threshold"]
    parameters = dict(threshold) if isinstance(threshold, dict) else {"measure": COUNT, "at_least": threshold}
    return RuleCard(
        **{key: raw[key] for key in ("id", "kind", "title", "category", "owner", "source", "local")},
        words=" ".join(raw["words"].split()),
        lowers=" ".join(raw["lowers"].split()),
        approved_on=_date(raw["approved_on"], name, "approved_on"),
        expires_on=_date(raw["expires_on"], name, "expires_on"),
        inputs=tuple(_input(item) for item in raw["inputs"]),
        window_days=int(raw.get("window_days", 0)),  # YAML may say 90.0
        measure=parameters.pop("measure"),
        parameters=MappingProxyType(parameters),
        weight=float(raw.get("weight", 0)),
        half_life_days=raw.get("half_life_days"),
    )


def _date(text: str, name: str, key: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidAgreement(f"{name}: {key} is no date; write it as 2026-09-01") from None


def _input(raw: dict[str, Any]) -> RuleInput:
    return RuleInput(
        type=raw["type"],
        roles=frozenset(str(r) for r in Role) if raw["roles"] == "any" else frozenset(raw["roles"]),
        part=raw.get("part", EVIDENCE),
        where=_values(raw.get("where", {})),
        unless=_values(raw.get("unless", {})),
        at_least=MappingProxyType(raw.get("at_least", {})),
        sees=frozenset(raw.get("sees", ())),
        age_years_min=raw.get("age_years_min"),
        dated_by=raw.get("dated_by"),
        lasts_until=raw.get("lasts_until"),
        began=raw.get("began"),
        unended=_unended(raw["unended"]) if "unended" in raw else None,
    )


def _unended(raw: dict[str, Any]) -> Unended:
    return Unended(hours=float(raw["hours"]), by=tuple(_input(item) for item in raw["by"]))


def _values(raw: dict[str, list[Value]]) -> Mapping[str, frozenset[Value]]:
    return MappingProxyType({name: frozenset(folded(v) for v in values) for name, values in raw.items()})


def folded(value: Any) -> Any:
    """A value as cards compare it: text without regard to case."""
    return value.casefold() if isinstance(value, str) else value


def _check(card: RuleCard, name: str) -> None:
    if card.expires_on <= card.approved_on:
        raise InvalidAgreement(
            f"{name}: expires before it is approved ({card.expires_on} <= {card.approved_on}); set a later expires_on"
        )
    thresholds.check(card.kind, card.measure, card.parameters, name)
    for item in card.inputs:
        for heard in (item, *(item.unended.by if item.unended is not None else ())):
            _check_fields(heard, name)
        _check_part(item, card.measure, name)
        if card.category == OFFENDING:
            _check_offending(item, name)
    thresholds.check_inputs(card.measure, card.parameters, {(item.part, item.type) for item in card.inputs}, name)
    lasting = any(item.lasts_until or item.unended for item in card.inputs)
    if card.measure == DAYS and card.parameters["at_least"] > card.window_days and not lasting:
        raise InvalidAgreement(
            f"{name}: measure {DAYS}: at_least is {card.parameters['at_least']} of {card.window_days} window_days; "
            "ask for no more than there are"
        )


def _check_fields(item: RuleInput, name: str) -> None:
    record = event_records().get(item.type)
    if record is None:
        raise InvalidAgreement(f"{name}: no event type {item.type}; `schemas/avro` has them all")
    if not record.can_be_entry:
        raise InvalidAgreement(f"{name}: {item.type} is never on a timeline, so nothing is heard; hear what is")
    for field_name in sorted(item.field_names):
        label = record.labels.get(field_name)
        if label is None:
            raise InvalidAgreement(f"{name}: {item.type} has no field {field_name}; {record.name} lists its fields")
        if label in NEVER_PASS:  # a rule may not turn on what no audience may see
            raise InvalidAgreement(
                f"{name}: {item.type} field {field_name} is labelled {label} and is never shared; use another field"
            )
        if field_name in item.moments and field_name not in record.moments:
            raise InvalidAgreement(f"{name}: {item.type} field {field_name} holds no moment; name one that does")
    _check_values(item, record.name, name)
    for field_name in sorted(item.where.keys() & item.unless.keys()):
        if item.where[field_name] <= item.unless[field_name]:
            raise InvalidAgreement(
                f"{name}: {item.type} field {field_name}: unless holds whenever where does, so nothing is heard; "
                "leave one of them out"
            )


def _check_values(item: RuleInput, record: str, name: str) -> None:
    """What a field never holds never matches: the card would be silent, or hear what it should leave out."""
    types = {field["name"]: field["type"] for field in definitions()[record]["fields"]}
    compared = [*item.where.items(), *item.unless.items(), *((key, (least,)) for key, least in item.at_least.items())]
    for field_name, values in compared:
        words, held = next((found for sort, found in _HOLDS.items() if sort in str(types[field_name])), _TEXT)
        wrong = [value for value in values if type(value) not in held]
        if wrong:
            raise InvalidAgreement(
                f"{name}: {item.type} field {field_name} holds {words}, and {wrong[0]!r} is none; write what it holds"
            )


def _check_part(item: RuleInput, measure: str, name: str) -> None:
    if item.part not in PARTS[measure]:
        parts = ", ".join(sorted(PARTS[measure]))
        raise InvalidAgreement(f"{name}: measure {measure} has no part {item.part}; it takes {parts}")
    if measure in (UNBROKEN, GONE_QUIET) and item.lasts_until is None:
        raise InvalidAgreement(f"{name}: measure {measure} hears what lasts; give each input its lasts_until")
    if item.unended is not None:
        if measure not in _HEARS_UNENDED or item.part != EVIDENCE:
            raise InvalidAgreement(
                f"{name}: what is unended is evidence for {', '.join(sorted(_HEARS_UNENDED))}, "
                f"not {item.part} of {measure}; leave out unended"
            )
        if item.moments:
            raise InvalidAgreement(
                f"{name}: what is unended counts from its own moment; leave out {', '.join(sorted(item.moments))}"
            )


def _check_offending(item: RuleInput, name: str) -> None:
    barred = sorted(item.roles & _NEVER_OFFENDING)
    if barred or item.type not in _OFFENDING_TYPES:
        fact = f"role {barred[0]}" if barred else f"event type {item.type}"
        raise InvalidAgreement(
            f"{name}: an offending card cannot take {fact}: being harmed is no offence; "
            "narrow its roles, or give the card another category"
        )
    if (item.age_years_min or 0) < CRIMINAL_RESPONSIBILITY_AGE:
        raise InvalidAgreement(
            f"{name}: an offending card cannot take what a child did before the age of {CRIMINAL_RESPONSIBILITY_AGE}, "
            "whatever role a source wrote beside it; give each input that age_years_min"
        )
