"""When the collector of circular garbage looks, and what it need not see any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from streams.engine.garbage import Garbage


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """What a test freezes must not stay so for the others."""
    gc.unfreeze()
    yield
    gc.unfreeze()


def at(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    monkeypatch.setattr("streams.engine.garbage.time.monotonic", lambda: now)


def test_what_has_survived_the_time_is_frozen(monkeypatch):
    at(monkeypatch, 100.0)
    watch = Garbage(1.0)
    held = [{"a": [1]}]
    at(monkeypatch, 100.9)
    watch.look()
    assert gc.get_freeze_count() == 0
    at(monkeypatch, 101.0)
    watch.look()
    assert gc.get_freeze_count() > 0
    assert not any(found is held for found in gc.get_objects(2))


def test_circular_garbage_is_found_before_anything_is_frozen(monkeypatch):
    gc.disable()
    try:
        circle: list[object] = []
        circle.append(circle)
        seen = {id(found) for found in gc.get_objects()}
        assert id(circle) in seen
        at(monkeypatch, 100.0)
        watch = Garbage(1.0)
        number = id(circle)
        del circle
        at(monkeypatch, 102.0)
        watch.look()
        gc.unfreeze()
        assert not any(id(found) == number for found in gc.get_objects() if type(found) is list)
    finally:
        gc.enable()


def test_zero_seconds_leave_the_collector_alone(monkeypatch):
    at(monkeypatch, 100.0)
    watch = Garbage(0)
    at(monkeypatch, 1000.0)
    watch.look()
    assert gc.get_freeze_count() == 0
