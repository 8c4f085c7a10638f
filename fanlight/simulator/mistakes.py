"""What can go wrong with a field, by the names that the error model gives it.

A mistake changes what is written on a sheet; where it does not apply (no double surname) it changes nothing.
"""

from fanlight.simulator import slips
from fanlight.simulator.groups import OTHER_SEX
from fanlight.simulator.misnaming import IN_NAMES
from fanlight.simulator.people import Facts
from fanlight.simulator.registers import DUMMY_NHS, UNKNOWN_POSTCODE
from fanlight.simulator.sheet import Mistake, Sheet, blank, placeholder, slip_in


def _day_month(sheet: Sheet) -> None:
    year, month, day = sheet.written["birth_date"].split("-")
    if int(day) <= 12:
        sheet.written["birth_date"] = f"{year}-{day}-{month}"


def _year_out(sheet: Sheet) -> None:
    day = sheet.written["birth_date"]
    moved = f"{int(day[:4]) + sheet.rng.choice((-1, 1))}{day[4:]}"
    sheet.written["birth_date"] = moved if slips.exists(moved) else day


def _first_of_january(sheet: Sheet) -> None:
    sheet.written["birth_date"] = sheet.written["birth_date"][:4] + "-01-01"


def _month_only(sheet: Sheet) -> None:
    sheet.written["birth_date"] = sheet.written["birth_date"][:7]


def _wrong_sex(sheet: Sheet) -> None:
    sheet.written["sex"] = OTHER_SEX.get(sheet.written["sex"], "")


def _moved_lately(sheet: Sheet) -> Facts | None:
    """What was true before the last move, more seldom the longer ago that was; None where there was no move."""
    now, moved = sheet.facts.home, None
    for since, facts in reversed([truth for truth in sheet.person.truths if truth[0] <= sheet.day]):
        if facts.home != now:
            years = (sheet.day - (moved or since)).days / 365
            return facts if moved is not None and sheet.rng.random() < 1 / (1 + 2 * years) else None
        moved = since if since > sheet.person.since else None
    return None


def _old(*fields: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        before = _moved_lately(sheet)
        if before is not None and before.home is not None:
            was = {"postcode": before.home.postcode, "address": before.home.address}
            sheet.written.update({field: was[field] for field in fields})

    return mistake


def _abbreviated(sheet: Sheet) -> None:
    sheet.written["address"] = slips.abbreviated(sheet.written["address"])


def _dummy(sheet: Sheet) -> None:
    sheet.written["nhs_number"] = sheet.rng.choice(DUMMY_NHS)


def _siblings(field: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        numbers = [number for sibling in sheet.person.siblings if (number := getattr(sibling.first, field))]
        if numbers:
            sheet.written[field] = sheet.rng.choice(numbers)

    return mistake


def _somebody_elses(field: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        own = sheet.written[field]
        sheet.written[field] = sheet.registers.somebody_elses(sheet.rng, field, own) or own

    return mistake


def _number(field: str, first: int) -> dict[str, Mistake]:
    """Slips from the first digit on that may be wrong without leaving the range that is never issued."""
    return {
        "digit": slip_in(field, lambda rng, text: slips.digit(rng, text, first)),
        "transposed": slip_in(field, lambda rng, text: slips.transposed(rng, text, first)),
        "missing": blank(field),
    }


#: Field (or `home`, which is two) → kind → what it does. errors.schema.json names the same.
MISTAKES: dict[str, dict[str, Mistake]] = {
    **IN_NAMES,
    "aliases": {"missing": blank("aliases")},
    "birth_date": {
        "digit": slip_in("birth_date", slips.misdated),
        "day_month": _day_month,
        "year_out": _year_out,
        "first_of_january": _first_of_january,
        "month_only": _month_only,
        "missing": blank("birth_date"),
    },
    "sex": {"wrong": _wrong_sex, "missing": blank("sex")},
    "home": {
        "old": _old("postcode", "address"),
        "old_postcode_alone": _old("postcode"),
        "missing": blank("postcode", "address"),
    },
    "postcode": {
        "typo": slip_in("postcode", slips.postcode),
        "unknown": placeholder("postcode", UNKNOWN_POSTCODE),
        "missing": blank("postcode"),
    },
    "address": {
        "typo": slip_in("address", slips.typo),
        "abbreviated": _abbreviated,
        "missing": blank("address"),
    },
    "nhs_number": _number("nhs_number", 3)
    | {
        "somebody_elses": _somebody_elses("nhs_number"),
        "siblings": _siblings("nhs_number"),
        "dummy": _dummy,
    },
    "upn": _number("upn", 4) | {"somebody_elses": _somebody_elses("upn"), "siblings": _siblings("upn")},
    "la_child_id": {
        "digit": slip_in("la_child_id", lambda rng, text: slips.digit(rng, text, 3)),
        "missing": blank("la_child_id"),
    },
}
#: The fields that each entry of MISTAKES may spoil, and so the ones whose being filled is asked first.
SPOILS = {field: (field,) for field in MISTAKES} | {"home": ("postcode", "address")}
