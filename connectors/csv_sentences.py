"""A sentence where a code belongs is free text, and goes where free text goes: nowhere, if the record has no place."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from schemas.catalogue import event_records
from schemas.codes import canonical
from schemas.vocabulary import Label

#: Codes and their titles are shorter.
CODE_CHARACTERS_MAX = 48
#: What fields of these labels hold is coded; an address, a reference or another person's name may be longer.
_CODED = (Label.ROUTINE, Label.SPECIAL_CATEGORY, Label.CRIMINAL_OFFENCE)


def is_sentence(value: object) -> bool:
    """Whether it is text longer than any code or its title."""
    return isinstance(value, str) and len(value) > CODE_CHARACTERS_MAX


def is_wordy(value: object) -> bool:
    """Whether it is more than one word. A code that no list has yet is one; more are somebody's own: a name, a home."""
    return isinstance(value, str) and (len(value.split()) > 1 or is_sentence(value))


def sex_in(text: str) -> str | None:
    """What a column of sex says, as far as it is a code: words there may tell of a gender that was another."""
    is_code = not is_wordy(text) or canonical("sex", text) is not None
    return text if text and is_code else None


def moved(
    event_type: str, body: Mapping[str, Any], *, strays: Sequence[str] = (), codes: Container[str] = ()
) -> tuple[dict[str, Any], list[str]]:
    """A body with what is no code moved from its coded fields to its free text, and a mark for each field that had it.

    That is a sentence, or in the fields `codes` anything of several words. `strays` are words that whoever read
    the body has kept out of it, and marked: they are added to the free text. Where the record has none, all
    of it is left out.
    """
    labels = event_records()[event_type].labels

    def is_stray(name: str, value: object) -> bool:
        return is_wordy(value) if name in codes else is_sentence(value)

    found = {
        name: [each for each in (value if isinstance(value, list) else [value]) if is_stray(name, each)]
        for name, value in body.items()
        if labels[name] in _CODED
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
