"""How a worker process stops: on a signal it finishes what it has in hand, and in time.

Whatever hangs - an agent, a broker, Faust itself - the process is gone within `stop_within_s`: what
was open is aborted by its timeout, and nothing half-done becomes visible.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

import faust
from faust.app.base import BootStrategy

from streams.engine.culprit import told
from streams.engine.exits import fail

log = logging.getLogger("streams.engine")


class Worker(faust.Worker):
    """Setting `Worker` of the app."""

    def install_signal_handlers(self) -> None:
        """Have the same signals that stop Faust also start the clock.

        The event loop hears of a signal by a file; Python's own handler runs besides, even while an
        agent holds the loop up.
        """
        super().install_signal_handlers()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._start_the_clock)
            signal.siginterrupt(number, True)

    def stop_and_shutdown(self) -> None:
        """Stop as asked; a SystemExit out of an agent is a failure, and must not look finished."""
        unasked = sys.exc_info()[1]
        if unasked is not None and not isinstance(unasked, asyncio.CancelledError):
            fail(told(unasked))
        super().stop_and_shutdown()

    def _start_the_clock(self, number: int, frame: FrameType | None) -> None:
        within = self.app.engine.stop_within_s  # type: ignore[attr-defined]
        clock = threading.Timer(within, _leave_at_once, (within,))
        clock.daemon = True
        clock.start()


def _leave_at_once(within: float) -> None:
    log.warning("still stopping after %.0f s: leaving; what was open is aborted", within)
    logging.shutdown()
    os._exit(0)


class Boot(BootStrategy):
    """Starts Faust's services without those that the engine replaces.

    No leader assignor (a topic and an assignor of its own), no reply consumer, no web server.
    """

    enable_web = False

    def kafka_consumer(self) -> Any:
        return [self.app.consumer]
