"""A sentence where a code belongs is free text, and goes where free text goes: nowhere, if the record has no place."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.catalogue import event_records
from schemas.forms import CODED, has_form, is_code, is_sentence
from schemas.vocabulary import Label


def unworded(text: str) -> str | None:
    """What a column of sex or ethnicity says, as far as it is a code: words may tell of a gender that was another."""
    return text if text and is_code(text) else None


def moved(event_type: str, body: Mapping[str, Any], strays: Sequence[str] = ()) -> tuple[dict[str, Any], list[str]]:
    """A body with what has not the form of its field moved to its free text, and a mark for each field that had it.

    So is a sentence in any field of codes. `strays` are words that whoever read the body has kept out of it, and
    marked: they are added to the free text. Where the record has none, all of it is left out.
    """
    record = event_records()[event_type]
    labels = record.labels

    def is_stray(name: str, value: object) -> bool:
        return not has_form(record.name, name, value) or (labels[name] in CODED and is_sentence(value))

    found = {
        name: [each for each in (value if isinstance(value, list) else [value]) if is_stray(name, each)]
        for name, value in body.items()
    }
    found = {name: sentences for name, sentences in found.items() if sentences}
    kept = {name: value for name, value in body.items() if name not in found}
    listed = [name for name in found if isinstance(body[name], list)]
    kept |= {name: [each for each in body[name] if not is_stray(name, each)] for name in listed}
    free = [name for name, label in labels.items() if label == Label.FREE_TEXT]
    told = [*dict.fromkeys(strays), *(sentence for sentences in found.values() for sentence in sentences)]
    if told and free:
        kept[free[-1]] = "\n".join(text for text in (kept.get(free[-1]), *told) if text)
    return kept, [f"unknown_code:{name}" for name in found]
