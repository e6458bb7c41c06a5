"""Files go in and come out the same, whatever the order of their lines and however they are framed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors import CONNECTORS
from console import files, settings
from schemas import topics
from schemas.collection import CollectionCompleted
from schemas.control import Tick
from schemas.json_form import canonical
from schemas.lines import to_line
from schemas.ordering import CoiAssigned
from schemas.wire import SchemaIds, WireMessage, encode_contract, to_message
from tests.console.conftest import Ask
from tests.words import COURSE, at, said

OUTPUTS = ("records", "alerts", "quarantine", "waiting")
EVENTS = (
    said(CoiAssigned, "ORDER:4711", coi=COURSE, issuer="ISBT128"),
    said(CollectionCompleted, "DIN:A999926123456", coi=COURSE, ended_at=at(1)),
    said(CollectionCompleted, "DIN:A999926654321", ended_at=at(2)),  # leads nowhere yet
)


class Numbered:
    """A registry in memory, which numbers types in the order in which they are asked for."""

    def __init__(self) -> None:
        self.types: list[str] = []

    def id_of(self, type_name: str) -> int:
        if type_name not in self.types:
            self.types.append(type_name)
        return 100 + self.types.index(type_name)

    def writer(self, schema_id: int) -> Any:
        raise AssertionError("a file needs no registry")


def inbound(ids: SchemaIds | None = None) -> list[str]:
    """The lines of a small inbound file, with a tick at its end."""
    lines = [
        canonical(
            to_line(topics.inbound(e.system, e.partner), to_message(e, ids=ids), ids=known(ids))
        )
        for e in EVENTS
    ]
    tick = WireMessage(b"0", encode_contract(Tick(now=at(24), partition=0)))
    return [*lines, canonical(to_line(topics.TICKS, tick))]


def known(ids: SchemaIds | None) -> SchemaIds | None:
    """The same ids for reading."""
    if not isinstance(ids, Numbered):
        return ids
    from schemas.line_ids import IdsOfLines

    return IdsOfLines({ids.id_of(e.type_name()): e.type_name() for e in EVENTS})


Replayed = Callable[[str, list[str]], dict[str, bytes]]


@pytest.fixture
def replayed(ask: Ask, tmp_path: Path) -> Replayed:
    """Takes lines through `v2v replay`, and gives what it wrote."""

    def run(name: str, lines: list[str]) -> dict[str, bytes]:
        file, folder = tmp_path / f"{name}.jsonl", tmp_path / name
        file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        assert ask("replay", "--from", file, "--to", folder).code == 0
        return {kind: (folder / f"{kind}.jsonl").read_bytes() for kind in OUTPUTS}

    return run


def test_shuffled_and_doubled_lines_say_the_same_byte_for_byte(
    replayed: Replayed,
) -> None:
    lines = inbound()
    as_they_came = replayed("came", lines)
    assert as_they_came["records"].count(b"\n") == 1
    assert b"ID-04" in as_they_came["alerts"]

    for seed in range(4):
        muddled = [*lines, *lines]
        Random(seed).shuffle(muddled)
        assert replayed(f"muddled-{seed}", muddled) == as_they_came


def test_both_framings_say_the_same_and_need_no_registry(replayed: Replayed) -> None:
    framed = inbound(Numbered())

    assert all("v2vschemaid" in line for line in framed[:-1])
    assert replayed("framed", framed) == replayed("single", inbound())


def test_a_registrys_framing_without_its_ids_is_set_aside(replayed: Replayed) -> None:
    message = to_message(EVENTS[0], ids=Numbered())
    raw = canonical(to_line(topics.inbound(EVENTS[0].system, EVENTS[0].partner), message))

    assert b"unknown_framing" in replayed("raw", [raw])["quarantine"]


def test_the_registry_that_is_named_reads_its_framing(
    registry: str,
    ask: Ask,
    replayed: Replayed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    single = replayed("single", inbound())
    monkeypatch.setenv("V2V_REGISTRY", registry)
    ids = settings.schema_ids()
    raw = [
        canonical(to_line(topics.inbound(e.system, e.partner), to_message(e, ids=ids)))
        for e in EVENTS
    ]

    assert settings.registry() == registry
    assert replayed("registry", [*raw, inbound()[-1]])["records"] == single["records"]


def test_a_line_that_cannot_be_read_is_named(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "inbound.jsonl"
    file.write_text(inbound()[0] + "\n{]\n", encoding="utf-8")

    answer = ask("replay", "--from", file, "--to", tmp_path / "out")

    assert answer.code == 1
    assert "line 2" in answer.err
    assert not (tmp_path / "out" / "records.jsonl").exists()


def test_simulated_partners_are_written_with_their_labels(ask: Ask, tmp_path: Path) -> None:
    answer = ask("simulate", "--journeys", "2", "--seed", "3", "--to", tmp_path / "p", "--json")

    assert set(answer.json["messages"]) == set(CONNECTORS)
    assert (tmp_path / "p" / "labels.jsonl").is_file()


def test_partners_are_never_written_over(ask: Ask, partners: Path) -> None:
    answer = ask("simulate", "--journeys", "1", "--to", partners)

    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("system", CONNECTORS)
def test_check_says_of_every_message_what_is_understood(
    ask: Ask, partners: Path, system: str
) -> None:
    answer = ask("connect", system, "--check", partners / system, "--json")

    assert answer.code == 0
    *each, last = answer.lines
    assert each
    assert last["summary"]["system"] == system
    for said_of in each:
        assert {"file", "decision", "reason", "events"} <= set(said_of)
        assert said_of["decision"] in ("mapped", "ignored", "refused")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def torn() -> Any:
        yield "one"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        files.write(tmp_path / "x.jsonl", torn())

    assert not (tmp_path / "x.jsonl").exists()


def test_a_catalogue_is_one_list_for_programs(ask: Ask) -> None:
    rows = ask("catalogue", "exceptions", "--json").json

    assert {"code", "hazard", "severity", "owner", "reason"} <= set(rows[0])
