"""docker-compose.yml and its image are checked statically: no container engine runs here, and the file says so."""

import re
import tomllib
from pathlib import Path

import yaml

from streams.app import WorkerSettings
from views.__main__ import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def test_the_services_are_those_of_the_local_stack():
    assert set(SERVICES) == {"kafka", "opa", "topics", "identify", "share", "views"}


PROGRAMS = {
    "identify": (WorkerSettings, ["streams", "identify"]),
    "share": (WorkerSettings, ["streams", "share"]),
    "views": (Settings, ["views"]),
}


def test_each_program_is_given_only_settings_that_it_knows():
    for name, (settings, program) in PROGRAMS.items():
        known = {f"FANLIGHT_{field.upper()}" for field in settings.model_fields}
        assert set(SERVICES[name]["environment"]) <= known, name
        assert SERVICES[name]["command"] == ["python", "-m", *program]


def test_no_password_stands_in_the_file():
    assert not [line for line in (ROOT / "docker-compose.yml").read_text().splitlines() if "password" in line.lower()]


def test_the_file_says_that_it_has_not_been_run():
    assert "no engine" in (ROOT / "docker-compose.yml").read_text()


def test_every_port_is_published_on_the_loopback_interface_only():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_the_broker_keeps_its_data_where_it_outlives_the_container():
    mounted = [volume.split(":")[1] for volume in SERVICES["kafka"]["volumes"]]
    assert SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"] in mounted


def test_a_worker_is_asked_for_its_health_where_it_tells_of_it():
    for name in ("identify", "share"):
        port = SERVICES[name]["environment"]["FANLIGHT_HEALTH_PORT"]
        assert f"http://127.0.0.1:{port}/readyz" in SERVICES[name]["healthcheck"]["test"][-1]


def locked(lock):
    """The packages that a lock pins, by name."""
    return set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", (ROOT / lock).read_text(), re.MULTILINE))


def names(needs):
    return {re.match(r"[a-z0-9-]+", need)[0] for need in needs}


def test_what_runs_is_locked_apart_from_what_tests_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert names(project["dependencies"]) <= locked("requirements.lock")
    assert names(project["optional-dependencies"]["dev"]) <= locked("dev.lock")
    assert locked("requirements.lock").isdisjoint(locked("dev.lock"))


def test_the_image_holds_nothing_but_what_runs():
    *_, last = re.split(r"^FROM .*$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert re.findall(r"-r (\S+)", last) == ["requirements.lock"]
    installs = [line for line in last.splitlines() if "pip install" in line]
    assert [line for line in installs if "--require-hashes" not in line and "--no-deps" not in line] == []


def test_what_is_sent_to_whoever_builds_the_image_is_what_it_copies():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    listed = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in listed if line.startswith("!")} == set(" ".join(copied).split())
    assert "*" in listed
