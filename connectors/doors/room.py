"""What a way in is given by the running connector: where messages are made safe, and when to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from connectors.connector import Raw
from connectors.lines import Line

Said = TypeVar("Said")
Places = Mapping[str, str]
"""How far a way in has read at its source, by the name of the place."""


class InThread(Protocol):
    """Runs work that waits for a disk or a network beside the loop."""

    def __call__(self, work: Callable[..., Said], *about: object) -> Awaitable[Said]: ...


@dataclass(frozen=True, slots=True)
class Room:
    """The connector as its ways in see it."""

    stop: asyncio.Event
    full: Callable[[], bool]
    """Whether the outbox has no room; then nothing is fetched."""
    keep: Callable[[list[Raw], Places], Awaitable[None]]
    """Makes messages safe together with how far that is; both or neither."""
    forward: Callable[[list[Line], Places], Awaitable[None]]
    """The same for events that go on as they came."""
    place: Callable[[str], Awaitable[str | None]]
    complain: Callable[[str], None]
    in_thread: InThread
    wait: Callable[[float], Awaitable[None]]
    """Waits so many seconds, or until the end."""
