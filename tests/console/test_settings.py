"""Every setting of a worker can be given by the environment, and a wrong one is named."""

from __future__ import annotations

import pytest

from console import settings
from console.trouble import Trouble
from streams.settings import WorkerSettings

NOT_ONE_TO_ONE = {"brokers", "partners", "folder", "librdkafka", "registry"}
"""Settings that more than one worker shares, or that have a form of their own."""


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that nobody has to reach."""
    monkeypatch.setenv("V2V_BROKERS", "localhost:9")


def test_every_setting_of_a_worker_has_a_variable_but_what_is_said_once() -> None:
    once = {"accept_loss"}  # in an environment it would stay, and the next loss be accepted too
    assert set(WorkerSettings.model_fields) - once == set(settings.VARIABLES) | NOT_ONE_TO_ONE


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("V2V_STATIC_MEMBERSHIP", "false", "static_membership", False),
        ("V2V_STATIC_MEMBERSHIP", "TRUE", "static_membership", True),
        ("V2V_LINGER_SECONDS", "0.25", "linger_s", 0.25),
        ("V2V_LOG_LEVEL", "WARNING", "loglevel", "warning"),
    ],
)
def test_a_worker_is_told_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, field: str, value: object
) -> None:
    monkeypatch.setenv(name, text)
    assert getattr(settings.worker(), field) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("V2V_STATIC_MEMBERSHIP", "perhaps"),
        ("V2V_LINGER_SECONDS", "-1"),
        ("V2V_LINGER_SECONDS", "soon"),
        ("V2V_LOG_LEVEL", "loud"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(Trouble, match=name):
        settings.worker()


def test_what_is_not_set_is_as_the_table_of_settings_says() -> None:
    told = {name: default for name, default, _ in settings.SETTINGS}
    found = settings.worker()
    assert told["V2V_STATIC_MEMBERSHIP"] == str(found.static_membership).lower()
    assert told["V2V_LINGER_SECONDS"] == str(found.linger_s)
    assert told["V2V_LOG_LEVEL"] == found.loglevel
