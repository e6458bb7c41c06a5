"""The stop-watch of one engine's process: from the first message until everything is taken and committed."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import NoReturn


class Clock:
    """Counts messages in and out of one run, and tells when nothing is left."""

    def __init__(self, messages: int) -> None:
        self.left = messages
        """Messages that have to be taken yet; those that a run sends to itself are added."""
        self._began: tuple[float, float] | None = None
        self._ended: tuple[float, float] | None = None

    def took(self, messages: int = 1) -> None:
        """Note that messages were handed to the job; the first starts the watch."""
        if self._began is None:
            self.begin()
        self.left -= messages

    def begin(self) -> None:
        """Start the watch, if it has not been started."""
        if self._began is None:
            self._began = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Stop the watch; what follows does not count."""
        if self._ended is None:
            self._ended = time.perf_counter(), time.process_time()

    def committed(self) -> None:
        """Note a commit; the one after the last message ends the process with its figures."""
        if self.left <= 0 and self._began is not None:
            self.tell()

    def tell(self) -> NoReturn:
        """Print the figures and end."""
        self.stop()
        assert self._began is not None
        assert self._ended is not None
        seconds, cpu = (end - began for began, end in zip(self._began, self._ended, strict=True))
        sys.__stdout__.write(json.dumps({"seconds": seconds, "cpu_s": round(cpu, 2)}) + "\n")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]
        os._exit(0)
