"""A model is activated while the bus lives: what the shadow said changes, and nothing else, whatever happens to it."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from schemas import topics
from schemas.activations import ACTIVATION, activated, applied
from schemas.codec import encode
from schemas.errors import UnknownModel
from schemas.vocabulary import JudgementKind
from streams.identifying import Identify
from streams.identity.model import load
from streams.identity.shadow import Report, shadow
from tests.memory_bus import KEY, NOW, PARTITIONS, MemoryBus, Name, policy
from tests.scenarios.partner_files import arrest, missing, table

AMY = {"forename": "Amy", "surname": "Thistlewick"}
#: A and B are one child to uk-1 and perhaps one to uk-2; C and D are one to both; E is nobody else.
WHO = {
    "A": AMY | {"date_of_birth": "2012-04-06", "postcode": "ZZ1 2AB", "address": "12 Kelder Road"},
    "B": AMY | {"date_of_birth": "2012-06-04", "postcode": "ZZ1 2AC", "address": "14 Kelder Road"},
    "C": {"forename": "Kit", "surname": "Marrowby", "date_of_birth": "2013-11-20", "postcode": "ZZ3 3CX"},
    "D": {"forename": "Kit", "surname": "Marrowby", "date_of_birth": "2013-11-20", "postcode": "ZZ3 3CX"},
    "E": {"forename": "Robin", "surname": "Quillfeather", "date_of_birth": "2011-05-04", "postcode": "ZZ4 1AZ"},
}
NAMES: dict[str, Name] = {letter: ("police", f"SYN-REF-{letter}") for letter in WHO}
KEYS = {letter: KEY.subject_key(*name) for letter, name in NAMES.items()}
Delivery = Callable[[MemoryBus], object]


def episodes(*letters: str, day: str) -> Delivery:
    rows = [
        missing(1, day) | WHO[each] | {"person_ref": NAMES[each][1], "report_ref": f"SYN-MISPER-{each}{day}"}
        for each in letters
    ]
    return lambda bus: bus.publish("csv", table("missing.csv", rows), mapping="police-missing-episodes")


def arrests(*letters: str, day: str) -> Delivery:
    rows = [
        arrest(1, day) | WHO[each] | {"person_ref": NAMES[each][1], "custody_ref": f"SYN-CUST-{each}{day}"}
        for each in letters
    ]
    return lambda bus: bus.publish("csv", table("arrests.csv", rows), mapping="police-arrests")


FIRST = (episodes("A", "C", "E", day="2026-10-28"), arrests("B", "D", day="2026-11-02"))
THEN = (episodes("B", "D", day="2026-11-05"), arrests("A", "E", day="2026-11-08"))


def told(*deliveries: Delivery, bus: MemoryBus | None = None) -> MemoryBus:
    bus = bus or MemoryBus()
    for deliver in deliveries:
        deliver(bus)
    return bus.settle()


def report_on(bus: MemoryBus, model: str = "uk-2") -> Report:
    registry = bus._identify.registry
    reviews = {(r["left"]["subject_key"], r["right"]["subject_key"]): r["why"] for r in bus.reviews().values()}
    return shadow(load(model), registry.standing(), registry.judgements(), reviews, lambda k: KEY.derive("person", k))


def timelines(bus: MemoryBus, letter: str) -> list[bytes | None]:
    return [bus.timeline(*NAMES[letter], audience) for audience in policy().audiences]


def seen(bus: MemoryBus) -> dict[str, list[object]]:
    """What `fanlight timeline` prints of each record, for every audience and purpose."""
    return {
        letter: [
            bus.present(*name, audience, purpose)
            for audience in policy().audiences
            for purpose in policy().audiences[audience].purposes
        ]
        for letter, name in NAMES.items()
    }


def test_timelines_are_keyed_anew_just_where_the_shadow_said() -> None:
    bus = told(*FIRST)
    before = {letter: timelines(bus, letter) for letter in NAMES}
    report = report_on(bus)
    persons = {letter: bus.person_id(*name) for letter, name in NAMES.items()}
    bus.activate("uk-2")
    bus.settle()
    changed = {KEYS[letter] for letter, name in NAMES.items() if bus.person_id(*name) != persons[letter]}
    assert {each["subject_key"] for each in report["moved"]} == changed != set()
    assert changed < {KEYS["A"], KEYS["B"]}
    assert [each["subject_keys"] for each in report["split"]] == [sorted((KEYS["A"], KEYS["B"]))]
    for letter in "CDE":
        assert timelines(bus, letter) == before[letter]
    assert [set(each[:2]) for each in report["reviews"]["opened"]] == [{KEYS["A"], KEYS["B"]}]
    opened = [{r["left"]["subject_key"], r["right"]["subject_key"]} for r in bus.reviews().values()]
    assert opened == [{KEYS["A"], KEYS["B"]}]


def test_a_bus_that_changed_its_model_shows_what_one_does_that_always_had_it() -> None:
    bus, always = told(*FIRST), MemoryBus()
    bus.activate("uk-2")
    told(*THEN, bus=bus)
    always.activate("uk-2")
    told(*FIRST, *THEN, bus=always)
    assert seen(bus) == seen(always)


def test_nothing_changes_where_the_shadow_says_so_and_that_is_said_once() -> None:
    bus = told(*FIRST)
    bus.activate("uk-2")
    bus.settle()
    assert [report_on(bus)[name] for name in ("moved", "merged", "split")] == [[], [], []]
    decided = len(bus.records(topics.IDENTITY_DECISIONS))
    bus.activate("uk-2")
    bus.settle()
    assert len(bus.records(topics.IDENTITY_DECISIONS)) == decided
    applied = [r["records"] for r in bus.records(topics.MODELS) if "records" in r]
    assert applied == [len(NAMES), len(NAMES)]


def test_what_people_decided_outlives_a_model() -> None:
    bus = told(*FIRST)
    bus.judge(JudgementKind.SAME, NAMES["A"], NAMES["B"])
    bus.judge(JudgementKind.DO_NOT_LINK, NAMES["C"], NAMES["D"])
    bus.settle()
    before = seen(bus)
    assert report_on(bus)["moved"] == []
    bus.activate("uk-2")
    assert seen(bus.settle()) == before
    assert bus.person_id(*NAMES["C"]) != bus.person_id(*NAMES["D"])


@pytest.mark.parametrize("seed", range(8))
def test_memory_lost_in_the_middle_of_it_makes_no_difference(seed: int) -> None:
    rng = Random(seed)
    straight, bus = told(*FIRST), told(*FIRST, bus=MemoryBus(rng))
    for each in (straight, bus):
        each.activate("uk-2")
    for deliver in THEN:
        deliver(bus)
        for _ in _some(bus, rng):
            if rng.random() < 0.5:
                bus.restart()
        deliver(straight)
    straight.settle()
    bus.restart().settle()
    assert seen(bus) == seen(straight)
    last = [r for r in bus.records(topics.MODELS) if "records" in r][-1]
    assert (last["model"], last["records"]) == ("uk-2", len(NAMES))


def _some(bus: MemoryBus, rng: Random) -> Iterator[None]:
    """Some of what waits, a batch at a time."""
    for _ in range(rng.randint(1, 6)):
        if bus.step():
            yield


def test_a_model_that_was_activated_holds_whatever_a_worker_would_begin_with() -> None:
    bus = told(*FIRST)
    bus.activate("uk-1")
    bus.settle()
    other = Identify(KEY, PARTITIONS, model="uk-2")
    other.restore_models(bus.values(topics.MODELS))
    other.restore(bus.values(topics.SOURCE_RECORDS))
    for _ in other.restored():
        pass
    assert other.registry.model.version == "uk-1"
    assert not other.reconsiders


def test_what_was_done_for_one_activation_is_not_done_for_the_next() -> None:
    first, then = (activated(each, "uk-2", by="A", reason="r", at=NOW, shadow_id=None)[1] for each in ("one", "then"))
    done, done_then = (applied(each, "uk-2", records=0, at=NOW)[1] for each in ("one", "then"))
    for told, waits in (
        ((), False),
        ((first,), True),
        ((first, done), False),
        ((first, done, first), False),
        ((first, then, done), True),
        ((first, then, done_then, done), False),
    ):
        stage = Identify(KEY, PARTITIONS)
        stage.restore_models(told)
        for _ in stage.restored():
            pass
        assert stage.reconsiders is waits


def test_a_worker_that_does_not_ship_the_model_refuses_and_says_so() -> None:
    bus = MemoryBus()
    bus.activate("uk-99")
    with pytest.raises(UnknownModel, match=r"activation-1 .* no identity model uk-99, but uk-1"):
        bus.settle()
    again = Identify(KEY, PARTITIONS)
    again.restore_models(bus.values(topics.MODELS))
    with pytest.raises(UnknownModel, match="uk-99"):
        list(again.restored())


@pytest.mark.parametrize("other", [False, True])
def test_what_is_no_activation_is_refused_with_a_reason(other: bool) -> None:
    bus = told(*FIRST)
    bus.send(topics.MODELS, b"key", bus.values(topics.SOURCE_RECORDS)[0] if other else b"nonsense")
    bus.settle()
    [refused] = bus.records(topics.REJECTED)
    assert (refused["code"], refused["at"]) == ("refused_activation", NOW)


@pytest.mark.parametrize(("by", "reason"), [("", "tried in shadow"), ("Dana Example", " ")])
def test_nobody_and_no_reason_activate_no_model(by: str, reason: str) -> None:
    bus = MemoryBus()
    said = {"activation_id": "one", "model": "uk-2", "activated_by": by, "reason": reason, "at": NOW, "shadow_id": None}
    bus.send(topics.MODELS, b"one", encode(ACTIVATION, said))
    bus.settle().restart()
    [refused] = bus.records(topics.REJECTED)
    assert (refused["code"], refused["message"]) == (
        "refused_activation",
        f"an activation says by whom it is and why: {'reason' if by else 'by'} may not be empty",
    )
    assert bus._identify.registry.model.version == "uk-1"


def test_a_report_is_of_one_state_and_of_one_model() -> None:
    bus = told(*FIRST)
    report = report_on(bus)
    assert (
        report_on(told(*reversed(FIRST)))["shadow_id"] == report_on(bus.restart())["shadow_id"] == report["shadow_id"]
    )
    assert report_on(bus, "uk-1")["shadow_id"] != report["shadow_id"]
    bus.judge(JudgementKind.DIFFERENT, NAMES["C"], NAMES["E"])
    assert report_on(bus.settle())["shadow_id"] != report["shadow_id"]
    said = str(report)
    assert not any(value in said for who in WHO.values() for value in (*who.values(), who["forename"].lower()))
