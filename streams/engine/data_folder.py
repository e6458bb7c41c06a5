"""One worker's folder: its tables' local copies and its failures, held by one process at a time."""

from __future__ import annotations

import fcntl
import math
import os
from pathlib import Path

from streams.engine.exits import Refused

_BROKERS = "brokers"


def patience_s(folder: Path, servers: str, first: float) -> float:
    """How long a start waits for these brokers: without end once they have let this worker in.

    A wrong address is found out at the first start; later on brokers that do not answer are away, and to
    end and be started again would not bring them back.
    """
    mark = folder / _BROKERS
    return math.inf if mark.exists() and mark.read_text().strip() == servers else first


class DataFolder:
    """The folder of one worker of one app, locked for the life of the process.

    The lock is the kernel's (`flock`): it goes with the process, however that ends.
    """

    def __init__(self, path: Path, worker: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._lock, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._lock)
            raise Refused(
                f"worker {worker} is already running (process {holder} holds {path}): "
                "stop it, or give this one another worker name"
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    @property
    def tables(self) -> Path:
        """Where the tables' local copies are."""
        return self.path / "tables"

    @property
    def failures(self) -> Path:
        """Where the failures are written down."""
        return self.path / "failures.json"

    @property
    def slow(self) -> Path:
        """Where it is written down that agents need small batches."""
        return self.path / "batch"

    def let_in(self, servers: str) -> None:
        """Remember that these brokers have let this worker in."""
        (self.path / _BROKERS).write_text(servers + "\n")

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)
