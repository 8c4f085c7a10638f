"""A synthetic county: what police, hospitals, schools and social care would send, of children who cannot exist."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from fanlight.county import ordinary
from fanlight.county.files import Delivery, write
from fanlight.county.ledger import Ledger
from fanlight.county.people import Registrar
from fanlight.county.spoil import spoil
from fanlight.county.stories import STORIES, Story
from fanlight.county.traps import TRAPS

__all__ = ["LEAST_PEOPLE", "Delivery", "Manifest", "Story", "write_county"]

#: The hand-written children and a few to stand beside them.
LEAST_PEOPLE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was written: the deliveries in the order in which to publish them, and whom to look for afterwards."""

    people: int
    deliveries: tuple[Delivery, ...]
    stories: tuple[Story, ...]


def write_county(directory: Path, *, people: int, seed: int = 1, today: date) -> Manifest:
    """Write the county's partner files into a directory. The same people, seed and day give the same bytes."""
    if people < LEAST_PEOPLE:
        raise ValueError(f"a county has at least {LEAST_PEOPLE} people, not {people}")
    rng = Random(seed)
    ledger, registrar = Ledger(today), Registrar(people, rng, today)
    stories = [found for tell in (*STORIES, *TRAPS) for found in tell(ledger, registrar, rng)]
    for child in registrar.families(people - registrar.registered):
        ordinary.live(ledger, child, rng)
    spoil(ledger, rng)
    return Manifest(people=registrar.registered, deliveries=write(ledger, directory), stories=tuple(stories))
