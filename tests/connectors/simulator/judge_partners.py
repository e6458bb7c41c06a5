"""Judges partners by what they say of themselves, written anew: silence, bridges, clocks, numbers, and what is set aside.

It shares no code with what watches partners nor with the script of a journey.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from schemas.authority import AUTHORITY
from schemas.envelope import Event
from schemas.platform import MessageSetAside, PartnerHeartbeat

FOUR_HOURS, ONE_HOUR, ONE_MINUTE = timedelta(hours=4), timedelta(hours=1), timedelta(minutes=1)


def partner_exceptions(events: Sequence[Event]) -> Iterator[tuple[str, bool]]:
    """Each code with whether the words of the partners of one journey call for it.

    A partner that sends heartbeats falls silent with its journey, for the play goes on for weeks.
    """
    said = sorted((e for e in events if isinstance(e, PartnerHeartbeat)), key=_when)
    yield "IF-01", any(beat.interval_seconds for beat in said)
    aside = any(isinstance(event, MessageSetAside) for event in events)
    yield "IF-03", aside or any(_of_nothing(event) for event in events)
    since = {b.manual_bridge_since for b in said if b.manual_bridge_since is not None}
    yield "IF-06", any(_bridged(said, begun) for begun in since)
    clocks = [b.partner_clock - b.occurred_at for b in said if b.partner_clock is not None]
    yield "IF-07", any(abs(apart) > ONE_MINUTE for apart in clocks)
    foreign = [e for e in events if (e.type_name(), e.system) not in AUTHORITY]
    yield "DI-05", bool(foreign)
    yield "DI-10", _number_missing(said)


def _when(event: Event) -> datetime:
    return event.occurred_at


def _of_nothing(event: Event) -> bool:
    platform = event.type_name().startswith("platform.")
    return not platform and event.coi is None and not event.identifiers


def _bridged(said: Sequence[PartnerHeartbeat], begun: datetime) -> bool:
    """Whether the last heartbeat within four hours of the beginning still speaks of the bridge."""
    until = [beat for beat in said if beat.occurred_at <= begun + FOUR_HOURS]
    return bool(until) and until[-1].manual_bridge_since == begun


def _number_missing(said: Sequence[PartnerHeartbeat]) -> bool:
    numbered = {b.sequence: b.occurred_at for b in said if b.sequence is not None}
    for number in range(min(numbered, default=0), max(numbered, default=0)):
        higher = min(at for other, at in numbered.items() if other > number)
        came = numbered.get(number)
        if came is None or came >= higher + ONE_HOUR:
            return True
    return False
