from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from views import chart
from views.chart import Silence, draw
from views.marks import MARK_GAP, Happening, Pile
from views.presenting import Weight

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
LANES = [("police", "Police", "2 events"), ("nhs", "Health", "1 event")]


def happening(number: int, day: float, agency: str = "police", **more: object) -> Happening:
    at = SINCE + timedelta(days=day)
    made = {"event_id": f"e{number}", "agency": agency, "at": at, "tone": "concern", "title": "Arrest", "when": "then"}
    return Happening(**{**made, **more})


def picture(happenings=(), silences=(), weights=()):
    return draw(since=SINCE, until=UNTIL, lanes=LANES, happenings=happenings, silences=silences, weights=weights)


def test_an_event_stands_where_its_moment_is():
    first, last = picture([happening(1, 0), happening(2, 181)]).lanes[0].marks
    assert (first.x, last.x) == (chart.LEFT, chart.RIGHT)


def test_an_event_outside_the_span_is_not_drawn():
    assert picture([happening(1, -1), happening(2, 182)]).lanes[0].marks == ()


def test_marks_of_one_day_stand_in_rows_of_their_own():
    marks = picture([happening(n, 90) for n in range(3)]).lanes[0].marks
    assert len({mark.y for mark in marks}) == 3


def test_where_marks_lie_under_another_it_is_said_how_many():
    lane = picture([happening(n, 90) for n in range(7)]).lanes[0]
    assert len({(mark.x, mark.y) for mark in lane.marks}) == 3
    lowest = max(lane.marks, key=lambda mark: mark.y)
    assert lane.piles == (Pile(x=lowest.x, y=lowest.y, hidden=4),)


@pytest.mark.parametrize("step", [0.1, 0.2, 0.3])
def test_how_many_lie_under_a_mark_never_lies_over_another(step):
    lane = picture([happening(n, 50 + n * step, tone="contact") for n in range(300)]).lanes[0]
    places = sorted({mark.x for mark in lane.marks if mark.y == lane.piles[0].y})
    assert max(pile.hidden for pile in lane.piles) > 9
    for pile in lane.piles:
        after = [x for x in places if x > pile.x]
        assert not after or pile.x + 8 + 6.7 * len(f"+{pile.hidden}") <= after[0] - 7


def test_marks_that_all_have_room_are_no_pile():
    assert picture([happening(n, 90) for n in range(3)]).lanes[0].piles == ()


@pytest.mark.parametrize("step", [0, 0.2, 0.7, 1.5, 3])
def test_no_two_places_of_a_row_touch_and_what_is_seen_and_hidden_is_all(step):
    lane = picture([happening(n, 50 + n * step, conditions=n % 5 == 0) for n in range(40)]).lanes[0]
    places = sorted({(mark.y, mark.x) for mark in lane.marks})
    assert all(b[1] - a[1] >= MARK_GAP for a, b in pairwise(places) if a[0] == b[0])
    assert len(places) + sum(pile.hidden for pile in lane.piles) == 40


def test_contact_never_hides_a_concern():
    tones = ("contact", "contact", "concern", "protective", "contact")
    marks = picture([happening(n, 90, tone=tone) for n, tone in enumerate(tones)]).lanes[0].marks
    assert marks[-1].tone == "concern"
    # A diamond over a ring would look like neither.
    assert [mark.under for mark in marks] == [False, False, True, True, False]


def test_a_week_under_another_stands_for_all_its_events():
    twice_a_week = [happening(n, 7 * (n // 2 - 400), tone="contact") for n in range(800)]
    drawn = draw(
        since=SINCE - timedelta(days=3000), until=UNTIL, lanes=LANES, happenings=twice_a_week, silences=[], weights=[]
    )
    lane = drawn.lanes[0]
    assert drawn.grouped
    assert len(lane.piles) > 9
    assert sum(pile.hidden for pile in lane.piles) == 800 - 2 * len({(mark.x, mark.y) for mark in lane.marks})


def test_exactly_one_mark_is_a_tab_stop():
    drawn = picture([happening(1, 5), happening(2, 9), happening(3, 7, "nhs")])
    assert [m.first for lane in drawn.lanes for m in lane.marks] == [True, False, False]


def test_the_tab_stop_is_in_the_first_lane_that_has_a_mark():
    assert [m.first for m in picture([happening(1, 5, "nhs")]).lanes[1].marks] == [True]


def test_events_too_many_to_draw_stand_together_by_week():
    drawn = picture([happening(n, n * 180 / 500) for n in range(500)])
    assert drawn.grouped
    assert len(drawn.lanes[0].marks) < 30
    assert "events in one week" in drawn.lanes[0].marks[3].label


def test_weekly_marks_keep_concern_and_protective_apart():
    mixed = [happening(n, n * 180 / 500, tone=("concern", "protective")[n % 2]) for n in range(500)]
    tones = [mark.tone for mark in picture(mixed).lanes[0].marks]
    assert {"concern", "protective"} == set(tones)


def test_concerns_rise_above_the_axis_and_protective_factors_fall_below_it():
    weights = [Weight(SINCE, 0.0, 0.0), Weight(UNTIL, 6.0, 2.0)]
    panel = picture(weights=weights).panel
    assert panel.top < panel.zero < panel.bottom
    assert panel.end[1] < panel.zero
    assert panel.concerns.endswith(f"L{chart.RIGHT} {panel.zero:g} Z")


def test_the_line_ends_below_the_axis_where_protection_outweighs():
    panel = picture(weights=[Weight(SINCE, 0.0, 0.0), Weight(UNTIL, 1.0, 4.0)]).panel
    assert panel.end[1] > panel.zero


def test_the_line_stays_inside_the_panel_however_heavy():
    panel = picture(weights=[Weight(SINCE, 900.0, 0.0), Weight(UNTIL, 0.0, 900.0)]).panel
    assert panel.top <= panel.end[1] <= panel.bottom


def test_of_days_on_which_nothing_changes_only_the_ends_are_drawn():
    heights = [0.0] * 40 + [2.0, 1.0] + [0.5] * 30 + [0.0]
    weights = [Weight(SINCE + timedelta(days=day), high, 0.0) for day, high in enumerate(heights)]
    kept = [weights[day] for day in (0, 39, 40, 41, 42, 71, 72)]
    assert picture(weights=weights).panel == picture(weights=kept).panel
    assert picture(weights=weights).panel.difference.count(" L") == len(kept) - 1


def test_without_any_weight_the_axis_is_drawn_all_the_same():
    panel = picture().panel
    assert (panel.concerns, panel.difference) == ("", "")
    assert panel.top < panel.zero < panel.bottom


def quiet(start: float, end: float, label: str = "Quiet 80 days") -> Silence:
    since, until = SINCE + timedelta(days=start), SINCE + timedelta(days=end)
    return Silence(agency="police", since=since, until=until, label=label, short="80d")


def test_a_silence_is_drawn_from_the_last_event_to_the_next():
    (band,) = picture(silences=[quiet(50, 100)]).lanes[0].bands
    assert band.label == "Quiet 80 days"
    assert chart.LEFT < band.x < band.x + band.width < chart.RIGHT


def test_a_silence_too_narrow_for_its_words_is_labelled_in_short():
    assert picture(silences=[quiet(50, 55)]).lanes[0].bands[0].label == "80d"


def test_a_label_at_the_right_edge_is_not_cut_off():
    (band,) = picture(silences=[quiet(179, 181)]).lanes[0].bands
    assert band.label_x + band.label_width <= chart.RIGHT


@pytest.mark.parametrize(
    ("days", "row"),
    [([], 43), ([110] * 3, 43), ([110] * 4, 23), ([113], 43), ([113] * 2, 43), ([113] * 3, None), ([113] * 4, None)],
    ids=str,
)
def test_the_label_of_a_silence_never_lies_under_a_symbol(days, row):
    happenings = [happening(number, day) for number, day in enumerate(days)]
    (band,) = picture(happenings, [quiet(110, 140)]).lanes[0].bands
    assert band.label_y == row


def test_a_silence_before_the_span_is_not_drawn():
    assert picture(silences=[quiet(-50, -10)]).lanes[0].bands == ()


def test_months_are_named_and_the_year_is_said_where_it_changes():
    ticks = draw(
        since=datetime(2025, 11, 1, tzinfo=UTC), until=UNTIL, lanes=LANES, happenings=[], silences=[], weights=[]
    ).ticks
    assert [(t.label, t.year) for t in ticks][:4] == [("Nov", "2025"), ("Dec", ""), ("Jan", "2026"), ("Feb", "")]


def test_over_many_years_the_months_are_thinned_until_they_have_room():
    ticks = draw(
        since=datetime(2008, 1, 1, tzinfo=UTC), until=UNTIL, lanes=LANES, happenings=[], silences=[], weights=[]
    ).ticks
    gaps = [b.x - a.x for a, b in pairwise(ticks)]
    assert min(gaps) >= chart.LABEL_WIDTH


def test_a_mark_with_handling_conditions_says_so():
    (mark,) = picture([happening(1, 5, conditions=True)]).lanes[0].marks
    assert mark.conditions


@pytest.mark.parametrize(("concerns", "protective"), [(9.0, 0.1), (0.1, 9.0), (3.0, 3.0), (0.0, 0.0)])
def test_the_names_of_the_two_sides_never_cover_one_another(concerns, protective):
    panel = picture(weights=[Weight(SINCE, 0.0, 0.0), Weight(UNTIL, concerns, protective)]).panel
    assert panel.protective_label - panel.concerns_label >= 34
    assert panel.top < panel.concerns_label
    assert panel.protective_label + 16 <= panel.bottom
