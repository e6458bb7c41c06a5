"""Every verb explains itself; whatever goes wrong is one line with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console import v2v
from tests.console.conftest import Ask


def verbs() -> Iterator[tuple[str, ...]]:
    """Every verb, as words."""

    def inside(group: Any, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for name, verb in group.commands.items():
            if hasattr(verb, "commands"):
                yield from inside(verb, (*before, name))
            else:
                yield (*before, name)

    return inside(v2v.command(), ())


@pytest.mark.parametrize("verb", list(verbs()), ids=" ".join)
def test_every_verb_explains_itself_with_an_example(ask: Ask, verb: tuple[str, ...]) -> None:
    answer = ask(*verb, "--help")

    assert answer.code == 0
    assert "Example:" in answer.out
    assert " ".join(("v2v", *verb)) in answer.out


@pytest.mark.parametrize(
    "call",
    [("nonsense",), ("worker", "--nonsense"), ("record", "show"), ("demo", "--journeys", "0")],
)
def test_a_wrong_call_ends_with_2_and_no_stack_trace(ask: Ask, call: tuple[str, ...]) -> None:
    answer = ask(*call)

    assert answer.code == 2
    assert "Traceback" not in answer.err


def test_the_command_alone_shows_its_verbs(ask: Ask) -> None:
    answer = ask()

    assert answer.code == 2
    assert "quarantine" in answer.out + answer.err


@pytest.mark.parametrize(
    ("settings", "call", "told"),
    [
        ({}, ("alerts", "ls"), ("no Kafka", "v2v kafka up")),
        ({"V2V_BROKERS": "127.0.0.1:1"}, ("topics", "check"), ("no broker answers", "V2V_BROKERS")),
        (
            {"V2V_BROKERS": "x:1", "V2V_PARTNERS": "hospital"},
            ("export", "inbound", "--to", "x"),
            ("'hospital'", "mes"),
        ),
        ({"V2V_BROKERS": "x:1", "V2V_KAFKA": "{"}, ("topics", "apply"), ("V2V_KAFKA", "SSL")),
        ({"V2V_BROKERS": "x:1", "V2V_PARTITIONS": "0"}, ("worker",), ("V2V_PARTITIONS", "'0'|0")),
        ({"V2V_BROKERS": "x:1", "V2V_PARTITIONS": "many"}, ("worker",), ("'many'", "whole number")),
        ({"V2V_BROKERS": "x:1", "V2V_TICK_SECONDS": "-1"}, ("worker",), ("V2V_TICK_SECONDS",)),
        ({"V2V_BROKERS": "x:1"}, ("connect", "lims"), ("partner is not set", "V2V_CONNECTOR_LIMS")),
        ({}, ("connect", "fax"), ("'fax'", "choose one of clinic")),
        ({}, ("connect", "lims", "--check", "nowhere"), ("nowhere", "does not exist")),
        ({}, ("export", "dreams", "--to", "x"), ("'dreams'", "choose one of inbound")),
        ({}, ("catalogue", "dreams"), ("'dreams'", "choose one of events")),
        (
            {},
            ("replay", "--from", "nowhere", "--to", "x"),
            ("nowhere is no file", "export inbound"),
        ),
    ],
    ids=str,
)
def test_a_trouble_is_one_line_with_its_remedy(
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    call: tuple[str, ...],
    told: tuple[str, ...],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    answer = ask(*call)

    assert answer.code == 1
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("v2v: ")
    assert all(any(part in answer.err for part in one.split("|")) for one in told), answer.err


def test_what_nobody_foresaw_is_one_line_and_a_stack_trace_only_when_asked_for(
    ask: Ask, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    call = ("replay", "--from", tmp_path / "file", "--to", tmp_path / "file" / "out")

    answer = ask(*call)

    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    with pytest.raises(OSError, match="file"):
        ask("--debug", *call)


def test_a_mapping_that_cannot_be_used_is_one_clear_line(ask: Ask, tmp_path: Path) -> None:
    config = tmp_path / "qms.yaml"
    config.write_text("partner: maker-1\nmapping: {objects: 7}\n")

    answer = ask("connect", "qms", "--check", tmp_path, "--config", config)

    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert "qms connector" in answer.err
    assert "mapping" in answer.err
