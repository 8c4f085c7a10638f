"""What a clerk has before them: the row so far, the truth, and what a mistake may draw on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from fanlight.simulator.names import County
from fanlight.simulator.people import Facts, Person
from fanlight.simulator.registers import Registers

Fields = dict[str, str]


@dataclass(slots=True)
class Sheet:
    """What a clerk is writing down of a person on a day, and what mistakes are made from.

    `written` is the row as far as it is written, and what a mistake changes; `facts` are true on that day. `same_again`
    is the chance that a hard name is misspelt as it was before.
    """

    written: Fields
    facts: Facts
    person: Person
    day: date
    rng: Random
    names: County
    registers: Registers
    same_again: float


Mistake = Callable[[Sheet], None]


def slip_in(field: str, slip: Callable[[Random, str], str]) -> Mistake:
    """A slip in the text of a field."""

    def mistake(sheet: Sheet) -> None:
        sheet.written[field] = slip(sheet.rng, sheet.written[field])

    return mistake


def blank(*fields: str) -> Mistake:
    """Nothing is written."""

    def mistake(sheet: Sheet) -> None:
        sheet.written.update(dict.fromkeys(fields, ""))

    return mistake


def placeholder(field: str, *words: str) -> Mistake:
    """A word that fills the box and says nothing."""

    def mistake(sheet: Sheet) -> None:
        sheet.written[field] = sheet.rng.choice(words)

    return mistake
