"""Code lists as versioned data. Codes change every year: a code is looked up as of a day, and an unknown one is kept.

`schemas/codes/*.yaml` hold the lists. A code that a later version withdrew keeps its title and attributes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from schemas.vocabulary import Sensitivity

CODES = Path(__file__).parent / "codes"
#: libyaml's where PyYAML has it: every process that starts reads the lists, and this takes a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Version:
    """The codes of a list from one day to another (both in it), with what is said of each."""

    since: date
    until: date
    codes: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A named list, its source, and its versions, oldest first."""

    name: str
    source: str
    versions: tuple[Version, ...]


def data_in(path: Path) -> Any:
    """What a YAML file that comes with this release holds. For files of others it is not: brackets without end, which
    the loader written in Python refuses, would end the process here."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)


@cache
def lists() -> Mapping[str, CodeList]:
    """Every code list by name."""
    found: dict[str, CodeList] = {}
    for path in sorted(CODES.glob("*.yaml")):
        content = data_in(path)
        for entry in content.get("lists", ()):  # a file of groups is read by whoever matches them
            assert entry["name"] not in found, entry["name"]
            found[entry["name"]] = CodeList(entry["name"], entry["source"], tuple(map(_version, entry["versions"])))
    return MappingProxyType(found)


def known(name: str, code: str, on: date | None = None) -> bool:
    """Whether the list has the code on that day; without a day, whether it ever had it."""
    return any(code in version.codes for version in lists()[name].versions if on is None or _holds(version, on))


def title(name: str, code: str, on: date | None = None) -> str | None:
    """What a code means in words."""
    return attribute(name, code, "title", on)


def attribute(name: str, code: str, key: str, on: date | None = None) -> str | None:
    """What the list says of a code under `key`: in the version of that day, else in the newest that has the code."""
    for version in _nearest(name, on):
        if code in version.codes:
            value = version.codes[code].get(key)
            return str(value) if value is not None else None
    return None


def sensitivity(name: str, written: str) -> str | None:
    """The sensitivity that what stands in a code's place gives away; None where it gives away none.

    `written` is a code of the list `name`, or words that contain one of its titles or other names.
    """
    if not written:
        return None
    code = canonical(name, written)
    if code is not None:
        return attribute(name, code, "sensitivity")
    words = f" {_folded(written)} "
    within = (code for v in _nearest(name, None) for w, code in _words(name, v.since).items() if f" {w} " in words)
    found = (attribute(name, code, "sensitivity") for code in within)
    return next((sensitivity for sensitivity in found if sensitivity is not None), None)


def told_by_codes(written: Iterable[tuple[str, str]]) -> set[Sensitivity]:
    """What protected content is given away by what stands in the places of codes: pairs of a list and of that."""
    found = (sensitivity(name, text) for name, text in written)
    return {Sensitivity(each) for each in found if each is not None}


def canonical(name: str, raw: str, on: date | None = None) -> str | None:
    """The code that `raw` is: a code in any case, its title, both, or another word for it; None where it is none."""
    key = _key(raw)
    for version in _nearest(name, on):
        code = _words(name, version.since).get(key)
        if code is not None:
            return code
    return None


def is_listed(text: str) -> bool:
    """Whether any list has it as a code, a title, both, or another word for one."""
    return _key(text) in _every_word()


@cache
def _words(name: str, since: date) -> Mapping[str, str]:
    version = next(v for v in lists()[name].versions if v.since == since)
    words: dict[str, str] = {}
    for code, said in version.codes.items():
        title = said["title"]
        for word in (*said.get("aliases", ()), title, f"{code} {title}", f"{title} {code}"):
            words.setdefault(_folded(str(word)), code)
    # A code outranks words: "M" is the code M before it is short for anything.
    return MappingProxyType(words | {_folded(code): code for code in version.codes})


@cache
def _every_word() -> frozenset[str]:
    return frozenset(
        word for name, listed in lists().items() for version in listed.versions for word in _words(name, version.since)
    )


def _key(raw: str) -> str:
    # A table that was a data frame once has whole numbers as 16.0.
    return _folded(raw.removesuffix(".0") if raw[:-2].isdecimal() else raw)


def _folded(text: str) -> str:
    # Some codes are nothing but punctuation (/ \ #): those are compared as they stand.
    return _WORDS.sub(" ", text).strip().casefold() or text.strip()


def _nearest(name: str, on: date | None) -> list[Version]:
    newest_first = lists()[name].versions[::-1]
    return sorted(newest_first, key=lambda version: on is not None and not _holds(version, on))


def _holds(version: Version, on: date) -> bool:
    return version.since <= on <= version.until


def _version(entry: Mapping[str, Any]) -> Version:
    codes = {code: MappingProxyType(said) for code, said in entry["codes"].items()}
    return Version(entry["from"], entry.get("to", date.max), MappingProxyType(codes))
