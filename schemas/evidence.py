"""The evidence that two records are of one person, in words: on pages and at the command line the same."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

#: Each field that the model weighs, and the field of a fanlight.bus.Side that holds it. Numbers are not here: their
#: names are those of their systems.
PLACES = {
    "given_name": "given",
    "middle_names": "middle",
    "family_name": "family",
    "birth_date": "birth_dates",
    "postcode": "postcodes",
    "address": "addresses",
}
#: Each level of the model, in words.
LEVELS = {
    "exact": "the same",
    "exact_january": "the same, but the 1st of January often stands for a date not known",
    "exact_fifteenth": "the same, but the 15th often stands for a day not known",
    "agree": "the same number",
    "nickname": "one is short for the other",
    "kin": "both are short for one name, or sound alike",
    "variant": "two spellings of what sounds alike",
    "similar": "nearly the same, as if mistyped",
    "part": "one is a part of the other",
    "middle": "one goes by a middle name of the other",
    "initial": "one is only an initial of the other",
    "swapped": "exchanged: given and family name, or day and month",
    "order": "the same words in another order",
    "digit": "one figure differs",
    "near": "two of day, month and year are the same",
    "rounded": "the same year, of which one knows no more",
    "estimated": "two years of which neither is known more closely",
    "coarse": "the same as far as it is known",
    "expected": "within six weeks of when the birth was expected",
    "sector": "the same but for the last two letters",
    "area": "the same, but it names no more than a town",
    "differ": "different",
}
#: What decides where two records are on different sides of a protected group, as before and after an adoption.
PROTECTED = "protected"
#: What can decide, in words; `decided` says them.
DECIDED = {
    "merged": "their own agency says that they are",
    "identifier": "a number and more agrees",
    "home": "name, birth date and home agree",
    "name_and_birth": "name and birth date agree and nobody else could be meant",
    "others": "each of them is one person with others that are",
    "weight": "too little agrees",
    "crowd": "so many records are alike that only a number or a person can tell whose they are",
    "unsupported": "much agrees, but name, birth date and home do not bear it out",
    "rival": "somebody else fits about as well, and both cannot be",
    "judgements": "people have decided, and their decisions contradict one another",
    "judgement": "somebody has decided",
    PROTECTED: "they are on different sides of a protected group",
    "given_name": "no given name of one goes with any of the other",
    "birth_date": "the birth dates have nothing in common",
    "overlaid": "one of them was said to be two children, by name and by birth date",
    "number": "they have different valid numbers of one kind",
    "birth_dates": "each has another birth date, by the word of several records",
    "names": "each goes by another name, by the word of several records",
    "address": "each is at home in another place, by the word of several records or of one agency",
}
#: Why a pair waits for a person, in words.
WHYS = {
    "potential": "they may be one person, but too little agrees to say so",
    "many_match": "one fits several others, who cannot all be one person",
    "contradiction": "something says that they are one person, and something that they are not",
    "conflict": "people have decided, and their decisions contradict one another",
}
#: Levels of a birth date that agrees only as far as it is known.
_PART_OF_A_DATE = ("coarse", "expected", "rounded")


def said(side: Mapping[str, Any], name: str) -> list[str]:
    """What a record, as a fanlight.bus.Side, says in a field of the model."""
    if name in PLACES:
        return list(side[PLACES[name]])
    return [value for system, _, value in (each.partition(":") for each in side["identifiers"]) if system == name]


def decided(code: str, levels: Mapping[str, str]) -> str:
    """What decided, in words; `levels` are those of the fields that were compared, by name."""
    if code == "home" and not levels.get("birth_date", "exact").startswith("exact"):
        return "name and home agree, and the birth dates are a slip apart"
    if code == "name_and_birth" and (
        "given_name" not in levels or levels.get("birth_date") in (None, *_PART_OF_A_DATE)
    ):
        return "what is known of name, birth date and home agrees and nobody else could be meant"
    return DECIDED.get(code) or code.replace("_", " ")


class Beside(NamedTuple):
    """A part of the total weight that comes of no field and is not the prior: why it counts, in words, and its bits."""

    words: str
    bits: float


#: A smaller rest comes of rounding.
_BITS_MIN = 0.05


def beside_fields(weight: float, prior: float, fields: Iterable[float]) -> Beside | None:
    """What is left of the total `weight` once `prior` and the bits of the fields are taken off; mostly None, nothing
    is.

    Shown with these, it makes the figures add up to the total for whoever checks them.
    """
    rest = weight - prior - sum(fields)
    return None if rest < _BITS_MIN else Beside("their own agency says that they are one", rest)
