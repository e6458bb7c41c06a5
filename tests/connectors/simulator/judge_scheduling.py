"""Judges plans by the facts of a course alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey. It looks with hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from schemas.collection import CollectionScheduled
from schemas.enrolment import ConsentChanged, ConsentState, PatientState, PatientStateChanged
from schemas.envelope import Event, Scheme
from schemas.manufacture import BatchStarted, StepCompleted
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChange,
    OrderChanged,
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.profile import TherapyProfile
from schemas.transport import CustodyAccepted, CustodyHandedOver, ShipmentBooked
from schemas.treatment import (
    InfusionChanged,
    InfusionStarted,
    LymphodepletionStarted,
    ProductReceived,
    SiteReadinessConfirmed,
)

E = TypeVar("E", bound=Event)

NEVER = datetime.max.replace(tzinfo=UTC)
HALF_AN_HOUR, FOUR_HOURS = timedelta(minutes=30), timedelta(hours=4)


def planned(profile: TherapyProfile, events: Sequence[Event]) -> Iterable[tuple[str, bool]]:
    """Each code of plans, with whether the facts call for it."""
    return (
        ("SC-02", _no_slot(events)),
        ("SC-03", any(_missed(events, booking) for booking in _of(events, ShipmentBooked))),
        ("SC-04", _unready(profile, events)),
        ("SC-05", _worked_after(events, _stops_of_the_patient(events))),
        ("SC-06", _worked_after(events, _cancellations(events))),
        ("SC-07", any(c.change is SlotChange.OUTCOME_UNKNOWN for c in _of(events, SlotChanged))),
    )


def _of(events: Iterable[Event], kind: type[E]) -> list[E]:
    return sorted((e for e in events if isinstance(e, kind)), key=lambda e: e.occurred_at)


def _first(events: Iterable[Event], kind: type[Event]) -> datetime:
    return min((e.occurred_at for e in events if isinstance(e, kind)), default=NEVER)


def _no_slot(events: Sequence[Event]) -> bool:
    scheduled = _first(events, CollectionScheduled)
    if scheduled is NEVER:
        return False
    if _first(events, SlotReserved) > scheduled + timedelta(hours=12):
        return True
    freed = [c.occurred_at for c in _of(events, SlotChanged) if c.change is SlotChange.RELEASED]
    return bool(freed) and _first(events, BatchStarted) > min(freed)


def _missed(events: Sequence[Event], booking: ShipmentBooked) -> bool:
    (shipment,) = booking.named(Scheme.SHIPMENT)
    ours = [e for e in events if shipment in e.named(Scheme.SHIPMENT)]
    stopped = min((c.occurred_at for c in _cancellations(events)), default=NEVER)
    assert booking.pick_up_planned_at is not None
    due = booking.pick_up_planned_at + HALF_AN_HOUR
    left = min(_first(ours, CustodyHandedOver), _first(ours, CustodyAccepted))
    return left > due and stopped > due


def _unready(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    wanted = profile.site_ready
    told = [a.infusion_planned_at for a in _of(events, AvailabilityConfirmed)]
    if wanted is None or not told or told[-1] is None or not _of(events, ProductReceived):
        return False
    if _of(events, InfusionChanged):
        return False
    due = told[-1] - timedelta(hours=wanted.hours_before_infusion)
    ready = [
        e.occurred_at
        for e in _of(events, SiteReadinessConfirmed)
        if e.bed and e.staff and (e.tocilizumab_doses or 0) >= wanted.tocilizumab_doses
    ]
    return min(ready, default=NEVER) > due


def _stops_of_the_patient(events: Sequence[Event]) -> list[Event]:
    states = [e for e in _of(events, PatientStateChanged) if e.state is not PatientState.FIT]
    consents = [e for e in _of(events, ConsentChanged) if e.state is ConsentState.WITHDRAWN]
    return [*states, *consents]


def _cancellations(events: Sequence[Event]) -> list[OrderChanged]:
    return [e for e in _of(events, OrderChanged) if e.change is OrderChange.CANCELLED]


def _worked_after(events: Sequence[Event], stops: Sequence[Event]) -> bool:
    work = [
        e for e in events if isinstance(e, StepCompleted | LymphodepletionStarted | InfusionStarted)
    ]
    return any(e.occurred_at > stop.occurred_at + FOUR_HOURS for stop in stops for e in work)
