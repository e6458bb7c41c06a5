"""The ways in that fetch for themselves, and how what they fetch comes into the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from connectors.connector import Raw
from connectors.doors import clock
from connectors.doors.kafka_source import KafkaSource
from connectors.doors.rest_source import RestSource
from connectors.doors.room import InThread, Places, Room
from connectors.doors.sources import kafka_source, rest_source
from connectors.doors.taking import refuse_body
from connectors.lines import Line
from connectors.outbox import Outbox
from connectors.settings import ConnectorSettings


class Came(Protocol):
    """Told that something has come into the outbox."""

    def __call__(self, *, whole_lines: bool = False) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Within:
    """What the running connector lends to its ways in."""

    outbox: Outbox
    stop: asyncio.Event
    full: Callable[[], bool]
    complain: Callable[[str], None]
    in_thread: InThread
    until: Callable[[asyncio.Event, float], Awaitable[None]]
    came: Came


class Fetching:
    """A partner's topics and a partner's address, where the settings name them."""

    def __init__(self, settings: ConnectorSettings) -> None:
        self._settings = settings
        self.kafka: KafkaSource | None = kafka_source(settings)
        self.rest: RestSource | None = rest_source(settings)

    @property
    def sources(self) -> tuple[KafkaSource | RestSource, ...]:
        """Those that there are."""
        return tuple(source for source in (self.kafka, self.rest) if source is not None)

    def room(self, within: Within) -> Room:
        """The connector as its ways in see it."""
        outbox, in_thread = within.outbox, within.in_thread

        async def keep(raws: list[Raw], places: Places) -> None:
            limit, partner = self._settings.size_limit, self._settings.spoken_for
            for raw in raws:
                if len(raw.body) > limit:
                    await in_thread(refuse_body, raw, outbox, partner, limit)
            fit = [raw for raw in raws if len(raw.body) <= limit]
            await in_thread(outbox.receive, fit, clock.now().timestamp(), places)
            if raws:
                await within.came()

        async def forward(lines: list[Line], places: Places) -> None:
            await in_thread(outbox.forward, lines, places)
            await within.came(whole_lines=True)

        return Room(
            within.stop,
            within.full,
            keep,
            forward,
            lambda name: in_thread(outbox.place, name),
            within.complain,
            in_thread,
            lambda seconds: within.until(within.stop, seconds),
        )

    def told(self) -> dict[str, object]:
        """How far they have come, for the health address."""
        told: dict[str, object] = {}
        if self.kafka is not None:
            told |= {"source_behind": self.kafka.behind, "source_missed": self.kafka.missed}
        if self.rest is not None:
            asked = self.rest.asked_at
            told |= {
                "rest_asked_at": None if asked is None else asked.timestamp(),
                "rest_failures": self.rest.failures,
            }
        return told
