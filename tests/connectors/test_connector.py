from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.connector import Context, Refused, attempted, build_event, build_retraction
from schemas.events import Event, Identifier, Moment, Person
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


def of(agency: Agency, subject: str, *identifiers: tuple[str, str]) -> Event:
    """A delivery of an organisation, of one child."""
    context = replace(CONTEXT, agency=agency, organisation="X1")
    person = Person(identifiers=tuple(Identifier(system=s, value=v, valid=True) for s, v in identifiers))
    event_type = {Agency.POLICE: "police.arrest", Agency.NHS: "nhs.discharge", Agency.SCHOOL: "school.off_roll"}.get(
        agency, "social_care.case_closed"
    )
    return build_event(context, event_type, subject=subject, natural_key=("A1",), occurred=DAY, person=person)


@pytest.mark.parametrize(
    ("agency", "subject", "known_as"),
    [
        (Agency.POLICE, "77", "77@X1"),
        (Agency.SCHOOL, "77", "77@X1"),
        (Agency.SCHOOL, "K999000125001", "K999000125001"),
        (Agency.NHS, "77", "77@X1"),
        (Agency.NHS, "77@RXX", "77@RXX"),
        (Agency.NHS, "9990000018", "9990000018"),
        (Agency.NHS, "999 000 0018", "9990000018"),
        (Agency.SCHOOL, "k999 0001 25001", "K999000125001"),
        (Agency.POLICE, "999 000 0018", "999 000 0018@X1"),
        # A council's own number may happen to pass the check of another's.
        (Agency.SOCIAL_CARE, "9990000018", "9990000018@X1"),
    ],
)
def test_a_key_of_an_organisations_own_says_whose_it_is(agency: Agency, subject: str, known_as: str) -> None:
    header = of(agency, subject).header
    assert (header.subject, header.subject_key) == (known_as, CONTEXT.key.subject_key(agency, known_as))
    assert header.record_key == of(agency, known_as).header.record_key


def test_numbers_that_each_organisation_gives_say_whose_they_are_and_a_number_that_is_cited_does_not() -> None:
    given = (("la-child-id", "77"), ("upn", "K999000125001"), ("custody-id", "C1"), ("hospital-number", "5@RXX"))
    said = {agency: of(agency, "77", *given).person for agency in (Agency.SOCIAL_CARE, Agency.POLICE)}
    numbers = {agency: [i.value for i in person.identifiers] for agency, person in said.items() if person}
    assert numbers == {
        Agency.SOCIAL_CARE: ["77@X1", "K999000125001", "C1@X1", "5@RXX"],
        Agency.POLICE: ["77", "K999000125001", "C1@X1", "5@RXX"],
    }


def test_a_withdrawal_by_an_organisation_names_its_own_record() -> None:
    ours = replace(CONTEXT, organisation="X1")
    assert taken_back(ours).header.retracts == event(ours).header.record_key
    assert taken_back(ours).header.retracts != taken_back().header.retracts


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


@pytest.mark.parametrize(
    ("address", "is_withheld"),
    [
        ("Women's Refuge, 1 Example Street", True),
        ("c/o Women\N{RIGHT SINGLE QUOTATION MARK}s Aid", True),
        ("Refugee Centre, 1 Example Street", False),
        (None, False),
    ],
)
def test_where_a_refuge_is_is_protected_though_its_source_does_not_mark_it(
    address: str | None, is_withheld: bool
) -> None:
    person = event(person=Person(given_name="Robin", address=address, postcode="ZZ1 1AZ")).person
    assert person is not None
    assert person.address_withheld is is_withheld
