"""What the local Kafka is told, without starting it."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from fanlight.engines import KafkaBroker, jars
from fanlight.engines.kafka import make_passwords, read_passwords
from fanlight.errors import StackError


def test_passwords_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    make_passwords(tmp_path, ("bus", "views"))
    first = read_passwords(tmp_path)
    make_passwords(tmp_path, ("bus", "views", "board"))
    assert (tmp_path / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert {name: read_passwords(tmp_path)[name] for name in first} == first
    assert len(set(read_passwords(tmp_path).values())) == 3
    assert all(len(password) >= 32 for password in first.values())


def test_a_principal_that_does_not_exist_has_no_broker(tmp_path: Path) -> None:
    kafka = KafkaBroker(tmp_path, tmp_path, 9092)
    with pytest.raises(StackError, match="cannot be read"):
        kafka.broker_for("bus")
    kafka.home.mkdir()
    make_passwords(kafka.home, ("bus",))
    assert kafka.broker.username == "bus"
    with pytest.raises(StackError, match=r"^the local Kafka has no principal board$"):
        kafka.broker_for("board")


def test_a_path_with_a_comma_would_be_two_folders_and_is_refused(tmp_path: Path) -> None:
    kafka = KafkaBroker(tmp_path / "a, b", tmp_path, 9092)
    with pytest.raises(StackError, match="its path has a comma: name another --data-dir"):
        kafka.prepare()
    assert not any(tmp_path.iterdir())


def test_every_jar_that_the_pom_names_has_its_digest() -> None:
    pom = files(jars).joinpath("pom.xml").read_text()
    named = re.findall(r"<artifactId>([\w.-]+)</artifactId>\s*<version>([\d.]+)</version>\s*</dep", pom)
    listed = files(jars).joinpath("jars.sha256").read_text()
    assert len(named) == 2
    assert all(f"  {artifact}-{version}.jar\n" in listed for artifact, version in named)
