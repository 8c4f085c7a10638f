"""Whose record somebody means by an agency's own key."""

from types import SimpleNamespace
from typing import Any

import pytest

from connectors.connector import Source
from fanlight import identity
from fanlight.commands import judging, seeing
from fanlight.errors import StackError
from schemas import topics
from schemas.codec import decode
from tests.memory_bus import ANALYST, MemoryBus
from tests.scenarios.partner_files import missing, table

NUMBER, MAPPING = "40017", "police-missing-episodes"


def attended(hospital: str, number: str, name: str, born: str) -> Source:
    """Somebody without an NHS number came to the emergency department of a hospital."""
    lines = (
        f"MSH|^~\\&|PAS|{hospital}|||20261101120000||ADT^A04|{number}|P|2.4",
        f"PID|1||{number}^^^{hospital}^MR||{name}||{born}||||||",
        "PV1|1|E|||||||||||||||||V1",
    )
    return Source(name=f"{hospital}.hl7", data="\r".join(lines).encode())


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> MemoryBus:
    """Two hospitals have each treated a child as their number 40017, and one of them another child, too."""
    bus = MemoryBus()
    bus.publish("hl7v2-adt", attended("RXX", NUMBER, "Quillfeather^Robin", "20110504"))
    bus.publish("hl7v2-adt", attended("RYY", NUMBER, "Thistlewhit^Tamsin", "20130119"))
    bus.publish("hl7v2-adt", attended("RYY", "40018", "Larkspur^Ottilie", "20120202"))
    bus.publish("csv", table("missing.csv", [missing(1, "2026-10-28", person_ref=f"{NUMBER}@RXX")]), mapping=MAPPING)
    bus.settle()

    def standing(_: object, topic: str) -> list[bytes]:
        last = dict(bus.logs[topic, 0])
        return [value for value in last.values() if value is not None]

    def latest(_: object, topic: str, key: str) -> dict[str, Any] | None:
        value = dict(bus.logs[topic, 0]).get(key.encode())
        return decode(value) if value is not None else None

    monkeypatch.setattr(identity, "standing", standing)
    monkeypatch.setattr(identity, "latest", latest)
    return bus


def named(bus: MemoryBus, agency: str, source_id: str) -> list[str]:
    return sorted(each["source_id"] for each in identity.records_named(None, bus.key, agency, source_id))


def test_two_hospitals_that_number_alike_have_two_patients(bus: MemoryBus) -> None:
    people = {decode(value)["person_id"] for _, value in bus.logs[topics.ASSIGNMENTS, 0] if value is not None}
    assert len(people) == 4


@pytest.mark.parametrize(
    ("agency", "source_id", "records"),
    [
        ("nhs", f"{NUMBER}@RXX", [f"{NUMBER}@RXX"]),
        ("nhs", NUMBER, [f"{NUMBER}@RXX", f"{NUMBER}@RYY"]),
        ("nhs", "40018", ["40018@RYY"]),
        ("nhs", "4001", []),
        ("nhs", f"{NUMBER}@", []),
        ("police", f"{NUMBER}@RXX", [f"{NUMBER}@RXX"]),
        ("police", NUMBER, [f"{NUMBER}@RXX"]),
        ("police", "40018", []),
    ],
)
def test_a_number_without_its_hospital_is_that_number_of_any(
    bus: MemoryBus, agency: str, source_id: str, records: list[str]
) -> None:
    assert named(bus, agency, source_id) == records


def test_who_decides_about_a_number_of_two_hospitals_must_say_which(bus: MemoryBus) -> None:
    deployment: Any = SimpleNamespace(broker=None, key=bus.key)
    with pytest.raises(StackError) as caught:
        judging._meant(deployment, f"nhs:{NUMBER}", "first record")
    assert (
        str(caught.value) == "2 organisations have the number of the first record: say NUMBER@ORGANISATION, of RXX, RYY"
    )
    assert judging._meant(deployment, "nhs:40018", "record") == ("nhs", bus.key.subject_key("nhs", "40018@RYY"), "")


@pytest.mark.parametrize(
    ("record", "with_the_hospital"),
    [("nhs:40019", True), ("nhs:40019@RYY", False), ("nhs:9990000999", False), ("police:40019", False)],
)
def test_a_decision_made_before_a_hospitals_number_has_come_is_made_with_the_hospital(
    bus: MemoryBus, record: str, with_the_hospital: bool
) -> None:
    deployment: Any = SimpleNamespace(broker=None, key=bus.key)
    agency, subject_key, unheard = judging._meant(deployment, record, "first record")
    assert subject_key == bus.key.subject_key(agency, record.partition(":")[2])
    assert unheard.startswith(f"nothing has come of the first record ({agency}) yet: the decision waits for it")
    assert ("say NUMBER@ORGANISATION" in unheard) is with_the_hospital


def test_an_audience_learns_nothing_from_a_number_of_two_hospitals(bus: MemoryBus) -> None:
    deployment: Any = SimpleNamespace(broker=None, key=bus.key)
    asked = {each: seeing._reference(deployment, ANALYST, f"nhs:{each}", None) for each in (NUMBER, "40018", "40019")}
    persons = {pseudonym(bus, f"{each}@RYY") for each in (NUMBER, "40018")}
    assert persons & set(asked.values()) == {asked["40018"]}
    unheard = bus.key.derive("person", bus.key.subject_key("nhs", NUMBER))
    assert asked[NUMBER] == bus.key.pseudonym(ANALYST, unheard)


def pseudonym(bus: MemoryBus, source_id: str) -> str:
    (record,) = identity.records_named(None, bus.key, "nhs", source_id)
    return bus.key.pseudonym(ANALYST, record["person_id"])
