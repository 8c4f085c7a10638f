"""Where the marks of a lane stand, and what is said where they find no room of their own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

ROW_HEIGHT = 18.5
ROWS_MAX = 3
MARK_GAP = 15
RADIUS = 7
CONDITIONS_WIDTH = 12
DIGIT_WIDTH = 7
#: Of marks in one place the last of these is seen: contact never hides a concern.
TONES = ("contact", "protective", "concern")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An entry as the drawing needs it: `tone` is concern, protective or contact."""

    event_id: str
    agency: str
    at: datetime
    tone: str
    title: str
    when: str
    conditions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A symbol; several happenings share one where there are too many to draw. One that lies `under` another is not
    drawn, only reached: two symbols in one place would look like a third."""

    x: float
    y: float
    tone: str
    label: str
    event_id: str
    conditions: bool
    lane: int
    first: bool
    under: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """Where marks lie under another, for want of room: how many events they stand for."""

    x: float
    y: float
    hidden: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where marks stand: one, or one and those under it."""

    x: float
    row: int
    groups: list[Sequence[Happening]]

    @property
    def upwards(self) -> list[Sequence[Happening]]:
        """The groups in the order in which they are drawn: the last lies on top, and is the one that is seen."""
        return sorted(self.groups, key=lambda group: TONES.index(group[-1].tone))

    @property
    def hidden(self) -> int:
        """How many events lie under the mark that is seen."""
        *under, _ = self.upwards
        return sum(map(len, under))

    @property
    def y(self) -> float:
        """How far down."""
        return 13 + self.row * ROW_HEIGHT

    def covers(self, x: float, y: float, width: float, height: float) -> bool:
        """Whether it, and what is written beside it, reaches into a rectangle."""
        has_conditions = any(happening.conditions for group in self.groups for happening in group)
        conditions = CONDITIONS_WIDTH if has_conditions else 0
        count = DIGIT_WIDTH * len(f"+{self.hidden}") if self.hidden else 0
        across = self.x - RADIUS < x + width and x < self.x + RADIUS + max(conditions, count)
        return across and self.y - RADIUS < y + height and y < self.y + RADIUS


def weekly(happenings: Sequence[Happening]) -> list[list[Happening]]:
    """Those of one week and tone together."""
    weeks: dict[tuple[int, int, str], list[Happening]] = {}
    for happening in happenings:
        year, week, _ = happening.at.isocalendar()
        weeks.setdefault((year, week, happening.tone), []).append(happening)
    return list(weeks.values())


def places_of(groups: Iterable[Sequence[Happening]], x_of: Callable[[datetime], float]) -> list[Place]:
    """Each in the highest row where it covers no other; where no row has room, with the newest of the last row."""
    row_ends = [float("-inf")] * ROWS_MAX
    places: list[Place] = []
    for group in groups:
        x = x_of(group[0].at)
        free = [row for row in range(ROWS_MAX) if x - row_ends[row] >= MARK_GAP]
        if free:
            places.append(Place(x, free[0], [group]))
            # The C beside a mark with conditions needs room too.
            row_ends[free[0]] = x + (CONDITIONS_WIDTH if any(h.conditions for h in group) else 0)
        else:
            pile = next(place for place in reversed(places) if place.row == ROWS_MAX - 1)
            pile.groups.append(group)
            row_ends[pile.row] = pile.x + DIGIT_WIDTH * len(f"+{pile.hidden}")
    return places


def marks_of(places: Iterable[Place], lane: int, had_mark: bool) -> Iterator[Mark]:
    """Every mark of a lane, as they are drawn; the first of the whole drawing is its tab stop."""
    for place in places:
        upwards = place.upwards
        for group in upwards:
            yield _mark(group, place, lane, first=not had_mark, under=group is not upwards[-1])
            had_mark = True


def piles_of(places: Iterable[Place]) -> Iterator[Pile]:
    """Every place of a lane where marks lie under another."""
    for place in places:
        if place.hidden:
            yield Pile(x=place.x, y=place.y, hidden=place.hidden)


def _mark(group: Sequence[Happening], place: Place, lane: int, *, first: bool, under: bool) -> Mark:
    newest = group[-1]
    label = f"{newest.title}, {newest.when}"
    if len(group) > 1:
        label = f"{len(group)} events in one week, the newest: {label}"
    return Mark(
        x=place.x,
        y=place.y,
        tone=newest.tone,
        label=label,
        event_id=newest.event_id,
        conditions=any(h.conditions for h in group),
        lane=lane,
        first=first,
        under=under,
    )
