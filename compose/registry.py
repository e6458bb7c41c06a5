"""Apicurio Registry on this machine, from its published archive, without Docker.

Its `/apis/ccompat/v7` speaks as Confluent's registry does, so confluent-kafka's client works with it.
The archive is large (158 MB) and is fetched only when a registry is asked for; what is registered
stays in the folder. Where `V2V_REGISTRY` names a registry, that one is used and nothing is started.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import requests

from compose.jars import REGISTRY_LOCK, REGISTRY_VERSION, fetched
from compose.places import cache_folder
from compose.ports import LOOPBACK, free_ports, is_free
from compose.processes import (
    Node,
    Owner,
    alone,
    end,
    has_room,
    java,
    launch,
    read_nodes,
    stopped,
    write_nodes,
)
from compose.trouble import CannotRun, log_tail

PATIENCE = 120.0


@dataclass(frozen=True)
class RegistryStatus:
    """Where the registry is, and its process while it runs; `url` is what clients are given."""

    folder: Path
    url: str
    pid: int | None
    log: Path

    @property
    def running(self) -> bool:
        return self.pid is not None


class LocalRegistry:
    """The registry of one folder. Every method may be called from any process."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self._port = port
        self._log = self.folder / "registry.log"
        self._owner: Owner | None = None

    def up(self, *, tied: bool = False) -> str:
        """Start it unless it runs, and wait until it answers. `tied`: ends when this program does."""
        with alone(self.folder):
            node = self._node()
            if node.running:
                return _url(node)
            has_room(self.folder, 1)
            program = _unpacked()
            node = replace(node, ports=self._ports(node))
            if tied:
                self._owner = Owner(self.folder)
            self._log.unlink(missing_ok=True)
            command = [
                java(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                *self._settings(node),
                "-jar",
                program,
            ]
            node = replace(node, pid=launch(command, self._log))
            write_nodes(self.folder, [node])
            try:
                self._wait_for(node)
            except BaseException:
                end([node], gently=False)
                raise
            return _url(node)

    def down(self) -> None:
        """End it; what was registered stays."""
        with alone(self.folder):
            nodes = read_nodes(self.folder)
            end(nodes)
            if nodes:
                write_nodes(self.folder, stopped(nodes))
        if self._owner:
            self._owner.let_go()
            self._owner = None

    def wipe(self) -> None:
        """End it and remove everything that was registered."""
        if not self.folder.exists():
            return
        if not (self.folder / "nodes.json").exists():
            raise CannotRun(f"{self.folder} holds no local registry; nothing was removed")
        self.down()
        shutil.rmtree(self.folder)

    def status(self) -> RegistryStatus:
        node = self._node()
        return RegistryStatus(
            folder=self.folder,
            url=_url(node) if node.ports else "",
            pid=node.pid if node.running else None,
            log=self._log,
        )

    def _node(self) -> Node:
        nodes = stopped(read_nodes(self.folder))
        return nodes[0] if nodes else Node(str(self.folder), ())

    def _ports(self, node: Node) -> tuple[int, ...]:
        if self._port is not None and not is_free(self._port):
            raise CannotRun(f"port {self._port} is taken; name another, or none and one is found")
        if self._port is None and node.ports and all(map(is_free, node.ports)):
            return node.ports
        ports = free_ports(2)
        return (self._port or ports[0], ports[1])

    def _settings(self, node: Node) -> list[str]:
        """On this machine's own address only, the port for its keeper included."""
        settings = {
            "quarkus.http.host": LOOPBACK,
            "quarkus.http.port": node.ports[0],
            "quarkus.management.host": LOOPBACK,
            "quarkus.management.port": node.ports[1],
            "quarkus.log.level": "WARN",
            "quarkus.http.access-log.enabled": "false",
            "apicurio.datasource.url": f"jdbc:h2:file:{self.folder / 'registered'}",
        }
        return [f"-D{name}={value}" for name, value in settings.items()]

    def _wait_for(self, node: Node) -> None:
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"{_url(node)}/subjects"):
            if not node.running:
                raise CannotRun(
                    f"the registry ended at its start; {self._log} says:\n{log_tail(self._log)}"
                )
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"the registry did not answer within {PATIENCE:.0f} s; {self._log} says:\n"
                    f"{log_tail(self._log)}"
                )
            time.sleep(0.1)


def _url(node: Node) -> str:
    return f"http://{LOOPBACK}:{node.ports[0]}/apis/ccompat/v7"


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _unpacked() -> str:
    """The path of the program; the checked archive is unpacked once into the cache."""
    folder = cache_folder() / f"apicurio-registry-{REGISTRY_VERSION}"
    with alone(cache_folder()):
        if not folder.exists():
            [archive] = fetched(REGISTRY_LOCK, f"Apicurio Registry {REGISTRY_VERSION}")
            draft = folder.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            with tarfile.open(archive) as tar:
                tar.extractall(draft, filter="data")
            draft.rename(folder)
    return str(folder / "quarkus-run.jar")


def named_registry() -> str | None:
    """The registry that `V2V_REGISTRY` names, if it does."""
    return os.environ.get("V2V_REGISTRY") or None


@contextmanager
def registry_for(folder: Path) -> Iterator[str]:
    """A registry for the length of a block: the named one, one that runs here, else one of our own."""
    if named := named_registry():
        yield named
        return
    registry = LocalRegistry(folder)
    if registry.status().running:
        yield registry.up()
        return
    try:
        yield registry.up(tied=True)
    finally:
        registry.down()
