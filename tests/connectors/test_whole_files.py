"""A file that somebody still writes is never taken, however long he pauses."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from connectors.connector import Partner
from connectors.doors.drop_folder import DropFolder, being_written
from connectors.doors.taking import take
from connectors.outbox import Outbox
from schemas.envelope import System

PARTNER = Partner(name="lab", system=System.LIMS)
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")


def opened(folder: DropFolder) -> DropFolder:
    folder.open()
    return folder


@linux
def test_a_file_that_is_open_for_writing_waits_although_it_is_quiet(tmp_path: Path) -> None:
    folder = opened(DropFolder(tmp_path / "in", quiet_seconds=0))
    path = folder.root / "a.hl7"
    with path.open("wb") as writer:
        writer.write(b"half")
        writer.flush()
        assert being_written(path)
        assert folder.ready(10.0) == []
        assert folder.ready(1e6) == []
        assert folder.waiting == 1
    assert not being_written(path)
    assert [file.name for file in folder.ready(1e6 + 1)] == ["a.hl7"]


@linux
def test_a_reader_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"whole")
    with path.open("rb"):
        assert not being_written(path)


def test_a_file_that_has_gone_is_not_being_written(tmp_path: Path) -> None:
    assert not being_written(tmp_path / "none")


def test_with_markers_a_file_is_taken_only_once_it_is_announced(tmp_path: Path) -> None:
    folder = opened(DropFolder(tmp_path / "in", quiet_seconds=0, marker_ending=".done"))
    outbox = Outbox(tmp_path / "outbox")
    (folder.root / "a.hl7").write_bytes(b"broken off")
    assert folder.ready(10.0) == []
    (folder.root / "a.hl7").write_bytes(b"whole")
    (folder.root / "a.hl7.done").touch()
    ready = folder.ready(11.0)
    assert [file.name for file in ready] == ["a.hl7"]
    take(ready, folder, outbox, PARTNER, 1000)
    assert [stored.raw.body for stored in outbox.received(10)] == [b"whole"]
    assert sorted(os.listdir(folder.root / "done")) == ["a.hl7", "a.hl7.done"]
    assert folder.ready(12.0) == []
    assert [path.name for path in folder.root.iterdir() if path.is_file()] == []
    outbox.close()


def test_a_name_used_again_keeps_its_marker_beside_it(tmp_path: Path) -> None:
    folder = opened(DropFolder(tmp_path / "in", quiet_seconds=0, marker_ending=".ok"))
    outbox = Outbox(tmp_path / "outbox")
    for number, body in enumerate((b"one", b"two")):
        (folder.root / "a").write_bytes(body)
        (folder.root / "a.ok").touch()
        take(folder.ready(10.0 + number), folder, outbox, PARTNER, 1000)
    assert sorted(os.listdir(folder.root / "done")) == ["a", "a.2", "a.2.ok", "a.ok"]
    outbox.close()
