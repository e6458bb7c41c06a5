"""When each local copy was last known to be up to date, so that none outlives the word of removed keys.

A changelog forgets that a key was removed some time after it was (`delete.retention.ms`, a day by
default). A copy that has not been brought up to date for longer might keep such a key for ever, so it
is not used. The time stands as that of an empty file of its name, and is never later than the truth.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

_NOTED_EVERY_S = 30.0


class Freshness:
    """The copies in one worker's folder, by their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: tuple[str, ...] = ()
        self._known_at = 0.0
        self._noted_at = 0.0

    def age_s(self, name: str) -> float:
        """Return for how long a copy may not have been up to date; 0 where there is none."""
        if not (self._folder / name).exists():
            return 0.0
        mark = self._mark(name)
        return max(0.0, time.time() - mark.stat().st_mtime) if mark.exists() else float("inf")

    def begin(self, name: str) -> None:
        """Note that a copy begins, empty, to be filled from here on."""
        self._note((name,), time.time())

    def leave(self) -> None:
        """What was held may be written by others from now on."""
        self._names = ()

    def hold(self, names: Iterable[str]) -> None:
        """Note that these copies are up to date now, and held by this worker alone."""
        self._names = tuple(names)
        self._known_at = self._noted_at = time.time()
        self._note(self._names, self._known_at)

    def still_held(self) -> None:
        """Hear, now and then, that the group still counts on this worker.

        A process that was paused may say so before it has heard better: the time of the last word but
        one is noted, after which the group has been asked.
        """
        known_at, self._known_at = self._known_at, time.time()
        if self._names and known_at - self._noted_at > _NOTED_EVERY_S:
            self._noted_at = known_at
            self._note(self._names, known_at)

    def _note(self, names: Iterable[str], at: float) -> None:
        for name in names:
            if (self._folder / name).exists():
                mark = self._mark(name)
                mark.parent.mkdir(exist_ok=True)
                mark.touch()
                os.utime(mark, (at, at))

    def _mark(self, name: str) -> Path:
        return self._folder / "current" / name
