"""The count of stories for each exception notices what no test shows."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from schemas.exceptions import EXCEPTIONS
from tests.streams.stories_count import KINDS, lacking


def test_what_no_test_shows_is_named() -> None:
    whole = {kind.code: Counter(dict.fromkeys(KINDS, 1)) for kind in EXCEPTIONS}
    assert lacking(whole) == []
    del whole["ID-05"]["cleared"]
    assert lacking(whole) == ["ID-05: no cleared"]


def test_what_cannot_be_detected_needs_no_story() -> None:
    nothing = {kind.code: Counter[str]() for kind in EXCEPTIONS}
    codes = {line.partition(":")[0] for line in lacking(nothing)}
    assert "ID-01" in codes
    assert codes.isdisjoint({"DI-01", "DI-06", "DI-07"})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_exception_that_is_detected_is_raised_missed_narrowly_and_cleared() -> None:
    call = [sys.executable, "-m", "tests.streams.stories_count"]
    counted = subprocess.run(call, capture_output=True, text=True, check=False)
    assert counted.returncode == 0, counted.stderr[-500:]
