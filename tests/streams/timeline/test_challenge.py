"""A case closed while another agency worries is challenged, from what may be seen alone."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from streams.timeline.challenge import Closures
from streams.timeline.matching import ByType

CLOSED, MISSING, BACK = "social_care.case_closed", "police.missing_reported", "police.missing_located"
CLOSED_ON = date(2026, 3, 1)


@pytest.fixture
def challenged(cards):
    challenge = next(card for card in cards if card.kind == "challenge")

    def make(entries, day="2026-12-01", also=()):
        now = datetime.fromisoformat(f"{day}T12:00:00Z")
        any_of = next(item for item in challenge.inputs if item.type == "school.suspension")
        card = replace(challenge, inputs=(*challenge.inputs, *(replace(any_of, type=kind) for kind in also)))
        return Closures(card, ByType(entries), now).at(date.fromisoformat(day).toordinal())

    return make


def test_it_names_the_closing_and_the_concerns_and_takes_the_later_day(seen, challenged):
    entries = [
        seen(CLOSED, "2026-03-01", "closed", fields={"reason": "RC8"}, clause="S4"),
        seen(MISSING, "2026-02-20", "before"),
        seen("school.safeguarding_concern", "2026-03-20", "after"),
    ]

    (challenge,) = challenged(entries)

    assert (challenge.type, challenge.agency, challenge.occurred) == ("bus.closure_challenge", "bus", "2026-03-20")
    assert (challenge.agreement, challenge.clause) == ("agreement", "S4")
    assert challenge.fields == {
        "because": ["before", "after"],
        "closed_event": "closed",
        "rule": "closed-while-worried",
        "statement": (
            "Children's social care closed the case on 1 March 2026; school and the police reported 2 events of "
            "concern within 84 days of it, the last on 20 March 2026."
        ),
    }


def test_whoever_reads_it_must_do_what_the_entries_that_it_rests_on_ask(seen, challenged):
    asked = ("no_onward_sharing", "victim_anonymity")
    entries = [
        seen(CLOSED, "2026-03-01", obligations=("consult_source_before_action", "no_onward_sharing")),
        seen("police.victim_of_crime", "2026-02-20", obligations=asked),
        seen("school.suspension", "2025-02-20", obligations=("need_to_know_in_school",)),
    ]

    (challenge,) = challenged(entries)

    assert challenge.obligations == ("consult_source_before_action", *asked)


@pytest.mark.parametrize(("days", "stands"), [(-85, False), (-84, True), (0, True), (84, True), (85, False)])
def test_a_concern_within_twelve_weeks_before_or_after_is_near(seen, challenged, days, stands):
    near = (CLOSED_ON + timedelta(days=days)).isoformat()

    assert bool(challenged([seen(CLOSED, CLOSED_ON.isoformat()), seen("school.suspension", near)])) is stands


@pytest.mark.parametrize(
    ("back", "stands"),
    [(None, True), ("2026-03-20", True), ("2025-12-07", True), ("2025-12-06", False)],
    ids=["not known to be back", "back later", "back 12 weeks before", "back earlier"],
)
def test_who_was_missing_near_the_closing_is_worried_about_however_old_the_report_is(seen, challenged, back, stands):
    entries = [seen(CLOSED, CLOSED_ON.isoformat()), seen(MISSING, "2025-06-01")]
    entries += [] if back is None else [seen(BACK, back)]

    assert bool(challenged(entries)) is stands


def test_a_report_without_a_return_is_one_event_of_concern(seen, challenged):
    (challenge,) = challenged([seen(CLOSED, "2026-03-01"), seen(MISSING, "2026-02-20", "report")])

    assert challenge.fields["because"] == ["report"]
    assert challenge.fields["statement"] == (
        "Children's social care closed the case on 1 March 2026; the police reported 1 event of concern within 84 days "
        "of it, the last since 20 February 2026 and not known to be over."
    )


@pytest.mark.parametrize(
    ("ended", "stands"), [(None, True), ("2025-12-07", True), ("2025-12-06", False)], ids=["stands", "near", "before"]
)
def test_a_flag_that_stood_near_the_closing_is_near_however_old_it_is(seen, challenged, ended, stands):
    flag = seen("nhs.child_protection_flag", "2024-03-01", fields={"status": "active", "ended": ended})

    assert bool(challenged([seen(CLOSED, CLOSED_ON.isoformat()), flag])) is stands


def test_a_concern_of_the_agency_that_closed_is_no_challenge(seen, challenged):
    own = "social_care.missing_from_care"
    entries = [seen(CLOSED, "2026-03-01"), seen(own, "2026-03-02"), seen(MISSING, "2026-03-03", "missing")]

    assert [each.fields["because"] for each in challenged(entries, also=[own])] == [["missing"]]
    assert challenged(entries[:2], also=[own]) == ()


def test_a_closing_that_ends_no_help_is_not_challenged(seen, challenged):
    assert challenged([seen(CLOSED, "2026-03-01", fields={"reason": "RC2"}), seen(MISSING, "2026-03-02")]) == ()


def test_the_challenge_of_a_closing_always_has_the_same_id(seen, challenged):
    closed = seen(CLOSED, "2026-03-01", "closed")
    (early,) = challenged([closed, seen(MISSING, "2026-03-02")])
    (late,) = challenged([closed, seen(MISSING, "2026-03-02"), seen(MISSING, "2026-03-09")])

    assert early.event_id == late.event_id != "closed"


def test_the_challenges_of_two_cards_are_two_entries(seen, cards, at):
    shipped = next(card for card in cards if card.kind == "challenge")
    entries = ByType([seen(CLOSED, "2026-03-01"), seen(MISSING, "2026-03-02")])
    day = date(2026, 3, 9).toordinal()
    both = (shipped, replace(shipped, id="closed-too-soon"))
    found = [entry for card in both for entry in Closures(card, entries, at("2026-03-09")).at(day)]

    assert [entry.fields["rule"] for entry in found] == ["closed-while-worried", "closed-too-soon"]
    assert len({entry.event_id for entry in found}) == len(found)


def test_what_has_not_happened_yet_challenges_nothing(seen, challenged):
    entries = [seen(CLOSED, "2026-03-01"), seen(MISSING, "2026-03-20")]

    assert challenged(entries, "2026-03-19") == ()
    assert challenged(entries, "2026-03-20") != ()


def test_versions_of_one_closing_are_challenged_once_and_those_of_one_concern_counted_once(seen, challenged):
    closings = [seen(CLOSED, f"2026-03-0{n}", f"c{n}", version_of="c1") for n in (1, 2)]
    concerns = [seen(MISSING, f"2026-03-0{n}", f"m{n}", version_of="m3") for n in (3, 4)]

    (challenge,) = challenged([*closings, *concerns])

    assert (challenge.fields["closed_event"], challenge.fields["because"]) == ("c1", ["m3", "m4"])
    assert "the police reported 1 event of concern" in challenge.fields["statement"]
