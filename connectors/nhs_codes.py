"""What a health code means for sharing: which protected content it is, which coarse reason, which kind of flag.

The lists are data (`schemas/codes`); this module only matches. Codes are matched whatever system the sender names,
because senders leave the system out or misname it, and a match too many withholds rather than discloses.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from schemas.codes import CODES, data_in
from schemas.vocabulary import Sensitivity

#: Some write the list before the code, and its dagger or asterisk behind.
_ICD10 = re.compile(r"(?:ICD-?10(?:-?[A-Z]{2})?[ :|])?([A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?)\.?[*+†!-]?")
#: How far from some words, in characters, what denies them may stand.
_NEAR = 200
#: What in the same clause before the words of a reason denies them, or just after: a head injury without loss of
#: consciousness is one, and so is one of an assault by family.
_NEGATED_BEFORE = re.compile(
    r"\b(?:no|not|without|denies|denied|negative|history|previous|risk)\b[^.,;:]*$", re.IGNORECASE
)
_NEGATED_AFTER = re.compile(
    r"\w*\s*[:(]?\s*(?:risk\b|denied\b|negative\b|excluded\b|ruled\s+out\b|(?:no|none|nil)\s*$)", re.IGNORECASE
)
#: What stands just before or after the words of a flag where they say that there is none, or none any more. No other
#: word may stand between: a flag taken for its denial would be missed.
_NONE_BEFORE = re.compile(
    r"\b(?:(?:no|nil|without|not)(?:\s+(?:known|current|identified|further|active|longer|new|recorded|existing|outstanding"
    r"|open|evidence|of|on|any|an?|the|subject|to|under|at|risk|child))*|removed\s+from(?:\s+the)?|adults?)\s+$",
    re.IGNORECASE,
)
_RELATIVE = "relative|sibling|brother|sister|mother|mum|father|dad|parent|partner|carer"
#: What the words of a flag begin with that is another's: "Family member subject of", before "child protection plan".
_ANOTHERS_BEFORE = re.compile(
    rf"\s*(?:(?:an?|the|other|older|younger|half|step)\s+)*(?:family|household|{_RELATIVE})(?:\s+members?)?"
    r"(?:\s+(?:is|was|has|had|been|an?|the|on|of|subject|to|under))+\s+",
    re.IGNORECASE,
)
_NONE_AFTER = re.compile(
    r"(?:\s+(?:plan|register|concerns?|flag|issues?|status|order))*(?:\s+(?:is|was|has|have|been|now))*\s+"
    r"(?:ended|ceased|discontinued|removed(?!\s+from)|closed|expired|lapsed|inactive|cancelled|stepped\s+down|not\s+required)\b"
    r"|(?:\s+(?:plan|register|concerns?|flag|issues?|status|order))*\s*:?\s+(?:no|none|nil)\s*$",
    re.IGNORECASE,
)
#: What a child is or is not at a time. Words before or after may say that they were, or that a relative is.
_STATES = ("child_protection_plan", "looked_after_child")
_ONCE_OR_ANOTHERS_BEFORE = re.compile(
    r"(?:\b(?:previous(?:ly)?|former(?:ly)?|history\s+of|h/o|past|ex|was)"
    rf"|^\s*(?:(?:older|younger|half|step)\s+)?(?:{_RELATIVE})s?)(?:\s+(?:been|being|subject|to|on|of|an?|the|under))*\s+$",
    re.IGNORECASE,
)
_ONCE_AFTER = re.compile(
    r"(?:\s+(?:plan|register|status))*[\s(:,]+(?:previous(?:ly)?|historic(?:al)?|history|in\s+the\s+past)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A code as sent, with its display. `specialty` marks the code of a service, which is no diagnosis."""

    code: str | None = None
    display: str | None = None
    specialty: bool = False

    def words(self) -> str | None:
        """Code and display together, as a person would read them; None where there is neither."""
        return " ".join(part for part in (self.code, self.display) if part) or None


@dataclass(frozen=True, slots=True)
class Group:
    """One named group of a code list."""

    name: str
    icd10: tuple[tuple[str, str], ...]
    codes: frozenset[str]
    specialties: frozenset[str]
    abbreviations: frozenset[str]
    phrases: re.Pattern[str] | None

    def holds(self, coded: Coded, *, negatable: bool = False) -> bool:
        """Whether the code or its display belongs here; where `negatable`, words that deny a phrase undo it."""
        code = (coded.code or "").upper()
        if coded.specialty:
            if code in self.specialties:
                return True
        elif code in self.codes or self._has_icd10(code):
            return True
        if self.phrases is None or coded.display is None:
            return False
        # Not every code: B22 and 501 are wards, too.
        if coded.display.upper() in self.abbreviations:
            return True
        text = f"{coded.display} "
        return any(not (negatable and _is_negated(text, found)) for found in self.phrases.finditer(text))

    def _has_icd10(self, code: str) -> bool:
        match = _ICD10.fullmatch(code)
        if match is None:
            return False
        bare = match[1].replace(".", "")
        return any(first <= bare[: len(first)] and bare[: len(last)] <= last for first, last in self.icd10)


def sensitivities(codes: Iterable[Coded]) -> tuple[Sensitivity, ...]:
    """Which kinds of protected content these codes are."""
    held = {
        group.name for coded in _with_words(codes) for group in _groups("sensitive_health_codes") if group.holds(coded)
    }
    return tuple(sorted(Sensitivity(name) for name in held))


def is_refuge(place: str) -> bool:
    """Whether an address, or the name of a place, says that it is a refuge."""
    refuge = next(g for g in _groups("sensitive_health_codes") if g.name == Sensitivity.PROTECTED_ADDRESS)
    return refuge.holds(Coded(display=_spaced(place)))


def attendance_category(codes: Iterable[Coded]) -> str | None:
    """The coarse reason of an emergency attendance, None where no reason was given."""
    given = tuple(_with_words(codes))
    for group in _groups("attendance_categories"):
        if any(_named(coded, group.name) or group.holds(coded, negatable=True) for coded in given):
            return group.name
    return "other" if given else None


def safeguarding_flag(codes: Iterable[Coded]) -> str | None:
    """Which kind of child protection flag this is; None for every other flag."""
    given = tuple(_with_words(codes))
    for group in _groups("safeguarding_flags"):
        if any(group.holds(coded) and not _says_none(group, coded) for coded in given):
            return group.name
    return None


def is_flag_code(code: str | None) -> bool:
    """Whether a code is one by which a child protection flag is known, whatever its words."""
    return any(code in group.codes for group in _groups("safeguarding_flags"))


def _with_words(codes: Iterable[Coded]) -> Iterator[Coded]:
    """The codes, and as words those that are words: CAMHS, antenatal-check, female-genital-mutilation-flag."""
    for coded in dict.fromkeys(codes):
        if coded.words():
            yield replace(coded, display=_spaced(coded.display or ""))
            yield Coded(display=_spaced(coded.code or ""))


def _says_none(group: Group, coded: Coded) -> bool:
    """Whether it is by words alone that a flag is of a group, and each time they say that there is none, or whose."""
    if group.holds(replace(coded, display=None)) or group.phrases is None or coded.display is None:
        return False
    text, is_state = f"{coded.display} ", group.name in _STATES
    before_and_after = [_around(text, found) for found in group.phrases.finditer(text)]
    return bool(before_and_after) and all(
        _NONE_BEFORE.search(before)
        or _ANOTHERS_BEFORE.fullmatch(before)
        or _NONE_AFTER.match(f" {after}")
        or (is_state and (_ONCE_OR_ANOTHERS_BEFORE.search(before) or _ONCE_AFTER.match(f" {after}")))
        for before, after in before_and_after
    )


def _around(text: str, words: re.Match[str]) -> tuple[str, str]:
    """What stands just before and after some words of a text. However long it is, no more of it has to do with them."""
    start = max(0, words.start() - _NEAR)
    return "…" * (start > 0) + text[start : words.start()], text[words.end() : words.end() + _NEAR]


def _is_negated(text: str, words: re.Match[str]) -> bool:
    before, after = _around(text, words)
    return _NEGATED_BEFORE.search(before) is not None or _NEGATED_AFTER.match(after) is not None


def _named(coded: Coded, name: str) -> bool:
    return coded.code is not None and coded.code.lower().replace("-", "_") == name


@cache
def _groups(name: str) -> tuple[Group, ...]:
    data = data_in(CODES / f"{name}.yaml")
    return tuple(_group(key, entry) for key, entry in data["groups"].items())


def _group(name: str, entry: dict[str, Any]) -> Group:
    phrases, otherwise = (_any(entry.get(key, ())) for key in ("phrases", "not_before"))
    unless = f"(?!{otherwise})" if otherwise else ""
    return Group(
        name=name,
        icd10=tuple(_ranges(entry.get("icd10", ()))),
        codes=frozenset(code for key in ("snomed", "confidentiality", "local") for code in entry.get(key, ())),
        specialties=frozenset(code for key in ("specialty", "local") for code in entry.get(key, ())),
        abbreviations=frozenset(entry.get("local", ())),
        phrases=re.compile(rf"\b(?:{phrases}){unless}", re.IGNORECASE) if phrases else None,
    )


def _any(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(_spaced(phrase)) for phrase in phrases)


def _spaced(text: str) -> str:
    """A text with one blank between its words, whatever stood there: Sexual-Health, MUM_HIV."""
    return re.sub(r"[\s_-]+", " ", text)


def _ranges(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        first, _, last = text.replace(".", "").partition("-")
        yield first, last or first
