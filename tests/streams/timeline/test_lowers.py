"""Each card tells what would lower it. Each card's story here raises it, and what it tells then makes it go."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from policies.rulecards import load
from schemas.vocabulary import Agency
from streams.timeline import days
from streams.timeline.assessment import assess
from streams.timeline.visible import VisibleEntry

CARDS = {card.id: card for card in load()}
#: Before it nothing is told; each story is over by the end of March.
NOW = "2026-04-01"


def e(kind: str, when: str, **fields: Any) -> VisibleEntry:
    """An entry all of whose fields may be seen."""
    return VisibleEntry(
        event_id=f"{kind} {when} {sorted(fields.items())}",
        type=kind,
        agency=kind.partition(".")[0],
        role="subject",
        occurred=when,
        precision="day",
        day=days.ordinal(when),
        recorded_at=None,
        fields=fields,
        granted=frozenset(fields),
        agreement="agreement",
        clause="clause",
    )


def each(kind: str, *when: str, **fields: Any) -> list[VisibleEntry]:
    return [e(kind, day, **fields) for day in when]


def term(name: str, when: str, missed: int) -> list[VisibleEntry]:
    said = {"unauthorised": float(missed), "present": float(100 - missed)}
    return [e(SUMMARY, when, term=name, meaning=m, sessions=n) for m, n in said.items()]


class Lowering(NamedTuple):
    """In the card's words, what happens: these are the entries then, on this day."""

    words: str
    entries: list[VisibleEntry]
    on: str


def passes(words: str, told: list[VisibleEntry], on: str) -> Lowering:
    """Nothing but time passes: the day is the first without it."""
    return Lowering(words, told, on)


def comes(words: str, told: list[VisibleEntry], *more: VisibleEntry) -> Lowering:
    """Something else comes."""
    return Lowering(words, [*told, *more], NOW)


def instead(words: str, *entries: VisibleEntry) -> Lowering:
    """Something is corrected or taken back."""
    return Lowering(words, list(entries), NOW)


MISSING, LOCATED, ARREST, SEARCH = (
    f"police.{kind}" for kind in ("missing_reported", "missing_located", "arrest", "stop_search")
)
AWAY, EPISODE, MOVE, WORKER, REVIEW, CONTACT, REFERRAL, CLOSED = (
    f"social_care.{kind}"
    for kind in (
        *("missing_from_care", "looked_after_episode", "placement_change", "social_worker_change"),
        *("review", "care_leaver_contact", "referral", "case_closed"),
    )
)
ED, NOT_BROUGHT, APPOINTMENT, FLAG = (
    f"nhs.{kind}" for kind in ("emergency_attendance", "was_not_brought", "appointment", "child_protection_flag")
)
SUMMARY, SUSPENDED, EXCLUDED, OFF_ROLL, CONCERN = (
    f"school.{kind}"
    for kind in ("attendance_summary", "suspension", "permanent_exclusion", "off_roll", "safeguarding_concern")
)

Story = tuple[list[VisibleEntry], list[Lowering]]


def story(told: list[VisibleEntry], *lowered: tuple[str, str | VisibleEntry | list[VisibleEntry]]) -> Story:
    """What is told by NOW; and, for each thing that lowers it, on which day it has passed, what comes, or what is told
    instead."""
    made = []
    for words, change in lowered:
        if isinstance(change, str):
            made.append(passes(words, told, change))
        else:
            made.append(comes(words, told, change) if isinstance(change, VisibleEntry) else instead(words, *change))
    return told, made


TWICE, THRICE = ("2026-01-01", "2026-03-01"), ("2026-02-01", "2026-02-15", "2026-03-01")
HELD = "2026-03-01"
FLAGGED = {"flag_code": "CSE", "status": "active"}
ENDED = e(FLAG, "2025-03-01", flag_code="CP-IS", status="inactive", ended=HELD)
OUT_OF_REACH = [e(NOT_BROUGHT, "2026-02-01"), e(REVIEW, HELD, participation="PN7")]
REVIEWED = each(REVIEW, "2026-01-01", "2026-01-11", "2026-01-21", participation="PN1")
HOME = e(EPISODE, "2025-01-01", reason_for_episode="S", ended=None)
WITH_WORKER = e(WORKER, "2025-01-01", ended=None)

STORIES: dict[str, Story] = {
    "appointments-kept": story(
        each(APPOINTMENT, *TWICE, status="fulfilled"),
        ("Fewer than two days with a kept appointment in the last 180 days", "2026-06-30"),
    ),
    "attendance-recovered": story(
        [*term("autumn", "2025-09-01", 20), *term("spring", "2026-01-01", 5)],
        (
            "Missing a tenth of possible sessions again",
            [*term("autumn", "2025-09-01", 20), *term("spring", "2026-01-01", 5), *term("summer", "2026-03-01", 10)],
        ),
    ),
    "care-leaver-in-touch": story(
        each(CONTACT, "2026-01-01", in_touch="YES"),
        ("A later record that they are not in touch", e(CONTACT, HELD, in_touch="NO")),
        ("a year without contact", "2027-01-01"),
    ),
    "care-leaver-in-work-or-learning": story(
        each(CONTACT, "2026-01-01", activity="F5"),
        ("A later record that they are without education, training or work", e(CONTACT, HELD, activity="G5")),
        ("or not in touch", e(CONTACT, HELD, activity="0")),
        ("a year without a record of it", "2027-01-01"),
    ),
    "carrying-weapons": story(
        each(ARREST, HELD, offence_group="weapons"),
        ("180 days without such a search, arrest, suspension or exclusion", "2026-08-28"),
    ),
    "domestic-abuse-repeated": story(
        each("police.operation_encompass", *TWICE),
        ("Fewer than two days of notifications in the last year", "2027-01-01"),
    ),
    "emergency-attendance-harm": story(
        each(ED, HELD, category="assault"), ("180 days without such an attendance", "2026-08-28")
    ),
    "exploitation-flagged": story(
        [e(FLAG, "2024-03-01", **FLAGGED, ended=None)],
        ("the agency that did so taking it back", [e(FLAG, "2024-03-01", **FLAGGED | {"status": "inactive"})]),
        ("A year in which no agency sets a flag", [e(MISSING, "2025-04-01", exploitation_flags=["CSE"])]),
        ("no flag stands on the health record", [e(FLAG, "2024-03-01", **FLAGGED, ended="2025-04-01")]),
    ),
    "exposing-search": story(
        each(SEARCH, HELD, more_than_outer_clothing=True), ("180 days without such a search", "2026-08-28")
    ),
    "frequent-emergency-attendance": story(
        each(ED, "2026-01-15", *THRICE), ("Fewer than four emergency attendances in the last year", "2027-01-15")
    ),
    "harm-while-missing": story(
        each(LOCATED, HELD, harm_found="suspected"),
        ("180 days without a missing episode in which harm is found or suspected", "2026-08-28"),
    ),
    "left-roll-destination-unknown": story(
        each(OFF_ROLL, HELD, destination_known=False),
        ("A school taking the young person onto its roll later", e("school.on_roll", "2026-03-02")),
        ("the school that they left correcting the record", each(OFF_ROLL, HELD, destination_known=True)),
        ("180 days without leaving another roll so", "2026-08-28"),
    ),
    "missing-24-hours": story(
        each(MISSING, HELD),
        ("A return within 24 hours of the report", e(LOCATED, HELD)),
        (
            "or a later one, and then 90 days without an episode of 24 hours or more",
            [e(MISSING, "2025-12-01"), e(LOCATED, "2026-01-01", duration_hours=744.0)],
        ),
    ),
    "missing-from-care": story(
        each(AWAY, "2025-06-01", missing_type="M", ended=None),
        (
            "Coming back, and then 90 days without being missing from care",
            each(AWAY, "2025-06-01", missing_type="M", ended="2026-01-01"),
        ),
    ),
    "out-of-reach-of-several": story(
        OUT_OF_REACH,
        ("an appointment kept", e(APPOINTMENT, HELD, status="arrived")),
        ("views heard in a review", e(REVIEW, "2026-03-02", participation="PN1")),
        ("in touch after leaving care", e(CONTACT, "2026-03-02", in_touch="YES")),
        ("180 days in which no more than one could not reach them", "2026-07-31"),
    ),
    "permanent-exclusion": story(
        each(EXCLUDED, HELD), ("A year since the exclusion", "2027-03-01"), ("the school withdrawing it", [])
    ),
    "persistent-absence": story(
        term("spring", "2026-01-01", 10),
        (
            "Attending more than nine in ten possible sessions",
            [*term("spring", "2026-01-01", 10), *term("summer", HELD, 9)],
        ),
    ),
    "protection-flag-ended": story(
        [ENDED],
        (
            "A child protection flag that stands",
            e(FLAG, "2026-03-05", flag_code="CP-IS", status="active", ended=None),
        ),
        (
            "A child protection flag that stands",
            e(FLAG, "2024-01-01", flag_code="LAC", status="active", ended=None),
        ),
        ("180 days since one ended", "2026-08-28"),
    ),
    "re-referral": story(each(REFERRAL, *TWICE), ("A year with no more than one day of referrals", "2027-01-01")),
    "repeat-arrest": story(
        each(ARREST, *TWICE), ("Fewer than two days with an arrest in the last 180 days", "2026-06-30")
    ),
    "repeat-missing": story(
        each(MISSING, *THRICE), ("Fewer than three reports of going missing in the last 90 days", "2026-05-02")
    ),
    "repeat-placement-moves": story(
        each(MOVE, *TWICE, reason_for_episode="P"), ("Fewer than two moves in the last 12 months", "2027-01-01")
    ),
    "repeat-school-concerns": story(
        each(CONCERN, *THRICE), ("Fewer than three days with a concern in the last 90 days", "2026-05-02")
    ),
    "repeat-suspension": story(
        each(SUSPENDED, *TWICE), ("Fewer than two days on which a suspension began in the last 180 days", "2026-06-30")
    ),
    "repeat-victim": story(
        [replace(crime, role="victim") for crime in each("police.victim_of_crime", *TWICE)],
        ("Fewer than two days with a crime against the young person in the last year", "2027-01-01"),
    ),
    "return-interview-held": story(
        each(LOCATED, HELD, return_interview="completed"),
        ("180 days without a return interview that is accepted or held", "2026-08-28"),
    ),
    "return-interview-not-held": story(
        each(LOCATED, HELD, return_interview="not_offered"),
        (
            "The police recording that the interview took place after all",
            each(LOCATED, HELD, return_interview="completed"),
        ),
        ("90 days without a missed one", "2026-05-30"),
    ),
    "same-social-worker": story([WITH_WORKER], ("Another social worker taking over", e(WORKER, HELD, ended=None))),
    "severe-absence": story(
        term("spring", "2026-01-01", 50),
        (
            "Attending more than half of possible sessions",
            [*term("spring", "2026-01-01", 50), *term("summer", HELD, 49)],
        ),
    ),
    "stable-placement": story(
        [HOME],
        ("A move to another placement", e(MOVE, HELD, reason_for_episode="P", ended=None)),
        ("the end of the period of care", [e(EPISODE, "2025-01-01", reason_for_episode="S", ended=HELD)]),
    ),
    "unplanned-placement-ending": story(
        each(MOVE, "2024-01-01", reason_place_change="CREQB", ended=HELD),
        ("A year without an unplanned ending", "2027-03-01"),
    ),
    "unsuitable-accommodation": story(
        each(CONTACT, "2026-01-01", accommodation="W2"),
        ("A later contact that finds suitable accommodation", e(CONTACT, HELD, accommodation="K1")),
        ("a year without an unsuitable one", "2027-01-01"),
    ),
    "views-heard-in-review": story(
        each(REVIEW, "2026-02-01", participation="PN1"),
        ("A later review without their views", e(REVIEW, HELD, participation="PN7")),
        ("200 days without a review that hears them", "2026-08-20"),
    ),
    "was-not-brought": story(
        each(NOT_BROUGHT, *TWICE), ("Fewer than two days with a missed appointment in the last 180 days", "2026-06-30")
    ),
    "gone-quiet": story(
        [HOME, *REVIEWED],
        ("A new event from that agency", e(REVIEW, "2026-03-20")),
        (
            "the end of one that lasted",
            [e(EPISODE, "2025-01-01", reason_for_episode="S", ended="2026-03-20"), *REVIEWED],
        ),
    ),
    "closed-while-worried": story(
        [e(CLOSED, HELD, reason="RC8"), e(MISSING, "2026-03-10")],
        ("The closing", [e(MISSING, "2026-03-10")]),
        ("what the other agencies reported", [e(CLOSED, HELD, reason="RC8")]),
    ),
}
LOWERED = [(name, lowering) for name, (_, lowered) in STORIES.items() for lowering in lowered]


def holds(name: str, entries: list[VisibleEntry], on: str) -> bool:
    now = datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
    feeds = [{"feed": agency, "agency": str(agency), "last_heard": now} for agency in Agency]
    found = assess(entries, [CARDS[name]], feeds, now)
    return any((found.concerns, found.protective, found.quiet, found.challenges))


def test_each_card_has_a_story():
    assert set(STORIES) == set(CARDS)


@pytest.mark.parametrize("name", STORIES)
def test_the_story_of_each_card_raises_it(name):
    assert holds(name, STORIES[name][0], NOW)


@pytest.mark.parametrize(("name", "lowering"), LOWERED, ids=[f"{name}: {low.words}" for name, low in LOWERED])
def test_what_it_says_would_lower_it_makes_it_go(name, lowering):
    told, _ = STORIES[name]
    before = (date.fromisoformat(lowering.on) - timedelta(days=1)).isoformat()

    assert lowering.words in CARDS[name].lowers
    # Until then it holds: it is not something else that makes it go.
    assert holds(name, told, before)
    assert not holds(name, lowering.entries, lowering.on)


@pytest.mark.parametrize("interview", ["accepted", "declined"])
def test_an_interview_that_was_not_held_brings_nobody_within_reach(interview):
    """`out-of-reach-of-several` speaks of contact that takes place."""
    told = [e(LOCATED, "2026-02-01", return_interview="declined"), OUT_OF_REACH[1]]

    assert holds("out-of-reach-of-several", [*told, e(LOCATED, HELD, return_interview=interview)], NOW)
    assert not holds("out-of-reach-of-several", [*told, e(LOCATED, HELD, return_interview="completed")], NOW)


def test_the_next_interview_makes_up_for_none_that_was_missed():
    told = each(LOCATED, "2026-02-01", return_interview="declined")

    assert holds("return-interview-not-held", [*told, e(LOCATED, HELD, return_interview="completed")], NOW)


def test_a_roll_that_was_joined_before_another_was_left_says_nothing_of_where_they_went():
    told = each(OFF_ROLL, HELD, destination_known=False)

    assert holds("left-roll-destination-unknown", [*told, e("school.on_roll", "2026-02-01")], NOW)


def test_one_move_is_no_third_placement():
    assert not holds("repeat-placement-moves", [HOME, *each(MOVE, HELD, reason_for_episode="P")], NOW)


def test_a_stay_in_hospital_is_no_placement_that_counts() -> None:
    away, *_ = each(MOVE, *TWICE, reason_for_episode="P", placement_type="T1")
    back = each(MOVE, *TWICE, reason_for_episode="P", placement_type="U6")[-1]
    assert not holds("repeat-placement-moves", [away, back], NOW)
