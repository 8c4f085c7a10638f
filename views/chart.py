"""Where everything stands in the drawing of a timeline. Geometry only: the template draws it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from schemas.dates import MONTHS
from views.marks import Happening, Mark, Pile, Place, marks_of, piles_of, places_of, weekly
from views.presenting import Weight

WIDTH = 1238
LEFT = 204
RIGHT = 1208
PANEL_TOP = 6
PANEL_HEIGHT = 154
AXIS_HEIGHT = 36
LANE_HEIGHT = 62
MARKS_MAX = 400
LABEL_WIDTH = 38
LABEL_HEIGHT = 16
#: Clear of the symbol after which nothing came.
LABEL_INSET = 10
#: Where a silence's label may stand, the best first: a feed that has stopped can have events after it.
LABEL_ROWS = (43.0, 23.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A stretch in which nothing came from an agency: `feed_silent` where the feed itself had stopped."""

    agency: str
    since: datetime
    until: datetime
    label: str
    short: str
    feed_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A hatched stretch of a lane; `label_y` is None where symbols leave its label no room."""

    x: float
    width: float
    label: str
    label_x: float
    label_y: float | None
    label_width: float
    feed_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A month on the axis; `year` where it changes."""

    x: float
    label: str
    year: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One agency."""

    agency: str
    name: str
    note: str
    marks: tuple[Mark, ...]
    piles: tuple[Pile, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Concerns above the axis, protective factors below it, a line for the difference."""

    zero: float
    top: float
    bottom: float
    concerns: str
    protective: str
    difference: str
    end: tuple[float, float]
    concerns_label: float
    protective_label: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The whole drawing."""

    panel: Panel
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    grouped: bool
    width: int = field(default=WIDTH)
    left: int = field(default=LEFT)
    right: int = field(default=RIGHT)
    panel_height: int = field(default=PANEL_TOP + PANEL_HEIGHT + AXIS_HEIGHT)
    lane_height: int = field(default=LANE_HEIGHT)


@dataclass(frozen=True, slots=True)
class Scale:
    """From instants to pixels."""

    since: datetime
    until: datetime

    def x(self, at: datetime) -> float:
        """Where an instant stands, never outside the drawing."""
        share = (at - self.since) / (self.until - self.since)
        return round(LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT), 1)


def draw(
    *,
    since: datetime,
    until: datetime,
    lanes: Sequence[tuple[str, str, str]],
    happenings: Sequence[Happening],
    silences: Sequence[Silence],
    weights: Sequence[Weight],
) -> Chart:
    """The drawing of everything between two instants; `lanes` are agency, name and note, top to bottom."""
    scale = Scale(since, until)
    shown = sorted((h for h in happenings if since <= h.at <= until), key=lambda h: (h.at, h.event_id))
    grouped = len(shown) > MARKS_MAX
    drawn: list[Lane] = []
    for number, (agency, name, note) in enumerate(lanes):
        own = [h for h in shown if h.agency == agency]
        places = places_of(weekly(own) if grouped else [[h] for h in own], scale.x)
        had_mark = any(lane.marks for lane in drawn)
        drawn.append(
            Lane(
                agency=agency,
                name=name,
                note=note,
                marks=tuple(marks_of(places, number, had_mark)),
                piles=tuple(piles_of(places)),
                bands=tuple(_band(s, scale, places) for s in silences if s.agency == agency and s.until > since),
            )
        )
    return Chart(panel=_panel(weights, scale), ticks=_ticks(scale), lanes=tuple(drawn), grouped=grouped)


def _band(silence: Silence, scale: Scale, places: Sequence[Place]) -> Band:
    # A pixel of ground between two bands that meet, or they would read as one.
    x = scale.x(silence.since) + 1
    width = max(4.0, round(scale.x(silence.until) - x - 1, 1))
    label = silence.label if _label_width(silence.label) + LABEL_INSET + 4 <= width else silence.short
    label_width = _label_width(label)
    # A label wider than its band grows to the left, so that the drawing's edge never cuts it.
    label_x = round(max(LEFT + 2.0, min(x + LABEL_INSET, RIGHT - label_width - 2)), 1)
    free = [y for y in LABEL_ROWS if not any(place.covers(label_x, y, label_width, LABEL_HEIGHT) for place in places)]
    return Band(
        x=x,
        width=width,
        label=label,
        label_x=label_x,
        label_y=next(iter(free), None),
        label_width=label_width,
        feed_silent=silence.feed_silent,
    )


def _label_width(label: str) -> float:
    return round(12 + 6.6 * len(label), 1)


def _panel(weights: Sequence[Weight], scale: Scale) -> Panel:
    top, bottom = PANEL_TOP, PANEL_TOP + PANEL_HEIGHT
    above = max([w.concerns for w in weights], default=0.0)
    below = max([w.protective for w in weights], default=0.0)
    # Room for both sides even where one is empty, so that the axis never sticks to an edge.
    total = max(above, 0.4) + max(below, 0.4)
    unit = (PANEL_HEIGHT - 8) / total
    zero = round(top + 4 + max(above, 0.4) * unit, 1)
    drawn = _turning([w for w in weights if scale.since <= w.at])
    points = [(scale.x(w.at), w.concerns * unit, w.protective * unit) for w in drawn]
    end = (points[-1][0], round(zero - points[-1][1] + points[-1][2], 1)) if points else (float(RIGHT), zero)
    return Panel(
        zero=zero,
        top=top,
        bottom=bottom,
        concerns=_area([(x, zero - up) for x, up, _ in points], zero),
        protective=_area([(x, zero + down) for x, _, down in points], zero),
        difference=_path([(x, zero - up + down) for x, up, down in points]),
        end=end,
        # Two lines each, beside their own side of the axis, and never over one another where one side is thin.
        concerns_label=min(max(zero - 30, top + 14), bottom - 58),
        protective_label=max(min(zero + 18, bottom - 18), top + 56),
    )


def _turning(weights: Sequence[Weight]) -> list[Weight]:
    """The days at which the line turns: of a stretch in which nothing changes the first and the last. One date of a
    century ago, be it a slip, makes a hundred years of days on which nothing was active."""
    levels = [(w.concerns, w.protective) for w in weights]
    # The first and the last have not three to be compared, and always stay.
    return [w for day, w in enumerate(weights) if levels[day - 1 : day + 2] != [levels[day]] * 3]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if index else 'M'}{x:g} {y:.1f}" for index, (x, y) in enumerate(points))


def _area(points: Sequence[tuple[float, float]], zero: float) -> str:
    if not points:
        return ""
    return f"M{points[0][0]:g} {zero:g} {_path(points).replace('M', 'L', 1)} L{points[-1][0]:g} {zero:g} Z"


def _ticks(scale: Scale) -> tuple[Tick, ...]:
    """The first of each month, thinned until their names have room."""
    months = list(_months(scale.since.date(), scale.until.date()))
    span = (RIGHT - LEFT) / max(1, len(months))
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60) if s * span >= LABEL_WIDTH), 120)
    ticks: list[Tick] = []
    year = None
    for month in months:
        if (month.month - 1) % min(step, 12) or (step > 12 and month.year % (step // 12)):
            continue
        at = datetime(month.year, month.month, 1, tzinfo=UTC)
        label = MONTHS[month.month - 1][:3]
        ticks.append(Tick(x=scale.x(at), label=label, year=str(month.year) if month.year != year else ""))
        year = month.year
    return tuple(ticks)


def _months(first: date, last: date) -> Iterable[date]:
    month = first.replace(day=1)
    while month <= last:
        if month >= first:
            yield month
        month = (month + timedelta(days=32)).replace(day=1)
