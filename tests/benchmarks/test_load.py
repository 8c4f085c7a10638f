"""The load is what docs/performance.md says it is."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from benchmarks import mix
from benchmarks.load import Load
from schemas import topics
from schemas.catalogue import event_records
from schemas.codec import decode
from schemas.vocabulary import Agency

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
EVENTS = 3_000


@pytest.fixture(scope="module")
def messages():
    return Load(600, NOW).take(EVENTS)


@pytest.fixture(scope="module")
def records(messages):
    return [decode(message.value) for message in messages]


def test_the_same_seed_gives_the_same_events():
    first, again, other = Load(50, NOW), Load(50, NOW), Load(50, NOW, seed=2)
    assert first.take(40) == again.take(40)
    assert first.take(40) == again.take(40) != other.take(40)


def test_each_slice_ends_with_a_heartbeat_of_each_feed(messages):
    kinds = [dict(message.headers)["ce_type"] for message in messages]
    assert len(messages) == EVENTS + len(Agency)
    assert all(kind.endswith(b".heartbeat") for kind in kinds[EVENTS:])
    assert {message.topic for message in messages} == {topics.events(agency) for agency in Agency}


def test_no_event_of_a_load_is_made_twice():
    load = Load(50, NOW)
    ids = [decode(message.value)["header"]["event_id"] for _ in range(3) for message in load.take(100)]
    assert len(ids) == len(set(ids))


def test_a_quarter_carries_demographics(records):
    assert sum(record.get("person") is not None for record in records) / EVENTS == pytest.approx(0.25, abs=0.03)


def test_some_records_come_again_in_a_newer_version_and_some_are_taken_back(records):
    kinds = Counter(record["header"]["type"].rpartition(".")[2] for record in records)
    versions = Counter(record["header"]["record_key"] for record in records)
    assert 0 < kinds["retraction"] < EVENTS / 50
    assert 0 < sum(count > 1 for count in versions.values()) < EVENTS / 10


def test_young_people_are_known_to_two_to_four_agencies():
    load = Load(300, NOW)
    assert 2 * 300 < load.source_records < 4 * 300


def test_the_mix_names_types_of_the_catalogue_by_their_agency():
    for agency, types in mix.TYPES.items():
        assert all(name in event_records() and name.startswith(f"{agency}.") for name in types)


@pytest.mark.parametrize("event_type", sorted(name for types in mix.TYPES.values() for name in types))
def test_a_body_holds_only_fields_of_its_record(event_type):
    bodies = [mix.body(event_type, Random(seed), NOW) for seed in range(20)]
    assert {name for body in bodies for name in body} == set(event_records()[event_type].labels)
