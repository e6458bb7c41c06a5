"""The whole chain over a file: the same lines give the same bytes, whatever their order and however often."""

from __future__ import annotations

import gc
import random
from pathlib import Path

import pytest

from console.files import read_file, replay_to, write
from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.json_form import canonical
from schemas.laboratory import SampleRegistered
from schemas.lines import to_line
from schemas.wire import decode_contract
from streams.replay import Replay
from tests.faults.line_account import account_of
from tests.faults.line_compared import compare, write_replays
from tests.faults.line_traffic import actions, released, traffic
from tests.words import COURSE, Arrival, alerts, at, heard, ordered, said, sent, tick

KINDS = ("records", "alerts", "alerts-history", "quarantine", "waiting")


@pytest.fixture(scope="module")
def lines() -> list[Arrival]:
    """A small network with disorder, repeats and every kind of bad message; people act and release."""
    sent_by_partners = traffic(300, 3, partitions=2)
    replay = Replay()
    replay.take_all(sent_by_partners)
    contested = [entry for entry in _quarantine(replay) if entry.reason == "same_id_other_content"]
    people = [*actions(alerts(replay)[:8]), released(contested[0], at(5_000))]
    orphan = said(SampleRegistered, "SAMPLE:NOBODY", "BATCH:NOBODY", partner="lab-1")
    return [*sent_by_partners, *people, sent(orphan)]


def _quarantine(replay: Replay) -> list[QuarantinedMessage]:
    found = replay.latest[topics.QUARANTINE]
    return [decode_contract(QuarantinedMessage, found[key]) for key in sorted(found)]


def exported(lines: list[Arrival], to: Path) -> Path:
    """The lines as an inbound file."""
    write(to, (canonical(to_line(topic, message)) for topic, message in lines))
    return to


def test_a_file_says_what_the_messages_say(lines: list[Arrival], tmp_path: Path) -> None:
    from_messages = Replay()
    from_messages.take_all(lines)
    from_file = replay_to(tmp_path, read_file(exported(lines, tmp_path / "inbound.jsonl")))
    assert from_file.latest == from_messages.latest
    assert from_file.alerts == from_messages.alerts


def test_two_replays_are_equal_byte_for_byte(lines: list[Arrival], tmp_path: Path) -> None:
    inbound = exported(lines, tmp_path / "inbound.jsonl")
    for name in ("one", "two"):
        replay_to(tmp_path / name, read_file(inbound))
    for kind in KINDS:
        one, two = (tmp_path / name / f"{kind}.jsonl" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_shuffled_and_doubled_lines_say_the_same(lines: list[Arrival], tmp_path: Path) -> None:
    inbound = exported(lines, tmp_path / "inbound.jsonl")
    write_replays(tmp_path, random.Random(5))
    replay_to(tmp_path / "live", read_file(inbound))
    assert compare(tmp_path) == []


def test_every_line_has_exactly_one_fate(lines: list[Arrival], tmp_path: Path) -> None:
    inbound = exported(lines, tmp_path / "inbound.jsonl")
    replay_to(tmp_path, read_file(inbound))
    account = account_of(inbound, tmp_path)
    assert account.balanced, [*account.lost, *account.doubled]
    partners = sum(topic.startswith("v2v.in.") for topic, _ in lines)
    assert account.received.total() == partners
    for fate in ("admitted", "duplicate", "quarantined", "waiting"):
        assert account.total(fate), fate


def test_the_account_misses_a_line_that_was_lost(lines: list[Arrival], tmp_path: Path) -> None:
    kept = [line for place, line in enumerate(lines) if place % 50]
    replay_to(tmp_path, kept)
    account = account_of(exported(lines, tmp_path / "inbound.jsonl"), tmp_path)
    assert account.lost
    assert not account.balanced


def test_the_comparison_names_the_line_that_differs(lines: list[Arrival], tmp_path: Path) -> None:
    exported(lines, tmp_path / "inbound.jsonl")
    write_replays(tmp_path, random.Random(5))
    replay_to(tmp_path / "live", read_file(tmp_path / "inbound.jsonl"))
    records = tmp_path / "live" / "records.jsonl"
    first, *rest = records.read_text().splitlines()
    write(records, [first.replace('"phase":"', '"phase":"not_'), *rest])
    found = compare(tmp_path)
    assert found[0] == (
        "live/records.jsonl and replay/records.jsonl: "
        "1 lines only in the first, 1 only in the second"
    )


def test_records_are_published_once_however_many_messages_changed_them() -> None:
    replay = Replay()
    for event in ordered():
        replay.take(*sent(event))
    assert topics.RECORDS not in replay.latest
    replay.finish()
    assert list(replay.latest[topics.RECORDS]) == [COURSE]


def test_an_earlier_tick_than_the_greatest_says_nothing() -> None:
    assert (
        heard(*ordered(), tick(50), tick(20)).line.clock == heard(*ordered(), tick(50)).line.clock
    )


def test_what_a_line_holds_is_freed_without_a_search_for_circles() -> None:
    """A worker takes what lives long out of that search, so a circle in a course would stay for ever."""
    told = [sent(event) for event in ordered()]
    gc.collect()
    gc.disable()
    try:
        replay = Replay()
        replay.take_all(told)
        assert gc.collect() == 0
        del replay
        assert gc.collect() == 0
    finally:
        gc.enable()
