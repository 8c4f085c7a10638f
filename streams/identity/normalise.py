"""Raw demographics to what can be compared. What a keyboard writes where nobody knew becomes nothing at all.

Every function here is a pure function of one cell; what repeats is remembered (here, and in `snapshot.py`).
"""

import re
import unicodedata
from datetime import date
from functools import cache
from typing import Final

from schemas.events import LOCAL_NUMBERS
from schemas.letters import UNDECOMPOSED

#: Words that stand where a name should be: a name that holds one of them is no name.
PLACEHOLDERS: Final = frozenset(
    """unknown unk unnamed unborn baby babe infant newborn fetus foetus notknown notgiven notentered nk na nil none null
    test dummy anonymous anon tbc tba twin triplet refused withheld redacted restricted confidential protected sensitive
    suppressed anonymised anonymized undisclosed unspecified unidentified undefined missing pending tbd forename surname
    firstname lastname fnu lnu""".split()  # noqa: SIM905 (a list of words reads as words)
)
#: Words that stand for a name only where there is nothing else.
_ALONE: Final = frozenset({"boy", "girl", "male", "female", "child", "son", "daughter", "x", "xx", "xxx"})
#: What tells such a child from those born with it.
_COUNTED: Final = frozenset({"a", "b", "c", "one", "two", "three"})
_UNNAMED: Final = _ALONE | _COUNTED
#: What a data frame writes for an empty cell. Nan, so written, is a name.
_NO_VALUE: Final = frozenset({"nan", "NaN"})
#: Words that together say that there is no name, a letter held down, and what a spreadsheet writes in its place.
_NO_NAME: Final = re.compile(
    r"\bnot\s+(?:known|given|stated|entered|recorded|provided|available|applicable|disclosed|specified|supplied)\b"
    r"|\bno\s+(?:(?:first|given|last|family)\s+)?name\b|\bto\s+be\s+(?:confirmed|advised|named)\b|\bn/[ka]\b"
    r"|\b(?:boy|girl|child|son|daughter)\s+of\b.*|\bb/o\b.*|\b([a-z])\1\1+\b|#[a-z]+[!?]"
    r"|\b(?:baby|bby|infant|newborn|twin|triplet)(?:boy|girl|male|female|one|two|three|[abc])\b"
)
#: What systems put before a name (Ministry of Justice cleaning rules), and how people are addressed.
_PREFIXES: Final = re.compile(r"^(?:mig_error_|no_show_|duplicate_)+")
_TITLES: Final = frozenset({"mr", "mrs", "miss", "ms", "mx", "master", "dr", "rev"})
#: What stands before a name that somebody goes by: words that introduce it, and how many a street name begins.
_BEFORE_ALIASES: Final = frozenset(
    """aka alias also as big called formerly known lil little name nee nickname preferred previously street the young
    yung""".split()  # noqa: SIM905
)
#: Behind one of these a single name is a family's.
_FORMER: Final = frozenset({"formerly", "nee", "previously"})
#: Small words of a family name that one clerk writes and another leaves out.
PARTICLES: Final = frozenset(
    """al el ul ur ud bin bint ibn ben de da do dos del la le van von der den ten""".split()  # noqa: SIM905
)
#: Halves of a family name that some write apart: `mc donald` is `mcdonald`.
_PREFIXED: Final = frozenset({"mc", "mac", "o", "d", "st"})

_POSTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}")
#: Postcodes that name a town or more: figures (most countries), Canadian, Dutch, Irish, half of a British one.
_AREA_CODE: Final = re.compile(
    r"[0-9]{3,10}|[A-Z][0-9][A-Z][0-9][A-Z][0-9]|[0-9]{4}[A-Z]{2}|[A-Z][0-9]{2}[A-Z0-9]{4}|[A-Z]{1,2}[0-9][0-9A-Z]?"
)
#: Codes for no fixed abode and address unknown (ODS ZZ99; NF1 in courts), and what gets past a form.
_NO_POSTCODE: Final = re.compile(r"ZZ99|NF1|(.)\1*$|0*12345?6?$")
_NO_ADDRESS: Final = re.compile(
    r"\b(?:no|of no) fixed (?:abode|address)\b|\bnfa\b|\bunknown\b|\bnot known\b|\bwithheld\b"
)
#: Of these words alone is what stands for an address where there is none.
_NO_HOME: Final = frozenset(
    """a abode above accommodation address as available confidential current entered file fixed given homeless hostel
    house in is known n na nan nil no none not notes null of on or protected provided recorded refuge refused restricted
    rough safe same see sensitive sleeping sofa stated supplied surfing tba tbc temporary the to unknown withheld
    womens x xx xxx""".split()  # noqa: SIM905
)
_ABBREVIATIONS: Final = {
    "rd": "road", "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive",
    "cl": "close", "ct": "court", "cres": "crescent", "cresc": "crescent", "gdns": "gardens", "gdn": "gardens",
    "pl": "place", "sq": "square", "terr": "terrace", "ter": "terrace", "gr": "grove", "gro": "grove", "pk": "park",
    "hse": "house", "apt": "flat", "apartment": "flat", "rm": "room", "wy": "way", "mt": "mount", "bldgs": "buildings",
}  # fmt: skip
#: What systems write for a birth date not known; nobody on this bus was born before.
_NO_BIRTH: Final = "1900-01-01"
_DIGRAPHS: Final = (
    ("ph", "f"), ("gh", "g"), ("wr", "r"), ("kn", "n"), ("ck", "k"), ("sch", "s"), ("tch", "C"), ("th", "t"),
    ("sh", "s"), ("zh", "z"), ("cz", "C"), ("sz", "s"), ("ch", "C"), ("dg", "j"), ("qu", "k"), ("ce", "se"),
    ("ci", "si"), ("cy", "si"), ("ge", "je"), ("gi", "ji"), ("x", "ks"),
)  # fmt: skip
_LETTERS: Final = str.maketrans({"c": "k", "q": "k", "z": "s", "w": "v", "f": "v"})
#: Ashleigh is heard as Ashley, and Christina and Nicholas as Kristina and Nicolas; Charlie and Kovalchyk are not.
_SILENT_GH: Final = re.compile(r"(?<=[aeiouy])gh(?![aeiouy])")
_HARD_CH: Final = re.compile(r"(?<![st])ch(?=[^aeiouyh])|(?<=[aeiouy])ch(?=o)")


#: What stands between words, or within one. Compiled, as finding a pattern by its text takes longer than applying it.
_WITHIN_NAMES, _NO_LETTERS = re.compile(r"['’‘`´ʼ.]"), re.compile(r"[^a-z]+")
_WITHIN_WORDS, _NO_WORDS = re.compile(r"['’.]"), re.compile(r"[\W_]+")
_WITHIN_NUMBERS, _NO_FIGURES = re.compile(r"[\s\-]"), re.compile(r"[^0-9]")
#: A colon ends the name of a system.
_WITHIN_SYSTEMS: Final = re.compile(r"[\s:]")

#: A hyphen, also one at which no line may end, or a dash within a name.
_HELD: Final = re.compile(r"\w[-\u2010\u2011\u2013]\w")

#: Figures that a scanner reads for letters, inside a word.
_FIGURES: Final = re.compile(r"(?<=[a-z])[0135](?=[a-z])|(?<![^\W\d_])[0135](?=[a-z]{2})")
_READ_AS: Final = {"0": "o", "1": "l", "3": "e", "5": "s"}


def name_words(text: str | None) -> tuple[str, ...]:
    """The words of a name, without case, accents, apostrophes, hyphens and titles; none where it is a placeholder."""
    seen = _seen(text)
    if _NO_VALUE.issuperset(seen.split()):
        return ()
    folded = _PREFIXES.sub("", seen.casefold().strip())
    if _NO_NAME.search(folded):
        folded = _NO_NAME.sub(" ", folded)
    letters = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    read = _FIGURES.sub(lambda figure: _READ_AS[figure[0]], letters.translate(UNDECOMPOSED))
    words = _letters_alone(_WITHIN_NAMES.sub("", read)).split()
    while len(words) > 1 and words[0] in _TITLES:
        del words[0]
    if not words or PLACEHOLDERS.intersection(words) or (words[0] in _ALONE and _UNNAMED.issuperset(words)):
        return ()
    return tuple(words)


def _seen(text: str | None) -> str:
    """A text without what nobody sees and copying brings along: marks of direction, soft hyphens, joiners."""
    if text is None or text.isascii():
        return text or ""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def _letters_alone(text: str) -> str:
    """A space for all that is no letter; the vowel signs of other scripts belong to their letters."""
    if text.isascii():
        return _NO_LETTERS.sub(" ", text)
    return "".join(c if c.isalpha() or unicodedata.category(c)[0] == "M" else " " for c in text)


def given_words(text: str | None) -> tuple[str, ...]:
    """The first given name and those after it: names that a hyphen holds together are one, written with a space.

    Maryam and Maryam-Rose can be twins; Maryam Rose is Maryam.
    """
    words = name_words(text)
    first = _seen(text).strip().split(" ")[0]
    held = len(name_words(first)) if _HELD.search(first) else 1
    return (" ".join(words[:held]), *words[held:]) if held > 1 else words


def alias_names(text: str) -> tuple[str, str]:
    """The given name of an alias and the rest of it, either of which may be empty.

    Two who are each known as somebody, or Lil somebody, have no name in common by that, nor by a letter.
    """
    words = given_words(text)
    former = False
    while len(words) > 1 and words[0] in _BEFORE_ALIASES:
        former |= words[0] in _FORMER
        words = words[1:]
    if former and len(words) == 1:
        return "", words[0]
    first, rest = words[:1], words[1:]
    return "".join(each for each in first if len(each) > 1 or not each.isascii()), " ".join(rest)


def family_words(text: str | None) -> tuple[str, ...]:
    """The words of a family name that tell families apart, prefixes joined: `Mac Donald` is one word."""
    words, joined = name_words(text), ""
    found = []
    for word in words:
        if word in _PREFIXED:
            joined += word
        else:
            found.append(joined + word)
            joined = ""
    found += [joined] if joined else []
    telling = [word for word in found if word not in PARTICLES]
    return tuple(telling or found)


@cache
def sound(word: str) -> str:
    """The consonants that are heard: alike for spellings and transliterations of one name."""
    word = _HARD_CH.sub("k", _SILENT_GH.sub("", word))
    for written, heard in _DIGRAPHS:
        word = word.replace(written, heard)
    first = "a" if word[:1] in "aeiouy" else word[:1].translate(_LETTERS)
    rest = re.sub(r"[aeiouyh]", "", word[1:]).translate(_LETTERS)
    return first + re.sub(r"(.)\1+", r"\1", rest)[:4]


def birth_day(value: str | None, accuracy: str, expected: bool) -> str | None:
    """A birth date as far as it is known: `2012-04-05`, `2012-04`, `2012`; with `~` before it where only expected.

    None for what is no date. `accuracy` has a letter each for day, month and year: `A` where that is accurate.
    """
    value = (value or "").strip()
    parts = value[:10].split("-")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    if len(parts[0]) != 4 or value[:10] <= _NO_BIRTH:
        return None
    try:
        date(*(int(part) for part in [*parts, "1", "1"][:3]))
    except ValueError:
        return None
    if accuracy[2:3] != "A":
        return None
    known = 1 if accuracy[1] != "A" else 2 if accuracy[0] != "A" else 3
    told = "-".join(parts[:known])
    return f"~{told}" if expected else told


def plain_postcode(value: str | None) -> str | None:
    """A postcode without spaces; none for what is no postcode, or says that there is no address.

    One that names not a few houses but a town or more, as other countries' do, has a `~` before it.
    """
    plain = (value or "").upper().replace(" ", "")
    if not (plain.isascii() and plain.isalnum()):
        plain = re.sub(r"[^A-Z0-9]", "", plain)
    if _NO_POSTCODE.match(plain):
        return None
    if _POSTCODE.fullmatch(plain):
        return plain
    return f"~{plain}" if _AREA_CODE.fullmatch(plain) else None


def plain_address(value: str | None) -> str | None:
    """An address as its words, abbreviations written out, in an order of their own; none where there is none.

    Figures alone are none: half a town lives at number 12. Nor is what a clerk writes who knows of none.
    """
    folded = (value or "").casefold()
    if not folded or _NO_ADDRESS.search(folded):
        return None
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    words = _NO_WORDS.sub(" ", _WITHIN_WORDS.sub("", folded)).split()
    if not any(word[0].isalpha() for word in words) or _NO_HOME.issuperset(words):
        return None
    return " ".join(sorted({_ABBREVIATIONS.get(word, word) for word in words}))


def plain_identifier(system: str, value: str) -> str | None:
    """`system:value` without spaces; none for a number that somebody typed to get past a form.

    A UPN that ends in a letter is temporary: two schools give two, and neither says who the child is not. Nor do the
    numbers of two hospitals, or councils: each one's are a system of their own.
    """
    if system in LOCAL_NUMBERS and "@" in value:
        value, _, organisation = value.partition("@")
        system = f"{system}@{_WITHIN_SYSTEMS.sub('', organisation).upper()}"
    plain = value.upper() if value.isalnum() else _WITHIN_NUMBERS.sub("", value).upper()
    figures = plain if plain.isascii() and plain.isdigit() else _NO_FIGURES.sub("", plain)
    if not plain or (len(figures) > 3 and len(set(figures)) == 1) or figures in ("1234567890", "0123456789"):
        return None
    if system == "upn" and plain[-1].isalpha():
        return f"temporary-upn:{plain}"
    return f"{system}:{plain}"
