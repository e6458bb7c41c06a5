"""What the outbox is told of a message and what it answers: values that pass between its steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.connector import Raw
from connectors.lines import Line


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message is safe: its id, and whether it had been received before."""

    id: str
    known: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A received message in its place in the order."""

    seq: int
    id: str
    raw: Raw
    received_at: float | None = None
    """When, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message: its new state, the lines it says, and what was decided, to be counted."""

    seq: int
    state: str
    lines: tuple[Line, ...] = ()
    join_key: str | None = None
    used: tuple[int, ...] = ()
    """The halves that it was told together with."""
    decisions: tuple[tuple[str, str], ...] = ()
    """(mapped, ignored, held or refused; the kind or reason), one per decision."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to do."""

    received: int = 0
    lines: int = 0
    held: int = 0
    bytes: int = 0
    oldest: float | None = field(default=None, compare=False)

    @property
    def waiting(self) -> int:
        """Messages and lines that have not reached the broker."""
        return self.received + self.lines
