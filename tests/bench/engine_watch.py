"""The stop-watch put to our own engine: it sees every transaction, and what is sent to ourselves."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

from streams.engine import App
from streams.engine.consumer import Consumer
from streams.engine.producer import Producer
from tests.bench.clock import Clock


def watch(clock: Clock, internal: Collection[str] = ()) -> None:
    """Start at the first batch; end after the commit that leaves nothing to take."""
    transaction, passed, put = Consumer._transaction, Consumer._passed, Producer.put

    async def timed(self: Any, messages: list[Any]) -> Any:
        if messages:
            clock.begin()
        return await transaction(self, messages)

    def noted(self: Any, work: Any) -> None:
        passed(self, work)
        if work.messages:
            clock.took(work.messages)
            clock.committed()

    def counted(self: Any, topic: str, *rest: Any) -> None:
        if topic in internal:
            clock.left += 1
        put(self, topic, *rest)

    Consumer._transaction = timed  # type: ignore[method-assign]
    Consumer._passed = noted  # type: ignore[method-assign]
    if internal:
        Producer.put = counted  # type: ignore[method-assign, assignment]


def start(app: App) -> None:
    """Run the worker as `v2v worker` does."""
    app.create_changelogs()
    app.finalize()
    app.worker_init()
    sys.argv[1:] = []
    app.Worker(loglevel="error", quiet=True).execute_from_commandline()
