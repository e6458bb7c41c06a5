"""What a worker keeps on disk, and that it never trusts a torn copy."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from streams.engine import local_store
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


def test_a_file_spoilt_anywhere_is_wiped_found_out_on_reading_or_does_no_harm(folder, caplog):
    store = open_rocks(folder, "log-1", RocksMemory())
    store.write([(b"a%d" % n, b"1" * n) for n in range(40)], 1, 1)
    store.close()
    open_rocks(folder, "log-1", RocksMemory()).close()  # the log of the first becomes a table file
    whole = folder.with_name("whole")
    shutil.copytree(folder, whole)
    tables = sorted(whole.glob("*.sst"))
    assert tables
    wiped = 0
    found_on_reading: list[str] = []
    for table in tables:
        for place in range(0, table.stat().st_size, 23):
            shutil.rmtree(folder)
            shutil.copytree(whole, folder)
            raw = bytearray(table.read_bytes())
            raw[place] ^= 0xFF
            (folder / table.name).write_bytes(raw)
            caplog.clear()
            again = open_rocks(folder, "log-1", RocksMemory())
            wiped += again.reached == -1
            assert (again.reached == -1) == ("wiped" in caplog.text)
            try:
                kept = dict(again.items())
            except Exception as torn:  # noqa: BLE001 - RocksDB's has no name of its own
                found_on_reading.append(str(torn))
            else:
                assert kept in ({}, {b"a%d" % n: b"1" * n for n in range(40)})
            again.close()
    assert wiped
    assert all("Corruption" in said for said in found_on_reading)  # what the engine goes by


@pytest.mark.parametrize(
    "trouble",
    [
        "IO error: No space left on device: While appending to file: /data/tables/records-3/000008.log",
        "IO error: Too many open files: While open a file for random read: /data/records-3/000012.sst",
        "IO error: Permission denied: While opening a file for sequentially reading: /data/CURRENT",
    ],
)
def test_a_copy_is_kept_where_the_machine_is_to_blame(folder, monkeypatch, trouble):
    store = open_rocks(folder, "log-1", RocksMemory())
    store.write([(b"a", b"1")], 1, 1)
    store.close()

    def no(*_: object) -> None:
        raise Exception(trouble)

    with monkeypatch.context() as patch:
        patch.setattr(local_store, "Rdict", no)
        with pytest.raises(Exception, match=trouble.split(":")[1].strip()):
            open_rocks(folder, "log-1", RocksMemory())
    again = open_rocks(folder, "log-1", RocksMemory())
    assert again.get(b"a") == b"1"
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
