"""One worker's folder: its tables' local copies and its failures, held by one process at a time."""

from __future__ import annotations

import fcntl
import math
import os
from collections.abc import Mapping
from pathlib import Path

from streams.engine.belonging import (
    Belonging,
    Place,
    made_anew,
    refuse_other_cluster,
    refuse_other_layout,
)
from streams.engine.exits import Refused
from streams.engine.losses import refuse_losses


def patience_s(folder: Path, servers: str, first: float) -> float:
    """How long a start waits for these brokers: without end once they have let this worker in.

    A wrong address is found out at the first start; later on brokers that do not answer are away, and to
    end and be started again would not bring them back.
    """
    known = Belonging.of(folder)
    return math.inf if known is not None and known.brokers == servers else first


class DataFolder:
    """The folder of one worker of one app, locked for the life of the process.

    The lock is the kernel's (`flock`): it goes with the process, however that ends.
    """

    def __init__(self, path: Path, app: str, worker: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        found = Belonging.of(path)
        refuse_other_layout(path, found, app)
        self._belonging = found or Belonging(app=app)
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

    def let_in(self, cluster: Place) -> None:
        """Remember that these brokers have let this worker in; refuse those of another cluster."""
        refuse_other_cluster(self.path, self._belonging, cluster)
        self._remember(brokers=cluster.servers, cluster=cluster.id)

    def works_on(self, topics: Mapping[str, str], accept_loss: bool) -> None:
        """Remember the ids of the app's topics; refuse one that has been made anew since."""
        self.recognise(topics, accept_loss)
        self._remember(topics=dict(topics))

    def recognise(self, topics: Mapping[str, str], accept_loss: bool) -> None:
        """Refuse a topic that is not the one which this folder knows by that name."""
        refuse_losses(made_anew(self._belonging, topics), accept_loss)

    def _remember(self, **known: object) -> None:
        now = self._belonging.model_copy(update=known)
        if now != self._belonging:  # a full disk keeps nobody from starting for nothing
            self._belonging = now
            now.write(self.path)

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)
