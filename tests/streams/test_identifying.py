"""What the identify stage writes out for each event."""

import itertools
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from schemas import topics
from schemas.codec import decode, encode, encode_event
from schemas.errors import InvalidEvent
from schemas.events import Event, Header, Identifier, Moment, Person
from schemas.keys import DeploymentKey
from schemas.vocabulary import Precision
from streams.envelope import unseal
from streams.identifying import Identify

KEY = DeploymentKey(b"k" * 32)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UPN = Identifier(system="upn", value="K999000125001", valid=True)


def event(
    agency: str,
    subject: str,
    *,
    kind: str = "person_details",
    person: Person | None = None,
    number: int = 0,
    **more: object,
) -> bytes:
    event_type = f"{agency}.{kind}"
    fields = {"received_at": NOW, "subject_key": KEY.subject_key(agency, subject)} | more
    header = Header(
        event_id=KEY.derive("event", event_type, subject, str(number)),
        type=event_type,
        agency=agency,
        feed=f"{agency}-test",
        subject=subject,
        record_key=KEY.record_key(agency, event_type, subject),
        occurred=Moment(value="2026-02-01", precision=Precision.DAY),
        **fields,
    )
    body = {"reason_code": "other"} if kind == "retraction" else {}
    body = {"records_read": 3, "records_rejected": 1} if kind == "heartbeat" else body
    return encode_event(Event(header=header, person=person, body=body))


def written(puts: list, topic: str) -> list[dict]:
    return [decode(put.value) for put in puts if put.topic == topic]


def test_an_event_goes_on_to_its_person_untouched():
    stage = Identify(KEY, partitions=4)
    data = event("nhs", "9990000018")
    puts = stage.take(data, NOW)
    subject_key = KEY.subject_key("nhs", "9990000018")
    person_id = KEY.derive("person", subject_key)
    [sent] = [unseal(put.value) for put in puts if put.topic == topics.PERSONS]
    assert (sent.person_id, sent.subject_key, sent.epoch, sent.event) == (person_id, subject_key, 0, data)
    assert {p.partition for p in puts if p.topic == topics.PERSONS} == {topics.partition_of(person_id, 4)}


def test_a_known_record_hears_no_other_agency():
    stage = Identify(KEY, partitions=4)
    stage.take(event("police", "N1"), NOW)
    with pytest.raises(InvalidEvent, match="subject_key"):
        stage.take(event("nhs", "9990000018", subject_key=KEY.subject_key("police", "N1")), NOW)


def test_a_record_that_was_said_to_be_two_children_is_provisional_and_the_decision_says_why():
    stage = Identify(KEY, partitions=4)
    amy = Person(given_name="Amy", family_name="Thistlewick", birth_date="2012-04-05", birth_date_accuracy="AAA")
    beth = Person(given_name="Beth", family_name="Quayle", birth_date="2014-11-23", birth_date_accuracy="AAA")
    stage.take(event("nhs", "9990000018", person=amy), NOW)
    puts = stage.take(event("nhs", "9990000018", kind="was_not_brought", person=beth), NOW)
    [assigned], [decided] = written(puts, topics.ASSIGNMENTS), written(puts, topics.IDENTITY_DECISIONS)
    assert (assigned["provisional"], decided["status"], decided["rule"]) == (True, "contradiction", "overlaid")


def test_a_join_moves_the_record_whose_person_was_renamed_and_says_why():
    stage = Identify(KEY, partitions=4)
    demographics = Person(birth_date="2012-04-05", birth_date_accuracy="AAA", identifiers=(UPN,))
    stage.take(event("school", "K999000125001", person=demographics), NOW)
    puts = stage.take(event("social_care", "SYN1", person=demographics), NOW)
    keys = [KEY.subject_key("school", "K999000125001"), KEY.subject_key("social_care", "SYN1")]
    own = {key: KEY.derive("person", key) for key in keys}
    person_id = min(own.values())
    moved = [k for k in keys if own[k] != person_id]
    expected = [
        {"person_id": own[k], "subject_key": k, "epoch": 1, "to_person_id": person_id} for k in moved if k == keys[0]
    ]
    assert [m for m in written(puts, topics.PERSONS) if "to_person_id" in m] == expected
    decisions = written(puts, topics.IDENTITY_DECISIONS)
    assert {(d["rule"], d["status"], tuple(d["agreed"])) for d in decisions} == {
        ("identifier", "match", ("birth_date", "upn"))
    }
    assert {a["person_id"] for a in written(puts, topics.ASSIGNMENTS)} == {person_id}


def other_names(number: int) -> tuple[str, ...]:
    """Names that all sound otherwise: they begin with two, three or four other consonants."""
    told = ["a".join(letters) for letters in itertools.permutations("bdfgklmnprst", 4)]
    return tuple(f"{given} {family}" for given, family in itertools.islice(itertools.pairwise(told), number))


def test_a_record_of_many_names_stays_one_that_can_be_written():
    stage = Identify(KEY, partitions=4)
    for start in range(0, 300, 100):
        aliases = other_names(300)[start : start + 100]
        named = Person(birth_date="2012-04-05", birth_date_accuracy="AAA", postcode="AB1 4BC", aliases=aliases)
        puts = stage.take(event("nhs", "9990000018", person=named, number=start), NOW)
    assert max(len(put.value or b"") for put in puts) < 100_000


@pytest.mark.parametrize(
    ("person", "header", "why"),
    [
        (Person(aliases=other_names(101)), {}, "the event has 101 other names of its person, and may have 100"),
        (Person(address="a" * 1_000_000), {}, "bytes, and may have 1000000"),
        (Person(family_name="a" * 60_000), {}, "the event has a person of 60019 bytes, and may have 16000"),
        (None, {"handling": ("a" * 40,) * 500}, "bytes, and may have 16000"),
    ],
    ids=["names", "text", "name", "header"],
)
def test_an_event_that_would_not_go_into_the_messages_that_follow_is_refused(person, header, why):
    data = event("nhs", "9990000018", person=person, **header)
    [put] = Identify(KEY, partitions=4).arrive("events.nhs", "events.nhs/0/7", data, NOW)
    rejection = decode(put.value)
    assert (put.topic, rejection["code"]) == (topics.REJECTED, "unreadable_event")
    assert why in rejection["message"]
    assert rejection["raw"] == data


def long_name(number: int) -> Person:
    return Person(given_name="Amy", family_name=f"{'a' * 9_000}{'bcdefghijklmnopqrstuvwxyz'[number]}")


def test_a_record_that_is_told_to_be_ever_more_stays_one_that_can_be_written():
    stage, puts = Identify(KEY, partitions=4), []
    for number in range(25):
        puts += stage.take(event("nhs", "9990000018", person=long_name(number), number=number), NOW)
    refused = written(puts, topics.REJECTED)
    assert {each["code"] for each in refused} == {"too_much_said"}
    assert [each["raw"] for each in refused] == [
        event("nhs", "9990000018", person=long_name(number), number=number) for number in range(11, 25)
    ]
    assert len([put for put in puts if put.topic == topics.PERSONS]) == 11
    assert max(len(put.value) for put in puts) < 300_000
    again = stage.take(event("nhs", "9990000018", person=long_name(0), number=99), NOW)
    assert written(again, topics.REJECTED) == []


def test_what_an_event_takes_back_is_taken_back_where_what_it_says_has_no_room():
    stage = Identify(KEY, partitions=4)
    for number in range(11):
        stage.take(event("nhs", "9990000018", person=long_name(number), number=number), NOW)
    first = KEY.derive("event", "nhs.person_details", "9990000018", "0")
    puts = stage.take(event("nhs", "9990000018", person=long_name(20), number=20, supersedes=first), NOW)
    assert [each["code"] for each in written(puts, topics.REJECTED)] == ["too_much_said"]
    [record] = written(puts, topics.SOURCE_RECORDS)
    families = {family for kind, *found in record["names"] if kind == "family" for family in found}
    assert families == {long_name(number).family_name for number in range(1, 11)}
    assert len([put for put in puts if put.topic == topics.PERSONS]) == 1


def test_of_the_events_that_change_a_record_only_a_thousand_are_written_down_with_it():
    stage, restored, last = Identify(KEY, partitions=4), Identify(KEY, partitions=4), {}
    named = Person(given_name="Amy", family_name="Quill")
    for number in range(1_200):
        said = event("nhs", "9990000018", person=named, number=number) if number % 2 == 0 else None
        retracts = KEY.record_key("nhs", "nhs.person_details", "9990000018")
        received = NOW + timedelta(seconds=number)
        taken = event("nhs", "9990000018", kind="retraction", number=number, retracts=retracts, received_at=received)
        if said is not None:
            said = event("nhs", "9990000018", person=named, number=number, received_at=received)
        for put in stage.take(said or taken, NOW):
            if put.topic == topics.SOURCE_RECORDS:
                last[put.key] = put.value
    assert max(map(len, last.values())) < 50_000
    restored.restore(last.values())
    deque(restored.restored(), 0)
    again = event("nhs", "9990000018", person=named, number=2_000, received_at=NOW + timedelta(days=1))
    assert restored.take(again, NOW) == stage.take(again, NOW)


def test_a_delivery_heard_twice_is_heard_once():
    stage = Identify(KEY, partitions=4)
    first = stage.take(event("school", "feed", kind="heartbeat"), NOW)
    assert [(s["feed"], s["records_read"]) for s in written(first, topics.FEEDS)] == [("school-test", 3)]
    assert stage.take(event("school", "feed", kind="heartbeat"), NOW) == []


def test_a_restored_stage_writes_what_the_first_would_have_written():
    first, second = Identify(KEY, partitions=4), Identify(KEY, partitions=4)
    demographics = Person(birth_date="2012-04-05", birth_date_accuracy="AAA", identifiers=(UPN,))
    puts = first.take(event("school", "K999000125001", person=demographics), NOW)
    second.restore(put.value for put in puts if put.topic == topics.SOURCE_RECORDS)
    deque(second.restored(), maxlen=0)
    data = event("social_care", "SYN1", person=demographics)
    assert second.take(data, NOW) == first.take(data, NOW)


def test_what_release_1_0_wrote_down_is_taken_back_and_found_by_its_name():
    """It wrote names as sorted pairs of given and family name, and an address as one word."""
    first, second = Identify(KEY, partitions=4), Identify(KEY, partitions=4)
    tom = Person(
        given_name="Tom",
        family_name="Mac Appleyard",
        birth_date="2012-04-05",
        birth_date_accuracy="AAA",
        postcode="AB1 4BC",
    )
    [record] = written(first.take(event("school", "K999000125001", person=tom), NOW), topics.SOURCE_RECORDS)
    of_1_0 = record | {"names": [["tom", "mac appleyard"]], "addresses": ["12millroad"]}
    second.restore([encode("fanlight.bus.SourceRecord", of_1_0)])
    deque(second.restored(), maxlen=0)
    second.take(event("social_care", "SYN1", person=tom), NOW)
    joined = [second.registry.assignment(k) for k in (KEY.subject_key("social_care", "SYN1"), record["subject_key"])]
    assert None not in joined
    assert len({each.person_id for each in joined}) == 1
    assert second.registry.said(record["subject_key"]).features.family == {"macappleyard"}


def test_a_decision_of_more_than_one_may_have_is_refused_and_a_review_repeats_a_hundred():
    stage = Identify(KEY, partitions=4)
    for number, agency in enumerate(("nhs", "police")):
        stage.take(event(agency, "X", person=Person(given_name="Amy", family_name="Quill"), number=number), NOW)
    pair = sorted(KEY.subject_key(agency, "X") for agency in ("nhs", "police"))
    said = {"left": pair[0], "right": pair[1], "undoes": None, "by": "Avery Example", "at": NOW, "agencies": []}

    def decided(number: int, kind: str, reason: str) -> list:
        decision = {**said, "judgement_id": f"{number:04}", "kind": kind, "reason": reason}
        return stage.arrive(topics.JUDGEMENTS, f"place/{number}", encode("fanlight.bus.Judgement", decision), NOW)

    assert written(decided(0, "same", "x" * 20_000), topics.REJECTED)[0]["code"] == "refused_judgement"
    reviews = [
        review
        for number in range(1, 130)
        for review in written(decided(number, ("same", "different")[number % 2], "x" * 15_000), topics.REVIEWS)
    ]
    assert len(reviews[-1]["judgements"]) == 100
    assert len(encode("fanlight.bus.Review", reviews[-1])) < 2_000_000
