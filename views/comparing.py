"""Two records side by side, field by field: what each says, how that compares in words, and what it weighs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas import evidence
from schemas.evidence import LEVELS, PLACES, Beside, beside_fields
from views import words

Side = Mapping[str, Any]

#: Fields that the bus keeps without capitals.
NAMES = frozenset({"given_name", "middle_names", "family_name", "address"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedField:
    """One field of both records. `bits` is None where the two were not weighed against one another."""

    name: str
    title: str
    left: Sequence[str]
    right: Sequence[str]
    compared: str
    bits: float | None

    @property
    def capitals(self) -> bool:
        """Whether it reads better with capitals put back."""
        return self.name in NAMES


def lines(review: Mapping[str, Any]) -> list[ComparedField]:
    """Every field in which either record says something, or that was weighed."""
    weighed = {each["name"]: each for each in review["fields"]}
    left, right = review["left"], review["right"]
    systems = sorted({each.partition(":")[0] for side in (left, right) for each in side["identifiers"]})
    names = [*PLACES, *systems]
    found = [_line(name, left, right, weighed.get(name)) for name in (*names, *(n for n in weighed if n not in names))]
    return [line for line in found if line.left or line.right or line.bits is not None]


def _line(name: str, left: Side, right: Side, weighed: Mapping[str, Any] | None) -> ComparedField:
    ours, theirs = _values(name, left), _values(name, right)
    return ComparedField(
        name=name,
        title=words.sentence(name) if name in PLACES else words.identifier(name),
        left=ours,
        right=theirs,
        compared=_compared(ours, theirs, weighed),
        bits=weighed["bits"] if weighed else None,
    )


def _values(name: str, side: Side) -> list[str]:
    values = evidence.said(side, name)
    return list(map(_born, values)) if name == "birth_date" else values


def _born(value: str) -> str:
    """`2011-03-27`, `2011-03` or `2011`, with `~` before it where only expected, in words."""
    said = words.known_of(value.removeprefix("~"))
    return f"expected {said}" if value.startswith("~") else said


def _compared(ours: Sequence[str], theirs: Sequence[str], weighed: Mapping[str, Any] | None) -> str:
    if weighed is not None:
        return LEVELS.get(weighed["level"]) or words.sentence(weighed["level"]).lower()
    return "only one record says" if not ours or not theirs else "not weighed"


def beside(review: Mapping[str, Any]) -> Beside | None:
    """What the total holds beside the lines; None where it is their sum."""
    return beside_fields(review["weight"], review["prior"], (each["bits"] for each in review["fields"]))


def decided(review: Mapping[str, Any]) -> str:
    """What stands against joining two records, in words."""
    return evidence.decided(review["decided_by"], {each["name"]: each["level"] for each in review["fields"]})


def bits(value: float) -> str:
    """`+8.3` or `−2.1`, with a real minus sign."""
    return f"{value:+.1f}".replace("-", "−")
