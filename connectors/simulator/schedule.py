"""What the partners of a play send, in order of time, and the time that passes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.simulator.native import NativeMessage
from schemas.control import Tick
from schemas.envelope import System


@dataclass(frozen=True, slots=True)
class Sending:
    """One message leaves one partner's system."""

    at: datetime
    system: System
    partner: str
    message: NativeMessage


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that is sent, in order of time."""

    sendings: tuple[Sending, ...]
    begins_at: datetime
    """A whole hour before the first message."""
    ends_at: datetime
    """After the last message, and after every deadline that the facts set."""

    def __iter__(self) -> Iterator[Sending]:
        return iter(self.sendings)

    def __len__(self) -> int:
        return len(self.sendings)

    def ticks(self, every: timedelta) -> Iterator[Tick]:
        """Time as messages: the first at the beginning, the last no earlier than the end.

        A tick comes after whatever is sent at the same moment.
        """
        if every <= timedelta(0):
            raise ValueError(f"time passes forwards: ticks every {every} never end")
        now = self.begins_at
        yield Tick(now=now)
        while now < self.ends_at:
            now += every
            yield Tick(now=now)
