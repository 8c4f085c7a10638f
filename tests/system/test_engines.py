"""The real engines: started, used, stopped and killed as the stack does it."""

import asyncio
import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer
from kafka.admin import ACLOperation, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAuthorizationFailedError, for_code

from fanlight.engines import EmbeddedBroker, KafkaBroker, OpaServer, kafka, opa, rights
from fanlight.errors import StackError
from fanlight.ports import free_port
from schemas.broker import Broker, on_either_broker

pytestmark = pytest.mark.system


def make_topics(broker: Broker, *names: str) -> None:
    admin = KafkaAdminClient(**broker.client_options())
    try:
        admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1) for name in names])
    finally:
        admin.close()


def publish(broker: Broker, topic: str, *values: bytes) -> None:
    producer = KafkaProducer(**broker.client_options(), acks="all")
    try:
        for sent in [producer.send(topic, value=value, partition=0) for value in values]:
            sent.get(timeout=20)
    finally:
        producer.close()


def read(broker: Broker, topic: str, count: int) -> list[bytes]:
    """The first `count` values of the topic, as a reader of committed records sees them."""

    async def values() -> list[bytes]:
        options = {**broker.client_options(), "auto_offset_reset": "earliest", "isolation_level": "read_committed"}
        consumer = on_either_broker(AIOKafkaConsumer(**options))
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic, 0)])
            async with asyncio.timeout(20):
                return [(await consumer.getone()).value for _ in range(count)]
        finally:
            await consumer.stop()

    return asyncio.run(values())


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_kafka_keeps_what_it_acknowledged(kafka_broker: KafkaBroker, ending: str) -> None:
    make_topics(kafka_broker.broker, "events")
    publish(kafka_broker.broker, "events", b"first", b"second")
    getattr(kafka_broker, ending)()
    assert kafka_broker.pid is None
    kafka_broker.start()
    assert read(kafka_broker.broker, "events", 2) == [b"first", b"second"]


def refusal(broker: Broker, topic: str) -> str | None:
    """What the broker answers when asked about a topic; clients that merely fetch would wait for ever."""
    admin = KafkaAdminClient(**broker.client_options())
    try:
        code = admin.describe_topics([topic])[0]["error_code"]
    finally:
        admin.close()
    return for_code(code).__name__ if code else None


@pytest.mark.kafka
def test_kafka_keeps_its_data_in_its_own_folder_whatever_that_is_called(
    tmp_path: Path, tools_dir: Path, demand: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    demand(kafka.why_not(tools_dir))
    monkeypatch.setenv("LC_ALL", "C")
    broker = KafkaBroker(tmp_path / r"Zoë \u65e5 日本", tools_dir, free_port(), secured=False)
    for _ in range(2):
        broker.start()
        broker.stop()
    assert [path.name for path in tmp_path.iterdir()] == [broker.home.parent.name]
    assert (broker.home / "log" / "meta.properties").is_file()


def test_the_views_read_timelines_and_are_refused_events(secured_kafka: KafkaBroker) -> None:
    views = secured_kafka.broker_for("views")
    make_topics(secured_kafka.broker, "events.police", "timelines.x")
    publish(secured_kafka.broker, "events.police", b"all of it")
    publish(secured_kafka.broker, "timelines.x", b"what was disclosed")
    assert read(views, "timelines.x", 1) == [b"what was disclosed"]
    assert refusal(views, "timelines.x") is None
    assert refusal(views, "events.police") == "TopicAuthorizationFailedError"


def test_the_views_write_looks_and_nothing_else(secured_kafka: KafkaBroker) -> None:
    views = secured_kafka.broker_for("views")
    make_topics(secured_kafka.broker, "looks", "decisions")
    publish(views, "looks", b"who looked")
    with pytest.raises(TopicAuthorizationFailedError):
        publish(views, "decisions", b"a decision nobody made")


def test_nobody_connects_to_the_secured_kafka_without_a_password(secured_kafka: KafkaBroker) -> None:
    for stranger in (Broker(secured_kafka.address), Broker(secured_kafka.address, "bus", "guessed")):
        with pytest.raises(KafkaError):
            KafkaAdminClient(**stranger.client_options(), bootstrap_timeout_ms=3000).close()


def test_settling_the_grants_again_changes_nothing_and_takes_back_what_was_added(
    secured_kafka: KafkaBroker,
) -> None:
    before = rights.found(secured_kafka.broker, "views")
    added = rights.Right("views", ACLOperation.READ, "persons.events")
    rights.establish(secured_kafka.broker, (*rights.VIEWS_RIGHTS, added))
    assert len(rights.found(secured_kafka.broker, "views")) == len(before) + 1
    rights.establish(secured_kafka.broker)
    assert rights.found(secured_kafka.broker, "views") == before


def test_the_embedded_broker_keeps_what_it_acknowledged_when_stopped(embedded_broker: EmbeddedBroker) -> None:
    make_topics(embedded_broker.broker, "events")
    values = [str(number).encode() for number in range(5000)]
    publish(embedded_broker.broker, "events", *values)
    embedded_broker.stop()
    assert embedded_broker.pid is None
    embedded_broker.start()
    assert read(embedded_broker.broker, "events", 5000) == values


@pytest.mark.parametrize("engine", ["shared_kafka", "embedded_broker"])
def test_readers_see_committed_transactions_alone(engine: str, request: pytest.FixtureRequest) -> None:
    broker: Broker = request.getfixturevalue(engine).broker
    make_topics(broker, "transactions")
    producer = KafkaProducer(**broker.client_options(), transactional_id="transactions-0", acks="all")
    producer.init_transactions()
    for value, commit in [(b"first", True), (b"taken back", False), (b"second", True)]:
        producer.begin_transaction()
        producer.send("transactions", value=value, partition=0)
        producer.commit_transaction() if commit else producer.abort_transaction()
    producer.close()
    assert read(broker, "transactions", 2) == [b"first", b"second"]


@pytest.mark.parametrize("engine", ["shared_kafka", "embedded_broker"])
def test_a_producer_is_fenced_by_the_next_of_its_name(engine: str, request: pytest.FixtureRequest) -> None:
    broker: Broker = request.getfixturevalue(engine).broker
    make_topics(broker, "fencing")
    former, latter = (
        KafkaProducer(**broker.client_options(), transactional_id="fencing-0", acks="all") for _ in range(2)
    )
    former.init_transactions()
    former.begin_transaction()
    former.send("fencing", value=b"from the former owner", partition=0)
    latter.init_transactions()
    with pytest.raises(KafkaError):
        former.commit_transaction()
    latter.begin_transaction()
    latter.send("fencing", value=b"from the new owner", partition=0)
    latter.commit_transaction()
    assert read(broker, "fencing", 1) == [b"from the new owner"]
    latter.close()
    former.close(timeout=0)


@pytest.mark.parametrize("engine", ["shared_kafka", "embedded_broker"])
def test_a_topic_nobody_made_does_not_come_into_being(engine: str, request: pytest.FixtureRequest) -> None:
    broker: Broker = request.getfixturevalue(engine).broker
    producer = KafkaProducer(**broker.client_options(), max_block_ms=1500)
    with pytest.raises(KafkaError):
        producer.send("event.police", value=b"misspelt").get(timeout=5)
    producer.close(timeout=0)
    admin = KafkaAdminClient(**broker.client_options())
    assert "event.police" not in admin.list_topics()
    admin.close()


def test_a_port_that_is_taken_is_named(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    second = EmbeddedBroker(tmp_path / "second", embedded_broker.port)
    with pytest.raises(StackError, match=f"^port {embedded_broker.port}, which embedded needs, is taken"):
        second.start()


def test_a_broker_that_cannot_start_says_its_last_words(kafka_broker: KafkaBroker) -> None:
    kafka_broker.stop()
    (kafka_broker.home / "log" / "meta.properties").write_text("version=1\ncluster.id=somebody-else\nnode.id=7\n")
    with pytest.raises(StackError, match=r"^kafka exited with code 1 before it was ready\n(.*\n)*.*node"):
        kafka_broker.start()


POLICY = """package disclosure
default allow := false
allow if input.purpose == "safeguarding"
"""


def ask(server: OpaServer, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, json.dumps(body) if not isinstance(body, str) else body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.fixture
def bundle_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / ".manifest").write_text('{"revision": "7", "roots": ["disclosure"]}')
    (folder / "disclosure.rego").write_text(POLICY)
    (folder / "disclosure_test.rego").write_text("package disclosure_test\nthis is not rego")
    return folder


def test_an_opa_server_answers_by_the_bundle_and_leaves_its_tests_out(
    opa_server: Callable[[Path], OpaServer], bundle_dir: Path
) -> None:
    server = opa_server(bundle_dir)
    question = {"input": {"purpose": "safeguarding"}}
    assert ask(server, "POST", "/v1/data/disclosure/allow", question)[1]["result"] is True
    assert ask(server, "POST", "/v1/data/disclosure/allow", {"input": {}})[1]["result"] is False
    server.stop()
    assert server.pid is None
    server.start()
    assert ask(server, "POST", "/v1/data/disclosure/allow", question)[1]["result"] is True


def test_nobody_can_replace_the_policy_of_a_running_opa_server(
    opa_server: Callable[[Path], OpaServer], bundle_dir: Path
) -> None:
    server = opa_server(bundle_dir)
    everything = POLICY.replace("false", "true")
    for name in ("disclosure.rego", "another"):
        status, _ = ask(server, "PUT", f"/v1/policies/{name}", everything)
        assert status == 400
    status, _ = ask(server, "PUT", "/v1/data/disclosure/allow", True)
    assert status in (400, 404)
    assert ask(server, "POST", "/v1/data/disclosure/allow", {"input": {}})[1]["result"] is False


def test_an_opa_server_whose_policies_do_not_compile_says_so(
    opa_server: Callable[[Path], OpaServer], bundle_dir: Path
) -> None:
    (bundle_dir / "disclosure.rego").write_text("package disclosure\nallow if nonsense(1)")
    with pytest.raises(StackError, match=r"^opa exited with code \d before it was ready\n(.*\n)*.*nonsense"):
        opa_server(bundle_dir)


def test_opa_is_built_by_go_where_there_is_none(
    tmp_path: Path, demand: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    demand(None if shutil.which("go") else "Go builds the OPA server, and there is no go on the PATH")
    go = shutil.which("go") or ""
    monkeypatch.setenv("PATH", f"{Path(go).parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    assert "Version: 1.22.0" in subprocess.check_output([opa.opa_program(tmp_path), "version"], text=True)
