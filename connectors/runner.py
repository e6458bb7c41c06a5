"""Runs one connector until it is told to stop, in a loop of its own or in somebody else's."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from connectors.running import Announce, Running
from connectors.settings import ConnectorSettings, Misconfigured
from schemas.wire import SchemaIds

CLEAN, FAILED, MISCONFIGURED = 0, 1, 2
"""The exit codes of a connector."""

log = logging.getLogger("v2v.connect")


async def serve(
    settings: ConnectorSettings,
    stop: asyncio.Event,
    announce: Announce = log.info,
    ids: SchemaIds | None = None,
) -> None:
    """Run one connector until `stop` is set; several may share one loop."""
    await Running(settings, stop, ids).serve(announce)


def run(
    settings: ConnectorSettings, announce: Announce = log.info, ids: SchemaIds | None = None
) -> int:
    """Run one connector until SIGTERM or SIGINT; the exit code of the process."""

    async def until_told() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        await serve(settings, stop, announce, ids)

    try:
        asyncio.run(until_told())
    except Misconfigured as error:
        print(error, file=sys.stderr)
        return MISCONFIGURED
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
        log.error("the %s connector ended: %s", settings.system.value, first, exc_info=first)
        return FAILED
    return CLEAN
