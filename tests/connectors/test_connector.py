from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.connector import Context, Refused, attempted, build_event, build_retraction
from schemas.events import Event, Moment
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency, Precision

CONTEXT = Context(
    key=DeploymentKey(bytes(range(32))),
    agency=Agency.POLICE,
    feed="police.rms",
    received_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
)
DAY = Moment(value="2026-03-01", precision=Precision.DAY)


def event(context: Context = CONTEXT, **told: object) -> Event:
    return build_event(context, "police.arrest", subject="P1", natural_key=("A1",), occurred=DAY, **told)  # type: ignore[arg-type]


def test_a_record_becomes_its_events() -> None:
    read = attempted("a.csv", 3, lambda: (event(),), lambda: pytest.fail("nothing was refused"))
    assert (read.source, read.position, read.events, read.rejection) == ("a.csv", 3, (event(),), None)


def test_a_refused_record_keeps_its_place_its_reason_and_its_bytes() -> None:
    def events() -> tuple[Event, ...]:
        raise Refused("date_missing", "DECOM is empty; say when it began", "DECOM")

    rejection = attempted("a.csv", 3, events, lambda: b"A\n1\n").rejection
    assert rejection is not None
    assert (rejection.source, rejection.position, rejection.field) == ("a.csv", 3, "DECOM")
    assert (rejection.code, rejection.message) == ("date_missing", "DECOM is empty; say when it began")
    assert rejection.raw == b"A\n1\n"


def test_a_record_that_trips_us_is_refused_without_a_word_of_it() -> None:
    def events() -> tuple[Event, ...]:
        raise KeyError("Robin Example")

    read = attempted("a.csv", 3, events, lambda: b"Robin Example")
    assert read.rejection is not None
    assert read.rejection.code == "unreadable_record"
    assert read.rejection.message == "the record could not be read (KeyError); report it with the format's name"
    assert "Robin" not in repr(read)


@pytest.mark.parametrize("key", ["", " ", "None", "N/A", "unknown", "#####"])
def test_a_key_that_says_nothing_is_of_nobody_whichever_format_hands_it_on(key: str) -> None:
    for build in (
        lambda: build_event(CONTEXT, "police.arrest", subject=key, natural_key=("A1",), occurred=DAY),
        lambda: build_retraction(
            CONTEXT, "police.arrest", key, ("A1",), reason="not_lawful", occurred=DAY, recorded_at=None
        ),
    ):
        with pytest.raises(Refused) as refusal:
            build()
        assert refusal.value.code == "subject_missing"


def test_when_it_arrived_does_not_make_it_another_event_and_when_it_was_recorded_does() -> None:
    later = replace(CONTEXT, received_at=CONTEXT.received_at + timedelta(days=400))
    assert event(later).header.event_id == event().header.event_id
    assert event(recorded_at=CONTEXT.received_at).header.event_id != event().header.event_id


def taken_back(context: Context = CONTEXT, occurred: Moment | None = None) -> Event:
    named = ("police.arrest", "P1", ("A1",))
    return build_retraction(context, *named, reason="wrong_person", occurred=occurred, recorded_at=None)


def test_a_retraction_names_the_record_that_it_takes_back_and_when_it_was() -> None:
    retraction = taken_back(occurred=DAY)
    assert (retraction.header.type, retraction.header.subject) == ("police.retraction", "P1")
    assert retraction.header.retracts == event().header.record_key
    assert (retraction.header.occurred, retraction.header.marks) == (DAY, ())
    assert retraction.body == {"reason_code": "wrong_person"}


def test_a_retraction_without_a_date_is_of_the_day_on_which_it_came_and_the_same_on_any_other() -> None:
    later = replace(CONTEXT, received_at=CONTEXT.received_at + timedelta(days=400))
    first, again = taken_back().header, taken_back(later).header
    assert (first.occurred, first.marks) == (Moment(value="2026-11-22", precision=Precision.DAY), ("assumed:occurred",))
    assert again.occurred == Moment(value="2027-12-27", precision=Precision.DAY)
    assert first.event_id == again.event_id != taken_back(occurred=DAY).header.event_id


def test_sensitivities_are_a_set() -> None:
    one, other = event(sensitivities=["spent", "adoption"]), event(sensitivities=["adoption", "spent", "spent"])
    assert one == other
