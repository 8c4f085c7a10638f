"""Prohibitions as frozen records, checked beyond what a JSON Schema can say.

One that can never apply would be signed, and be missed by nobody: a code that is on no list, an exception that undoes
it, fields that no event has of which it speaks.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from policies.attributes import CLOSED, UNKNOWN, field_labels
from policies.terms import demand_coarser, demand_known
from schemas.catalogue import event_records
from schemas.errors import InvalidAgreement
from schemas.vocabulary import Agency, Label

Circumstances = Mapping[str, tuple[str | bool, ...]]
Possible = Mapping[str, Set[str | bool]]
#: What is so of an event and an audience: by attribute, each value that it has.
Facts = Mapping[str, Collection[str | bool]]

#: What prohibitions may ask about, and what each may be; UNKNOWN stands for whatever is on no list.
_VALUES: Possible = {
    **{name: listed | {UNKNOWN} for name, listed in CLOSED.items()},
    "controller": frozenset(Agency),
    "emergency": frozenset({True, False}),
}
#: Of these an event has as many as it likes: none, where nothing asks for one.
_LISTS = {"handling": ("",), "sensitivities": ("",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """What outranks every agreement. DENY and REVIEW concern the event; drop and mask the fields it covers."""

    id: str
    title: str
    law: str
    effect: str
    labels: tuple[str, ...]
    fields: tuple[str, ...]
    except_fields: tuple[str, ...]
    when: Circumstances
    unless: tuple[Circumstances, ...]

    @property
    def always_drops(self) -> bool:
        """Whether what it covers never passes, in no circumstances."""
        return self.effect == "drop" and not (self.when or self.unless or self.except_fields)

    def covers(self, name: str, label: str) -> bool:
        """Whether it concerns a field at all, circumstances aside."""
        return name not in self.except_fields and (label in self.labels or name in self.fields)

    def concerns(self, facts: Facts) -> bool:
        """Whether it applies where this is so. What facts do not name is not so, whichever value is asked for."""

        def is_so(circumstances: Circumstances) -> bool:
            return all(any(value in values for value in facts.get(name, ())) for name, values in circumstances.items())

        return is_so(self.when) and not any(map(is_so, self.unless))


def parse(document: Mapping[str, Any], file: str) -> Prohibition:
    """A prohibition from its checked entry."""
    where = f"{file}: {document['id']}"
    demand_known(document.get("labels", ()), Label, where, "labels", "see Label in schemas/vocabulary.py")
    labelled = {pair for event_type in event_records() for pair in field_labels(event_type).items()}
    for key in ("fields", "except_fields"):
        demand_known(document.get(key, ()), dict(labelled), where, key, "no record has it")
    if document["effect"] == "mask":
        demand_coarser(document.get("fields", ()), where)
    found = Prohibition(
        id=document["id"],
        title=document["title"],
        law=document["law"],
        effect=document["effect"],
        labels=tuple(document.get("labels", ())),
        fields=tuple(document.get("fields", ())),
        except_fields=tuple(document.get("except_fields", ())),
        when=_circumstances(document.get("when", {}), where),
        unless=tuple(_circumstances(item, where) for item in document.get("unless", ())),
    )
    if found.effect in ("drop", "mask") and not any(found.covers(*pair) for pair in labelled):
        raise InvalidAgreement(f"{where}: except_fields: they are all that it covers: it would take nothing")
    if not _applies_ever(found):
        raise InvalidAgreement(f"{where}: when and unless leave no event that it could concern: it would never apply")
    return found


def _circumstances(document: Mapping[str, list[Any]], where: str) -> Circumstances:
    for name, values in document.items():
        for value in values:
            if value not in _VALUES[name]:
                raise InvalidAgreement(f"{where}: {name}: {value!r} is on no list: it would never match")
    return MappingProxyType({name: tuple(values) for name, values in document.items()})


def _applies_ever(prohibition: Prohibition) -> bool:
    """Whether an event can be as `when` says and not as `unless` says, and have a field that is covered, if any is."""
    possible = {name: {*values, *_LISTS.get(name, ())} for name, values in _VALUES.items()}
    possible["event_type"] = {
        kind
        for kind in event_records()
        if prohibition.effect in ("DENY", "REVIEW")
        or any(prohibition.covers(*pair) for pair in field_labels(kind).items())
    }
    for name, values in prohibition.when.items():
        possible[name] &= set(values)
    # The narrowest first: from many of them there are very many ways out to try.
    return _escapes(possible, sorted(prohibition.unless, key=len))


def _escapes(possible: Possible, unless: Sequence[Circumstances]) -> bool:
    """Whether some event within `possible` is covered by none of the exceptions in `unless`.

    An event escapes an exception if one of its attributes is not among the values that the exception lists, so for each
    exception every attribute is tried as the way out.
    """
    if not all(possible.values()):
        return False
    if not unless:
        return any(str(kind).partition(".")[0] in possible["agency"] for kind in possible["event_type"])
    first, *others = unless
    return any(_escapes({**possible, name: possible[name] - set(first[name])}, others) for name in first)
