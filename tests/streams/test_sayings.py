"""What a source record is told to be, once what was taken back is forgotten: in any order, and after a restart."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import encode, encode_event
from schemas.events import Event, Header, Identifier, Moment, Person
from schemas.vocabulary import MatchStatus, Precision
from streams import source_records
from streams.identity.record import Assignment
from streams.identity.snapshot import Features, Snapshot, of_event
from streams.opening import Opened, open_event
from streams.sayings import Sayings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = ["Amy", "Ben", "Cas"]


def event(number: int, name: str | None = None, minute: int = 0, more: dict | None = None, **header: object) -> Opened:
    """Event `number` of record `number`; without a name it says nothing of who the child is."""
    kind = "police.retraction" if "retracts" in header else "police.missing_reported"
    fields = {"event_id": f"event-{number}", "record_key": f"record-{number}"} | header
    head = Header(
        type=kind,
        agency="police",
        feed="police-test",
        subject="REF1",
        subject_key="subject",
        occurred=Moment(value="2026-10-01", precision=Precision.DAY),
        received_at=NOW + timedelta(minutes=minute),
        **fields,
    )
    body = {"reason_code": "other"} if "retracts" in header else {}
    person = Person(given_name=name, **(more or {})) if name or more else None
    return open_event(encode_event(Event(header=head, person=person, body=body)))


def features(opened: Opened) -> Features:
    return of_event(opened.header, opened.rest.get("person")).features


def told(*events: Opened) -> Sayings:
    made = Sayings("REF1")
    for each in events:
        made.hear(each, features(each))
    return made


def test_a_retraction_takes_back_the_versions_before_it_and_no_other_record():
    first, second = event(1, "Amy", 0), event(1, "Ben", 1, event_id="event-1b")
    other, later = event(2, "Cas", 0), event(1, "Dee", 9, event_id="event-1c")
    gone = event(9, retracts="record-1", minute=5)
    assert told(first, second, other, gone, later).said().given == {"cas", "dee"}


def test_a_retraction_that_is_taken_back_itself_leaves_all_as_it_was():
    events = event(1, "Amy"), event(9, retracts="record-1", minute=5), event(10, retracts="record-9", minute=6)
    assert told(*events).said().given == {"amy"}


def test_an_event_that_names_the_one_it_supersedes_takes_its_place():
    assert told(event(1, "Amy"), event(2, "Ben", 1, supersedes="event-1")).said().given == {"ben"}


def version(number: int, name: str | None = None, **more: object) -> Opened:
    """A version of one record, each a minute after the one before it."""
    return event(1, name, number, more, event_id=f"event-1-{number}")


def number(system: str, value: str) -> Identifier:
    return Identifier(system=system, value=value, valid=True)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_newer_version_corrects_what_it_says_anew_and_leaves_the_rest(order):
    nhs, other, upn = number("nhs-number", "9990000018"), number("nhs-number", "9990000026"), number("upn", "K1")
    versions = [
        version(0, "Ben", middle_names="Yusuf", birth_date="2012-04-06", identifiers=(other, upn)),
        version(1, "Amy", postcode="ZZ1 1AZ", identifiers=(nhs,)),
        version(2, postcode="ZZ2 2BX", family_name="Rowe"),
    ]
    said = told(*(versions[place] for place in order)).said()
    assert (said.given, said.middle, said.family) == ({"amy"}, frozenset(), {"rowe"})
    assert said.identifiers == {"nhs-number:9990000018", "upn:K1"}
    assert len(said.postcodes) == 2, "children move"
    assert not said.born or said.born == features(versions[0]).born


HOME = {"postcode": "ZZ7 7AB", "address": "7 Invented Row"}
#: What each of three versions of one record says of a home, and which homes stand after all of them.
PROTECTED = [
    (({"postcode": "ZZ1 1AZ"}, HOME, {"address_withheld": True, **HOME}), set()),
    ((HOME, {"address_withheld": True}, {"family_name": "Rowe"}), set()),
    ((HOME, {"address_withheld": True, **HOME}, {"postcode": "ZZ2 2BX"}), {"ZZ22BX"}),
    (({"address_withheld": True}, HOME, {"address_withheld": True}), set()),
]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize(("homes", "stand"), PROTECTED)
def test_a_version_that_protects_the_home_takes_back_the_homes_of_those_before_it(homes, stand, order):
    versions = [version(place, **home) for place, home in enumerate(homes)]
    made = told()
    for place in order:
        heard = made.hear(versions[place], features(versions[place]))
        assert heard is not None
        made.keep(heard.packed)
    for each in (made, restarted(made)):
        assert each.said().postcodes == stand
        assert each.said().addresses == frozenset()


def test_a_version_that_says_nothing_but_that_the_home_is_protected_changes_what_was_said():
    made, guards = told(version(0, **HOME)), version(1, address_withheld=True)
    assert made.hear(guards, features(guards)).turns


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_versions_that_came_together_one_protects_the_home_that_the_other_says(order):
    guards = {"address_withheld": True}
    together = event(1, "Amy", 1, HOME, event_id="event-1a"), event(1, "Amy", 1, guards, event_id="event-1b")
    assert told(*(together[number] for number in order)).said().postcodes == set()


def test_a_home_is_protected_by_what_an_event_is_about_too_until_that_is_taken_back():
    marked = event(1, "Amy", 1, event_id="event-1-1", sensitivities=("protected_address",))
    gone = event(9, retracts="record-1", minute=5)
    said = told(version(0, **HOME), marked).said()
    assert (said.postcodes, said.given) == (frozenset(), {"amy"})
    later = version(9, **HOME)
    assert told(version(0, **HOME), marked, gone, later).said().postcodes == {"ZZ77AB"}


def test_what_another_record_says_is_not_corrected_by_a_newer_version():
    assert told(version(0, "Amy"), event(2, "Amy"), version(1, "Ben")).said().given == {"amy", "ben"}


def test_a_newer_version_that_is_replaced_by_name_corrects_nothing():
    instead = event(3, "Cas", 2, supersedes="event-1-1")
    assert told(version(0, "Amy"), version(1, "Ben"), instead).said().given == {"amy", "cas"}


def test_nobody_takes_back_what_was_written_down_before_events_were():
    old = Sayings.of_unknown_events(features(event(1, "Amy")))
    gone = event(9, retracts="record-1", minute=5)
    old.hear(gone, features(gone))
    assert old.said().given == {"amy"}


def test_an_event_is_known_by_its_first_delivery():
    made = told(event(1, "Amy", 3))
    late, early = event(1, "Amy", 4), event(1, "Amy", 2)
    assert made.hear(late, features(late)) is None
    assert made.hear(early, features(early)) is not None


SAYING = st.builds(
    lambda record, name, minute, number, home: event(record, name, minute, home, event_id=f"event-{number}"),
    st.integers(1, 4),
    st.sampled_from([*NAMES, None]),
    st.integers(0, 3),
    st.integers(0, 9),
    st.sampled_from([None, None, {"postcode": "ZZ1 1AZ"}, {"postcode": "ZZ1 1AZ", "address_withheld": True}]),
)
ACTING = st.builds(
    lambda number, of, minute: event(10 + number, retracts=f"record-{of}", minute=minute),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 3),
)


def restarted(made: Sayings) -> Sayings:
    """As it is written down, and read back."""
    said = Snapshot("subject", made.said(), "police")
    value = source_records.written(said, made, Assignment("subject", "person", 0, MatchStatus.NEW))
    found, told_again, _ = source_records.read(value)
    assert found == said
    told_again.add(bytes(made.again), again=True)
    return told_again


@given(st.lists(SAYING | ACTING, max_size=8), st.randoms(use_true_random=False))
def test_any_order_any_repetition_and_a_restart_in_between_come_to_the_same(events, random):
    events = list({each.header["event_id"]: each for each in events}.values())
    shuffled = events + random.choices(events, k=2) if events else []
    random.shuffle(shuffled)
    made = told()
    for each in shuffled:
        heard = made.hear(each, features(each))
        if heard is not None and (heard.is_new or random.random() < 0.3):
            made.keep(heard.packed)
        if random.random() < 0.3:
            made = restarted(made)
    straight = told(*events)
    assert made.said() == straight.said()
    assert set(made.contents) >= set(straight.contents) - {Features()}


def test_a_saying_is_written_as_the_codec_would_write_it():
    made = told(event(1, "Amy"))
    record = {"subject_key": "subject", "events": bytes(made.again)}
    assert source_records.saying("subject", bytes(made.again)) == encode("fanlight.bus.Saying", record)


def test_an_event_that_comes_again_among_many_is_known():
    events = [event(number, "Amy") for number in range(200)]
    made = told(*events)
    size = len(made.again)
    for each in events:
        assert made.hear(each, features(each)) is None
    assert (len(made.again), made.said().given) == (size, {"amy"})
