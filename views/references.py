"""Short references for people: what an analyst says on the telephone instead of a long pseudonym."""

import uuid

# Crockford's alphabet: no I, L, O or U, so nothing is misread or spells a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = 6


def short_reference(person: str) -> str:
    """`YP-3F7K2M` for a pseudonym. Short enough that two people may share one, so it never selects on its own."""
    number = uuid.UUID(person).int >> (128 - 5 * LETTERS)
    return "YP-" + "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LETTERS)))


def is_pseudonym(text: str) -> bool:
    """Whether text has the form of a pseudonym."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
