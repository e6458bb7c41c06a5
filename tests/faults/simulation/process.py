"""One worker process of the simulation: the engine itself on simulated clients, one turn at a time.

What is real: the app and its agent, the loop, the producer, the group member, mishaps and failures, the
overlay, tables and the restore. What is not: the brokers and librdkafka (see `clients`), the clock, the
disk below the tables, the end of a process, and Faust's streams between the loop and the agent.
Each process is a thread that runs only while it has the turn, so a seed decides everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from faust.streams import _current_event

from streams.engine import App
from streams.engine.consumer import Consumer as EngineConsumer
from streams.engine.exits import EXIT_FAILED
from tests.faults.simulation.clients import Consumer
from tests.faults.simulation.cluster import Cluster
from tests.faults.simulation.disk import Disk


class Killed(SystemExit):
    """The process is gone; what it was doing stops here.

    Event loops let this kind of exception through at once, whatever else is waiting for its turn.
    """


class Ended(SystemExit):
    """The process has ended itself."""

    def __init__(self, code: int) -> None:
        super().__init__(code)


class Inline(ThreadPoolExecutor):
    """The engine's thread, without being one: a call is done when it returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as trouble:  # noqa: BLE001 - handed to whoever waits
            done.set_exception(trouble)
        return done


class Loop(asyncio.BaseEventLoop):
    """An event loop in simulated time: where it would wait, the others get their turn."""

    def __init__(self, process: Process) -> None:
        super().__init__()
        self._process = process
        self._selector = self
        self.set_default_executor(Inline(1))
        self.set_exception_handler(lambda *_: None)

    def time(self) -> float:
        return self._process.cluster.now

    def select(self, timeout: float | None) -> list[Any]:
        if self._process.dead:
            return []
        if timeout is None:
            self._process.sleep(0.5)
        elif timeout > 0:
            self._process.sleep(timeout)
        return []

    def _process_events(self, events: list[Any]) -> None: ...

    def _write_to_self(self) -> None: ...


class Process:
    """One life of one worker."""

    def __init__(
        self,
        name: str,
        cluster: Cluster,
        chance: Random,
        disk: Disk,
        folder: Path,
        make: Callable[[str, Path], App],
        reached: Callable[[Process, str], None],
    ) -> None:
        self.name, self.cluster, self.chance, self.disk = name, cluster, chance, disk
        self._folder, self._make, self._reached = folder, make, reached
        self.app: App | None = None
        self.wake_at = 0.0
        self.paused_until = 0.0
        self.cut_until = 0.0
        """Until when no broker can be reached from here."""
        self.dead = False
        self._stopping = False
        self.code: int | None = None
        """How it ended; -9 when it was killed."""
        self.said: list[str] = []
        self._consumers: list[Consumer] = []
        self._turn, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    # ------------------------------------------------------------------ as the scheduler calls it

    def runnable(self, now: float) -> bool:
        return now >= self.wake_at and now >= self.paused_until

    def go_on(self) -> None:
        """Let it run until its next point; only one process runs at a time."""
        self._turn.release()
        self._done.acquire()
        if self.code is not None:
            self._thread.join()

    def kill(self) -> None:
        """End it where it stands."""
        self.dead = True
        self.go_on()
        self.code = -9

    def ask_to_stop(self) -> None:
        """As SIGTERM does."""
        self._stopping = True
        if self.app is not None and self.app._consumer is not None:
            self.app.consumer._draining = True  # type: ignore[attr-defined]

    def beat(self) -> None:
        """Its clients' own threads send heartbeats, unless the process is stopped."""
        if self.cluster.now >= self.paused_until and not self.away:
            for consumer in self._consumers:
                consumer.beat()

    # ------------------------------------------------------------------ as its clients call it

    @property
    def away(self) -> bool:
        """Whether no broker answers this process."""
        return self.cluster.away or self.cluster.now < self.cut_until

    def adopt(self, consumer: Consumer) -> None:
        self._consumers.append(consumer)

    def point(self, name: str) -> None:
        """Somewhere a process can be interrupted."""
        if self.dead:
            raise Killed
        self._reached(self, name)
        self._rest()

    def sleep(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.wake_at = self.cluster.now + max(0.001, seconds)
        self._rest()

    def _rest(self) -> None:
        if self.dead:
            raise Killed
        self._done.release()
        self._turn.acquire()
        if self.dead:
            raise Killed

    # ------------------------------------------------------------------ its life

    def end(self, code: int) -> None:
        """What `os._exit` does."""
        if self.dead and self.code is None:
            raise Killed
        self.dead, self.code = True, code
        raise Ended(code)

    def _live(self) -> None:
        self._turn.acquire()
        loop = Loop(self)
        code = EXIT_FAILED
        try:
            loop.run_until_complete(self._main())
            code = 0
        except Ended as ended:
            code = int(str(ended.code))
        except Killed:
            code = -9 if self.code is None else self.code
        except BaseException as trouble:  # noqa: BLE001 - whatever it is, the run must hear of it
            self.said.append(f"{type(trouble).__name__}: {trouble}")
        finally:
            self.dead = True
            _clean_up(loop)
            if (folder := getattr(self.app, "data_folder", None)) is not None:
                folder.release()
            self.code = code if self.code is None else self.code
            self._done.release()

    async def _main(self) -> None:
        app = self.app = self._make(self.name, self._folder)
        app.finalize()
        await app.on_first_start()
        await app.producer.on_start()  # type: ignore[attr-defined]
        consumer: Any = app.consumer
        consumer._thread = Inline(1)
        queues: dict[str, asyncio.Queue[Any]] = {}

        async def hand(delivery: Any) -> None:
            if self.chance.random() < 0.5:
                await asyncio.sleep(0)  # a commit that is under way goes first
            queues[delivery.topic].put_nowait(delivery)

        consumer.callback = hand
        await consumer.on_start()
        working = []
        for agent in app.agents.values():
            deliveries: asyncio.Queue[Any] = asyncio.Queue()
            for topic in agent.channel.topics:
                queues[topic] = deliveries
                app.topics._topic_name_index[topic].add(agent.channel)  # type: ignore[attr-defined]
            working.append(asyncio.ensure_future(self._work(agent, deliveries)))
        if not self._stopping:  # asked while it started
            await consumer.subscribe(sorted(queues))
            await self._run(consumer)
        for task in working:
            task.cancel()

    async def _run(self, consumer: Any) -> None:
        running: Any = EngineConsumer.__dict__["_run"]
        await running.fun(consumer)
        await consumer.drain()

    async def _work(self, agent: Any, deliveries: asyncio.Queue[Any]) -> None:
        try:
            await agent.fun(values(deliveries))
        except Exception as trouble:  # noqa: BLE001 - as Faust's supervisor does
            await self.app.consumer.on_task_error(trouble)  # type: ignore[union-attr]


class _Event:
    """What Faust calls the event in hand."""

    __slots__ = ("__weakref__", "message")

    def __init__(self, message: Any) -> None:
        self.message = message


async def values(deliveries: asyncio.Queue[Any]) -> AsyncIterator[Any]:
    """What an agent iterates over; each delivery is acknowledged when the next is asked for."""
    while True:
        delivery = await deliveries.get()
        event = _Event(delivery)
        _current_event.set(weakref.ref(event))  # type: ignore[arg-type]
        yield delivery.value
        delivery.acked = True


def _clean_up(loop: Loop) -> None:
    """Unwind what the process left; it is dead, so nothing of it reaches a broker or a disk."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
    closing = loop.create_task(loop.shutdown_asyncgens())
    for _ in range(20):
        with contextlib.suppress(BaseException):
            loop.call_soon(loop.stop)
            loop.run_forever()
    closing.cancel()
    loop.close()
