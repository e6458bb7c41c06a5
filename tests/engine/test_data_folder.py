"""One worker's folder is held by one process at a time."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from streams.engine.data_folder import DataFolder, patience_s
from streams.engine.exits import Refused

HOLD = "import sys, pathlib\nfrom streams.engine.data_folder import DataFolder\n"
HOLD += "DataFolder(pathlib.Path(sys.argv[1]), 'app', 'w0'); print('held', flush=True); sys.stdin.read()"


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
        DataFolder(tmp_path, "app", "w0")
    assert "another worker name" in str(told.value)


def test_the_lock_goes_with_the_process_however_it_ends(tmp_path, other):
    other.kill()
    other.wait()
    folder = DataFolder(tmp_path, "app", "w0")
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    folder.release()


def test_a_released_folder_may_be_taken_again(tmp_path):
    DataFolder(tmp_path, "app", "w0").release()
    DataFolder(tmp_path, "app", "w0").release()


class At(NamedTuple):
    """A cluster that answers."""

    servers: str
    id: str


ONE, ANOTHER = At("one:9092", "first"), At("another:9092", "second")


def test_brokers_are_waited_for_without_end_once_they_have_let_the_worker_in(tmp_path):
    folder = DataFolder(tmp_path, "app", "w0")
    assert patience_s(tmp_path, "one:9092", 60) == 60
    folder.let_in(ONE)
    assert patience_s(tmp_path, "one:9092", 60) == math.inf
    assert patience_s(tmp_path, "another:9092", 60) == 60
    folder.release()


def again(path: Path, app: str = "app") -> DataFolder:
    """The folder as the next process finds it; it lets go of it with the test."""
    folder = DataFolder(path, app, "w0")
    folder.release()
    return folder


def test_a_folder_filled_from_another_cluster_is_refused_with_both_named(tmp_path):
    again(tmp_path).let_in(ONE)
    again(tmp_path).let_in(At("one-by-another-name:9092", "first"))
    with pytest.raises(Refused) as told:
        again(tmp_path).let_in(ANOTHER)
    for word in ("cluster first", "one-by-another-name:9092", "another:9092 is cluster second"):
        assert word in str(told.value)
    assert f"mend the address, or remove {tmp_path} (nothing is lost" in str(told.value)


def test_a_folder_of_another_app_is_refused(tmp_path):
    again(tmp_path).let_in(ONE)
    with pytest.raises(Refused, match="filled by app app, and this is other: name another datadir"):
        again(tmp_path, app="other")


def test_a_folder_of_another_layout_is_refused_whatever_else_it_says(tmp_path):
    (tmp_path / "belongs.json").write_text('{"layout": 7, "what": "a later release wrote"}')
    with pytest.raises(
        Refused, match="laid out as 7 and this release knows 1: start the release that made it, or"
    ):
        again(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"layout": "x"}', '{"app": "app"}'])
def test_a_folder_that_cannot_say_what_it_belongs_to_is_refused(tmp_path, text):
    (tmp_path / "belongs.json").write_text(text)
    with pytest.raises(Refused, match=r"belongs.json cannot be read .* remove"):
        again(tmp_path)


def test_a_topic_that_was_made_anew_is_refused_and_new_ones_are_not(tmp_path):
    again(tmp_path).works_on({"in": "1", "app-t-changelog": "2"}, False)
    again(tmp_path).works_on({"in": "1", "app-t-changelog": "2", "also": "3"}, False)
    with pytest.raises(Refused) as told:
        again(tmp_path).works_on({"in": "9", "app-t-changelog": "2", "also": "3"}, False)
    assert "topic in was made anew: it had the id 1 when this worker ran last, and has 9" in str(
        told.value
    )
    assert "accept_loss" in str(told.value)


def test_a_loss_is_accepted_once_and_remembered(tmp_path, caplog):
    again(tmp_path).works_on({"in": "1"}, False)
    again(tmp_path).works_on({"in": "9"}, True)
    assert "accepted loss: topic in was made anew" in caplog.text
    again(tmp_path).works_on({"in": "9"}, False)


def test_a_topic_that_is_read_no_longer_is_forgotten(tmp_path):
    again(tmp_path).works_on({"in": "1", "also": "2"}, False)
    again(tmp_path).works_on({"in": "1"}, False)
    again(tmp_path).works_on({"in": "1", "also": "3"}, False)
