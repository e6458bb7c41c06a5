"""One worker's folder is held by one process at a time."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.engine.data_folder import DataFolder, patience_s
from streams.engine.exits import Refused

HOLD = "import sys, pathlib\nfrom streams.engine.data_folder import DataFolder\n"
HOLD += "DataFolder(pathlib.Path(sys.argv[1]), 'w0'); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def other(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_told_who_is_there_and_what_to_do(tmp_path, other):
    with pytest.raises(
        Refused, match=f"worker w0 is already running .process {other.pid} "
    ) as told:
        DataFolder(tmp_path, "w0")
    assert "another worker name" in str(told.value)


def test_the_lock_goes_with_the_process_however_it_ends(tmp_path, other):
    other.kill()
    other.wait()
    folder = DataFolder(tmp_path, "w0")
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    folder.release()


def test_a_released_folder_may_be_taken_again(tmp_path):
    DataFolder(tmp_path, "w0").release()
    DataFolder(tmp_path, "w0").release()


def test_brokers_are_waited_for_without_end_once_they_have_let_the_worker_in(tmp_path):
    folder = DataFolder(tmp_path, "w0")
    assert patience_s(tmp_path, "one:9092", 60) == 60
    folder.let_in("one:9092")
    assert patience_s(tmp_path, "one:9092", 60) == math.inf
    assert patience_s(tmp_path, "another:9092", 60) == 60
    folder.release()
