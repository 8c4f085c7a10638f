"""Identity reads its records back from the log without reading each, whichever release wrote them down."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from schemas import topics
from schemas.codec import decode, encode, encode_event
from schemas.events import Event, Header, Identifier, Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Precision
from streams.identifying import Identify
from streams.identity.model import DEFAULT
from streams.puts import Put

KEY = DeploymentKey(b"k" * 32)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UPN = Identifier(system="upn", value="K999000125001", valid=True)
AMY = Person(given_name="Amy", family_name="Thistlewick", birth_date="2012-04-05", birth_date_accuracy="AAA")
#: So long that its length takes two bytes.
LONG = "SYN" * 100


def told(subject: str, number: int = 1, person: Person = AMY, agency: str = "school") -> bytes:
    header = Header(
        event_id=KEY.derive("event", agency, subject, str(number)),
        type=f"{agency}.person_details",
        agency=agency,
        feed="test",
        subject=subject,
        subject_key=KEY.subject_key(agency, subject),
        record_key=KEY.derive("record", agency, subject, str(number)),
        occurred=Moment(value="2026-02-01", precision=Precision.DAY),
        received_at=NOW + timedelta(minutes=number),
    )
    return encode_event(Event(header=header, person=person, body={}))


def written(stage: Identify, *events: bytes) -> list[bytes]:
    puts: Iterable[Put] = (put for event in events for put in stage.take(event, NOW))
    return [put.value or b"" for put in puts if put.topic == topics.SOURCE_RECORDS]


def read_back(values: Iterable[bytes], model: str = DEFAULT) -> Identify:
    stage = Identify(KEY, 4, model)
    stage.restore(values)
    deque(stage.restored(), maxlen=0)
    return stage


BEN = Person(birth_date="2012-04-05", birth_date_accuracy="AAA", identifiers=(UPN,))
EVENTS = (told("a"), told("b", person=BEN), told(LONG), told("a", 2))


def as_it_was(value: bytes) -> bytes:
    return value


def of_another_rule(value: bytes) -> bytes:
    return _with_blocks(value, "0.of-old\nnonsense")


def without_keys(value: bytes) -> bytes:
    return _with_blocks(value, "")


def _with_blocks(value: bytes, blocks: str) -> bytes:
    record = decode(value)
    return encode("fanlight.bus.SourceRecord", record | {"blocks": blocks}) if "blocks" in record else value


@pytest.mark.parametrize("change", [as_it_was, of_another_rule, without_keys])
def test_what_comes_next_is_written_as_if_nothing_had_been_read_back(change: Callable[[bytes], bytes]) -> None:
    first = Identify(KEY, 4)
    again = read_back([change(value) for value in written(first, *EVENTS)])
    for event in (told("a", 3), told("c"), told(LONG, 4, AMY), told("d", person=Person(identifiers=(UPN,)))):
        assert again.take(event, NOW) == first.take(event, NOW)


def test_a_record_is_read_when_something_comes_near_it_and_not_before() -> None:
    robin = Person(given_name="Robin", family_name="Quill", birth_date="2009-01-31", birth_date_accuracy="AAA")
    again = read_back(written(Identify(KEY, 4), told("a"), told("r", person=robin)))
    asleep = {key: record.asleep for key, record in again.registry._records.items()}
    assert set(asleep.values()) == {True}
    again.take(told("c"), NOW)
    assert {key for key, record in again.registry._records.items() if record.asleep} == {KEY.subject_key("school", "r")}


def test_an_event_that_was_heard_before_the_restart_is_known_after_it() -> None:
    values = written(Identify(KEY, 4), *EVENTS)
    assert written(read_back(values), *EVENTS) == []
