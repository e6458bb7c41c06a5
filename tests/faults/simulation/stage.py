"""Puts the simulated clients, clock, disk and end of a process where the engine finds the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from streams.engine import (
    app,
    cluster,
    complaints,
    consumer,
    exits,
    group_member,
    producer,
    restore,
    table,
    tables,
)
from tests.faults.simulation import client_admin, client_producer, clients
from tests.faults.simulation.disk import DiskStore
from tests.faults.simulation.process import Process
from tests.faults.simulation.replaced import replaced

Running = Callable[[], Process]
"""The process that has the turn."""


class Clock:
    """What the engine calls `time`."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def monotonic(self) -> float:
        return self._running().cluster.now

    def sleep(self, seconds: float) -> None:
        self._running().sleep(seconds)


class System:
    """What the module of exits calls `os` and `threading`: no process of ours ends."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def _exit(self, code: int) -> None:
        self._running().end(code)

    class Timer:
        """The hurry of an abort, which simulated time does not need."""

        daemon = True

        def __init__(self, *_: Any) -> None: ...

        def start(self) -> None: ...


class NoAddress:
    """The health address: nobody asks a simulated process how it is."""

    url = "nowhere"

    def __init__(self, *_: Any) -> None: ...


class NoGarbage:
    """The search for circular garbage is Python's business, not that of a simulated process."""

    def __init__(self, every_s: float) -> None: ...

    def look(self) -> None: ...


@contextmanager
def simulated(running: Running) -> Iterator[None]:
    """The engine on the simulation, for as long as the block lasts."""
    clock, system = Clock(running), System(running)

    def client(
        kind: Callable[[Process, Mapping[str, Any]], Any],
    ) -> Callable[[Mapping[str, Any]], Any]:
        return lambda config: kind(running(), config)

    def open_rocks(folder: Path, log_id: str, memory: Any) -> DiskStore:
        process = running()
        return process.disk.open(folder, log_id, lambda: process.point("write a local store"))

    def wipe(folder: Path, why: str) -> None:
        running().disk.wipe(folder, why)

    def mark_torn(folder: Path) -> None:
        running().disk.mark_torn(folder)

    def say(line: str) -> None:
        if not running().dead:
            running().said.append(line)

    with ExitStack() as stack:
        for module in (app, cluster, complaints, consumer, group_member, producer, restore, tables):
            if hasattr(module, "time"):
                stack.enter_context(replaced(module, {"time": clock}))
        consumers, producers = client(clients.Consumer), client(client_producer.Producer)
        for module, names in (
            (group_member, {"Consumer": consumers}),
            (restore, {"Consumer": consumers}),
            (producer, {"Librdkafka": producers}),
            (cluster, {"AdminClient": client(client_admin.Admin)}),
            (consumer, {"Garbage": NoGarbage}),
            (app, {"HealthAddress": NoAddress}),
            (exits, {"os": system, "threading": system, "say": say}),
            (table, {"open_rocks": open_rocks, "mark_torn": mark_torn}),
            (tables, {"wipe": wipe}),
        ):
            stack.enter_context(replaced(module, names))
        yield
