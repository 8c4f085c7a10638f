"""docker-compose.yml is checked statically: no container engine runs in these checks, and the file says so."""

from pathlib import Path

import yaml

from streams.app import WorkerSettings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def test_the_services_are_those_of_the_local_stack():
    assert set(SERVICES) == {"kafka", "opa", "topics", "identify", "share", "views"}


def test_workers_are_given_only_settings_that_they_know():
    known = {f"FANLIGHT_{name.upper()}" for name in WorkerSettings.model_fields}
    for name in ("identify", "share"):
        assert set(SERVICES[name]["environment"]) <= known, name
        assert SERVICES[name]["command"] == ["python", "-m", "streams", name]


def test_no_password_stands_in_the_file():
    assert not [line for line in (ROOT / "docker-compose.yml").read_text().splitlines() if "password" in line.lower()]


def test_the_file_says_that_it_has_not_been_run():
    assert "no engine" in (ROOT / "docker-compose.yml").read_text()


def test_every_port_is_published_on_the_loopback_interface_only():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []
