"""An assessment is a function of entries, cards, feeds and now, and knows when it will differ."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rulecards import RuleInput
from schemas.vocabulary import Role
from streams.timeline import days
from streams.timeline.assessment import assess

MISSING, WORKER, CLOSED = "police.missing_reported", "social_care.social_worker_change", "social_care.case_closed"
LOCATED = "police.missing_located"
ANYONE = frozenset(str(role) for role in Role)
START = date(2026, 3, 15)
HORIZON_DAYS = 75
GRADING = {"source_evaluation": "1", "handling_code": "P"}


def _iso(days_in):
    return (START + timedelta(days=days_in)).isoformat()


@pytest.fixture(scope="session")
def small_cards(card):
    """One card of each measure that time alone can change, with windows short enough to look at every day."""
    start = RuleInput(type=WORKER, roles=ANYONE, part="start", lasts_until="ended")
    over = RuleInput(type=LOCATED, roles=ANYONE, part="ends", lasts_until="ended")
    ending = RuleInput(type=WORKER, roles=ANYONE, dated_by="ended")
    lasting = RuleInput(type=MISSING, roles=ANYONE, lasts_until="ended")
    closing = RuleInput(type=CLOSED, roles=ANYONE, part="closing")
    worry = RuleInput(type=MISSING, roles=ANYONE)
    silence = {"events_min": 3, "days_min": 6, "gaps": 2, "feed_days": 5, "days_max": 25, "ignore": []}
    return (
        card(MISSING, id="twice", at_least=2, window_days=10),
        card(MISSING, WORKER, id="both", measure="across_agencies", at_least=2, agencies=2, window_days=8),
        card(MISSING, id="late", at_least=1, window_days=20, approved_on=START + timedelta(days=14)),
        card(MISSING, id="lapses", at_least=1, window_days=60, expires_on=START + timedelta(days=33)),
        card(lasting, id="away", at_least=1, window_days=6),
        card(lasting, id="away twice", at_least=2, window_days=4),
        card(MISSING, over, id="over", at_least=1, window_days=9),
        card(MISSING, over, id="well", kind="protective", at_least=1, window_days=9),
        card(ending, id="ended", at_least=1, window_days=6),
        card(start, id="lasting", kind="protective", measure="unbroken", days=12, window_days=12),
        card(id="quiet", kind="quiet", measure="gone_quiet", **silence),
        card(closing, worry, id="closed", kind="challenge", measure="closed_while_worried", days=4),
    )


#: Of an entry whose end may be seen: withheld and not known are the other two.
_ENDS = st.integers(0, 30).map(lambda n: {"ended": _iso(n)})


@st.composite
def _situation(draw):
    """Entries, feeds and a now, all within the first weeks, so that every change lies before the horizon."""
    instants = st.integers(0, 40).map(lambda n: datetime(2026, 3, 15, 12, tzinfo=UTC) + timedelta(days=n))
    entries = draw(
        st.lists(
            st.tuples(
                st.sampled_from([MISSING, MISSING, LOCATED, WORKER, CLOSED]),
                st.integers(0, 30),
                st.one_of(st.none(), st.none(), instants),
                st.one_of(st.just({}), st.just({"ended": None}), _ENDS),
                st.sampled_from([None, None, "v"]),
            ),
            max_size=7,
        )
    )
    feeds = draw(st.lists(st.tuples(st.sampled_from(["police", "social_care"]), instants), max_size=3))
    return entries, feeds, draw(instants)


def _made(seen, situation):
    entries, feeds, now = situation
    made = [
        seen(kind, _iso(n), f"e{i}", valid_until=until, fields=fields, version_of=version and f"{kind} {version}")
        for i, (kind, n, until, fields, version) in enumerate(entries)
    ]
    heard = [{"feed": f"f{i}", "agency": agency, "last_heard": at} for i, (agency, at) in enumerate(feeds)]
    return made, heard, now


def _instants(now):
    """Every local midnight and every noon: in these situations nothing changes at any other instant."""
    for n in range(HORIZON_DAYS):
        day = START + timedelta(days=n)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        yield from (at for at in (days.midnight(day.toordinal()), noon) if at > now)


@settings(max_examples=60, deadline=None)
@given(situation=_situation())
def test_the_next_change_is_the_first_instant_at_which_the_assessment_differs(seen, small_cards, situation):
    entries, feeds, now = _made(seen, situation)
    present = assess(entries, small_cards, feeds, now)

    differing = (at for at in _instants(now) if assess(entries, small_cards, feeds, at) != present)
    first = next(differing, None)

    if first is None:
        assert present.next_change_at is None or present.next_change_at > days.midnight(
            START.toordinal() + HORIZON_DAYS
        )
    else:
        assert present.next_change_at == first
        assert assess(entries, small_cards, feeds, first - timedelta(seconds=1)) == present


@settings(deadline=None)
@given(situation=_situation(), data=st.data())
def test_any_order_and_any_repetition_are_assessed_the_same(seen, small_cards, situation, data):
    entries, feeds, now = _made(seen, situation)
    again = data.draw(st.lists(st.sampled_from(entries))) if entries else []
    mixed = data.draw(st.permutations([*entries, *again]))
    heard = data.draw(st.permutations([*feeds, *feeds]))
    shuffled = data.draw(st.permutations(small_cards))

    assert assess(mixed, shuffled, heard, now) == assess(entries, small_cards, feeds, now)


@settings(deadline=None)
@given(situation=_situation())
def test_assessing_twice_gives_the_same(seen, small_cards, situation):
    entries, feeds, now = _made(seen, situation)

    first, second = (assess(iter(entries), small_cards, iter(feeds), now) for _ in range(2))

    assert (first, first.next_change_at) == (second, second.next_change_at)


class TestThreeTimesInNinetyDays:
    @pytest.fixture
    def entries(self, seen):
        return [seen(MISSING, day, role="missing_person") for day in ("2026-04-01", "2026-05-01", "2026-06-01")]

    def _rules(self, entries, cards, now):
        return [finding.rule for finding in assess(entries, cards, [], now).concerns]

    def test_it_fades_on_its_own_day_with_nobody_publishing_anything(self, entries, cards):
        last = datetime(2026, 6, 29, 22, 59, 59, tzinfo=UTC)

        assert "repeat-missing" in self._rules(entries, cards, last)
        assert "repeat-missing" not in self._rules(entries, cards, last + timedelta(seconds=1))

    def test_the_assessment_said_so_beforehand(self, entries, cards, at):
        repeat = [card for card in cards if card.id == "repeat-missing"]

        assert assess(entries, repeat, [], at("2026-06-10")).next_change_at == datetime(2026, 6, 29, 23, tzinfo=UTC)

    def test_an_entry_whose_grant_has_ended_counts_no_more(self, entries, cards, at):
        now = at("2026-06-10")
        ended = [replace(entries[0], valid_until=now), *entries[1:]]

        assert "repeat-missing" not in self._rules(ended, cards, now)

    @pytest.mark.parametrize(
        "changes",
        [{"grading": GRADING | {"intelligence_assessment": "E"}}, {"handling": ("S2",)}],
        ids=["graded E", "handled under a condition"],
    )
    def test_intelligence_not_to_be_acted_on_does_not_count(self, entries, cards, at, changes):
        assert "repeat-missing" not in self._rules(
            [replace(entries[0], **changes), *entries[1:]], cards, at("2026-06-10")
        )


class TestCards:
    def test_an_expired_card_does_not_fire_and_is_named(self, seen, card):
        lapsed = card(MISSING, id="lapsed", at_least=1, expires_on=date(2026, 6, 1))
        entries = [seen(MISSING, "2026-05-20")]

        before = assess(entries, [lapsed], [], datetime(2026, 5, 31, 12, tzinfo=UTC))
        after = assess(entries, [lapsed], [], datetime(2026, 6, 1, 12, tzinfo=UTC))

        assert ([f.rule for f in before.concerns], before.expired_rules) == (["lapsed"], ())
        assert ([f.rule for f in after.concerns], after.expired_rules) == ([], ("lapsed",))

    def test_a_card_does_not_fire_before_it_is_approved(self, seen, card, at):
        early = card(MISSING, at_least=1, approved_on=date(2026, 6, 1))

        assert assess([seen(MISSING, "2026-05-20")], [early], [], at("2026-05-31")).concerns == ()

    def test_findings_stand_newest_first_each_on_its_side(self, seen, card, at):
        concern = card(MISSING, id="b", at_least=1)
        newer = card(WORKER, id="a", at_least=1)
        good = card(WORKER, id="c", kind="protective", at_least=1)
        entries = [seen(MISSING, "2026-05-20"), seen(WORKER, "2026-05-25")]

        assessment = assess(entries, [good, concern, newer], [], at("2026-06-01"))

        assert [f.rule for f in assessment.concerns] == ["a", "b"]
        assert [f.rule for f in assessment.protective] == ["c"]


@pytest.mark.parametrize("role", ["victim", "witness", "missing_person", "child_under_10"])
def test_nothing_that_happens_to_a_child_in_such_a_role_raises_an_offending_concern(seen, cards, at, role):
    fields = {
        "offence_group": "weapons",
        "object_of_search": "weapons",
        "outcome_linked": True,
        "reasons": ["BW"],
    }
    types = {item.type for card in cards for item in card.inputs}
    entries = [
        seen(kind, f"2026-05-{day:02}", f"{kind} {day}", role=role, fields=fields)
        for kind in types
        for day in (1, 2, 3, 4)
    ]

    concerns = assess(entries, cards, [], at("2026-05-20")).concerns

    assert concerns
    assert "offending" not in {finding.category for finding in concerns}


class TestScalings:
    JUDGEMENT = "social_care.human_judgement"

    def test_each_stands_under_the_name_of_its_giver(self, seen, at):
        entries = [
            seen(
                self.JUDGEMENT,
                "2026-05-01",
                "s1",
                fields={"judgement": "scaling", "scale": 3, "judged_by": "A, social worker"},
            ),
            seen(
                self.JUDGEMENT,
                "2026-05-02",
                "s2",
                fields={"judgement": "scaling", "scale": 7, "judged_by": "B, teacher"},
            ),
        ]

        scalings = assess(entries, [], [], at("2026-06-01")).scalings

        assert [(s.given_by, s.scale, s.occurred) for s in scalings] == [
            ("A, social worker", 3, "2026-05-01"),
            ("B, teacher", 7, "2026-05-02"),
        ]

    @pytest.mark.parametrize(
        "fields",
        [
            {"judgement": "scaling", "scale": 3},
            {"judgement": "scaling", "judged_by": "A, social worker"},
            {"judgement": "release", "scale": 3, "judged_by": "A, social worker"},
        ],
        ids=["nobody is named", "no scale", "another judgement"],
    )
    def test_what_is_no_named_scaling_is_not_shown(self, seen, at, fields):
        assert assess([seen(self.JUDGEMENT, "2026-05-01", fields=fields)], [], [], at("2026-06-01")).scalings == ()
