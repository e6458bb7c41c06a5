"""The brokers of a run of the engine, and the ways to hurt them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from compose.broker_properties import as_text
from compose.kafka import LocalKafka
from compose.processes import Node
from tests.faults.disks import SmallDisk
from tests.faults.engine_workers import free_port
from tests.faults.proxy import Proxy


class Cluster(NamedTuple):
    """The brokers of a run, and what can be done to them."""

    servers: str
    own: LocalKafka | None = None
    """The brokers where they are ours."""
    proxy: Proxy | None = None
    """Before the one broker that is ours."""
    disk: SmallDisk | None = None


class ProxiedKafka(LocalKafka):
    """One broker that also listens behind a proxy, and tells who comes that way to come again so."""

    def __init__(self, folder: Path, behind: int, proxied: int) -> None:
        super().__init__(folder)
        self._behind, self._proxied = behind, proxied

    def _configure(self, nodes: list[Node]) -> None:
        super()._configure(nodes)
        path = self._properties(0)
        told = dict(line.split("=", 1) for line in path.read_text().splitlines())
        told["listeners"] += f",PROXIED://127.0.0.1:{self._behind}"
        told["advertised.listeners"] += f",PROXIED://127.0.0.1:{self._proxied}"
        told["listener.security.protocol.map"] += ",PROXIED:PLAINTEXT"
        path.write_text(as_text(told))

    def forget_everything(self) -> None:
        """End the broker, and start another cluster in its place that has never heard of anything."""
        self.kill(0)
        for kept in (self._properties(0).parent / "data").iterdir():
            if kept.is_dir():
                shutil.rmtree(kept)
            else:
                kept.unlink()
        (self.folder / "cluster").unlink()
        self.start(0)


@contextmanager
def broker(folder: Path, count: int) -> Iterator[Cluster]:
    """The named cluster, or one of our own: one broker with a proxy before it, or three without."""
    if named := os.environ.get("V2V_BROKERS"):
        yield Cluster(named)
        return
    with ExitStack() as stack:
        proxy = disk = None
        own = LocalKafka(folder / "kafka", brokers=count)
        if count == 1:
            behind = free_port()
            proxy = stack.enter_context(Proxy(behind))
            own = ProxiedKafka(folder / "kafka", behind, proxy.port)
            disk = SmallDisk(folder / "kafka" / "broker-0" / "data")
            stack.callback(disk.close)
        stack.callback(own.down)
        yield Cluster(own.up(tied=True), own, proxy, disk)
