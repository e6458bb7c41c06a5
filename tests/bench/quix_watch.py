"""The stop-watch put to Quix Streams: it sees every checkpoint, and asks for one when nothing is left.

Without the asking, the last messages would wait for the next interval, and the figure would be worse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quixstreams.checkpointing import Checkpoint

from tests.bench.clock import Clock


def watch(clock: Clock, before: Callable[[], None] | None = None) -> None:
    """Call `before` ahead of each checkpoint; end after the one that leaves nothing to take."""
    commit, expired = Checkpoint.commit, Checkpoint.expired

    def timed(self: Any, **options: Any) -> None:
        if before is not None:
            before()
        commit(self, **options)
        clock.committed()

    def at_once(self: Any) -> bool:
        return clock.left <= 0 or bool(expired(self))

    Checkpoint.commit, Checkpoint.expired = timed, at_once
