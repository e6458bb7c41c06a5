"""What the outbox has is safe, known again, in order, and bounded."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.connector import Raw
from connectors.kept import Settled
from connectors.lines import Line, digest_of
from connectors.outbox import Outbox, OutboxUnusable

NOW = 1_772_359_200.0
ONE, TWO, THREE = (Raw(f"{n}.json", n.encode()) for n in ("one", "two", "three"))


def line(text: str) -> Line:
    return Line("v2v.in.lims.lab", text.encode(), text.encode(), (("ce_id", text.encode()),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "lab.outbox"


def test_what_was_received_is_there_after_a_restart_in_order(path: Path) -> None:
    outbox = Outbox(path)
    receipts = outbox.receive([ONE, TWO], NOW)
    outbox.receive([THREE], NOW + 1)
    outbox.close()
    outbox = Outbox(path)
    assert [stored.raw for stored in outbox.received(10)] == [ONE, TWO, THREE]
    assert [receipt.id for receipt in receipts] == [digest_of(b"one"), digest_of(b"two")]
    assert outbox.backlog().oldest == NOW
    outbox.close()


def test_a_message_is_known_by_its_bytes(path: Path) -> None:
    outbox = Outbox(path)
    again = Raw("other name", b"one")
    assert [r.known for r in outbox.receive([ONE, again, TWO], NOW)] == [False, True, False]
    assert [r.known for r in outbox.receive([again], NOW)] == [True]
    assert len(outbox.received(10)) == 2
    assert outbox.counts() == {("received", "first"): 2, ("received", "again"): 2}
    outbox.close()


def test_a_translated_message_is_said_once_and_not_kept(path: Path) -> None:
    outbox = Outbox(path)
    outbox.receive([ONE], NOW)
    (stored,) = outbox.received(10)
    outbox.settle(
        [Settled(stored.seq, "mapped", (line("a"), line("b")), decisions=(("mapped", ""),))]
    )
    assert outbox.received(10) == ()
    assert [said for _, said in outbox.unpublished(10)] == [line("a"), line("b")]
    assert b"one" not in path.read_bytes()
    outbox.receive([ONE], NOW)
    assert outbox.received(10) == ()
    outbox.close()


def test_lines_wait_in_order_until_each_is_confirmed(path: Path) -> None:
    outbox = Outbox(path)
    outbox.receive([ONE], NOW)
    (stored,) = outbox.received(1)
    outbox.settle([Settled(stored.seq, "mapped", tuple(line(c) for c in "abc"))])
    (first, _), (second, _), _ = outbox.unpublished(10)
    outbox.published([second])
    outbox.close()
    outbox = Outbox(path)
    assert [said.key for _, said in outbox.unpublished(10)] == [b"a", b"c"]
    outbox.replace(first, line("instead"))
    assert [said.key for _, said in outbox.unpublished(1)] == [b"instead"]
    assert outbox.backlog().lines == 2
    outbox.close()


@pytest.mark.parametrize("state", ["refused", "ignored"])
def test_what_was_not_understood_may_be_sent_again(path: Path, state: str) -> None:
    outbox = Outbox(path)
    outbox.receive([ONE], NOW)
    (stored,) = outbox.received(1)
    outbox.settle([Settled(stored.seq, state)])
    assert outbox.received(1) == ()
    outbox.receive([ONE], NOW + 5)
    assert [again.raw for again in outbox.received(1)] == [ONE]
    outbox.close()


def test_the_bytes_of_a_refused_message_stay_with_us(path: Path) -> None:
    outbox = Outbox(path, refused_bytes=4)
    outbox.receive([ONE, TWO], NOW)
    first, second = outbox.received(2)
    outbox.settle([Settled(first.seq, "refused")])
    assert outbox.refused(first.id) == ONE
    outbox.settle([Settled(second.seq, "refused")])
    assert outbox.refused(first.id) is None, "the oldest make room"
    assert outbox.refused(second.id) == TWO
    outbox.close()


def test_halves_wait_under_their_key_until_they_are_used(path: Path) -> None:
    outbox = Outbox(path)
    outbox.receive([ONE, TWO], NOW)
    first, second = outbox.received(2)
    outbox.settle([Settled(first.seq, "held", join_key="DEV-1")])
    outbox.close()
    outbox = Outbox(path)
    assert [half.raw for half in outbox.halves("DEV-1")] == [ONE]
    assert outbox.halves("DEV-2") == ()
    assert outbox.backlog().held == 1
    outbox.settle([Settled(second.seq, "mapped", (line("a"),), used=(first.seq,))])
    assert outbox.halves("DEV-1") == ()
    assert outbox.backlog().held == 0
    outbox.close()


def test_old_messages_are_forgotten_and_waiting_ones_never(path: Path) -> None:
    outbox = Outbox(path, remembered=2)
    outbox.receive([ONE, TWO], NOW)
    first, _ = outbox.received(2)
    outbox.settle([Settled(first.seq, "mapped")])
    outbox.receive([THREE, Raw("4", b"4")], NOW)
    outbox.settle([])
    assert [r.known for r in outbox.receive([ONE], NOW)] == [False]
    assert [stored.raw for stored in outbox.received(10)] == [TWO, THREE, Raw("4", b"4"), ONE]
    outbox.close()


def test_memory_is_bounded_by_bytes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.outbox_tables.BYTES_AT_ONCE", 5)
    outbox = Outbox(path)
    outbox.receive([Raw("long", b"much longer than that"), ONE, TWO], NOW)
    assert len(outbox.received(10)) == 1, "one message is read however long it is"
    outbox.close()


def test_a_sender_cannot_make_the_counts_grow(path: Path) -> None:
    outbox = Outbox(path)
    outbox.receive([ONE], NOW)
    (stored,) = outbox.received(1)
    kinds = tuple(("ignored", f"kind {n}") for n in range(500))
    outbox.settle([Settled(stored.seq, "ignored", decisions=kinds)])
    counts = outbox.counts()
    assert counts["ignored", "other"] == 300
    assert len(counts) < 210
    outbox.close()


def test_a_second_process_on_the_same_outbox_is_refused(path: Path) -> None:
    outbox = Outbox(path)
    with pytest.raises(OutboxUnusable, match="another process uses the outbox"):
        Outbox(path)
    outbox.close()
    Outbox(path).close()


def test_only_its_owner_can_read_the_outbox(path: Path) -> None:
    Outbox(path).close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_outbox_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("these are my notes, and they are longer than a header" * 10)
    with pytest.raises(OutboxUnusable, match="cannot be opened"):
        Outbox(other)
    assert other.read_text().startswith("these are my notes")


def test_a_step_that_fails_leaves_nothing_behind(path: Path) -> None:
    outbox = Outbox(path)
    outbox.receive([ONE], NOW)
    (stored,) = outbox.received(1)
    with pytest.raises(sqlite3.IntegrityError):
        outbox.settle(
            [Settled(stored.seq, "mapped", (line("a"),)), Settled(stored.seq, "nonsense")]
        )
    assert outbox.unpublished(10) == ()
    assert [again.raw for again in outbox.received(10)] == [ONE]
    outbox.close()


KILLED_AT_RANDOM = """
import os, sys
from pathlib import Path
from connectors.connector import Raw
from connectors.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]))
for n in range(int(sys.argv[2]), 10_000):
    outbox.receive([Raw(f"{n}", f"message {n}".encode())], 0.0)
    os.write(1, f"{n}\\n".encode())
"""


@pytest.mark.faults
def test_what_was_acknowledged_survives_a_killed_process(path: Path, tmp_path: Path) -> None:
    promised: list[int] = []
    for stop_after in (1, 7, 30):
        command = [sys.executable, "-c", KILLED_AT_RANDOM, str(path), str(len(promised))]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()}
        )
        assert child.stdout is not None
        promised += [int(child.stdout.readline()) for _ in range(stop_after)]
        child.kill()
        promised += [int(said) for said in child.stdout.read().split()]
        child.stdout.close()
        child.wait()
    outbox = Outbox(path)
    kept = {stored.raw.name for stored in outbox.received(10_000)}
    outbox.close()
    assert {str(n) for n in promised} <= kept
