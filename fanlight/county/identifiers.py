"""Identifiers that no child can have: every one comes from a range that is never issued, with its check digit right.

NHS numbers 999 000 0000 to 999 999 9999 are guaranteed unissued; local authority 999 and the year 2099 do not exist;
01632 960 is Ofcom's range for drama; no postcode area has Z as its second letter. ZZ99 itself says that there is no
address, and proves nothing to identity resolution: homes here stand in ZZ1 to ZZ9.
"""

from collections.abc import Iterator
from itertools import count, product

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
NO_FIXED_ABODE = "ZZ99 3VZ"
_NHS_SERIALS = 1_000_000
LOCAL_AUTHORITY = "999"


def nhs_numbers(first: int) -> Iterator[str]:
    """NHS numbers of the 999 block from a serial on; one in eleven would need check digit 10 and is passed over."""
    for serial in count(first):
        digits = f"999{serial % _NHS_SERIALS:06d}"
        check = 11 - sum(int(d) * (10 - i) for i, d in enumerate(digits)) % 11
        if check != 10:
            yield digits + str(check % 11)


def _upn(tail: str, last: str) -> str:
    values = [int(d) for d in tail] + [UPN_LETTERS.index(last) if last.isalpha() else int(last)]
    return UPN_LETTERS[sum(v * k for k, v in enumerate(values, start=2)) % 23] + tail + last


def upn(establishment: int, year: int, serial: int) -> str:
    """A unique pupil number: check letter, authority, school, year of entry, serial."""
    assert serial <= 999, "a school gives 999 numbers a year"
    tail = f"{LOCAL_AUTHORITY}{establishment:04d}{year % 100:02d}{serial:03d}"
    return _upn(tail[:-1], tail[-1])


def temporary_upn(establishment: int, year: int, serial: int) -> str:
    """What a school gives while it looks for a child's own number: it ends in a letter."""
    tail = f"{LOCAL_AUTHORITY}{establishment:04d}{year % 100:02d}{serial % 100:02d}"
    return _upn(tail, "A")


def pnc_id(serial: int) -> str:
    """A Police National Computer id of the year 2099."""
    digits = f"{serial:07d}"
    return f"2099/{digits}{PNC_LETTERS[int('99' + digits) % 23]}"


def child_id(serial: int) -> str:
    """A child's id at the local authority."""
    return f"SYN{serial:06d}"


def police_reference(serial: int) -> str:
    """A person's number in the force's records system."""
    return f"SYN-N-{serial:07d}"


def hospital_number(serial: int) -> str:
    """A patient's own number at the hospital."""
    return f"SYNH{serial:06d}"


def telephone(serial: int) -> str:
    """A number of Ofcom's drama range."""
    return f"01632 960{serial % 1000:03d}"


def postcodes() -> Iterator[str]:
    """The postcodes of the county, each for one home."""
    for district, sector, left, right in product(range(1, 10), range(1, 10), POSTCODE_LETTERS, POSTCODE_LETTERS):
        yield f"ZZ{district} {sector}{left}{right}"
