"""A play as files: what partners sent, the labels, the schedule and the ticks."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

import orjson
import pytest

from connectors.simulator.labels import Label
from connectors.simulator.network import Play, play
from connectors.simulator.writing import FolderNotEmpty, write
from schemas.control import Tick


@cache
def small_play() -> Play:
    return play(4, 9)


def lines(file: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in file.read_bytes().splitlines()]


def test_every_message_is_a_file_of_its_system(tmp_path):
    counted = write(small_play(), tmp_path / "play")
    folders = [f for f in sorted((tmp_path / "play").iterdir()) if f.is_dir()]
    assert {f.name: len(list(f.iterdir())) for f in folders} == counted
    assert sum(counted.values()) == len(small_play().schedule)
    assert set(counted) == {"clinic", "erp", "lims", "logistics", "mes", "qms"}


def test_the_schedule_names_every_file_in_order_of_time(tmp_path):
    write(small_play(), tmp_path)
    listed = lines(tmp_path / "schedule.jsonl")
    moments = [datetime.fromisoformat(str(line["at"])) for line in listed]
    assert moments == [sending.at for sending in small_play().schedule]
    files = [str(line["file"]) for line in listed]
    assert [file.split("/")[1] for file in files] == sorted(file.split("/")[1] for file in files)
    for line, sending in zip(listed, small_play().schedule, strict=True):
        assert (tmp_path / str(line["file"])).read_bytes() == sending.message.body


def test_labels_and_ticks_read_back_as_they_were(tmp_path):
    write(small_play(), tmp_path)
    labels = [Label.model_validate(line) for line in lines(tmp_path / "labels.jsonl")]
    assert tuple(labels) == small_play().labels
    ticks = [Tick.model_validate(line) for line in lines(tmp_path / "ticks.jsonl")]
    assert ticks[-1].now >= small_play().schedule.ends_at


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FolderNotEmpty, match="is not empty: name a new folder"):
        write(small_play(), tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "play").write_text("mine")
    with pytest.raises(FolderNotEmpty):
        write(small_play(), tmp_path / "play")


def test_progress_is_told_file_by_file(tmp_path):
    heard: list[tuple[int, int]] = []
    write(small_play(), tmp_path, progress=lambda done, of: heard.append((done, of)))
    assert heard[-1] == (len(small_play().schedule),) * 2
