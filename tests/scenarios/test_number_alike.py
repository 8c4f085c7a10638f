"""Organisations that share a bus and number alike: two children, or two records, under one number stay two."""

from connectors.connector import Source
from tests.memory_bus import LEAD, MemoryBus
from tests.scenarios.partner_files import NHS, POLICE, UPN, attendance, bundle, concern, missing, patient, table

MISPER = "police-missing-episodes"
OTHERS = {"forename": "Tamsin", "surname": "Thistlewhit", "date_of_birth": "2013-01-19", "postcode": "ZZ2 2AZ"}


def returns(upn: str, born: str) -> list[Source]:
    """A 903 return of one child, whom its council calls 1001."""
    who = {"CHILD": "1001", "DOB": born}
    header = who | {"SEX": "F", "ETHNIC": "WBRI", "UPN": upn}
    away = who | {"MISSING": "M", "MIS_START": "10/10/2026", "MIS_END": "11/10/2026"}
    return [table("header.csv", [header]), table("missing.csv", [away])]


def test_two_councils_that_number_alike_have_two_children_even_of_one_birthday() -> None:
    bus = MemoryBus()
    for council, upn in (("E10000023", UPN), ("E08000003", "Z999000125002")):
        bus.publish("ssda903-csv", *returns(upn, "04/05/2011"), organisation=council)
    bus.settle()
    assert bus.person_id("social_care", "1001@E10000023") != bus.person_id("social_care", "1001@E08000003")


def test_one_number_is_two_children_of_two_forces_and_one_of_one() -> None:
    bus = MemoryBus()
    bus.publish("csv", table("a.csv", [missing(1, "2026-10-28")]), mapping=MISPER, organisation="GMP")
    bus.publish("csv", table("b.csv", [missing(1, "2026-11-04", **OTHERS)]), mapping=MISPER, organisation="WYP")
    bus.publish("csv", table("c.csv", [missing(2, "2026-11-15")]), mapping=MISPER, organisation="GMP")
    bus.settle()
    entries = {force: len(bus.present("police", f"{POLICE}@{force}")["entries"]) for force in ("GMP", "WYP")}
    assert entries == {"GMP": 2, "WYP": 1}


def test_a_force_takes_back_its_own_report_and_not_that_of_another_under_its_number() -> None:
    bus = MemoryBus()
    for force, who in (("GMP", {}), ("WYP", OTHERS)):
        bus.publish("csv", table("a.csv", [missing(1, "2026-11-04", **who)]), mapping=MISPER, organisation=force)
    gone = missing(1, "2026-11-04", action="delete", updated_at="2026-11-06T09:00+00:00")
    bus.publish("csv", table("a.csv", [gone]), mapping=MISPER, organisation="GMP")
    bus.settle()
    left = {force: bus.present("police", f"{POLICE}@{force}")["entries"] for force in ("GMP", "WYP")}
    assert {force: len(entries) for force, entries in left.items()} == {"GMP": 0, "WYP": 1}


def test_two_hospitals_that_number_alike_tell_two_visits_of_one_child() -> None:
    bus = MemoryBus()
    for hospital, day in (("RXX", "2026-11-01"), ("RYY", "2026-11-03"), ("RXX", "2026-11-02")):
        bus.publish("fhir-r4-json", bundle(patient(), attendance(1, day)), organisation=hospital)
    shown = bus.settle().present("nhs", NHS)["entries"]
    days = [entry["occurred"][:10] for entry in shown if entry["type"] == "nhs.emergency_attendance"]
    assert sorted(days) == ["2026-11-02", "2026-11-03"]  # the second of RXX is a version of its first


def test_two_schools_that_number_alike_tell_two_concerns_of_one_pupil() -> None:
    bus = MemoryBus()
    for school, day in (("S1", "2026-06-01"), ("S2", "2026-11-03")):
        bus.publish("csv", table("a.csv", [concern(1, day)]), mapping="school-concerns", organisation=school)
    shown = bus.settle().present("school", UPN, LEAD, "early-help")["entries"]
    assert len(shown) == 2
