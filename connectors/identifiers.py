"""Identifiers: each kept as it was sent, with whether its check passes. What stands for none is never valid."""

import re
from collections.abc import Callable, Mapping

import nhs_number as nhs
from stdnum.gb import upn as stdnum_upn

from schemas.events import Identifier
from schemas.forms import is_reference
from schemas.vocabulary import Agency

#: Numbers that people type to get past a form; some of them pass the check digit.
DUMMIES = frozenset({str(digit) * 10 for digit in range(10)} | {"1234567890", "0123456789", "9876543210", "0987654321"})
#: What 903 (UN1 to UN5) and the CIN census (to UN7) write where there is no UPN: a reason, not an identifier.
UPN_ABSENT = re.compile(r"UN[1-7]", re.IGNORECASE)

#: What people and systems write where they know no number; and what a spreadsheet calls the row under the last one.
_WORDS = re.compile(
    r"(?:un|not[ _-]?|none )known|not[ _-](?:applicable|available|entered|given|provided|recorded|stated)|unk|n/?k|n/?a"
    r"|none|null|nil|nan|nat|\\n|blank|undefined|pending|awaiting|awaited|tb[ac]|unidentified|un(?:allocated|assigned)"
    r"|no[ _-]?(?:id|upn|pnc|nhs|number|ref(?:erence)?)|un[1-7]|unborn|temp(?:orary)?|missing|refused|withheld|redacted"
    r"|dummy|x+|-+|\?+|\.+|\*+|(?:(?:grand|sub)[ -]?)?totals?:?",
    re.IGNORECASE,
)
#: Databases and data frames put their word for nothing between some of these.
BRACKETS = "()<>[]"
#: What a spreadsheet saves of a number too long for its cell, and in place of an error: many numbers become one.
_MANGLED = re.compile(r"#+|#(?:N/A|REF!|NAME\?|NULL!|NUM!|VALUE!|DIV/0!)|[0-9](?:[.,][0-9]+)?E\+[0-9]{2}")
#: What stands between two numbers in one cell, and a number as a spreadsheet shows it.
_AND = re.compile(r"[;|,\r\n\t]|\s(?:[/&+]|and)\s", re.IGNORECASE)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_FIGURES = re.compile(r"0+|9{4,}")
_UPN = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")
_PNC = re.compile(r"((?:[0-9]{2})?[0-9]{2})/([0-9]{1,7})([A-HJ-NP-RT-Z])")
_CRO = re.compile(r"([0-9]{1,6})/([0-9]{2})([A-HJ-NP-RT-Z])")
_CRO_FILE = re.compile(r"SF([0-9]{2})/([0-9]{1,6})([A-HJ-NP-RT-Z])")
# The guidance says letters and digits; systems also put separators between them.
_LA_CHILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.\-]{0,19}")
_MOD_23 = "ZABCDEFGHJKLMNPQRTUVWXY"


def identifier(system: str, value: str) -> Identifier:
    """What was sent as an identifier of this system (one that fanlight.Identifier names), and whether it is valid.

    That says the check of its system in CHECKS; for a system that has none, whether it may be a number at all.
    """
    check = CHECKS.get(system, is_reference)
    return Identifier(system=system, value=value, valid=check(value) and not says_nothing(value))


def closed_up(value: str) -> str:
    """A number without the spaces and hyphens that people set its groups apart by."""
    return re.sub(r"[\s\-]", "", value)


def is_mangled(value: str) -> bool:
    """Whether a spreadsheet has put this in the place of a number."""
    return _MANGLED.fullmatch(value.strip()) is not None


def says_nothing(value: str) -> bool:
    """Whether this stands where nobody knew a number, or where a spreadsheet lost it."""
    return _WORDS.fullmatch(value.strip().strip(BRACKETS)) is not None or is_mangled(value)


def is_remark(value: str) -> bool:
    """Whether this is several words without a figure, as `Not on system`: of many children the same may be said."""
    return len(value.split()) > 1 and re.search("[0-9]", value) is None


def names_several(value: str) -> bool:
    """Whether this is more than one number, as `N-1; N-2`: whose the record is that it stands in is not told."""
    parts = [part for part in map(str.strip, _AND.split(value)) if part]
    is_each_one = len(parts) > 1 and all(re.search("[0-9]", part) for part in parts)
    return is_each_one and _THOUSANDS.fullmatch(value) is None


def is_placeholder(value: str) -> bool:
    """Whether this names nobody: it says nothing, is a remark, or is a figure that people type to get past a form."""
    digits = closed_up(value)
    return says_nothing(value) or is_remark(value) or digits in DUMMIES or _FIGURES.fullmatch(digits) is not None


def is_nhs_number(value: str) -> bool:
    """Whether the check digit passes and it is no dummy. The 999 range, never issued, is for synthetic people."""
    digits = closed_up(value)
    if not re.fullmatch(r"[0-9]{10}", digits) or digits in DUMMIES:
        return False
    return bool(nhs.is_valid(digits))


def is_upn(value: str) -> bool:
    """Whether the check letter passes, for permanent and temporary numbers (which end in a letter).

    Not stdnum's whole validation: its list of local authorities is of 2011, and new ones are made.
    """
    number = value.replace(" ", "").upper()
    if not _UPN.fullmatch(number) or len(set(number[1:])) == 1:
        return False
    return bool(stdnum_upn.calc_check_digit(number[1:]) == number[0])


def is_uln(value: str) -> bool:
    """Whether a unique learner number's check digit passes (10 minus the remainder by 11)."""
    if not re.fullmatch(r"[0-9]{10}", value) or value in DUMMIES:
        return False
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(value[:9])) % 11
    return remainder != 0 and 10 - remainder == int(value[9])


def is_pnc(value: str) -> bool:
    """Whether a PNC id's check letter passes, with a year of four digits or two."""
    match = _PNC.fullmatch(value.replace(" ", "").upper())
    return match is not None and _mod_23(match[1][-2:], match[2].zfill(7)) == match[3]


def is_cro(value: str) -> bool:
    """Whether a CRO number's check letter passes; numbers of files (SF) are not padded."""
    number = value.replace(" ", "").upper()
    match = _CRO.fullmatch(number)
    if match is not None:
        return _mod_23(match[2], match[1].zfill(6)) == match[3]
    match = _CRO_FILE.fullmatch(number)
    return match is not None and _mod_23(match[1], match[2]) == match[3]


def is_la_child_id(value: str) -> bool:
    """Whether it has the form of a local authority's child id: up to 20 letters and digits."""
    return _LA_CHILD_ID.fullmatch(value) is not None


def _mod_23(year: str, serial: str) -> str:
    return _MOD_23[int(year + serial) % 23]


#: By what an agency knows a young person whichever of its organisations it is.
_NATIONAL: Mapping[str, Callable[[str], bool]] = {Agency.NHS: is_nhs_number, Agency.SCHOOL: is_upn}


def as_national(agency: str, own_key: str) -> str | None:
    """The number of the nation's by which an agency knows somebody, in one word; None where its key is none."""
    is_national = _NATIONAL.get(agency)
    return closed_up(own_key).upper() if is_national is not None and is_national(own_key) else None


CHECKS: dict[str, Callable[[str], bool]] = {
    "nhs-number": is_nhs_number,
    "upn": is_upn,
    "former-upn": is_upn,
    "uln": is_uln,
    "pnc-id": is_pnc,
    "cro": is_cro,
    "la-child-id": is_la_child_id,
}
