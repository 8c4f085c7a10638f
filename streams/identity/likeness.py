"""How near two spellings, dates or addresses are to one another: named levels, strongest first, and no weights.

The levels follow what goes wrong when people are written down (docs/identity.md): names heard, shortened, swapped and
mistyped; days and months exchanged; a digit wrong; a date that was only ever an estimate.
"""

import re
from datetime import date
from functools import cache, lru_cache
from typing import Final

from rapidfuzz.distance import OSA, Indel, JaroWinkler

from streams.identity.normalise import PARTICLES, sound

#: How far a birth may be from when it was expected, in days: six weeks either way.
_EXPECTED_DAYS: Final = 42
_SIMILAR: Final = 0.92
_SOUNDS_ALIKE: Final = 0.72
#: An address this long says more than house and street, and may be told from most of its letters.
_LONG_ADDRESS: Final = 32
_MOST: Final = 0.85
_LIKE: Final = 0.65
#: Kinds of consonants that are written for one another, narrower than those of Soundex; all else is heard as a vowel.
_KINDS: Final = dict.fromkeys(map(ord, "aeiouhjwy "), "") | {
    ord(letter): kind[0] for kind in ("bfpv", "cgkqx", "sz", "dt") for letter in kind
}
#: What makes of a boy's name a girl's, behind it or for its last letter.
_OF_GIRLS: Final = frozenset({"a", "ia", "ya", "la", "le"})
_OF_BOTH: Final = ({"o", "a"}, {"u", "a"})
_AGAIN: Final = re.compile(r"(.)\1+")
#: The first vowel of a name behind a consonant: before one, scripts and languages exchange it (Oleksandr, Aleksandr).
_SUNG: Final = re.compile(r"[^aeiouy]+([aeiouy])")


def mistyped(left: str, right: str) -> bool:
    """Whether one is a slip away from the other: one letter, two of a long word, or letters a scanner runs together.

    Two slips of which one is in the first letter are two names: Manpreet is not Jaspreet.
    """
    if left.replace("rn", "m").replace("vv", "w") == right.replace("rn", "m").replace("vv", "w"):
        return True
    shorter = min(len(left), len(right))
    if shorter < 4 or abs(len(left) - len(right)) > 2:
        return False
    return OSA.distance(left, right, score_cutoff=2) <= (2 if shorter >= 8 and left[0] == right[0] else 1)


def sounds_alike(left: str, right: str) -> bool:
    """Whether both could be the same name heard, or written over from another script."""
    heard = sound(left)
    return len(heard) > 1 and heard == sound(right) and JaroWinkler.similarity(left, right) >= _SOUNDS_ALIKE


def are_a_pair(left: str, right: str) -> bool:
    """Whether two names that sound alike are nevertheless given to two of one family: a boy's and a girl's, such as
    Amir and Amira or Mario and Maria, or those whose first vowels no spelling exchanges, Hassan and Hussain."""
    short, long = sorted((left, right), key=len)
    if long.removeprefix(short) in _OF_GIRLS or (left[:-1] == right[:-1] and {left[-1], right[-1]} in _OF_BOTH):
        return True
    ours, theirs = _SUNG.match(left), _SUNG.match(right)
    if ours is None or theirs is None:
        return False
    return (ours[1] in "ou") != (theirs[1] in "ou")


def has_like_consonants(left: str, right: str) -> bool:
    """Whether two names begin alike and have consonants of the same kinds in the same order: Ciara and Keira, Padraig
    and Patrick, but Charlie and Carly too. Too little to say that two names are one; enough not to say that two who
    agree in all else, a number among it, are two."""
    return _consonants(left) == _consonants(right) and JaroWinkler.similarity(left, right) >= _LIKE


@cache
def _consonants(name: str) -> str:
    heard = _AGAIN.sub(r"\1", name.replace("gh", "h").translate(_KINDS))
    return heard if name[0].translate(_KINDS) else f"a{heard}"


@lru_cache(maxsize=1 << 17)
def family_level(left: str, right: str) -> str:
    """Two family names, not the same: `order`, `part`, `variant`, `similar` or `differ`."""
    ours, theirs = left.split(" "), right.split(" ")
    if sorted(ours) == sorted(theirs) or "".join(ours) == "".join(theirs):
        return "order"
    if set(ours) & set(theirs):
        return "part"
    if sounds_alike("".join(ours), "".join(theirs)) or _are_one_but_for_a_particle("".join(ours), "".join(theirs)):
        return "variant"
    if mistyped("".join(ours), "".join(theirs)) or JaroWinkler.similarity(left, right) >= _SIMILAR:
        return "similar"
    return "part" if any(len(a) > 3 and mistyped(a, b) for a in ours for b in theirs) else "differ"


def _are_one_but_for_a_particle(left: str, right: str) -> bool:
    """Whether one has written to it what is no part of the other: Benali and Ben Ali, Alhassan and Al-Hassan."""
    short, long = sorted((left, right), key=len)
    return len(short) > 2 and long.endswith(short) and long.removesuffix(short) in PARTICLES


def birth_level(left: str, right: str) -> str:
    """Two birth dates, not the same: `swapped`, `digit`, `near`, `rounded`, `estimated`, `coarse`,
    `expected` or `differ`."""
    if left[0] == "~" or right[0] == "~":
        return "expected" if _about(left.lstrip("~"), right.lstrip("~")) else "differ"
    if len(left) < 10 or len(right) < 10:
        return "coarse" if left.startswith(right) or right.startswith(left) else "differ"
    year = left[:4] == right[:4]
    if year:
        if left[5:7] == right[8:] and left[8:] == right[5:7]:
            return "swapped"
        if left[4:] == "-01-01" or right[4:] == "-01-01":
            return "rounded"
    # One wrong figure leaves two of the three as they are: most pairs are told apart here.
    if year + (left[5:7] == right[5:7]) + (left[8:] == right[8:]) < 2:
        return "differ"
    if left[4:] == "-01-01" and right[4:] == "-01-01":
        return "estimated"
    return "digit" if OSA.distance(left, right, score_cutoff=1) <= 1 else "near"


def _about(left: str, right: str) -> bool:
    if len(left) < 10 or len(right) < 10:
        return left.startswith(right) or right.startswith(left)
    return abs((date.fromisoformat(left) - date.fromisoformat(right)).days) <= _EXPECTED_DAYS


def postcode_level(left: str, right: str) -> str:
    """Two postcodes, not the same: `sector`, `similar` or `differ`. One that begins with `~` names a town or more."""
    if left[0] == "~" or right[0] == "~":
        left, right = left.lstrip("~"), right.lstrip("~")
        if left.startswith(right) or right.startswith(left):
            return "sector"
    elif left[:-2] == right[:-2]:
        return "sector"
    return "similar" if OSA.distance(left, right, score_cutoff=1) <= 1 else "differ"


def is_same_but_for_the_town(left: str, right: str) -> bool:
    """Whether one of two addresses in one postcode leaves out words of the other, and no figure."""
    # Figures come first.
    if not left[0].isdigit() or left.split(" ", 1)[0] != right.split(" ", 1)[0]:
        return False
    short, long = sorted((left.split(" "), right.split(" ")), key=len)
    return len(short) > 1 and set(short) <= set(long) and not any(word[0].isdigit() for word in {*long} - {*short})


def address_level(left: str, right: str) -> str:
    """Two addresses, not the same: `similar` (the same numbers and half of the words, or most letters) or `differ`."""
    # Words are sorted, so that figures come first: most pairs are told apart by the first number.
    if left.split(" ", 1)[0] == right.split(" ", 1)[0]:
        ours, theirs = set(left.split(" ")), set(right.split(" "))
        numbers = {word for word in ours if word[0].isdigit()}
        if numbers == {word for word in theirs if word[0].isdigit()}:
            shared = len((ours & theirs) - numbers)
            return "similar" if shared and 2 * shared >= min(len(ours), len(theirs)) - len(numbers) else "differ"
    if min(len(left), len(right)) < _LONG_ADDRESS:
        return "differ"
    # A street, a place and a county: a letter or two wrong leave most of it.
    return "similar" if Indel.normalized_similarity(left, right, score_cutoff=_MOST) >= _MOST else "differ"
