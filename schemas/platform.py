"""What connectors say about the partner interfaces themselves."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from schemas.contract import Code, Count, Instant
from schemas.envelope import Event, System


class PartnerHeartbeat(Event):
    """An interface to a partner is alive, and this is how far it has come."""

    number: ClassVar[int] = 60
    interface: System
    last_sequence: Count | None = None
    """The highest running number that the partner has given to an event so far."""
    backlog: Count = 0
    partner_clock: Instant | None = None
    """The partner's own clock at the time of the heartbeat."""
    interval_seconds: Annotated[int, Field(ge=1, le=7 * 86_400)] | None = None
    """How long after this heartbeat the next one is sent."""
    manual_bridge_since: Instant | None = None
    """Since when people enter by hand what the interface would say; empty when it works by itself."""


class MessageSetAside(Event):
    """A connector could not understand a message of its partner, and has put it into quarantine."""

    number: ClassVar[int] = 64
    quarantine_id: UUID
    """The entry in quarantine, with the detail and the remedy."""
    reason: Code
    """One of the closed list of reasons."""
