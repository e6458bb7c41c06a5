"""Disks that are full, and disks that fail.

SmallDisk(folder)           a file system of its own in memory; fill() takes the room that is left, and
                            free() gives it back
failing(pid, files, calls)  while the block lasts, the kernel answers such calls on these files with EIO

A machine may allow neither (a container without those rights does not): then the trials that need it are left
out, and a line says so. Who mounts starts itself again by `by_ourselves`: then nobody else sees what it mounts, and it all goes
with the last process of the run, however that ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, gettempdir

WRITING = ("write", "pwrite64", "fsync", "fdatasync")
SYNCING = ("fsync", "fdatasync")
ROOM = "2g"
"""More than any run needs."""
_INSIDE = "V2V_FAULTS_BY_OURSELVES"


@cache
def may_mount() -> bool:
    """Whether this machine lets us mount; in a container without that right disks cannot be made small."""
    command = ["unshare", "--mount", *_as_root(), "mount", "-t", "tmpfs", "none", gettempdir()]
    return _works(command)


@cache
def may_trace() -> bool:
    """Whether this machine lets us answer the system calls of a process for the kernel."""
    return _works(["strace", "-o", os.devnull, "true"])


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["--map-root-user"]


def by_ourselves(module: str) -> None:
    """Start this program again in a mount namespace of its own, as root of it, unless it has been."""
    if os.environ.get(_INSIDE) == str(os.getpid()) or not may_mount():
        return
    os.environ[_INSIDE] = str(os.getpid())  # exec keeps it
    program = [sys.executable, "-m", module, *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--mount", *_as_root(), *program])


class SmallDisk:
    """A folder that is a file system of its own; an ordinary one where nobody may mount."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        if may_mount():
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(folder)], check=True
            )

    def fill(self) -> None:
        """Leave no room for anything more."""
        for _ in range(50):  # it may grow while we look
            found = os.statvfs(self._folder)
            if self._sized(f"{(found.f_blocks - found.f_bfree) * found.f_frsize}"):
                return
        raise OSError(f"{self._folder} grows faster than it can be bounded")

    def free(self) -> None:
        """Give the room back."""
        if not self._sized(ROOM):
            raise OSError(f"{self._folder} cannot be given its room back")

    def close(self) -> None:
        """Be an ordinary folder again; what is in use still goes with its last user."""
        if may_mount():
            subprocess.run(["umount", "--lazy", str(self._folder)], check=True)

    def _sized(self, size: str) -> bool:
        command = ["mount", "-o", f"remount,size={size}", str(self._folder)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


class Injected:
    """How often a call was answered with the error; known once it is over."""

    count = 0


@contextmanager
def failing(pid: int, files: Iterable[Path], calls: tuple[str, ...]) -> Iterator[Injected]:
    """Have the kernel answer these calls of a process on these files with EIO, for the while."""
    named = ",".join(calls)
    injected = Injected()
    with NamedTemporaryFile("r") as told:
        command = ["strace", "-f", "-p", str(pid), "-o", told.name, "-e", "signal=none"]
        command += ["-e", f"trace={named}", "-e", f"inject={named}:error=EIO"]
        command += [word for file in files for word in ("-P", str(file))]
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert tracer.stderr is not None
        with tracer.stderr as said:
            try:
                if "attached" not in (line := said.readline()):
                    raise OSError(f"strace cannot watch process {pid}: {line.strip()}")
                yield injected
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.wait()
                injected.count = told.read().count("(INJECTED)")
