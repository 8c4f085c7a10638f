"""Finding a young person by what their card shows under the purpose stated: nothing else is searched."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from schemas.dates import age_on
from schemas.letters import UNDECOMPOSED
from views import words
from views.presenting import card_of
from views.read_model import LEADS_ON, ReadModel, Term
from views.references import as_heard, is_pseudonym, short_reference

FOUND_MAX = 20
#: What policy puts in place of what it cut away.
SHORTENED = "…"
_WITHIN = re.compile("['’‘`´ʼ]")
#: Soft hyphens and marks of direction, which copying brings along.
_UNSEEN = "Cf"
_WORD = re.compile(r"[^\W\d_]+")
_IDENTIFIER = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked; blank parts were not asked."""

    name: str = ""
    birth_date: str = ""
    identifier: str = ""
    #: The reference that was asked for, where it led to another.
    former: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody who fits, and why."""

    person: str
    reference: str
    card: Mapping[str, Any]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fitting:
    """Who fits; `too_many` where more fit than a person can be told apart among."""

    found: tuple[Found, ...]
    too_many: bool = False


def words_of(name: str) -> list[str]:
    """A name as its words, as any keyboard writes them: without accents, strokes, case, apostrophes or punctuation."""
    # Apostrophes first: of some, taking apart would make a blank.
    whole = unicodedata.normalize("NFKD", _WITHIN.sub("", name))
    plain = "".join(c for c in whole if not unicodedata.combining(c) and unicodedata.category(c) != _UNSEEN)
    return _WORD.findall(plain.casefold().translate(UNDECOMPOSED))


def spellings_of(name: str) -> list[str]:
    """What a name is found by: its words, and each two neighbours as one."""
    parts = words_of(name)
    return [*parts, *map("".join, pairwise(parts))]


def typed_of(name: str) -> list[tuple[str, list[str]]]:
    """Each word that was typed, and the whole words that it may be half of, as the Brien of O Brien is of O'Brien."""
    parts = words_of(name)
    joined = list(map("".join, pairwise(parts)))
    return [(word, joined[max(0, place - 1) : place + 1]) for place, word in enumerate(parts)]


def known_as(birth_date: str) -> tuple[str, ...]:
    """How a card may say a date of birth, as much of it as was known: the year, the month, the day."""
    return birth_date[:4], birth_date[:7], birth_date


def bare_identifier(value: str) -> str:
    """An identifier without spaces, dashes, slashes or case."""
    return _IDENTIFIER.sub("", value.upper())


def value_of(card: Mapping[str, Any], name: str) -> Any:
    """What a card says, without where it came from; None where it says nothing."""
    return (card.get(name) or {}).get("value")


def identifiers_of(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each identifier on a card, as system and value. On the wire they are `system:value`."""
    pairs = []
    for item in value_of(card, "identifiers") or ():
        system, _, value = str(item).partition(":")
        pairs.append((system, value))
    return pairs


def names_of(card: Mapping[str, Any]) -> list[str]:
    """Every name that a card shows."""
    names = [value_of(card, part) for part in ("given_name", "middle_names", "family_name")]
    return [str(name) for name in (*names, *(value_of(card, "aliases") or ())) if name]


def terms_of_card(person: str, purpose: str, card: Mapping[str, Any]) -> list[Term]:
    """What a person can be found by under a purpose."""
    terms = [Term(purpose, "name", word) for name in names_of(card) for word in spellings_of(name)]
    if value_of(card, "birth_date"):
        terms.append(Term(purpose, "birth_date", str(value_of(card, "birth_date"))))
    # A shortened identifier is shown, but finding by its last digits would tell whose they are.
    whole = [value for _, value in identifiers_of(card) if SHORTENED not in value]
    terms += [Term(purpose, "identifier", bare_identifier(value)) for value in whole]
    terms.append(Term(purpose, "identifier", bare_identifier(short_reference(person))))
    return list(dict.fromkeys(terms))


def terms_of_timeline(timeline: Mapping[str, Any], now: datetime) -> list[Term]:
    """What a person can be found by, under each purpose that any entry was granted for."""
    if not is_pseudonym(timeline["person"]):
        return []
    if timeline["redirect"] is not None:
        own = bare_identifier(short_reference(timeline["person"]))
        return [Term(LEADS_ON, "identifier", own), Term(LEADS_ON, "led", timeline["redirect"])]
    purposes = {purpose for entry in timeline["entries"] for grant in entry["grants"] for purpose in grant["purposes"]}
    terms = []
    for purpose in sorted(purposes):
        terms += terms_of_card(timeline["person"], purpose, card_of(timeline, purpose, now))
    return terms


def find(model: ReadModel, audience: str, purpose: str, question: Question, now: datetime) -> Fitting:
    """Everybody of an audience's timelines who fits all that was asked, by what a purpose shows of them at `now`."""
    search = _Search(model, audience, purpose, now)
    fitting = search.fitting(question)
    identifier = bare_identifier(question.identifier)
    if not fitting and (meant := as_heard(identifier)) != identifier:
        fitting = search.fitting(replace(question, identifier=meant))
    if len(fitting) > FOUND_MAX:
        return Fitting((), too_many=True)
    found = (search.found(person, asked) for person, asked in fitting.items())
    return Fitting(tuple(sorted((f for f in found if f is not None), key=lambda f: f.reference)))


@dataclass(frozen=True, slots=True)
class _Search:
    """In whose name, for what and when somebody is looked for."""

    model: ReadModel
    audience: str
    purpose: str
    now: datetime

    def fitting(self, question: Question) -> dict[str, Question]:
        """Who fits by the index, and the question that they fit: the one asked, or one that a reference leads on to."""
        questions = (*self._led_on(question), question)
        return {person: asked for asked in questions for person in self._candidates(asked)}

    def found(self, person: str, question: Question) -> Found | None:
        """The index is as old as the timeline, grants end by the clock: so each candidate is looked at again, now."""
        stored = self.model.timeline(self.audience, person)
        if stored is None:
            return None
        card = card_of(stored, self.purpose, self.now)
        why = reasons(question, terms_of_card(person, self.purpose, card), card)
        if why is None:
            return None
        return Found(person=person, reference=short_reference(person), card=card, why=why)

    def _led_on(self, question: Question) -> Iterator[Question]:
        """The same question with the reference of whoever was joined with the person that it names.

        Who that is must then be found under the purpose as anybody else: the old reference opens nothing by itself.
        """
        named = bare_identifier(question.identifier)
        for former in sorted(self._people_with("identifier", named, purpose=LEADS_ON)) if named else ():
            led = short_reference(self.model.leads_to(self.audience, former))
            yield replace(question, identifier=led, former=short_reference(former))

    def _candidates(self, question: Question) -> set[str]:
        sets = [
            self._people_with("name", word, begins=True).union(*(self._people_with("name", whole) for whole in joined))
            for word, joined in typed_of(question.name)
        ]
        if question.birth_date:
            sets.append(set().union(*(self._people_with("birth_date", b) for b in known_as(question.birth_date))))
        if question.identifier:
            sets.append(self._people_with("identifier", bare_identifier(question.identifier)))
        return set.intersection(*sets) if sets else set()

    def _people_with(self, kind: str, value: str, *, begins: bool = False, purpose: str | None = None) -> set[str]:
        purpose = self.purpose if purpose is None else purpose
        return self.model.people_with(self.audience, purpose, kind, value, begins=begins)


def reasons(question: Question, terms: Sequence[Term], card: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Why somebody fits, or None where they do not (any more)."""
    why = []
    named = [_fitting(word, joined, names_of(card)) for word, joined in typed_of(question.name)]
    if None in named:
        return None
    if fits := list(filter(None, named)):
        said = "name begins with what you typed" if any(begun for begun, _ in fits) else "name matches"
        why.append(f"{said} ({', '.join(dict.fromkeys(name for _, name in fits))})")
    if question.birth_date:
        born = str(value_of(card, "birth_date"))
        if born not in known_as(question.birth_date):
            return None
        as_known = "" if born == question.birth_date else f", as far as it is known ({words.known_of(born)})"
        why.append(f"date of birth matches{as_known}")
    if question.identifier:
        wanted = bare_identifier(question.identifier)
        if not any(term.kind == "identifier" and term.value == wanted for term in terms):
            return None
        led = f"{question.former} has been found to be the same young person"
        why.append(led if question.former else "identifier or reference matches")
    return tuple(why)


def _fitting(word: str, joined: Sequence[str], names: Sequence[str]) -> tuple[bool, str] | None:
    """The name that fits a word best, or of which it is half, and whether it is no more than the beginning of it."""
    held = [(each, name) for name in names for each in spellings_of(name)]
    fits = [(each not in (word, *joined), name) for each, name in held if each.startswith(word) or each in joined]
    return min(fits, key=lambda fit: fit[0], default=None)


def birth(card: Mapping[str, Any], today: date) -> tuple[str, str] | None:
    """What a card says of the birth, with what that is to be called; None where it says nothing. A day to come is
    expected, whatever its source called it; and of whoever is not known to be born no age is told."""
    born = str(value_of(card, "birth_date") or "")
    if not born:
        return None
    said, years = words.known_of(born), age(born, today)
    if value_of(card, "birth_date_expected") or born > today.isoformat()[: len(born)]:
        return "Expected date of birth", said
    is_estimated = "E" in str(value_of(card, "birth_date_accuracy") or "")
    aged = "" if years is None else f", aged {'about ' if is_estimated else ''}{years}"
    return "Date of birth", f"{said}{' (estimated)' if is_estimated else ''}{aged}"


def age(birth_date: str | None, today: date) -> int | None:
    """Age in whole years, where the whole date of birth is known and has come."""
    try:
        born = date.fromisoformat(birth_date or "")
    except ValueError:
        return None
    return age_on(born, today) if born <= today else None
