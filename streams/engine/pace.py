"""How many messages one transaction may take on, so that it ends well before its timeout.

Pure. Agents may be slow, on some messages more than on others; a transaction that outlives its
timeout is lost, and would be lost again in every attempt that is as large.
"""

from __future__ import annotations

FIRST = 500
_HURRIED = 1 / 4
_EASY = 1 / 16


class Pace:
    """The size of the next batch: halved when one took long, doubled when one was easy."""

    def __init__(self, most: int, timeout_s: float, first: int = FIRST) -> None:
        self._most = most
        self._timeout_s = timeout_s
        self.batch = min(first, most)

    def took(self, messages: int, seconds: float) -> None:
        """Learn from one transaction."""
        if seconds > self._timeout_s * _HURRIED:
            self.batch = max(1, messages // 2)
        elif messages >= self.batch and seconds < self._timeout_s * _EASY:
            self.batch = min(self._most, self.batch * 2)

    def too_slow(self, seconds: float) -> bool:
        """Whether a transaction of that length cannot be committed any more."""
        return seconds > self._timeout_s
