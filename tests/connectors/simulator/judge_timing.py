"""Judges plans and windows by the facts of a course alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey. It looks with hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from schemas.collection import CollectionCompleted
from schemas.envelope import Event
from schemas.manufacture import BatchStarted, ProductFilled
from schemas.ordering import AvailabilityConfirmed, OrderCreated, SlotChanged, SlotReserved
from schemas.profile import TherapyProfile
from schemas.treatment import InfusionChanged, InfusionStarted, LymphodepletionCompleted


def timing(profile: TherapyProfile, events: Sequence[Event]) -> Iterable[tuple[str, bool]]:
    """Each code of plans and windows, with whether the facts call for it."""
    return (
        ("TW-02", _too_old(profile, events)),
        ("TW-05", _expires(profile, events)),
        ("TW-07", any(margin < timedelta(0) for margin in window_margins(profile, events))),
    )


def window_margins(profile: TherapyProfile, events: Sequence[Event]) -> Iterable[timedelta]:
    """How much of the window was left at the infusion, and at each planned day while it was waited for."""
    window = profile.infusion_window
    ends = [e.occurred_at for e in events if isinstance(e, LymphodepletionCompleted)]
    begun = [e.occurred_at for e in events if isinstance(e, InfusionStarted)]
    if window is None or not ends:
        return
    opens = ends[0] + timedelta(hours=window.earliest_hours)
    closes = ends[0] + timedelta(hours=window.latest_hours)
    if begun:
        yield min(begun) - opens
        yield closes - timedelta(hours=window.warn_hours) - min(begun)
    for event in events:
        if isinstance(event, InfusionChanged) and event.planned_at is not None:
            yield closes - event.planned_at


def _expires(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    plans = [
        (e.occurred_at, e.infusion_planned_at)
        for e in events
        if isinstance(e, OrderCreated | AvailabilityConfirmed) and e.infusion_planned_at is not None
    ]
    begun = [e.occurred_at for e in events if isinstance(e, InfusionStarted)]
    if profile.expiry_margin is None or not plans:
        return False
    margin = timedelta(hours=profile.expiry_margin.hours)
    for event in events:
        if isinstance(event, ProductFilled) and event.expires_at is not None:
            planned = [day for _, day in plans]
            if any(day + margin > event.expires_at for day in planned):
                return True
            if any(at > event.expires_at for at in begun):
                return True
    return False


def _too_old(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    collected = [e.ended_at for e in events if isinstance(e, CollectionCompleted)]
    if profile.frozen_material_age is None or not collected:
        return False
    last_day = max(collected) + timedelta(hours=profile.frozen_material_age.hours)
    starts: list[datetime] = [e.occurred_at for e in events if isinstance(e, BatchStarted)]
    starts += [
        e.starts_at
        for e in events
        if isinstance(e, SlotReserved | SlotChanged) and e.starts_at is not None
    ]
    return any(start > last_day for start in starts)
