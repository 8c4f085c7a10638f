"""How a text goes wrong when it is typed, scanned or heard: pure functions of a text and chance.

The kinds are those of FEBRL's generator (Christen, 2008); the neighbours are those of a British keyboard.
"""

import re
from functools import cache
from random import Random

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT = {
    letter: [row[place + step] for step in (-1, 1) if 0 <= place + step < len(row)]
    for row in _ROWS
    for place, letter in enumerate(row)
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SCANNED = (
    ("rn", "m"),
    ("m", "rn"),
    ("cl", "d"),
    ("l", "1"),
    ("o", "0"),
    ("h", "b"),
    ("e", "c"),
    ("ii", "u"),
    ("s", "5"),
)
_HEARD = (
    ("ph", "f"), ("ck", "k"), ("ee", "ea"), ("ea", "ee"), ("ie", "y"), ("y", "ie"), ("ai", "ay"), ("ay", "ai"),
    ("sh", "sch"), ("th", "t"), ("gh", "g"), ("oo", "u"), ("ou", "u"), ("qu", "kw"), ("x", "ks"), ("z", "s"),
    ("c", "k"), ("k", "c"), ("v", "w"), ("w", "v"), ("j", "g"), ("i", "y"), ("ll", "l"), ("nn", "n"), ("ss", "s"),
    ("tt", "t"), ("a", "e"), ("e", "a"), ("o", "u"),
)  # fmt: skip
_SHORT = {"Street": "St", "Lane": "Ln", "Close": "Cl", "Drive": "Dr", "Terrace": "Terr", "Flat": "Apt", "Saint": "St"}


def typo(rng: Random, text: str) -> str:
    """One letter left out, doubled, put in, hit beside its key, or swapped with the next."""
    if len(text) < 2:
        return text
    place = rng.randrange(1, len(text)) if rng.random() < 0.9 else 0
    letter = text[place]
    kind = rng.random()
    if kind < 0.25:
        return text[:place] + text[place + 1 :]
    if kind < 0.4:
        return text[:place] + letter + text[place:]
    if kind < 0.5:
        return text[:place] + rng.choice(_LETTERS) + text[place:]
    if kind < 0.75 or place == len(text) - 1:
        wrong = rng.choice(_NEXT.get(letter.lower(), _LETTERS))
        return text[:place] + _as(letter, wrong) + text[place + 1 :]
    return text[:place] + _as(letter, text[place + 1]) + _as(text[place + 1], letter) + text[place + 2 :]


def _as(model: str, letter: str) -> str:
    cased = letter.upper() if model.isupper() else letter.lower()
    return cased if len(cased) == 1 else letter  # ß and İ have no single letter in the other case


def scanned(rng: Random, text: str) -> str:
    """The text as a scanner misreads it."""
    return _replaced(rng, text, _SCANNED)


def heard(rng: Random, text: str) -> str:
    """The text as somebody writes it who has only heard it."""
    return _replaced(rng, text, _HEARD)


def _replaced(rng: Random, text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """One of the pairs that the text has; a single letter is never its first, which people get right."""
    fitting = [(at, new) for old, new in pairs if (at := _place(old).search(text, 1 if len(old) == 1 else 0))]
    if not fitting:
        return text
    at, new = rng.choice(fitting)
    return text[: at.start()] + (new.capitalize() if at[0][0].isupper() else new) + text[at.end() :]


@cache
def _place(old: str) -> re.Pattern[str]:
    return re.compile(old, re.IGNORECASE)


def digit(rng: Random, text: str, first: int) -> str:
    """One digit from `first` on read as another."""
    places = [place for place, letter in enumerate(text) if letter.isdigit() and place >= first]
    if not places:
        return text
    place = rng.choice(places)
    other = rng.choice([d for d in "0123456789" if d != text[place]])
    return text[:place] + other + text[place + 1 :]


def transposed(rng: Random, text: str, first: int) -> str:
    """Two neighbouring digits from `first` on swapped; the same text where no two differ."""
    places = [p for p in range(first, len(text) - 1) if text[p] != text[p + 1] and text[p : p + 2].isdigit()]
    if not places:
        return text
    place = rng.choice(places)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def postcode(rng: Random, text: str) -> str:
    """A postcode with a wrong digit or letter, or without its space. Its area stays one that does not exist."""
    kind = rng.random()
    if kind < 0.2:
        return text.replace(" ", "")
    if kind < 0.6:
        return digit(rng, text, 2)
    place = len(text) - rng.choice((1, 2))
    return text[:place] + rng.choice("ABDEFGHJLNPQRSTUWXYZ") + text[place + 1 :]


def abbreviated(text: str) -> str:
    """An address as it is written in haste."""
    return " ".join(_SHORT.get(word.rstrip(","), word.rstrip(",")) + "," * word.endswith(",") for word in text.split())


def misdated(rng: Random, day: str) -> str:
    """A date with one digit wrong that is still a date."""
    for _ in range(20):
        place = rng.choice((3, 6, 8, 9, 9))
        other = day[:place] + rng.choice("0123456789") + day[place + 1 :]
        if other != day and exists(other):
            return other
    return day


def exists(day: str) -> bool:
    """Whether a date of the form YYYY-MM-DD is one that every year has."""
    month, number = int(day[5:7]), int(day[8:10])
    return 1 <= month <= 12 and 1 <= number <= (28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31)
