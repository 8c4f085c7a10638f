"""What can go wrong with a field, by the names that the error model gives it.

A mistake changes what is written on a sheet; where it does not apply (no double surname) it changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from fanlight.simulator import slips
from fanlight.simulator.groups import OTHER_SEX
from fanlight.simulator.names import County
from fanlight.simulator.people import Facts, Person
from fanlight.simulator.registers import DUMMY_NHS, UNKNOWN_POSTCODE, Registers

Fields = dict[str, str]


@dataclass(slots=True)
class Sheet:
    """What a clerk is writing down of a person on a day."""

    written: Fields
    facts: Facts
    person: Person
    day: date
    rng: Random
    names: County
    registers: Registers
    same_again: float


Mistake = Callable[[Sheet], None]


def _in(field: str, slip: Callable[[Random, str], str]) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        sheet.written[field] = slip(sheet.rng, sheet.written[field])

    return mistake


def _in_name(field: str, slip: Callable[[Random, str], str]) -> Mistake:
    """A slip in a name; a hard one is often misspelt as it was before."""

    def mistake(sheet: Sheet) -> None:
        right = sheet.written[field]
        before = sheet.person.misspelt.get(right)
        if before is None or sheet.rng.random() >= sheet.same_again:
            before = slip(sheet.rng, right)
            if sheet.person.hard_name:
                sheet.person.misspelt[right] = before
        sheet.written[field] = before

    return mistake


def _blank(*fields: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        sheet.written.update(dict.fromkeys(fields, ""))

    return mistake


def _variant(field: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        others = sheet.names.variants.get(sheet.written[field])
        if others:
            sheet.written[field] = sheet.rng.choice(others)

    return mistake


def _placeholder(field: str, *words: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        sheet.written[field] = sheet.rng.choice(words)

    return mistake


def _initial(field: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        sheet.written[field] = sheet.written[field][:1]

    return mistake


def _nickname(sheet: Sheet) -> None:
    short = sheet.names.nicknames.get(sheet.written["given_name"])
    if short:
        sheet.written["given_name"] = sheet.rng.choice(short)


def _alias_used(sheet: Sheet) -> None:
    if sheet.facts.aliases:
        formal = f"{sheet.facts.given_name} {sheet.facts.family_name}"
        given, _, family = sheet.facts.aliases[0].partition(" ")
        sheet.written.update(given_name=given, family_name=family, aliases=formal)


def _middle_used(sheet: Sheet) -> None:
    if sheet.facts.middle_names:
        sheet.written.update(given_name=sheet.facts.middle_names, middle_names=sheet.facts.given_name)


def _name_order(sheet: Sheet) -> None:
    written = sheet.written
    written["given_name"], written["family_name"] = written["family_name"], written["given_name"]


def _halves(sheet: Sheet) -> list[str]:
    halves = sheet.written["family_name"].replace("-", " ").split()
    return halves if len(halves) == 2 and halves[0].lower() not in ("al", "el") else []


def _half(sheet: Sheet) -> None:
    if halves := _halves(sheet):
        sheet.written["family_name"] = sheet.rng.choice(halves)


def _reordered(sheet: Sheet) -> None:
    if halves := _halves(sheet):
        sheet.written["family_name"] = "-".join(reversed(halves))


def _unhyphenated(sheet: Sheet) -> None:
    name = sheet.written["family_name"]
    sheet.written["family_name"] = name.replace("-", sheet.rng.choice((" ", "")))


def _other_parent(sheet: Sheet) -> None:
    sheet.written["family_name"] = sheet.person.community.draw_family(sheet.rng)[0]


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
        "digit": _in(field, lambda rng, text: slips.digit(rng, text, first)),
        "transposed": _in(field, lambda rng, text: slips.transposed(rng, text, first)),
        "missing": _blank(field),
    }


def _spelling(field: str) -> dict[str, Mistake]:
    return {
        "typo": _in_name(field, slips.typo),
        "ocr": _in_name(field, slips.scanned),
        "phonetic": _in_name(field, slips.heard),
        "variant": _variant(field),
    }


#: Field (or `home`, which is two) → kind → what it does. errors.schema.json names the same.
MISTAKES: dict[str, dict[str, Mistake]] = {
    "given_name": _spelling("given_name")
    | {
        "nickname": _nickname,
        "alias_used": _alias_used,
        "middle_used": _middle_used,
        "initial": _initial("given_name"),
        "placeholder": _placeholder("given_name", "Unknown", "Baby", "Not Given", "Boy", "Girl", "Male", "Female"),
        "name_order": _name_order,
    },
    "family_name": _spelling("family_name")
    | {
        "other_parent": _other_parent,
        "half": _half,
        "reordered": _reordered,
        "unhyphenated": _unhyphenated,
        "placeholder": _placeholder("family_name", "Unknown", "Not Known", "UNKNOWN"),
    },
    "middle_names": {
        "typo": _in("middle_names", slips.typo),
        "initial": _initial("middle_names"),
        "missing": _blank("middle_names"),
    },
    "aliases": {"missing": _blank("aliases")},
    "birth_date": {
        "digit": _in("birth_date", slips.misdated),
        "day_month": _day_month,
        "year_out": _year_out,
        "first_of_january": _first_of_january,
        "month_only": _month_only,
        "missing": _blank("birth_date"),
    },
    "sex": {"wrong": _wrong_sex, "missing": _blank("sex")},
    "home": {
        "old": _old("postcode", "address"),
        "old_postcode_alone": _old("postcode"),
        "missing": _blank("postcode", "address"),
    },
    "postcode": {
        "typo": _in("postcode", slips.postcode),
        "unknown": _placeholder("postcode", UNKNOWN_POSTCODE),
        "missing": _blank("postcode"),
    },
    "address": {
        "typo": _in("address", slips.typo),
        "abbreviated": _abbreviated,
        "missing": _blank("address"),
    },
    "nhs_number": _number("nhs_number", 3)
    | {
        "somebody_elses": _somebody_elses("nhs_number"),
        "siblings": _siblings("nhs_number"),
        "dummy": _dummy,
    },
    "upn": _number("upn", 4) | {"somebody_elses": _somebody_elses("upn"), "siblings": _siblings("upn")},
    "la_child_id": {
        "digit": _in("la_child_id", lambda rng, text: slips.digit(rng, text, 3)),
        "missing": _blank("la_child_id"),
    },
}
#: The fields that each entry of MISTAKES may spoil, and so the ones whose being filled is asked first.
SPOILS = {field: (field,) for field in MISTAKES} | {"home": ("postcode", "address")}
