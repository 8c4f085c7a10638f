"""Evidence, take-backs and decisions in any order, with restarts in between: what stands is all that counts."""

from random import Random

import pytest

from schemas.vocabulary import JudgementKind
from tests.memory_bus import ANALYST, MemoryBus, Name
from tests.scenarios.partner_files import missing
from tests.scenarios.test_people_decide import episodes, followed, gone, reference, seen

SAME, DIFFERENT, DO_NOT_LINK = JudgementKind.SAME, JudgementKind.DIFFERENT, JudgementKind.DO_NOT_LINK
NAMES: list[Name] = [("police", f"SYN-REF-{letter}") for letter in "ABCD"]
PAIRS = [(one, other) for place, one in enumerate(NAMES) for other in NAMES[place + 1 :]]
CHILDREN = [("Robin", "Quillfeather", "2011-05-04", "ZZ1 1AZ"), ("Jo", "Thistlewick", "2009-01-31", "ZZ2 7BY")]
NUMBERS = ["9990000018", "9990000026", ""]


def episode(number: int, rng: Random) -> dict[str, str]:
    """One of four records says of one of two children what it may or may not know."""
    given, family, born, postcode = rng.choice(CHILDREN)
    who = {
        "person_ref": rng.choice(NAMES)[1],
        "forename": rng.choice([given, given, given, "Zed"]),
        "surname": family,
        "date_of_birth": rng.choice([born, born, ""]),
        "postcode": rng.choice([postcode, postcode, ""]),
        "nhs_number": rng.choice(NUMBERS),
        "report_ref": f"SYN-MISPER-{number}",
    }
    return {column: cell for column, cell in (missing(number, f"2026-11-{number + 1:02}") | who).items() if cell}


def mended(row: dict[str, str], rng: Random) -> dict[str, str]:
    """A newer version of the same report, which says otherwise who the child is."""
    other = episode(0, rng)
    kept = {"person_ref", "report_ref", "reported_at"}
    newer = {column: cell for column, cell in other.items() if column not in kept}
    return {column: row[column] for column in kept} | newer | {"updated_at": "2026-11-18T09:00+00:00"}


def waiting(bus: MemoryBus) -> dict[str, object]:
    """The reviews that are open, but for since when."""
    return {review_id: review | {"since": None, "judgements": None} for review_id, review in bus.reviews().items()}


@pytest.mark.parametrize("seed", range(40))
def test_what_was_taken_back_and_undone_leaves_no_trace(seed: int) -> None:
    rng = Random(seed)
    rows = [episode(number, rng) for number in range(rng.randint(3, 6))]
    withdrawn = [row for row in rows if rng.random() < 0.25]
    newer = [mended(row, rng) for row in rows if row not in withdrawn and rng.random() < 0.3]
    standing = [(rng.choice([SAME, DIFFERENT, DO_NOT_LINK]), *rng.choice(PAIRS)) for _ in range(rng.randint(0, 2))]
    undone = [(rng.choice([SAME, SAME, DIFFERENT]), *rng.choice(PAIRS)) for _ in range(rng.randint(0, 3))]
    bus = disturbed(rng, [*rows, *newer, *map(gone, withdrawn)], standing, undone)

    straight = MemoryBus()
    # What was withdrawn still tells that there is such a record, and nothing more.
    for row in [*(row for row in rows if row not in withdrawn), *newer, *map(gone, withdrawn)]:
        episodes(row)(straight)
    for decision in standing:
        straight.judge(*decision)
    straight.settle()

    assert seen(bus, NAMES) == seen(straight, NAMES)
    assert waiting(bus) == waiting(straight)
    for name in NAMES:
        own = bus.key.pseudonym(ANALYST, bus.key.derive("person", bus.key.subject_key(*name)))
        assert own not in bus.timelines(ANALYST) or followed(bus, own) == reference(bus, name)


def disturbed(rng: Random, rows: list[dict[str, str]], standing: list[tuple], undone: list[tuple]) -> MemoryBus:
    """All of it in any order, in any batches, with memory lost now and then."""
    bus = MemoryBus(rng)
    steps = [*(("tell", row) for row in rows), *(("decide", d) for d in standing), *(("undo", d) for d in undone)]
    due: list[str] = []
    for what, step in rng.sample(steps, len(steps)):
        if what == "tell":
            episodes(step)(bus)
        else:
            judgement_id = bus.judge(*step)
            due += [judgement_id] if what == "undo" else []
        if due and rng.random() < 0.4:
            bus.undo(due.pop(rng.randrange(len(due))))
        if rng.random() < 0.6:
            bus.settle()
        if rng.random() < 0.3:
            bus.restart()
    for judgement_id in due:
        bus.undo(judgement_id)
    return bus.settle()
