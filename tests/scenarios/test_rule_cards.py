"""What shipped rule cards hear of what shipped connectors write."""

from typing import Any

import pytest

from connectors.mapping import shipped
from policies.rulecards import folded, load
from schemas.codes import lists
from tests.memory_bus import MemoryBus
from tests.scenarios.partner_files import POLICE, WHO, arrest, missing, table

PLACED = ("social_care.looked_after_episode", "social_care.placement_change")
#: Fields that 903 returns and school censuses fill, and the lists that their guides give for them. An episode that ends
#: a period of care closes a case, too.
OF_RETURNS = {
    **{(kind, "reason_for_episode"): "903_reason_for_episode" for kind in PLACED},
    **{(kind, "reason_ended"): "903_reason_ended" for kind in PLACED},
    **{(kind, "reason_place_change"): "903_reason_place_change" for kind in PLACED},
    ("social_care.case_closed", "reason"): "903_reason_ended",
    ("social_care.missing_from_care", "missing_type"): "903_missing",
    ("social_care.review", "participation"): "903_review_participation",
    ("social_care.care_leaver_contact", "in_touch"): "903_in_touch",
    ("social_care.care_leaver_contact", "activity"): "903_activity",
    ("social_care.care_leaver_contact", "accommodation"): "903_accommodation",
    ("school.suspension", "reasons"): "exclusion_reason",
    ("school.permanent_exclusion", "reasons"): "exclusion_reason",
}


def codes(name: str) -> set[str]:
    return {folded(code) for version in lists()[name].versions for code in version.codes}


def written() -> dict[tuple[str, str], set[str]]:
    """The codes that a field of an event type may hold, for those that a mapping takes from a list."""
    found: dict[tuple[str, str], set[str]] = {}
    for mapping in shipped().values():
        for event in mapping["events"]:
            for field, spec in event["body"].items():
                if isinstance(spec, dict) and "list" in spec:
                    found.setdefault((event["type"], field), set()).update(codes(spec["list"]))
    for (event_type, field), name in OF_RETURNS.items():
        found.setdefault((event_type, field), set()).update(codes(name))
    return found


def test_no_card_waits_for_a_word_that_no_connector_writes() -> None:
    known = written()
    asked = {
        (card.id, item.type, field): values
        for card in load()
        for item in card.inputs
        for field, values in (*item.where.items(), *item.unless.items())
        if (item.type, field) in known
    }
    assert len(asked) > 10
    assert {key: unknown for key, values in asked.items() if (unknown := values - known[key[1:]])} == {}


def rules(bus: MemoryBus) -> dict[str, dict[str, Any]]:
    shown = bus.present("police", POLICE)
    return {found["rule"]: found for found in (*shown["concerns"], *shown["protective"])}


def searched(sought: str, linked: str, born: str = WHO["date_of_birth"]) -> MemoryBus:
    row = {
        **{name: value for name, value in WHO.items() if name != "sex"},
        "date_of_birth": born,
        "search_ref": "SYN-SEARCH-1",
        "searched_at": "2026-11-04T18:00+00:00",
        "object_of_search": sought,
        "outcome": "Arrest",
        "outcome_linked_to_object_of_search": linked,
    }
    bus = MemoryBus()
    bus.publish("csv", table("searches.csv", [row]), mapping="police-stop-search")
    return bus.settle()


@pytest.mark.parametrize("sought", ["Offensive weapons", "Firearms"])
def test_a_weapon_found_in_a_search_is_heard_of(sought: str) -> None:
    assert "carrying-weapons" in rules(searched(sought, "True"))


@pytest.mark.parametrize(("sought", "linked"), [("Offensive weapons", "False"), ("Controlled drugs", "True")])
def test_a_search_that_finds_no_weapon_is_not(sought: str, linked: str) -> None:
    assert "carrying-weapons" not in rules(searched(sought, linked))


@pytest.mark.parametrize(
    ("born", "heard"),
    [("2016-11-05", False), ("2016-11-04", True)],
    ids=["the day before the birthday", "the birthday"],
)
def test_nothing_that_a_child_did_before_the_age_of_ten_is_an_offending_concern(born: str, heard: bool) -> None:
    assert ("carrying-weapons" in rules(searched("Offensive weapons", "True", born))) is heard


@pytest.mark.parametrize(("born", "heard"), [("2016-11-05", False), ("2016-11-04", True)])
def test_where_an_event_says_no_birth_date_that_of_the_page_decides(born: str, heard: bool) -> None:
    bus = searched("Offensive weapons", "True", "")
    assert "carrying-weapons" in rules(bus), "nobody knows how old the child was"
    reported = missing(1, "2026-11-10", date_of_birth=born)
    bus.publish("csv", table("missing.csv", [reported]), mapping="police-missing-episodes")
    assert ("carrying-weapons" in rules(bus.settle())) is heard
    assert bus.present("police", POLICE)["card"]["birth_date"]["value"] == born


def test_two_custody_records_of_one_day_are_no_second_arrest() -> None:
    def told(*days: str) -> dict[str, dict[str, Any]]:
        bus = MemoryBus()
        rows = [arrest(number, day) for number, day in enumerate(days)]
        bus.publish("csv", table("arrests.csv", rows), mapping="police-arrests")
        return rules(bus.settle())

    assert "repeat-arrest" not in told("2026-11-04", "2026-11-04")
    found = told("2026-11-04", "2026-11-04", "2026-11-12")["repeat-arrest"]
    assert len(found["because"]) == 3
    assert found["detail"] == (
        "On 2 days of the last 180, most recently on 12 November 2026. What is told of one day counts once."
    )


def test_what_is_told_of_no_listed_code_is_kept_and_heard_by_no_card() -> None:
    assert "carrying-weapons" not in rules(searched("Something else", "True"))
