"""The three ways a worker ends, and what its supervisor should do about each.

    0   it was asked to stop                       leave it
    2   it was started wrongly (Refused)           mend what the line says, then start it
    70  anything else (fail)                       start a clean process

Nothing half-done is ever visible to read_committed readers, so the shortest way out is the right
one: no handler, no clean-up and no other code path may acknowledge, repeat or half-commit a batch
after it has failed.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

EXIT_REFUSED = 2
EXIT_FAILED = 70

_ABORT_WITHIN_S = 3.0


class Refused(Exception):
    """The worker was started wrongly: the message says what was found, where, and how to mend."""


def say(line: str) -> None:
    """Write one line to the real stderr, whatever has been put in its place."""
    stream = sys.__stderr__
    if stream is not None:
        stream.write(" ".join(line.split()) + "\n")
        stream.flush()


def refuse(reason: Refused, abort: Callable[[], object] | None = None) -> NoReturn:
    """End a worker that was started wrongly, even where that is found out only while it works."""
    _end(EXIT_REFUSED, f"engine: refused to start: {reason}", abort)


def fail(why: str, abort: Callable[[], object] | None = None) -> NoReturn:
    """End the process at once."""
    _end(EXIT_FAILED, f"engine: exit {EXIT_FAILED}: {why}", abort)


def _end(code: int, line: str, abort: Callable[[], object] | None) -> NoReturn:
    """Say one line and end.

    The open transaction is aborted if that is quick, only so that others need not wait for its
    timeout; correctness does not depend on it.
    """
    say(line)
    if abort is not None:
        hurry = threading.Timer(_ABORT_WITHIN_S, os._exit, (code,))
        hurry.daemon = True
        hurry.start()
        try:
            abort()
        except BaseException as trouble:  # noqa: BLE001 - the process ends on the next line
            say(f"engine: the open transaction is left to its timeout: {trouble}")
    os._exit(code)
