"""What a worker keeps on disk, and that it never trusts a torn copy."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from streams.engine.local_store import MemoryStore, RocksMemory, mark_torn, open_rocks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tables" / "records-3"


def test_bytes_and_reach_survive_the_process(folder):
    store = open_rocks(folder, "log-1", RocksMemory())
    store.write([(b"a", b"1"), (b"b", b"2")], 5, 41)
    store.write([(b"a", None)], 6, 44)
    store.close()
    again = open_rocks(folder, "log-1", RocksMemory())
    assert list(again.items()) == [(b"b", b"2")]
    assert again.get(b"a") is None
    assert again.reached == 44
    assert again.transactions == 6
    again.close()


def test_a_new_store_holds_nothing(folder):
    store = open_rocks(folder, "log-1", RocksMemory())
    assert (store.reached, store.transactions, list(store.items())) == (-1, 0, [])
    store.close()


def test_a_torn_store_is_wiped_and_said_so(folder, caplog):
    store = open_rocks(folder, "log-1", RocksMemory())
    store.write([(b"a", b"1")], 1, 1)
    store.close()
    (folder / "CURRENT").write_bytes(b"torn")
    with caplog.at_level(logging.WARNING):
        again = open_rocks(folder, "log-1", RocksMemory())
    assert (again.reached, list(again.items())) == (-1, [])
    assert [r.message for r in caplog.records if "wiped" in r.message]
    again.close()


def test_a_store_found_torn_while_in_use_is_wiped_by_the_next_process(folder, caplog):
    store = open_rocks(folder, "log-1", RocksMemory())
    store.write([(b"a", b"1")], 1, 1)
    store.close()
    mark_torn(folder)
    again = open_rocks(folder, "log-1", RocksMemory())
    assert again.reached == -1
    again.write([(b"a", b"1")], 1, 1)
    again.close()
    third = open_rocks(folder, "log-1", RocksMemory())
    assert third.reached == 1
    third.close()


def test_a_store_that_somebody_else_has_open_is_left_alone(folder):
    store = open_rocks(folder, "log-1", RocksMemory())
    store.write([(b"a", b"1")], 1, 1)
    with pytest.raises(Exception, match=r"(?i)lock"):
        open_rocks(folder, "log-1", RocksMemory())
    assert store.get(b"a") == b"1"
    store.close()


def test_a_store_filled_from_another_log_is_wiped(folder, caplog):
    store = open_rocks(folder, "log-1", RocksMemory())
    store.write([(b"a", b"1")], 1, 1)
    store.close()
    again = open_rocks(folder, "log-2", RocksMemory())
    assert (again.reached, list(again.items())) == (-1, [])
    assert "filled from another log" in caplog.text
    again.write([(b"a", b"2")], 1, 1)
    again.close()
    third = open_rocks(folder, "log-2", RocksMemory())
    assert third.get(b"a") == b"2"
    third.close()


def test_a_store_in_memory_behaves_alike():
    store = MemoryStore()
    store.write([(b"a", b"1"), (b"b", b"2")], 1, 3)
    store.write([(b"a", None)], 2, 4)
    assert list(store.items()) == [(b"b", b"2")]
    assert (store.reached, store.transactions) == (4, 2)
