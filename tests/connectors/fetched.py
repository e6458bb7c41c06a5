"""Ways in that fetch for themselves, run against a real outbox for as long as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.doors.kafka_source import KafkaSource
from connectors.doors.rest_source import RestSource
from connectors.fetching import Fetching, Within
from connectors.outbox import Outbox
from connectors.settings import ConnectorSettings
from schemas.envelope import System


def settings(folder: Path, **more: Any) -> ConnectorSettings:
    return ConnectorSettings.model_validate(
        {
            "system": System.ERP,
            "partner": "maker",
            "brokers": "127.0.0.1:1",
            "pseudonym_key": folder / "key",
            "outbox": folder / "outbox",
            **more,
        }
    )


@dataclass
class Fetched:
    """One way in at work, and what it complained of."""

    outbox: Outbox
    fetching: Fetching
    full: bool = False
    complaints: list[str] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever it has taken something, complained or begun to wait."""
    waited: list[float] = field(default_factory=list)
    shortened: float | None = None
    """How long a wait takes at most, where the test does not want to wait."""

    async def until(self, well: Callable[[], bool], seconds: float = 20) -> None:
        """Let it run until that is so; then end it."""
        source: KafkaSource | RestSource = self.fetching.sources[0]
        running = asyncio.create_task(source.run(self._room()))
        try:
            async with asyncio.timeout(seconds):
                while not well():
                    await self.moved.wait()
                    self.moved.clear()
        finally:
            self.stop.set()
            await running

    def _room(self):
        loop = asyncio.get_running_loop()

        async def came(*, whole_lines: bool = False) -> None:
            self.moved.set()

        def complain(told: str) -> None:
            self.complaints.append(told)
            loop.call_soon_threadsafe(self.moved.set)

        async def until(event: asyncio.Event, seconds: float) -> None:
            self.waited.append(seconds)
            self.moved.set()
            short = seconds if self.shortened is None else min(seconds, self.shortened)
            try:
                await asyncio.wait_for(event.wait(), short)
            except TimeoutError:
                return

        def in_thread(work: Callable[..., Any], *about: object) -> Awaitable[Any]:
            return asyncio.to_thread(work, *about)

        return self.fetching.room(
            Within(
                self.outbox,
                self.stop,
                lambda: self.full,
                complain,
                in_thread,
                until,
                came,
            )
        )

    @property
    def bodies(self) -> list[bytes]:
        """What is in the outbox, in order."""
        return [stored.raw.body for stored in self.outbox.received(10_000)]
