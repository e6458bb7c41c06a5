"""A small disk is full when it is told to, and a failing one fails only where and while it is told to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.disks import SYNCING, failing, may_mount, may_trace

FULL_AND_FREE = """
import errno, pathlib, sys
from tests.faults.disks import SmallDisk
folder = pathlib.Path(sys.argv[1])
disk = SmallDisk(folder)
(folder / "before").write_bytes(bytes(10_000))
disk.fill()
try:
    (folder / "more").write_bytes(bytes(100_000))
    raise SystemExit("there was room")
except OSError as full:
    assert full.errno == errno.ENOSPC, full
disk.free()
(folder / "more").write_bytes(bytes(100_000))
disk.close()
assert not list(folder.iterdir())
"""
SYNCS = """
import os, sys
opened = [os.open(path, os.O_CREAT | os.O_RDWR) for path in sys.argv[1:]]
for _ in sys.stdin:
    for file in opened:
        try:
            os.fdatasync(file)
            print("kept", end=" ")
        except OSError as failed:
            print(failed.errno, end=" ")
    print(flush=True)
"""


@pytest.mark.skipif(not may_mount(), reason="this machine lets nobody mount")
def test_a_small_disk_is_full_until_its_room_is_given_back(tmp_path: Path) -> None:
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", "--mount", *as_root, sys.executable, "-c", FULL_AND_FREE]
    subprocess.run([*command, str(tmp_path / "disk")], check=True)
    assert not list((tmp_path / "disk").iterdir()), "what was mounted is seen by others"


@pytest.mark.skipif(not may_trace(), reason="this machine lets nobody trace")
def test_a_disk_fails_for_the_named_files_and_for_the_while(tmp_path: Path) -> None:
    named, other = tmp_path / "named", tmp_path / "other"
    with subprocess.Popen(
        [sys.executable, "-c", SYNCS, str(named), str(other)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        to, back = process.stdin, process.stdout
        assert to is not None
        assert back is not None

        def asked() -> str:
            to.write("\n")
            to.flush()
            return back.readline().strip()

        assert asked() == "kept kept"
        with failing(process.pid, [named], SYNCING) as injected:
            assert asked() == "5 kept"
        assert asked() == "kept kept"
        assert injected.count == 1
        to.close()
