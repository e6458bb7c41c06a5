"""Ends a local service when the program that owns it has ended, even by SIGKILL.

It reads from a pipe that only the owner holds open. The pipe closes when the owner lets go or
dies, and what `nodes.json` then still names as running is ended. (Linux could signal the service
itself, but does so when the starting thread ends, not the program.) Runs alone, as a script.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil


def is_ours(pid: int, mark: str) -> bool:
    """Whether the number still is the process that was started with this mark."""
    return _ours(pid, mark) is not None


def _ours(pid: int, mark: str) -> psutil.Process | None:
    if not pid:
        return None
    try:
        process = psutil.Process(pid)
        running = process.status() != psutil.STATUS_ZOMBIE
        return process if running and any(mark in a for a in process.cmdline()) else None
    except psutil.Error:
        return None


def end(processes: Iterable[tuple[int, str]], patience: float, *, gently: bool = True) -> None:
    """Ask all to end, wait, kill the rest, and return when none is left."""
    left = [ours for pid, mark in processes if (ours := _ours(pid, mark)) is not None]
    if gently:
        _signal(left, signal.SIGTERM)
        left = _waited(left, patience)
    _signal(left, signal.SIGKILL)
    _waited(left, 10)


def _signal(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _waited(processes: list[psutil.Process], patience: float) -> list[psutil.Process]:
    """Those that still run after a while; one that has ended but is not yet buried has ended."""
    deadline = time.monotonic() + patience
    while (left := [each for each in processes if _runs(each)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _runs(process: psutil.Process) -> bool:
    """Whether it still holds its files and ports; one on its way out no longer tells its command."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def main(nodes: Path) -> None:
    sys.stdin.buffer.read()
    with suppress(FileNotFoundError):
        entries = json.loads(nodes.read_text())["nodes"]
        end([(entry["pid"], entry["mark"]) for entry in entries], patience=3)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
