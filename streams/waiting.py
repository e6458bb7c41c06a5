"""Since when messages wait for a worker, from what it has taken and how far behind it is. Pure: the time is handed in.

The broker says how many messages of a partition wait, never since when. The one that waits longest was
published no earlier than the last one taken, and no earlier than the worker was last known to have
taken them all; the later of the two is said. A worker that has just been given a partition knows
neither until it has taken something: until then it does not say how late it is, so that an absence is
not seen in a backlog. That lasts for a short while only, since time must go on.
"""

from __future__ import annotations

from collections.abc import Mapping

from streams.moments import Micros

Place = tuple[str, int]
"""A topic and its partition."""

PATIENCE: Micros = 30 * 1_000_000
"""For so long after an assignment a worker may not know what waits."""


class Waiting:
    """What one worker knows of the messages that wait for it."""

    def __init__(self) -> None:
        self._taken: dict[Place, Micros] = {}
        self._caught_up: dict[Place, Micros] = {}
        self._assigned_at: Micros | None = None

    def assigned(self) -> None:
        """Partitions have changed hands; what was known is of others."""
        self._taken, self._caught_up, self._assigned_at = {}, {}, None

    def took(self, place: Place, published_at: Micros) -> None:
        """A message that was published then has been taken."""
        self._taken[place] = max(published_at, self._taken.get(place, 0))

    def since(self, lags: Mapping[Place, int], expected: int, now: Micros) -> Micros | None:
        """Since when something waits; 0 when nothing does; None while that is not known.

        `lags` are the partitions of which it is known how many messages wait, `expected` how many
        partitions there are.
        """
        if self._assigned_at is None:
            self._assigned_at = now
        known = len(lags) >= expected
        waits: list[Micros] = []
        for place, lag in lags.items():
            if not lag:
                self._caught_up[place] = now
                continue
            at = max(self._taken.get(place, 0), self._caught_up.get(place, 0))
            known &= at > 0
            if at:
                waits.append(at)
        if not known and now - self._assigned_at < PATIENCE:
            return None
        return min(waits, default=0)
