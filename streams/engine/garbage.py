"""Keep Python's search for circular garbage away from what a worker holds for long.

A full search walks through every decoded value of every table and stops the worker meanwhile: a tenth
of a second for some thousand values, seconds for a million. So what has survived a second is frozen:
counted references still free it, and searches look only at what is younger.
"""

from __future__ import annotations

import gc
import time


class Garbage:
    """Searches young objects for garbage once in a while, and freezes what is left."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._at = time.monotonic()

    def look(self) -> None:
        """Search and freeze, if it is time; between two batches only."""
        if self._every_s and time.monotonic() - self._at >= self._every_s:
            gc.collect()
            gc.freeze()
            self._at = time.monotonic()
