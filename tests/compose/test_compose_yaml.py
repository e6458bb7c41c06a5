"""What runs in containers is what the specification allows, and what also runs here without them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

import compose
from compose.jars import KAFKA_VERSION, REGISTRY_VERSION
from connectors import CONNECTORS
from connectors.settings import read_settings
from console import settings
from console.tower.settings import tower_settings

FOLDER = Path(compose.__file__).parent
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
COMMANDS = {name: service["command"] for name, service in SERVICES.items() if "command" in service}


def test_it_is_what_the_compose_specification_allows():
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    specification = Draft7Validator(json.loads(vendored.read_text()))
    assert [error.message for error in specification.iter_errors(COMPOSE)] == []
    assert not specification.is_valid({"services": {"kafka": {"imagen": "x"}}})


@pytest.mark.parametrize("service", COMMANDS)
def test_every_command_is_one_that_the_command_line_takes(service):
    program, *arguments = COMMANDS[service]
    assert program == "v2v"
    asked = subprocess.run(
        [sys.executable, "-m", "console.v2v", *arguments, "--help"], capture_output=True, text=True
    )
    assert asked.returncode == 0, asked.stderr
    assert "Usage:" in asked.stdout


def test_what_is_not_ours_is_what_the_tests_run_natively_and_prometheus():
    images = {name: service["image"] for name, service in SERVICES.items() if name not in COMMANDS}
    assert images == {
        "kafka": f"apache/kafka:{KAFKA_VERSION}",
        "registry": f"apicurio/apicurio-registry:{REGISTRY_VERSION}",
        "prometheus": images["prometheus"],
    }
    assert re.fullmatch(r"prom/prometheus:v3\.\d+\.\d+", images["prometheus"])


def test_every_partner_system_has_its_connector():
    connecting = {command[2] for command in COMMANDS.values() if command[1] == "connect"}
    assert connecting == set(CONNECTORS)


@pytest.mark.parametrize("system", CONNECTORS)
def test_every_connector_takes_the_settings_it_is_given(system):
    environment = {name: str(value) for name, value in SERVICES[system]["environment"].items()}
    taken = read_settings(system, environment)
    assert taken.partner == system
    assert taken.brokers == "kafka:9092"
    assert str(taken.drop_folder) == "/drop"
    assert (taken.http_host, taken.http_port) == ("0.0.0.0", 8080)


@pytest.mark.parametrize("service", ["topics", "worker"])
def test_the_worker_and_its_topics_are_told_of_every_connector(service, monkeypatch):
    for name, value in SERVICES[service]["environment"].items():
        assert name in {setting for setting, _, _ in settings.SETTINGS}
        monkeypatch.setenv(name, value)
    assert settings.partners() == tuple((system, system) for system in sorted(CONNECTORS))
    assert settings.plan().replication == 1
    if service == "worker":
        assert settings.worker().http == "0.0.0.0:8080"


def test_whatever_runs_for_long_says_how_it_is_and_is_watched():
    watched = {
        target.removesuffix(":8080")
        for job in yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
        for static in job["static_configs"]
        for target in static["targets"]
    }
    running = {name for name, command in COMMANDS.items() if name != "topics"}
    assert running == watched == {name for name in running if "healthcheck" in SERVICES[name]}


def test_the_tower_takes_the_settings_it_is_given_and_is_reached_where_it_says():
    tower = SERVICES["tower"]
    taken = tower_settings(tower["environment"], Path("/data"))
    assert f"{taken.host}:{taken.listen.rpartition(':')[2]}" in tower["ports"]
    assert taken.metrics == "0.0.0.0:8080"
    assert f"{taken.origin}/health" in " ".join(tower["healthcheck"]["test"])


def test_nothing_is_offered_beyond_this_machine():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_nothing_of_ours_starts_before_its_topics_are_there():
    waiting = {name for name in COMMANDS if "topics" in SERVICES[name]["depends_on"]}
    assert waiting == COMMANDS.keys() - {"topics"}


def test_no_topic_appears_by_itself_here_either():
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_the_image_installs_by_the_lock_and_runs_as_nobody_special():
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    installs = [line for line in lines if "pip install" in line and "--no-deps" not in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)
    assert "USER v2v" in lines
