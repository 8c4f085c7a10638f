"""A child who was reported missing and of whom nobody has said that they are back."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.memory_bus import ANALYST, LEAD, NOW, MemoryBus
from tests.scenarios.partner_files import LINKED, POLICE, episodes, missing, table
from tests.scenarios.test_nothing_leaks import SUBJECT, event

LEFT = datetime.fromisoformat("2026-11-20T21:00+00:00")
REPORT = missing(1, "2026-11-20", **LINKED)
BACK = {"located_at": "2026-11-21T23:30+00:00", "updated_at": "2026-11-22T01:00+00:00"}
RULE = "missing-24-hours"


def police(bus: MemoryBus, *rows: dict[str, str]) -> MemoryBus:
    bus.publish("csv", table("missing.csv", rows), mapping="police-missing-episodes")
    return bus.settle()


def care(bus: MemoryBus, began: str, ended: str) -> MemoryBus:
    away = {"CHILD": "SYN77", "DOB": "04/05/2011", "MISSING": "M", "MIS_START": began, "MIS_END": ended}
    bus.publish("ssda903-csv", *episodes()[:2], table("missing.csv", [away]))
    return bus.settle()


def said(bus: MemoryBus, **asked: str) -> dict[str, Any] | None:
    return next((c for c in bus.present("police", POLICE, **asked)["concerns"] if c["rule"] == RULE), None)


def test_the_concern_comes_at_the_instant_with_nobody_publishing_anything() -> None:
    bus = police(MemoryBus(now=LEFT + timedelta(hours=23)), REPORT)
    assert said(bus) is None
    assert bus.present("police", POLICE)["next_change_at"] == "2026-11-21T21:00:00Z"
    bus.now = LEFT + timedelta(hours=24)
    found = said(bus)
    assert found is not None
    assert found["detail"] == "Once in 90 days, since 20 November 2026 and not known to be over."


def test_a_return_ends_it_and_a_return_taken_back_does_not() -> None:
    bus = police(MemoryBus(), REPORT | BACK)
    found = said(bus)
    assert found is not None
    assert len(found["because"]) == 2
    assert found["detail"] == "Once in 90 days, on 21 November 2026."

    police(bus, REPORT | BACK | {"action": "deleted", "updated_at": "2026-11-22T02:00+00:00"})
    assert said(bus) is None
    bus.received_at = NOW
    police(bus, REPORT | {"updated_at": "2026-11-22T13:00+00:00"})
    assert (said(bus) or {})["detail"].endswith("and not known to be over.")


def test_a_corrected_return_is_the_one_that_counts() -> None:
    bus = police(MemoryBus(), REPORT | BACK)
    police(bus, REPORT | {"located_at": "2026-11-21T02:00+00:00", "updated_at": "2026-11-22T03:00+00:00"})
    assert said(bus) is None


def test_social_care_may_be_the_first_to_say_that_they_are_back() -> None:
    bus = police(MemoryBus(now=NOW + timedelta(days=3)), REPORT)
    care(bus, "20/11/2026", "")
    assert "not known to be over" in (said(bus) or {})["detail"]
    care(bus, "20/11/2026", "24/11/2026")
    assert (said(bus) or {})["detail"] == "Once in 90 days, from 20 November 2026 to 24 November 2026."


@pytest.mark.parametrize(
    ("audience", "purpose", "held"),
    [
        (ANALYST, "missing-response", True),
        (ANALYST, "s47-enquiry", True),
        (ANALYST, "emergency-vital-interests", False),
        (LEAD, "early-help", True),
        (LEAD, "operation-encompass", False),
    ],
)
def test_it_is_said_to_whom_returns_are_told_alone(audience: str, purpose: str, held: bool) -> None:
    bus = police(MemoryBus(), REPORT)
    assert (said(bus, audience=audience, purpose=purpose) is not None) is held


@pytest.mark.parametrize("returned", [False, True])
def test_to_whom_reports_alone_are_told_a_return_looks_like_none_and_nothing_is_said(returned: bool) -> None:
    report = event("police.missing_reported", emergency=True)
    back = event("police.missing_located", emergency=True)
    bus = MemoryBus()
    for each in (report, back) if returned else (report,):
        bus.publish_event(each)
    bus.settle()
    shown = bus.present("police", SUBJECT, purpose="emergency-vital-interests")
    assert [entry["type"] for entry in shown["entries"]] == ["police.missing_reported"]
    assert RULE not in {concern["rule"] for concern in shown["concerns"]}
    found = {concern["rule"] for concern in bus.present("police", SUBJECT)["concerns"]}
    assert (RULE in found) is not returned


@pytest.mark.parametrize("seed", range(4))
def test_reports_and_returns_in_any_order_and_number_say_the_same(seed: int) -> None:
    rng = Random(seed)
    rows = [
        REPORT | BACK,
        missing(2, "2026-11-10", **LINKED),
        missing(3, "2026-11-12", **LINKED, located_at="2026-11-14", updated_at="2026-11-15T09:00+00:00"),
        missing(4, "2026-11-22", **LINKED, reported_at="2026-11-21T09:00+00:00"),
    ]
    straight = police(MemoryBus(), *rows)
    again = [*rows, *rng.choices(rows, k=3)]
    bus = MemoryBus(rng)
    for row in rng.sample(again, len(again)):
        police(bus, row)
    assert bus.present("police", POLICE) == straight.present("police", POLICE)
