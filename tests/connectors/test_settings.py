"""Settings come from a file and the environment, and a wrong one is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.settings import Misconfigured, read_partner, read_settings
from schemas.envelope import Scheme, System

ENOUGH = {
    "V2V_CONNECTOR_LIMS_PARTNER": "lab-a",
    "V2V_CONNECTOR_PSEUDONYM_KEY": "/run/key",
    "V2V_BROKERS": "one:9092,two:9092",
}


def test_the_environment_is_enough() -> None:
    settings = read_settings("lims", ENOUGH | {"V2V_CONNECTOR_LIMS_ZONE": "Europe/Berlin"})
    assert settings.system is System.LIMS
    assert settings.spoken_for.name == "lab-a"
    assert str(settings.spoken_for.clock) == "Europe/Berlin"
    assert settings.brokers == "one:9092,two:9092"
    assert settings.outbox == Path(".v2v/connect/lims-lab-a.outbox")


def test_what_is_said_for_one_system_wins_over_what_is_said_for_all() -> None:
    both = {"V2V_CONNECTOR_SITE": "anywhere", "V2V_CONNECTOR_LIMS_SITE": "QC-1"}
    assert read_settings("lims", ENOUGH | both).site == "QC-1"
    assert read_settings("erp", ENOUGH | both | {"V2V_CONNECTOR_PARTNER": "a"}).site == "anywhere"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lab.yaml", "partner: lab-b\nzone: Asia/Tokyo\nidentifier_systems: {'urn:lot': BATCH}\n"),
        (
            "lab.toml",
            "partner = 'lab-b'\nzone = 'Asia/Tokyo'\n[identifier_systems]\n'urn:lot' = 'BATCH'\n",
        ),
    ],
)
def test_a_file_says_the_rest_and_the_environment_wins(
    tmp_path: Path, name: str, text: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    settings = read_settings("lims", ENOUGH, file)
    assert (settings.partner, settings.zone) == ("lab-a", "Asia/Tokyo")
    assert settings.identifier_systems == {"urn:lot": Scheme.BATCH}
    assert read_partner("lims", file).name == "lab-b"


def test_paths_in_a_file_are_seen_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("drop_folder: in\noutbox: lab.outbox\n")
    settings = read_settings("lims", ENOUGH, file)
    assert settings.drop_folder == tmp_path / "in"
    assert settings.outbox == tmp_path / "lab.outbox"


def test_tls_and_sasl_pass_through() -> None:
    secured = {"V2V_KAFKA": '{"security.protocol": "SASL_SSL", "sasl.password": "geheim"}'}
    settings = read_settings("lims", ENOUGH | secured)
    assert settings.kafka == {"security.protocol": "SASL_SSL", "sasl.password": "geheim"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"V2V_CONNECTOR_LIMS_PARTNER": "Lab A"}, "lims connector: partner is 'Lab A'"),
        ({"V2V_CONNECTOR_LIMS_ZONE": "CEST"}, "there is no zone 'CEST'"),
        ({"V2V_CONNECTOR_LIMS_HTTP_PORT": "many"}, "http_port is 'many'"),
        ({"V2V_KAFKA": '{"acks": "0"}'}, "may not set acks"),
        ({"V2V_KAFKA": "security"}, "kafka"),
        ({"V2V_CONNECTOR_LIMS_MAPPING": "{"}, "MAPPING is neither JSON nor YAML"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(Misconfigured) as told:
        read_settings("lims", ENOUGH | wrong)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("missing", "variable"),
    [
        ("V2V_CONNECTOR_LIMS_PARTNER", "V2V_CONNECTOR_LIMS_PARTNER"),
        ("V2V_CONNECTOR_PSEUDONYM_KEY", "V2V_CONNECTOR_LIMS_PSEUDONYM_KEY"),
        ("V2V_BROKERS", "V2V_BROKERS"),
    ],
)
def test_a_missing_setting_says_which_variable_to_set(missing: str, variable: str) -> None:
    environment = {name: value for name, value in ENOUGH.items() if name != missing}
    with pytest.raises(Misconfigured, match=f"is not set; set {variable}"):
        read_settings("lims", environment)


def test_a_password_is_never_shown() -> None:
    secret = {"V2V_KAFKA": '{"sasl.password": "geheim", "acks": "1"}'}
    with pytest.raises(Misconfigured) as told:
        read_settings("lims", ENOUGH | secret)
    assert "geheim" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "must hold names and values"),
        ("a: [", "is not well formed"),
        ("colour: red", "no setting"),
    ],
)
def test_a_file_that_says_nothing_sensible(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=said):
        read_settings("lims", ENOUGH, file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_settings("lims", ENOUGH, tmp_path / "none.yaml")


# ------------------------------------------------------------------------------------------ MLLP


def test_the_mllp_door_is_shut_until_a_port_is_set() -> None:
    assert read_settings("lims", ENOUGH).mllp_port is None
    opened = read_settings("lims", ENOUGH | {"V2V_CONNECTOR_LIMS_MLLP_PORT": "2575"})
    assert (opened.mllp_host, opened.mllp_port) == ("127.0.0.1", 2575)


@pytest.mark.parametrize(
    ("set_", "told"),
    [
        ({"MLLP_CERTIFICATE": "/c"}, "mllp_certificate and mllp_key are set together, or neither"),
        ({"MLLP_KEY": "/k"}, "mllp_certificate and mllp_key are set together, or neither"),
        ({"MLLP_CLIENTS": "/a"}, "mllp_clients needs mllp_certificate and mllp_key"),
        ({"MLLP_PORT": "70000"}, "mllp_port is '70000': Input should be less than or equal"),
        ({"MLLP_CONNECTIONS": "0"}, "mllp_connections is '0'"),
    ],
)
def test_a_half_set_mllp_door_is_told_in_one_sentence(set_: dict[str, str], told: str) -> None:
    named = {f"V2V_CONNECTOR_LIMS_{name}": value for name, value in set_.items()}
    with pytest.raises(Misconfigured) as wrong:
        read_settings("lims", ENOUGH | named)
    assert str(wrong.value).startswith("lims connector: ")
    assert told in str(wrong.value)


def test_certificates_in_a_file_are_seen_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("mllp_port: 0\nmllp_certificate: own.pem\nmllp_key: own.key\n")
    settings = read_settings("lims", ENOUGH, file)
    assert settings.mllp_certificate == tmp_path / "own.pem"
    assert settings.mllp_key == tmp_path / "own.key"
