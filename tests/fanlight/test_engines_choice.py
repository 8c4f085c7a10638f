"""Which broker the stack takes, and what it says when it cannot have the one that was asked for."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fanlight.engines import choose_broker, default_tools_dir, embedded, jars, opa
from fanlight.errors import StackError
from fanlight.state import born
from tests.system.stack import until

NO_JAVA = "Apache Kafka needs Java 17 or later, and there is none on the PATH"


def give(folder: Path, name: str, says: str) -> None:
    """Put a program on a PATH of our own making that only answers what it is."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\necho '{says}'\n")
    program.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def machine_with_kafka(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{path}{os.pathsep}/bin")
    give(path, "java", 'openjdk version "21.0.2" 2024-01-16')
    give(path, "mvn", "Apache Maven 3.9")


@pytest.mark.usefixtures("machine_with_kafka")
def test_auto_takes_kafka_where_java_and_maven_are_present(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "_digests", dict)  # so that none of its jars is missing
    choice = choose_broker("auto", tmp_path / "data", tmp_path / "tools")
    assert (choice.engine, choice.bootstrap) == ("kafka", None)
    assert choice.sentence == "the broker is Apache Kafka, because Java and Maven are here"


@pytest.mark.usefixtures("machine_with_kafka")
def test_auto_takes_the_embedded_broker_where_maven_reaches_nothing(path: Path, tmp_path: Path) -> None:
    (path / "mvn").write_text("#!/bin/sh\necho '[ERROR] repo.maven.apache.org: Name or service not known'\nexit 1\n")
    choice = choose_broker("auto", tmp_path / "data", tmp_path / "tools")
    assert choice.engine == "embedded"
    assert choice.sentence == (
        "the broker is the embedded one, because fetching Kafka's jars with Maven failed with code 1"
        " (`--broker kafka` tells more)"
    )


@pytest.mark.usefixtures("machine_with_kafka")
def test_who_asks_for_another_broker_than_holds_the_data_is_told(tmp_path: Path) -> None:
    (tmp_path / "embedded").mkdir()
    choice = choose_broker("kafka", tmp_path, tmp_path / "tools")
    assert choice.sentence.endswith(f"; what the embedded broker holds in {tmp_path} is not seen by it")


def test_a_kafka_that_never_began_holds_nothing_that_another_broker_would_not_see(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()  # made before its jars could not be fetched
    assert choose_broker("embedded", tmp_path, tmp_path).sentence == "the broker is the embedded one, as asked"
    (tmp_path / "kafka" / "log").mkdir()
    assert "what Apache Kafka holds" in choose_broker("embedded", tmp_path, tmp_path).sentence


@pytest.mark.usefixtures("path")
def test_auto_takes_the_embedded_broker_elsewhere_and_says_why(tmp_path: Path) -> None:
    choice = choose_broker("auto", tmp_path / "data", tmp_path / "tools")
    assert choice.engine == "embedded"
    assert choice.sentence == f"the broker is the embedded one, because {NO_JAVA}"


@pytest.mark.usefixtures("machine_with_kafka")
def test_auto_stays_with_the_embedded_broker_that_holds_the_data(tmp_path: Path) -> None:
    (tmp_path / "data" / "embedded").mkdir(parents=True)
    choice = choose_broker("auto", tmp_path / "data", tmp_path / "tools")
    assert choice.engine == "embedded"
    assert "because it holds the data" in choice.sentence


@pytest.mark.usefixtures("path")
def test_auto_does_not_begin_anew_where_kafka_holds_the_data_and_cannot_run(tmp_path: Path) -> None:
    (tmp_path / "data" / "kafka" / "log").mkdir(parents=True)
    with pytest.raises(StackError, match=rf"is Apache Kafka's, which cannot run here: {NO_JAVA}$"):
        choose_broker("auto", tmp_path / "data", tmp_path / "tools")


@pytest.mark.usefixtures("path")
def test_kafka_that_was_asked_for_and_cannot_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=f"^{NO_JAVA}$"):
        choose_broker("kafka", tmp_path, tmp_path)


def test_a_broker_of_somebody_else_is_named_by_host_and_port(tmp_path: Path) -> None:
    choice = choose_broker("kafka.example.org:9092", tmp_path, tmp_path)
    assert (choice.engine, choice.bootstrap) == ("remote", "kafka.example.org:9092")


@pytest.mark.parametrize("name", ["", "kafkaa", ":9092", "host:", "host:0", "host:65536", "host:9o92"])
def test_anything_else_is_not_a_broker(tmp_path: Path, name: str) -> None:
    with pytest.raises(StackError, match="must be auto, kafka, embedded or HOST:PORT"):
        choose_broker(name, tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("says", "enough"),
    [
        ('openjdk version "17.0.15" 2025-04-15', True),
        ('java version "21" 2023-09-19', True),
        ('openjdk version "11.0.2" 2019-01-15', False),
        ('java version "1.8.0_392"', False),
        ("no version at all", False),
    ],
)
def test_java_counts_from_version_17(path: Path, monkeypatch: pytest.MonkeyPatch, says: str, enough: bool) -> None:
    monkeypatch.setenv("PATH", f"{path}{os.pathsep}/bin")
    give(path, "java", says)
    assert (jars.find_java() is not None) == enough


def test_maven_is_missed_only_while_the_jars_are_not_there(path: Path, tmp_path: Path) -> None:
    give(path, "java", 'openjdk version "17.0.15"')
    assert jars.why_not(tmp_path) == "Apache Kafka is fetched by Maven, and there is no mvn on the PATH"


@pytest.mark.usefixtures("path")
def test_an_opa_server_needs_a_binary_or_go(tmp_path: Path) -> None:
    reason = opa.why_not(tmp_path)
    assert reason == "the OPA server needs an opa of version 1 on the PATH, or Go to build it"


def test_an_opa_of_another_major_version_does_not_count(path: Path, tmp_path: Path) -> None:
    give(path, "opa", "Version: 0.70.0")
    assert opa.why_not(tmp_path) is not None
    give(path, "opa", "Version: 1.22.0")
    assert opa.why_not(tmp_path) is None
    assert opa.opa_program(tmp_path) == path / "opa"


def test_the_embedded_broker_runs_wherever_its_wheel_is_installed() -> None:
    assert embedded.why_not() is None


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"FANLIGHT_TOOLS_DIR": "/opt/tools", "XDG_CACHE_HOME": "/cache"}, Path("/opt/tools")),
        ({"XDG_CACHE_HOME": "/cache"}, Path("/cache/fanlight")),
        ({}, Path.home() / ".cache" / "fanlight"),
    ],
    ids=["named", "cache named", "nothing named"],
)
def test_tools_are_kept_for_the_user_not_for_the_clone(environ: dict[str, str], expected: Path) -> None:
    assert default_tools_dir(environ) == expected


def test_an_account_without_a_home_is_told_where_tools_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_000)
    with pytest.raises(StackError, match="set FANLIGHT_TOOLS_DIR"):
        default_tools_dir({})
    assert default_tools_dir({"FANLIGHT_TOOLS_DIR": "/opt/tools"}) == Path("/opt/tools")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.usefixtures("machine_with_kafka")
def test_nothing_goes_on_being_fetched_for_a_stack_that_was_ended(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    tools, fetching = tmp_path / "tools", tmp_path / "fetching"
    monkeypatch.setenv("FANLIGHT_TOOLS_DIR", str(tools))
    mine = path / "mvn"
    mine.write_text(f"#!/bin/sh\necho $$ > {fetching}.draft; mv {fetching}.draft {fetching}\nexec sleep 600\n")
    on_a_terminal = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # whoever runs the tests may not be
    run = on_a_terminal + "from fanlight.__main__ import main; main()"
    up = [sys.executable, "-c", run, "up", "--broker", "kafka", "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(up, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(fetching.exists, "it fetches")
        finally:
            process.send_signal(number)
        _, said = process.communicate(timeout=20)
    pid = int(fetching.read_text())
    until(lambda: born(pid) is None, "what fetched has ended", 10)
    assert said.splitlines()[:2] == [
        "the broker is Apache Kafka, as asked",
        "Kafka's jars are fetched with Maven, this once: it may take a minute",
    ]
    if number != signal.SIGKILL:
        assert [each.name for each in (tools / "kafka").iterdir()] == [".lock"], "what was half fetched is left there"
