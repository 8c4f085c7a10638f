"""What four agencies know of one young person meets on one timeline, whatever the order in which they tell it."""

import json
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from connectors.connector import Source
from schemas import topics
from schemas.timelines import timeline_in
from tests.memory_bus import ANALYST, LEAD, MISSING, MemoryBus, policy
from tests.scenarios.partner_files import (
    CHILD,
    LINKED,
    NHS,
    OTHER_NHS,
    POLICE,
    UPN,
    arrest,
    attendance,
    bundle,
    census,
    closure,
    concern,
    episodes,
    missing,
    patient,
    table,
)

MISPER = "police-missing-episodes"
EVERY_NAME = [("police", POLICE), ("nhs", NHS), ("school", UPN), ("social_care", CHILD)]
Delivery = Callable[[MemoryBus], object]


def police(*rows: dict[str, str]) -> Delivery:
    return lambda bus: bus.publish("csv", table("missing.csv", rows), mapping=MISPER)


def health(*resources: dict) -> Delivery:
    return lambda bus: bus.publish("fhir-r4-json", bundle(patient(), *resources))


def care(bus: MemoryBus) -> None:
    bus.publish("ssda903-csv", *episodes())


def school(bus: MemoryBus) -> None:
    bus.publish("school-census-csv", *census())


EPISODES = [missing(n, day, **LINKED) for n, day in ((1, "2026-10-28"), (2, "2026-11-04"), (3, "2026-11-15"))]
WARNINGS = (police(*EPISODES), care, school, health(attendance(1, "2026-11-05")))


def test_what_a_form_says_where_there_is_no_number_joins_nobody() -> None:
    born = {"forename": "Robin", "date_of_birth": "2011-05-04", "la_child_id": "UNKNOWN"}
    two = [missing(n, "2026-11-04", **born, person_ref=f"SYN-N-{n}", surname=name, postcode=f"ZZ{n} 1AZ")
           for n, name in enumerate(("Quillfeather", "Thistlewhit"))]  # fmt: skip
    bus = told(police(*two))
    assert bus.person_id("police", "SYN-N-0") != bus.person_id("police", "SYN-N-1")


def told(*deliveries: Delivery, rng: Random | None = None) -> MemoryBus:
    bus = MemoryBus(rng)
    for deliver in deliveries:
        deliver(bus)
    return bus.settle()


def as_json(bus: MemoryBus, agency: str = "police", source_id: str = POLICE, **asked: str) -> str:
    return json.dumps(bus.present(agency, source_id, **asked), sort_keys=True)


def types(bus: MemoryBus) -> list[str]:
    return [entry["type"] for entry in bus.present("police", POLICE)["entries"]]


def test_scattered_warnings_of_four_agencies_meet_on_one_timeline() -> None:
    bus = told(*WARNINGS)
    shown = bus.present("police", POLICE)
    assert {entry["agency"] for entry in shown["entries"]} == {"police", "nhs", "school", "social_care"}
    rules = {concern["rule"] for concern in shown["concerns"]}
    assert {"repeat-missing", "emergency-attendance-harm", "missing-from-care"} <= rules
    known = {entry["event_id"] for entry in shown["entries"]}
    assert all(set(concern["because"]) <= known for concern in shown["concerns"])


def test_every_agency_finds_the_same_timeline_under_its_own_key() -> None:
    bus = told(*WARNINGS)
    assert len({as_json(bus, *name) for name in EVERY_NAME}) == 1


def test_no_agency_alone_would_have_seen_all_of_it() -> None:
    together = {c["rule"] for c in told(*WARNINGS).present("police", POLICE)["concerns"]}
    for deliver, name in zip(WARNINGS, (EVERY_NAME[0], EVERY_NAME[3], EVERY_NAME[2], EVERY_NAME[1]), strict=True):
        assert {c["rule"] for c in told(deliver).present(*name)["concerns"]} < together


def test_a_retracted_record_disappears_for_every_audience_and_is_recalled() -> None:
    gone = EPISODES[1] | {"action": "deleted", "delete_reason": "wrong person", "updated_at": "2026-11-20T09:00+00:00"}
    before = told(police(*EPISODES))
    bus = told(police(*EPISODES))
    police(gone)(bus)
    bus.settle()
    never = told(police(EPISODES[0], EPISODES[2]))
    for audience in policy().audiences:
        assert bus.timeline("police", POLICE, audience) == never.timeline("police", POLICE, audience)
        released = [r["event_id"] for r in before.records(topics.disclosures(audience))]
        kept = {r["event_id"] for r in never.records(topics.disclosures(audience))}
        recalled = [r for r in bus.records(topics.disclosures(audience)) if r["kind"] == "recalled"]
        assert sorted(r["event_id"] for r in recalled) == sorted(set(released) - kept)
        assert {(r["reason"], r["entry"]) for r in recalled} <= {("withdrawn", None)}
    assert types(bus) == ["police.missing_reported"] * 2


def test_a_record_retracted_before_it_arrives_is_never_shown() -> None:
    gone = EPISODES[1] | {"action": "deleted", "updated_at": "2026-11-20T09:00+00:00"}
    bus = told(police(gone), police(*EPISODES))
    assert types(bus) == ["police.missing_reported"] * 2
    assert [r["kind"] for r in bus.records(topics.disclosures(ANALYST))] == ["disclosed"] * 2


def on_a_later_day(bus: MemoryBus) -> None:
    bus.received_at += timedelta(days=1)


def test_the_same_withdrawals_on_a_later_day_leave_a_version_that_came_in_between() -> None:
    undated = {name: value for name, value in EPISODES[1].items() if name != "updated_at"}
    withdrawals = police(undated | {"action": "deleted"})
    anew = police(undated | {"risk_level": "high"})
    bus = told(police(undated), withdrawals, on_a_later_day, anew, on_a_later_day, withdrawals)
    assert [entry["fields"]["risk_level"] for entry in bus.present("police", POLICE)["entries"]] == ["high"]


def test_a_pupil_off_the_roll_is_a_concern_until_the_school_knows_where_they_went() -> None:
    removal = {"school_urn": "SYN001", "upn": UPN, "removed_on": "2026-11-02", "ground": "Missing education"}

    def school_says(known: str) -> Delivery:
        rows = [removal | {"destination_known": known, "updated_at": f"2026-11-1{len(known)}T09:00+00:00"}]
        return lambda bus: bus.publish("csv", table("removals.csv", rows), mapping="school-off-roll")

    def rules(*deliveries: Delivery) -> set[str]:
        return {c["rule"] for c in told(*deliveries).present("school", UPN)["concerns"]}

    assert rules(school_says("no")) == {"left-roll-destination-unknown"}
    assert rules(school_says("no"), school_says("yes")) == rules(school_says("yes"), school_says("no")) == set()


def test_a_corrected_record_replaces_the_one_it_corrects() -> None:
    mended = EPISODES[1] | {"risk_level": "high", "updated_at": "2026-11-20T09:00+00:00"}
    bus = told(police(*EPISODES), police(mended))
    shown = [e["fields"]["risk_level"] for e in bus.present("police", POLICE)["entries"]]
    assert shown == ["medium", "high", "medium"]
    assert as_json(bus) == as_json(told(police(EPISODES[0], mended, EPISODES[2])))


def test_an_older_version_that_comes_late_changes_nothing() -> None:
    mended = EPISODES[1] | {"risk_level": "high", "updated_at": "2026-11-20T09:00+00:00"}
    assert as_json(told(police(mended), police(*EPISODES))) == as_json(told(police(*EPISODES), police(mended)))


UNDATED = [{k: v for k, v in row.items() if k != "updated_at"} for row in EPISODES]
TOGETHER = [UNDATED[0] | {"risk_level": level} for level in ("low", "medium", "high")]


@pytest.mark.parametrize("seed", range(6))
def test_versions_of_one_report_that_come_together_are_all_shown_and_count_once(seed: int) -> None:
    rng = Random(seed)
    rows = rng.sample(TOGETHER, k=3)
    bus = told(police(*rows, UNDATED[1]), rng=rng)
    shown = bus.present("police", POLICE)
    assert [e["fields"]["risk_level"] for e in shown["entries"]].count("low") == 1
    assert len(shown["entries"]) == 4
    assert "repeat-missing" not in {concern["rule"] for concern in shown["concerns"]}
    third = told(police(*rows, *UNDATED[1:]), rng=rng).present("police", POLICE)
    (repeated,) = [concern for concern in third["concerns"] if concern["rule"] == "repeat-missing"]
    assert len(repeated["because"]) == 5
    assert repeated["detail"].startswith("3 times in 90 days")
    for audience in policy().audiences:
        in_order = told(police(*TOGETHER, UNDATED[1])).timeline("police", POLICE, audience)
        assert bus.timeline("police", POLICE, audience) == in_order


def unlinked(row: dict[str, str]) -> dict[str, str]:
    """As the police knew the child before anybody told them a number, an address or a birth date."""
    return {k: v for k, v in row.items() if k not in ("nhs_number", "upn", "postcode", "date_of_birth")}


@pytest.mark.parametrize("seed", range(8))
def test_a_late_link_renames_a_person_and_leaves_the_timeline_of_one_linked_from_the_start(seed: int) -> None:
    alone = [unlinked(row) for row in EPISODES]
    link = missing(9, "2026-11-18", **LINKED)
    late = told(police(*alone), care, school, health(attendance(1, "2026-11-05")), police(link), rng=Random(seed))
    early = told(police(link), care, school, health(attendance(1, "2026-11-05")), police(*alone))
    for audience in policy().audiences:
        for name in EVERY_NAME:
            assert late.timeline(*name, audience) == early.timeline(*name, audience)


def test_whoever_holds_a_reference_from_before_the_link_is_shown_the_way() -> None:
    bus = told(police(*map(unlinked, EPISODES)), health(attendance(1, "2026-11-05")))
    apart = {name: bus.person_id(*name) for name in EVERY_NAME[:2]}
    assert len(set(apart.values())) == 2
    police(missing(9, "2026-11-18", **LINKED))(bus)
    bus.settle()
    (left,) = set(apart.values()) - {bus.person_id("police", POLICE)}
    old = timeline_in(bus.timelines(ANALYST)[bus.key.pseudonym(ANALYST, left)])
    new = bus.key.pseudonym(ANALYST, bus.person_id("police", POLICE))
    assert (old["entries"], old["redirect"]) == ([], new)


def test_an_unlink_gives_each_person_back_what_was_theirs() -> None:
    """A second patient of the same name, birth date and postcode: whose the police's episodes are is a guess now."""
    namesake = patient() | {"id": "syn-78"}
    namesake["identifier"] = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": OTHER_NHS}]
    episode, hospital = police(missing(1, "2026-10-28")), health(attendance(1, "2026-11-05"))
    bus = told(episode, hospital)
    assert bus.person_id("police", POLICE) == bus.person_id("nhs", NHS)
    bus.publish("fhir-r4-json", bundle(namesake))
    bus.settle()
    assert len({bus.person_id(*name) for name in (("police", POLICE), ("nhs", NHS), ("nhs", OTHER_NHS))}) == 3
    for audience in policy().audiences:
        for purpose in policy().audiences[audience].purposes:
            asked = {"audience": audience, "purpose": purpose}
            assert as_json(bus, "nhs", NHS, **asked) == as_json(told(hospital), "nhs", NHS, **asked)
            assert as_json(bus, **asked) == as_json(told(episode), **asked)


ROWS = [*EPISODES, missing(4, "2026-09-01", **LINKED, located_at="2026-09-02T01:00+00:00", duration_hours="4")]
ARRESTS = [arrest(1, "2026-10-30"), arrest(2, "2026-11-12")]


@pytest.mark.parametrize("seed", range(12))
def test_one_childs_records_shuffled_and_repeated_give_the_same_timeline_byte_for_byte(seed: int) -> None:
    rng = Random(seed)

    def shuffled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        again = [*rows, *rng.choices(rows, k=2)]
        return rng.sample(again, len(again))

    def set_of(files: list[Source]) -> list[Source]:
        return rng.sample(files, len(files))

    def arrests(rows: list[dict[str, str]]) -> Delivery:
        return lambda bus: bus.publish("csv", table("arrests.csv", rows), mapping="police-arrests")

    stays = [attendance(1, "2026-11-05"), attendance(2, "2026-10-02", text="Fever")]
    retraction = missing(2, "2026-11-04", **LINKED) | {"action": "deleted", "updated_at": "2026-11-20T09:00+00:00"}
    straight = told(police(*ROWS), arrests(ARRESTS), care, school, health(*stays), police(retraction))
    deliveries: list[Delivery] = [
        police(*shuffled(ROWS[:3])),
        police(*shuffled(ROWS[2:])),
        police(retraction),
        arrests(shuffled(ARRESTS)),
        lambda bus: bus.publish("ssda903-csv", *set_of(episodes())),
        lambda bus: bus.publish("school-census-csv", *set_of(census())),
        health(*rng.sample(stays, 2)),
        health(stays[0]),
    ]
    deliveries += rng.choices(deliveries, k=3)
    bus = told(*rng.sample(deliveries, len(deliveries)), rng=rng)
    for audience in policy().audiences:
        assert bus.timeline("nhs", NHS, audience) == straight.timeline("nhs", NHS, audience)
        for purpose in policy().audiences[audience].purposes:
            asked = {"audience": audience, "purpose": purpose}
            assert as_json(bus, **asked) == as_json(straight, **asked)


def test_publishing_everything_twice_writes_no_decision_no_disclosure_and_no_timeline() -> None:
    bus = told(*WARNINGS)
    written = {topic: len(bus.values(topic)) for topic in {name for name, _ in bus.logs}}
    for deliver in WARNINGS:
        deliver(bus)
    bus.settle()
    bus_only = {topics.PERSONS, *(topics.events(agency) for agency in ("police", "nhs", "school", "social_care"))}
    grown = {topic for topic in written if len(bus.values(topic)) > written[topic]}
    assert grown <= bus_only


@pytest.mark.parametrize("seed", range(6))
def test_stages_that_lose_their_memory_between_any_two_deliveries_end_with_the_same_timelines(seed: int) -> None:
    rng = Random(seed)
    alone = police(*map(unlinked, EPISODES))
    deliveries = [alone, *WARNINGS[1:], police(EPISODES[0]), police(EPISODES[1] | {"action": "deleted"})]
    straight, bus = MemoryBus(), MemoryBus(rng)
    for deliver in deliveries:
        for each in (straight, bus):
            deliver(each)
            each.settle()
        if rng.random() < 0.7:
            bus.restart()
    for audience in policy().audiences:
        assert bus.timelines(audience) == straight.timelines(audience)
    decided = {d["decision_id"] for d in straight.decisions()}
    assert {d["decision_id"] for d in bus.decisions()} == decided


def test_a_case_closed_while_another_agency_worries_is_challenged() -> None:
    def close(bus: MemoryBus) -> None:
        bus.publish("csv", table("closures.csv", [closure("2026-11-16")]), mapping="social-care-closures")

    shown = told(*WARNINGS, close).present("police", POLICE)
    assert shown["challenges"]
    challenge = next(e for e in shown["entries"] if e["event_id"] in shown["challenges"])
    assert challenge["occurred"] >= "2026-11-16"
    assert not told(close).present("social_care", CHILD)["challenges"]


def test_what_one_school_wrote_of_a_concern_waits_for_a_person() -> None:
    def worry(bus: MemoryBus) -> None:
        bus.publish("csv", table("concerns.csv", [concern(1, "2026-11-10")]), mapping="school-concerns")

    bus = told(worry)
    outcomes = {d["audience"]: d["outcome"] for d in bus.decisions()}
    assert outcomes[ANALYST] == "REVIEW"
    assert not bus.present("school", UPN, ANALYST, MISSING)["entries"]
    assert LEAD in outcomes


@pytest.mark.parametrize("seed", range(10))
def test_a_version_sent_again_after_a_move_does_not_replace_the_version_that_replaced_it(seed: int) -> None:
    """Nothing but the time of delivery orders these versions, and a move may bring the first delivery last."""
    first = {k: v for k, v in unlinked(missing(1, "2026-10-28")).items() if k != "updated_at"}
    second, link = first | {"risk_level": "high"}, missing(9, "2026-11-18", **LINKED)
    bus = MemoryBus(Random(seed))
    for deliver in (police(first), police(second)):
        deliver(bus)
    bus.settle()
    for deliver in (health(attendance(1, "2026-11-05")), police(link), police(first)):
        deliver(bus)
    bus.settle()
    shown = [e["fields"] for e in bus.present("police", POLICE)["entries"] if e["occurred"].startswith("2026-10-28")]
    assert [fields["risk_level"] for fields in shown] == ["high"]
