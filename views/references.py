"""Short references for people: what an analyst says on the telephone instead of a long pseudonym."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from schemas.vocabulary import Action

# Crockford's alphabet: no I, L, O or U, so nothing is misread or spells a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = 6
_MEANT = str.maketrans("OIL", "011")


def short_reference(derived_id: str, kind: str = "YP") -> str:
    """`YP-3F7K2M` for a pseudonym. Short enough that two people may share one, so it never selects on its own.

    `kind` is what the id names: `YP` a young person, `RV` a review, `JD` a judgement, `SR` a source record. An id of
    another form is its own reference.
    """
    if not is_pseudonym(derived_id):
        return derived_id
    number = uuid.UUID(derived_id).int >> (128 - 5 * LETTERS)
    return f"{kind}-" + "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LETTERS)))


def pseudonyms_of(reference: str) -> tuple[str, str]:
    """The first and the last pseudonym that a young person's short reference can be of; none lies between those of a
    text that is no reference."""
    if not re.fullmatch(f"YP-[{ALPHABET}]{{{LETTERS}}}", reference):
        return "", ""
    number = 0
    for letter in reference[-LETTERS:]:
        number = number << 5 | ALPHABET.index(letter)
    spare = 128 - 5 * LETTERS
    return str(uuid.UUID(int=number << spare)), str(uuid.UUID(int=(number + 1 << spare) - 1))


#: What a look at no person is about, by action; at anything else it is a run that is named by its whole id.
_KINDS = {Action.REVIEW: "RV", Action.JUDGEMENT: "JD", Action.IDENTITY: "SR"}


def about_whom(look: Mapping[str, Any]) -> str | None:
    """The short reference of what a look was about; None where it was nobody in particular."""
    if look["person"]:
        return short_reference(look["person"])
    kind, about = _KINDS.get(look["action"]), look["about"]
    return short_reference(about, kind) if about and kind else about


def as_heard(bare: str) -> str:
    """A young person's reference, without its dash, with the digits that were meant: on the telephone a nought is an O.

    No reference has an O, an I or an L. Text of another form stays as it is.
    """
    return re.sub(r"^YP[0-9A-Z]{6}$", lambda found: found[0].translate(_MEANT), bare)


def as_kept(typed: str) -> str:
    """What a look was about, as `about_whom` says it, however it was typed: a short reference, or else a whole id."""
    bare = re.sub(r"[\s-]", "", typed).upper()
    if re.fullmatch(f"(?:YP|{'|'.join(_KINDS.values())})[0-9A-Z]{{{LETTERS}}}", bare):
        return f"{bare[:2]}-{bare[2:].translate(_MEANT)}"
    return typed.strip().lower()


def references_to(about: str) -> list[str]:
    """What a look may be kept under that is about this: itself, and of a whole id its short reference of every kind."""
    if not is_pseudonym(about):
        return [about]
    return [about, *(short_reference(about, kind) for kind in ("YP", *_KINDS.values()))]


def is_pseudonym(text: str) -> bool:
    """Whether text has the form of a pseudonym, or of any other derived id."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
