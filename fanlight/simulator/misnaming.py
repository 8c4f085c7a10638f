"""What can go wrong with names, by the kinds that the error model names."""

from collections.abc import Callable
from random import Random

from fanlight.simulator import slips
from fanlight.simulator.sheet import Mistake, Sheet, blank, placeholder, slip_in


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


def _variant(field: str) -> Mistake:
    def mistake(sheet: Sheet) -> None:
        others = sheet.names.variants.get(sheet.written[field])
        if others:
            sheet.written[field] = sheet.rng.choice(others)

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


def _spelling(field: str) -> dict[str, Mistake]:
    return {
        "typo": _in_name(field, slips.typo),
        "ocr": _in_name(field, slips.scanned),
        "phonetic": _in_name(field, slips.heard),
        "variant": _variant(field),
    }


#: Field → kind → what it does.
IN_NAMES: dict[str, dict[str, Mistake]] = {
    "given_name": _spelling("given_name")
    | {
        "nickname": _nickname,
        "alias_used": _alias_used,
        "middle_used": _middle_used,
        "initial": _initial("given_name"),
        "placeholder": placeholder("given_name", "Unknown", "Baby", "Not Given", "Boy", "Girl", "Male", "Female"),
        "name_order": _name_order,
    },
    "family_name": _spelling("family_name")
    | {
        "other_parent": _other_parent,
        "half": _half,
        "reordered": _reordered,
        "unhyphenated": _unhyphenated,
        "placeholder": placeholder("family_name", "Unknown", "Not Known", "UNKNOWN"),
    },
    "middle_names": {
        "typo": slip_in("middle_names", slips.typo),
        "initial": _initial("middle_names"),
        "missing": blank("middle_names"),
    },
}
