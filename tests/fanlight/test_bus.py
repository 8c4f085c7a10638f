"""Topics as the operator's commands make and read them."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from kafka import TopicPartition
from kafka.admin import NewTopic

from fanlight import bus
from fanlight.bus import _until, create_topics, demand_audiences, demand_key
from fanlight.errors import StackError
from fanlight.ports import free_port
from schemas import topics
from schemas.broker import Broker
from schemas.errors import InvalidAgreement
from schemas.keys import DeploymentKey

PARTITION = TopicPartition("persons.events", 0)


class Reader:
    """A consumer at 0 whose polls bring what is told, and move it on by so much."""

    def __init__(self, polls: list[tuple[bool, int]]) -> None:
        self._polls, self._at = polls, 0

    def assign(self, partitions: list[TopicPartition]) -> None:
        assert partitions == [PARTITION]

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._at = offset

    def position(self, partition: TopicPartition) -> int:
        return self._at

    def poll(self, timeout_ms: int, max_records: int | None = None) -> dict[TopicPartition, list[object]]:
        brings, moves = self._polls.pop(0)
        self._at += moves
        return {PARTITION: [object()]} if brings else {}


def test_a_command_does_not_wait_for_ever_for_what_a_broker_no_longer_has(monkeypatch):
    monkeypatch.setattr(bus, "_SILENCE_SECONDS", 0.0)
    stopped = r"^the broker stopped in the middle of persons\.events: try again when the stack is ready$"
    with pytest.raises(StackError, match=stopped):
        list(_until(Reader([(True, 1), (False, 0)]), {PARTITION: 3}))


def test_a_broker_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(bus, "_ANSWER_MS", 300)
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(StackError, match=rf"^the broker at {nobody} gave no answer .*: see whether it runs there"):
        create_topics(Broker(nobody), topics.table(("leads",)), 1)


@pytest.mark.parametrize(
    ("audiences", "entries", "refused"),
    [(("leads", "boards"), [{}], False), (("leads",), [], False), (("leads",), [{}], True)],
    ids=["who is shown something is there", "nothing is shown any more", "nobody would take it back"],
)
def test_an_audience_that_is_shown_something_is_not_left_out(audiences, entries, refused, monkeypatch):
    there = ["events.police", topics.timelines("leads"), topics.timelines("boards"), topics.disclosures("boards")]
    monkeypatch.setattr(bus, "_admin", lambda _: SimpleNamespace(list_topics=lambda: there, close=lambda: None))
    monkeypatch.setattr(bus, "read_timelines", lambda _, audience: {f"one of {audience}": {"entries": entries}})
    said = r"^boards is still shown timelines, and no policies/audiences/boards\.yaml is there: put it back"
    with pytest.raises(InvalidAgreement, match=said) if refused else nullcontext():
        demand_audiences(Broker("nobody:1"), audiences)


@pytest.mark.parametrize(
    ("there", "refused"),
    [
        ({"persons.events": 3, "decisions": 3, "events.police": 1}, ""),
        (
            {"events.police": 3, "somebody.elses": 7},
            "events.police on nobody:1 has 3 partitions, and the bus needs 1: ",
        ),
        ({"persons.events": 3, "decisions": 2}, "decisions on nobody:1 has 2 partitions, and the bus needs 3: "),
        ({"decisions": 2}, "decisions on nobody:1 has 2 partitions, and the bus needs 4: "),
    ],
)
def test_a_topic_that_is_there_in_other_partitions_is_not_used(there, refused, monkeypatch):
    made = []

    def described(names: list[str]) -> list[dict[str, object]]:
        return [{"name": name, "partitions": [{}] * there[name]} for name in names]

    def make(missing: list[NewTopic]) -> None:
        made.extend(each.name for each in missing)
        there.update(dict.fromkeys(made, 1))

    admin = SimpleNamespace(
        list_topics=lambda: list(there), describe_topics=described, create_topics=make, close=lambda: None
    )
    monkeypatch.setattr(bus, "_admin", lambda _: admin)
    with pytest.raises(StackError, match=f"^{refused}") if refused else nullcontext():
        create_topics(Broker("nobody:1"), topics.table(("leads",)), 4)
    assert ("feeds" in made) == (not refused)
    assert "events.police" not in made


KEY, OTHER = DeploymentKey(b"k" * 32), DeploymentKey(b"o" * 32)
SAYING = {"subject_key": KEY.subject_key("police", "N-1"), "events": b""}
RECORD = {**SAYING, "agency": "police", "source_id": "N-1"}
OF_RELEASE_1_0 = {**RECORD, "source_id": ""}


@pytest.mark.parametrize(
    ("key", "holds", "refused"),
    [
        (KEY, [SAYING, OF_RELEASE_1_0, RECORD], False),
        (OTHER, [SAYING, OF_RELEASE_1_0, RECORD], True),
        (None, [RECORD], True),
        (OTHER, [SAYING, OF_RELEASE_1_0], False),
        (None, [], False),
    ],
    ids=["its key", "another", "one to be made", "nothing that tells", "nothing"],
)
def test_records_on_a_broker_of_somebody_else_are_met_under_their_own_key(key, holds, refused, monkeypatch):
    there = [topics.SOURCE_RECORDS]
    monkeypatch.setattr(bus, "_admin", lambda _: SimpleNamespace(list_topics=lambda: there, close=lambda: None))
    monkeypatch.setattr(bus, "read_records", lambda _, topic: iter(holds if topic == topics.SOURCE_RECORDS else []))
    said = r"^what nobody:1 holds was published under another deployment key: name the file of its key with --key-file$"
    with pytest.raises(StackError, match=said) if refused else nullcontext():
        demand_key(Broker("nobody:1"), key)
