"""What an hour of the whole line must look like."""

from __future__ import annotations

import pytest

from tests.bench.endurance import Minute, summary
from tests.bench.place import NoFigure

STEADY = [Minute(500.0, 10.0, 80.0, 300.0)] * 12


def bars(seen: list[Minute], lost: int = 0) -> list[bool]:
    found: dict[str, bool] = summary(seen, 2, 300, 1000, lost)["bars"]
    return list(found.values())


def test_what_stays_as_it_is_passes_whatever_the_warm_up_was() -> None:
    assert (
        bars([Minute(10.0, 0.0, 1.0, 1.0), Minute(10.0, 0.0, 1.0, 9_000.0), *STEADY]) == [True] * 3
    )


def test_memory_that_grows_is_told() -> None:
    growing = [m._replace(resident_mb=500.0 + 5 * n) for n, m in enumerate(STEADY)]
    assert bars(growing) == [False, True, True]


def test_alerts_that_slow_down_are_told_and_one_bad_minute_is_not_enough() -> None:
    once = [*STEADY[:-1], STEADY[0]._replace(p99_ms=900.0)]
    assert bars(once) == [True] * 3
    slower = [*STEADY[:8], *(m._replace(p99_ms=400.0) for m in STEADY[8:])]
    assert bars(slower) == [True, False, True]


def test_an_alert_that_never_comes_is_told() -> None:
    assert bars(STEADY, lost=1) == [True, True, False]


def test_too_short_a_run_says_nothing() -> None:
    with pytest.raises(NoFigure, match="six or more"):
        summary(STEADY[:7], 2, 300, 1000, 0)
