"""Reads the clock, for the doors and the running connector; translations never do."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds on a clock that only goes forward."""
    return time.monotonic()
