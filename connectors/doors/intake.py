"""Makes messages of many senders safe together: one write to disk answers all who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from connectors.connector import Raw
from connectors.kept import Receipt

BATCH_BYTES = 16_000_000

Receive = Callable[[list[Raw]], Awaitable[tuple[Receipt, ...]]]


class Intake:
    """A queue in front of the outbox that is never left by a message without its receipt."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._waiting: list[tuple[Raw, asyncio.Future[Receipt]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, raw: Raw) -> Receipt:
        """Returns when the message is safe."""
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await future

    async def _write(self) -> None:
        while self._waiting:
            portion = self._portion()
            try:
                receipts = await self._receive([raw for raw, _ in portion])
            except Exception as error:  # noqa: BLE001 - every sender is told, none waits for ever
                for _, future in portion:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), receipt in zip(portion, receipts, strict=True):
                if not future.done():  # the sender may have gone; the message is safe all the same
                    future.set_result(receipt)

    def _portion(self) -> list[tuple[Raw, asyncio.Future[Receipt]]]:
        size = count = 0
        for raw, _ in self._waiting:
            if count and size + len(raw.body) > BATCH_BYTES:
                break
            size, count = size + len(raw.body), count + 1
        portion, self._waiting = self._waiting[:count], self._waiting[count:]
        return portion
