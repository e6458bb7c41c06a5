"""What connectors say about the partner interfaces themselves."""

from __future__ import annotations

from typing import ClassVar

from schemas.contract import Count, Instant
from schemas.envelope import Event, System


class PartnerHeartbeat(Event):
    """An interface to a partner is alive, and this is how far it has come."""

    number: ClassVar[int] = 60
    interface: System
    last_sequence: Count | None = None
    backlog: Count = 0
    partner_clock: Instant | None = None
