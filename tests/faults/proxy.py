"""A TCP proxy between a worker and its brokers, that can be told to behave like a bad network.

with Proxy(target_port) as proxy:
    proxy.cut()         nothing passes any more, and nobody is told (a black hole)
    proxy.cut(back=False) what the broker says still arrives, what the worker says does not
    proxy.heal()
    proxy.delay(0.5)    each piece of data is held back for so long, more or less
    proxy.slow(10_000)  bytes a second
    proxy.reset()       every connection ends with a reset, in the midst of whatever it says
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType

PIECE = 4_096
LOOPBACK = "127.0.0.1"


class Proxy:
    """Listens on a port of its own, and passes what it hears to another one and back."""

    def __init__(self, target: int, seed: int = 0, listen: socket.socket | None = None) -> None:
        self._target, self._chance = target, random.Random(seed)
        self._listening = listen or socket.create_server((LOOPBACK, 0))
        self.port = int(self._listening.getsockname()[1])
        self._delay_s = 0.0
        self._bytes_a_second = 0
        self._connections: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._open: dict[bool, asyncio.Event] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    # ------------------------------------------------------------------ what it is told

    def cut(self, *, forth: bool = True, back: bool = True) -> None:
        """Let nothing pass any more in one direction, or both; new connections hang as well."""

        def close() -> None:
            for way, closed in ((True, forth), (False, back)):
                if closed:
                    self._open[way].clear()

        self._tell(close)

    def heal(self) -> None:
        """Behave like a good network again; what was held back arrives late, as it may."""
        self._delay_s, self._bytes_a_second = 0.0, 0

        def open_again() -> None:
            for way in self._open.values():
                way.set()

        self._tell(open_again)

    def delay(self, seconds: float) -> None:
        """Hold every piece back for about so long."""
        self._delay_s = seconds

    def slow(self, bytes_a_second: int) -> None:
        """Pass no more than so much."""
        self._bytes_a_second = bytes_a_second

    def reset(self) -> None:
        """End every connection with a reset."""

        def end_all() -> None:
            for writer in tuple(self._connections):
                _reset(writer)

        self._tell(end_all)

    def _tell(self, act: Callable[[], None]) -> None:
        done = threading.Event()

        def told() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(told)
        done.wait()

    # ------------------------------------------------------------------ what it does

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._open = {True: asyncio.Event(), False: asyncio.Event()}
        for way in self._open.values():
            way.set()
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, sock=self._listening)
        )
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for writer in tuple(self._connections):
            writer.transport.abort()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._open[True].wait()
            there, to_there = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            writer.close()
            return
        self._connections |= {writer, to_there}
        forth = asyncio.ensure_future(self._pass(reader, to_there, forth=True))
        back = asyncio.ensure_future(self._pass(there, writer, forth=False))
        await asyncio.wait({forth, back}, return_when=asyncio.FIRST_COMPLETED)
        for task in (forth, back):
            task.cancel()
        self._connections -= {writer, to_there}
        for end in (writer, to_there):
            end.close()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, forth: bool
    ) -> None:
        try:
            while data := await source.read(PIECE):
                await self._open[forth].wait()
                if self._delay_s:
                    await asyncio.sleep(self._delay_s * self._chance.uniform(0.5, 1.5))
                if self._bytes_a_second:
                    await asyncio.sleep(len(data) / self._bytes_a_second)
                sink.write(data)
                await sink.drain()
        except (ConnectionError, OSError):
            return


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close without a farewell: what is on its way is thrown away, and the other end hears a reset."""
    lingering = struct.pack("ii", 1, 0)
    connection = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
    writer.transport.abort()
