"""The county through the real connectors: every record is accepted, but for those that were spoilt on purpose."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import connectors
from connectors.connector import Context, Read, Source
from connectors.formats import FORMATS
from connectors.mapping import load_mapping
from fanlight.county import Delivery, Manifest, write_county
from schemas.codec import encode_event
from schemas.dates import local_date
from schemas.events import Event, Moment
from schemas.keys import DeploymentKey
from schemas.vocabulary import MatchStatus, Precision, Sensitivity
from streams.identifying import Identify
from streams.identity.registry import Registry

TODAY = date(2026, 11, 22)
KEY = DeploymentKey(bytes(32))


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return write_county(tmp_path_factory.mktemp("county"), people=60, seed=1, today=TODAY)


def read(delivery: Delivery, on: date = TODAY) -> list[Read]:
    context = Context(
        key=KEY,
        agency=delivery.agency,
        feed=delivery.feed,
        received_at=datetime(on.year, on.month, on.day, 6, tzinfo=UTC),
        mapping=load_mapping(delivery.mapping) if delivery.mapping else None,
    )
    sources = [Source(name=path.name, data=path.read_bytes()) for path in delivery.paths]
    return list(FORMATS[delivery.format].read(sources, context))


@pytest.fixture(scope="module")
def reads(county: Manifest) -> dict[str, list[Read]]:
    return {delivery.feed: read(delivery) for delivery in county.deliveries}


@pytest.fixture(scope="module")
def events(reads: dict[str, list[Read]]) -> list[Event]:
    return [event for feed in reads.values() for record in feed for event in record.events]


def about(county: Manifest, events: list[Event], story: str) -> Counter[str]:
    subjects = next(s.subjects for s in county.stories if s.key == story)
    keys = {KEY.subject_key(agency, own) for agency, own in subjects.items()}
    return Counter(event.header.type for event in events if event.header.subject_key in keys)


def test_only_what_was_spoilt_on_purpose_is_refused(county: Manifest, reads: dict[str, list[Read]]) -> None:
    refused = {feed: sum(r.rejection is not None for r in found) for feed, found in reads.items()}
    assert refused == {delivery.feed: delivery.planted for delivery in county.deliveries}


def test_about_one_record_in_a_hundred_is_refused(reads: dict[str, list[Read]]) -> None:
    records = [record for feed in reads.values() for record in feed]
    assert 0.005 < sum(r.rejection is not None for r in records) / len(records) < 0.03


def test_no_code_of_the_county_is_unknown_and_no_check_fails(events: list[Event]) -> None:
    assert Counter(mark for event in events for mark in event.header.marks) == {}


def test_every_event_fits_its_record(events: list[Event]) -> None:
    assert all(encode_event(event) for event in events)


def test_a_county_of_sixty_is_a_good_number_of_events(events: list[Event]) -> None:
    assert 1_200 <= len(events) <= 2_500


def test_nothing_happens_after_the_county_was_written(events: list[Event]) -> None:
    assert [e for e in events if len(e.header.occurred.value) > 4 and e.header.occurred.value[:10] > str(TODAY)] == []


@pytest.mark.parametrize(
    "today",
    [TODAY, date(2026, 1, 5), date(2026, 8, 9), date(2026, 10, 3), date(2026, 11, 1), date(2027, 3, 1)],
    ids=str,
)
def test_nothing_is_written_down_or_received_before_it_happened(today: date, tmp_path: Path) -> None:
    county = write_county(tmp_path, people=120, seed=3, today=today)
    headers = [e.header for d in county.deliveries for r in read(d, today) for e in r.events]
    early = [
        (header.type, header.occurred.value, written)
        for header in headers
        for written in (header.recorded_at, header.received_at)
        # The county has no kind of event that may be of a day to come, such as an appointment that is booked.
        if written is not None and (written > header.received_at or happened_after(header.occurred, written))
    ]
    assert len(headers) > 2_000
    assert early == []


def happened_after(occurred: Moment, written: datetime) -> bool:
    """Of a moment with no hour only the day, month or year is compared, as it is in England."""
    if occurred.precision in (Precision.MINUTE, Precision.SECOND):
        return datetime.fromisoformat(occurred.value) > written
    return occurred.value > local_date(written).isoformat()[: len(occurred.value)]


def test_four_agencies_hold_pieces_of_the_exploited_boy(county: Manifest, events: list[Event]) -> None:
    found = about(county, events, "building-up")
    assert found["police.missing_reported"] == found["police.missing_located"] == 4
    assert found["police.stop_search"] == found["police.intelligence_report"] == found["school.suspension"] == 1
    assert found["nhs.emergency_attendance"] == 4
    assert found["social_care.referral"] == 1


def test_what_must_never_show_is_recognised_by_its_code(county: Manifest, events: list[Event]) -> None:
    [story] = [s for s in county.stories if s.never]
    keys = {KEY.subject_key(agency, own) for agency, own in story.subjects.items()}
    held = {s for event in events if event.header.subject_key in keys for s in event.header.sensitivities}
    assert {Sensitivity.ADOPTION, Sensitivity.SEXUAL_HEALTH, Sensitivity.PROTECTED_ADDRESS} <= held


def test_a_merge_names_the_number_that_ended(events: list[Event]) -> None:
    [merge] = [event for event in events if event.header.type == "nhs.patient_merged"]
    stranger = [e for e in events if e.header.subject_key == merge.body["prior_subject_key"]]
    assert [e.header.type for e in stranger] == ["nhs.emergency_attendance"]


def test_the_paths_of_a_delivery_exist(county: Manifest) -> None:
    assert all(isinstance(path, Path) and path.is_file() for d in county.deliveries for path in d.paths)


def test_a_csv_has_only_columns_that_a_template_has(county: Manifest) -> None:
    templates = Path(connectors.__file__).parent / "templates"
    for delivery in county.deliveries:
        if delivery.mapping is not None:
            known = (templates / f"{delivery.mapping}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
            sent = delivery.paths[0].read_text(encoding="utf-8").splitlines()[0].split(",")
            assert set(sent) - set(known) == set(), delivery.mapping


# What identity resolution makes of it: the county is only worth its traps if they are traps.


@pytest.fixture(scope="module")
def registry(events: list[Event]) -> Registry:
    identify = Identify(KEY, partitions=1)
    for event in events:
        identify.take(encode_event(event), at=datetime(2026, 11, 22, 6, tzinfo=UTC))
    return identify.registry


@pytest.fixture(scope="module")
def people(events: list[Event], registry: Registry) -> dict[str, str]:
    keys = {event.header.subject_key for event in events}
    return {key: assigned.person_id for key in keys if (assigned := registry.assignment(key)) is not None}


def persons_of(county: Manifest, people: dict[str, str], story: str) -> dict[str, str]:
    subjects = next(s.subjects for s in county.stories if s.key == story)
    return {agency: people[KEY.subject_key(agency, own)] for agency, own in subjects.items()}


@pytest.mark.parametrize(
    "story",
    [
        "building-up",
        "closed-too-soon",
        "recovering",
        "protected",
        "not-brought",
        "twins",
        "new-to-school",
        "arrived-alone",
    ],
)
def test_the_agencies_of_a_story_meet_in_one_person(county: Manifest, people: dict[str, str], story: str) -> None:
    found = persons_of(county, people, story)
    assert len(found) > 1
    assert len(set(found.values())) == 1


def test_a_name_and_address_that_police_wrote_otherwise_stand_apart(county: Manifest, people: dict[str, str]) -> None:
    found = persons_of(county, people, "misspelt")
    assert found["nhs"] == found["school"] != found["police"]


def test_that_pair_alone_waits_for_a_person(county: Manifest, registry: Registry) -> None:
    own = next(s.subjects for s in county.stories if s.key == "misspelt")
    [review] = registry.reviews()
    assert KEY.subject_key("police", own["police"]) in (review.left, review.right)
    assert review.why == MatchStatus.POTENTIAL


def test_sixty_children_are_sixty_people_and_one_who_was_misspelt(people: dict[str, str]) -> None:
    assert len(set(people.values())) == 61


def test_nobody_is_joined_to_a_child_born_on_another_day(events: list[Event], people: dict[str, str]) -> None:
    born: dict[str, set[str]] = {}
    for event in events:
        if event.person is not None and event.person.birth_date:
            born.setdefault(people[event.header.subject_key], set()).add(event.person.birth_date)
    assert [person for person, days in born.items() if len(days) > 1] == []
