"""What a connector says of itself: that the interface to its partner is alive, and what still waits."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from connectors.connector import Partner
from connectors.lines import Line, Origin, event_line
from schemas.envelope import event_id
from schemas.platform import PartnerHeartbeat
from schemas.wire import SchemaIds

MOST = 1_000_000_000


def heartbeat(
    partner: Partner,
    backlog: int,
    now: datetime,
    every: float = 0.0,
    bridged_since: datetime | None = None,
) -> PartnerHeartbeat:
    """The interface was alive at this moment; the next heartbeat follows after so many seconds."""
    system = partner.system
    name = PartnerHeartbeat.type_name()
    return PartnerHeartbeat(
        event_id=event_id(system.value, partner.name, now.isoformat(), name),
        occurred_at=now,
        system=system,
        partner=partner.name,
        site=partner.site,
        environment=partner.environment,
        interface=system,
        backlog=min(backlog, MOST),
        interval_seconds=max(1, ceil(every)) if every else None,
        manual_bridge_since=bridged_since,
    )


def heartbeat_line(beat: PartnerHeartbeat, partner: Partner, ids: SchemaIds | None = None) -> Line:
    """The heartbeat on its way to the partner's topic."""
    return event_line(beat, Origin(partner, str(beat.event_id), 0), ids)
