"""A local copy's age is never told as less than it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.engine import freshness
from streams.engine.freshness import Freshness


class Clock:
    """What the module calls `time`."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(freshness, "time", clock)
    return clock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "counts-0").mkdir()
    return tmp_path


def age(folder: Path, name: str = "counts-0") -> float:
    """What the next process is told."""
    return Freshness(folder).age_s(name)


def test_what_is_not_there_has_no_age(clock, folder):
    assert age(folder, "counts-1") == 0


def test_a_copy_of_which_nothing_is_known_is_older_than_anything(clock, folder):
    assert age(folder) == float("inf")


def test_an_interrupted_restore_counts_from_its_beginning(clock, folder):
    Freshness(folder).begin("counts-0")
    clock.now += 50
    assert age(folder) == 50


def test_a_copy_that_is_held_stays_young_but_for_half_a_minute(clock, folder):
    held = Freshness(folder)
    held.hold(["counts-0"])
    for _ in range(3_600):
        clock.now += 1
        held.still_held()
        assert age(folder) <= 32


def test_a_process_that_was_paused_does_not_make_its_copy_young(clock, folder):
    held = Freshness(folder)
    held.hold(["counts-0"])
    clock.now += 1
    held.still_held()
    clock.now += 100_000
    held.still_held()  # before it has heard that the group goes on without it
    assert age(folder) >= 100_000


def test_what_was_given_up_ages(clock, folder):
    held = Freshness(folder)
    held.hold(["counts-0"])
    held.leave()
    for _ in range(100):
        clock.now += 1
        held.still_held()
    assert age(folder) == 100


def test_a_clock_that_went_back_makes_nothing_older(clock, folder):
    Freshness(folder).begin("counts-0")
    clock.now -= 50
    assert age(folder) == 0
