"""What has a beginning and an end speaks of both: a concern about an end begins there, and what lasts does not fade."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.memory_bus import NOW, MemoryBus
from tests.scenarios.partner_files import CHILD, NHS, bundle, episodes, patient, table

DOB = "04/05/2011"
NAMES = {"social_care": CHILD, "nhs": NHS}


def placement(began: str, ended: str, **more: str) -> dict[str, str]:
    """A row of a 903 episodes file."""
    row = {"CHILD": CHILD, "DECOM": began, "RNE": "S", "LS": "C2", "CIN": "N1", "PLACE": "U4", "PLACE_PROVIDER": "PR1"}
    return (
        row | {"DEC": ended, "REC": "X1", "REASON_PLACE_CHANGE": "", "HOME_POST": "", "PL_POST": "", "URN": ""} | more
    )


def told_by_care(name: str, *rows: dict[str, str]) -> MemoryBus:
    bus = MemoryBus()
    bus.publish("ssda903-csv", episodes()[0], table(name, rows))
    return bus.settle()


def away(began: str, ended: str = "") -> MemoryBus:
    return told_by_care(
        "missing.csv", {"CHILD": CHILD, "DOB": DOB, "MISSING": "M", "MIS_START": began, "MIS_END": ended}
    )


def flagged(status: str, **period: str) -> MemoryBus:
    flag = {
        "resourceType": "Flag",
        "id": "syn-flag-1",
        "meta": {"lastUpdated": "2026-11-12T09:00:00+00:00"},
        "status": status,
        "code": {"coding": [{"system": "https://example.org/flags", "code": "CP-IS"}], "text": "Child protection plan"},
        "subject": {"reference": "Patient/syn-77"},
        "period": period,
    }
    bus = MemoryBus()
    bus.publish("fhir-r4-json", bundle(patient(), flag))
    return bus.settle()


def findings(bus: MemoryBus, agency: str, now: datetime = NOW) -> dict[str, dict[str, Any]]:
    bus.now = now
    shown = bus.present(agency, NAMES[agency])
    return {found["rule"]: found for found in (*shown["concerns"], *shown["protective"])}


@pytest.mark.parametrize(
    ("began", "reasons"),
    [
        ("01/03/2024", {"REASON_PLACE_CHANGE": "CREQB"}),
        ("01/10/2026", {"REASON_PLACE_CHANGE": "CHILD"}),
        ("01/03/2024", {"REC": "E4B"}),
    ],
    ids=["an old placement", "a new placement", "home unplanned"],
)
def test_an_unplanned_ending_counts_from_the_day_of_the_ending(began: str, reasons: dict[str, str]) -> None:
    found = findings(told_by_care("episodes.csv", placement(began, "10/11/2026", **reasons)), "social_care")
    assert found["unplanned-placement-ending"]["since"] == "2026-11-10"


def test_a_return_that_came_out_of_its_turn_is_put_right_by_saying_when_it_was_written() -> None:
    home = placement("10/06/2024", "20/05/2025", REC="E4A")
    bus = MemoryBus()
    for row in (home, home | {"DEC": "", "REC": ""}, home):  # last year's return came late; this year's is known
        bus.publish("ssda903-csv", table("episodes.csv", [row]))
    assert "stable-placement" in findings(bus.settle(), "social_care")
    bus.publish("ssda903-csv", table("episodes.csv", [home | {"UPDATED_AT": "2026-06-01"}]))
    assert "stable-placement" not in findings(bus.settle(), "social_care")


def test_who_is_still_missing_from_care_is_missing_however_long_it_lasts() -> None:
    found = findings(away("01/08/2026"), "social_care")["missing-from-care"]
    assert found["since"] == "2026-08-01"
    assert found["detail"] == "Once in 90 days, since 1 August 2026 and not known to be over."


def test_who_has_come_back_was_missing_until_the_window_after_that() -> None:
    bus = away("01/08/2026", "20/11/2026")
    found = findings(bus, "social_care")["missing-from-care"]
    assert found["detail"] == "Once in 90 days, from 1 August 2026 to 20 November 2026."
    last = datetime.fromisoformat("2026-11-20T12:00+00:00") + timedelta(days=89)
    assert "missing-from-care" in findings(bus, "social_care", last)
    assert "missing-from-care" not in findings(bus, "social_care", last + timedelta(days=1))


def test_a_protection_flag_ended_when_it_ended() -> None:
    found = findings(flagged("inactive", start="2025-03-01", end="2026-11-10"), "nhs")
    assert found["protection-flag-ended"]["since"] == "2026-11-10"
