"""Worker processes and the supervisor that keeps them: starts again what exits 70 or was killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.request import urlopen

from streams.engine.exits import EXIT_FAILED, EXIT_REFUSED


@dataclass
class Running:
    """One worker: its present process, and how the earlier ones ended."""

    name: str
    process: subprocess.Popen[bytes]
    out: IO[bytes]
    wanted: bool = True
    exits: list[int] = field(default_factory=list)


class Workers:
    """All workers of one app, under supervision."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._running: dict[str, Running] = {}
        self._ports: dict[str, int] = {}
        self.otherwise: dict[str, list[str]] = {}
        """What the command line of a single worker says otherwise than that of all."""
        self.where: dict[str, Path] = {}
        """From which folder a single worker's code is taken, where it is not this one."""
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self.unexpected: list[str] = []
        """Exits that no fault explains."""
        self.must_refuse = False
        """Whether they must now refuse to start, and are then left alone."""
        self._thread = threading.Thread(target=self._supervise, daemon=True)
        self._thread.start()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for worker in self._running.values():
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGCONT)
                worker.process.kill()
            worker.process.wait()
            worker.out.close()

    @property
    def names(self) -> list[str]:
        return [name for name, worker in self._running.items() if worker.wanted]

    def data(self, name: str) -> Path:
        """Where a worker keeps its tables."""
        return self._folder / "data" / name

    def said(self, name: str) -> str:
        """Return everything that a worker has said."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def pid(self, name: str) -> int:
        """Return the number of a worker's present process."""
        return self._running[name].process.pid

    def start(self, name: str) -> None:
        """Have a worker running from now on."""
        with self._lock:
            exits = self._running[name].exits if name in self._running else []
            out = (self._folder / f"{name}.log").open("ab")
            port = self._ports.setdefault(name, free_port())
            command = [*self._command, "--worker", name, "--data", str(self.data(name))]
            command += ["--http", str(port), *self.otherwise.get(name, [])]
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=self.where.get(name))
            self._running[name] = Running(name, process, out, exits=exits)

    def kill(self, name: str, *, wipe: bool) -> None:
        """End a worker as a crash would, maybe with its disk; it is started again."""
        with self._lock:
            self._signal(name, signal.SIGKILL)
            self._running[name].process.wait()
            if wipe:
                shutil.rmtree(self.data(name), ignore_errors=True)
            self._again(self._running[name])

    def tear(self, name: str, chance: random.Random) -> int:
        """End a worker as a crash would, and spoil files of its disk; return how many."""
        with self._lock:
            self._signal(name, signal.SIGKILL)
            self._running[name].process.wait()
            torn = [path for path in self.data(name).rglob("*.sst") if path.stat().st_size]
            torn += sorted(self.data(name).rglob("CURRENT"))[:1]
            for path in torn:
                raw = bytearray(path.read_bytes())
                if chance.random() < 0.5:
                    raw = raw[: len(raw) // 2]
                else:
                    raw[chance.randrange(len(raw))] ^= 0xFF
                path.write_bytes(raw)
            self._again(self._running[name])
            return len(torn)

    def pause(self, name: str) -> None:
        """Stop a worker where it stands."""
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused worker go on."""
        self._signal(name, signal.SIGCONT)

    def leave(self, name: str, within_s: float = 10.0) -> int:
        """Ask a worker to stop for good; return its exit code."""
        with self._lock:
            worker = self._running[name]
            worker.wanted = False
        worker.process.send_signal(signal.SIGTERM)
        try:
            return worker.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.unexpected.append(f"{name} did not stop within {within_s:.0f} s")
            worker.process.kill()
            return worker.process.wait()

    def assigned(self, name: str) -> list[int]:
        """Return the partitions that a running worker says it holds."""
        try:
            with urlopen(f"http://127.0.0.1:{self._ports[name]}/health", timeout=1) as answer:
                health = json.load(answer)
        except OSError:
            return []
        return list(health["partitions"])

    def await_assigned(self, name: str, within_s: float) -> None:
        """Wait until a worker has partitions to work on."""
        until = time.monotonic() + within_s
        while not self.assigned(name):
            if time.monotonic() > until:
                self.unexpected.append(f"{name} was given no partition within {within_s:.0f} s")
                return
            time.sleep(0.05)

    def all_exits(self) -> int:
        """Return how many processes have ended by themselves so far."""
        return sum(len(worker.exits) for worker in self._running.values())

    def await_exits(self, count: int, within_s: float) -> None:
        """Wait until so many processes have ended by themselves."""
        until = time.monotonic() + within_s
        while self.all_exits() < count:
            if time.monotonic() > until:
                self.unexpected.append(
                    f"only {self.all_exits()} of {count} exits within {within_s:.0f} s"
                )
                return
            time.sleep(0.05)

    def exits(self, name: str) -> list[int]:
        """Return how a worker's earlier processes ended by themselves."""
        return list(self._running[name].exits)

    def await_exit(self, name: str, before: int, within_s: float) -> int | None:
        """Wait until a worker has ended by itself once more than `before` times."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if len(exits := self.exits(name)) > before:
                return exits[before]
            time.sleep(0.05)
        return None

    def _signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self._running[name].process.pid, number)

    def _again(self, worker: Running) -> None:
        worker.out.close()
        self.start(worker.name)

    def _supervise(self) -> None:
        while not self._stop.wait(0.05):
            with self._lock:
                for worker in list(self._running.values()):
                    code = worker.process.poll()
                    if code is None or not worker.wanted:
                        continue
                    worker.exits.append(code)
                    if code == EXIT_REFUSED and self.must_refuse:
                        worker.wanted = False
                    elif code != EXIT_FAILED:
                        self.unexpected.append(f"{worker.name} exited {code}")
                        worker.wanted = False
                    else:
                        self._again(worker)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def job_command(app: str, brokers: str, partitions: int, moods: Path, *, drag: float) -> list[str]:
    """The command line of one worker, without its name."""
    command = [sys.executable, "-m", "tests.faults.engine_job", "--app", app, "--brokers", brokers]
    return [*command, "--partitions", str(partitions), "--moods", str(moods), "--drag", str(drag)]
