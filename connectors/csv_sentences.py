"""A sentence where a code belongs is free text, and goes where free text goes: nowhere, if the record has no place."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.catalogue import event_records
from schemas.vocabulary import Label

#: Codes and their titles are shorter.
CODE_CHARACTERS_MAX = 48
#: Fields of these labels are shown to nobody who may not read free text either.
_MAY_HOLD_SENTENCES = (Label.FREE_TEXT, Label.THIRD_PARTY, Label.INTERNAL)


def is_sentence(value: object) -> bool:
    """Whether it is text longer than any code or its title."""
    return isinstance(value, str) and len(value) > CODE_CHARACTERS_MAX


def overflow(event_type: str, body: Mapping[str, Any], sentences: Sequence[str]) -> dict[str, str]:
    """The record's free text with these sentences added; nothing where there are none, or no place for them."""
    free = [name for name, label in event_records()[event_type].labels.items() if label == Label.FREE_TEXT]
    if not sentences or not free:
        return {}
    return {free[-1]: "\n".join([*([body[free[-1]]] if body.get(free[-1]) else []), *sentences])}


def moved(event_type: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A body whose sentences are out of its coded fields, with a mark for each field that had one."""
    labels = event_records()[event_type].labels
    found = {
        name: [each for each in (value if isinstance(value, list) else [value]) if is_sentence(each)]
        for name, value in body.items()
        if labels[name] not in _MAY_HOLD_SENTENCES
    }
    found = {name: sentences for name, sentences in found.items() if sentences}
    kept = {name: _without(value, found.get(name, ())) for name, value in body.items()}
    sentences = [sentence for each in found.values() for sentence in each]
    return kept | overflow(event_type, kept, sentences), [f"unknown_code:{name.upper()}" for name in found]


def _without(value: Any, sentences: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [each for each in value if each not in sentences]
    return None if value in sentences else value
