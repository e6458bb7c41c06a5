"""What somebody has planned for a course, and whether the course is over.

Forecast and detectors ask the same. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.collection import CollectionFailed
from schemas.envelope import Event
from schemas.manufacture import BatchStarted, BatchTerminated, MaterialDecided, MaterialDecision
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChange,
    OrderChanged,
    OrderCreated,
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.quality import BatchRejected
from schemas.treatment import InfusionChange, InfusionChanged, InfusionCompleted, InfusionStarted
from streams.view import View, made_of, when

ENDS_OF_COURSE: tuple[type[Event], ...] = (
    CollectionFailed,
    MaterialDecided,
    BatchTerminated,
    BatchRejected,
    OrderChanged,
    InfusionCompleted,
)
"""What `over` reads."""


@made_of(*ENDS_OF_COURSE)
def ended_by(view: View) -> tuple[Event, ...]:
    """The events by which the course has ended; none while it goes on."""
    ends = (CollectionFailed, BatchTerminated, BatchRejected, InfusionCompleted)
    return (
        *(event for kind in ends for event in view.of(kind)),
        *(c for c in view.of(OrderChanged) if c.change is OrderChange.CANCELLED),
        *(d for d in view.of(MaterialDecided) if d.decision is MaterialDecision.REJECTED),
    )


def over(view: View) -> bool:
    """Whether the course has ended, so that no further milestone is expected."""
    return bool(ended_by(view))


class Plan(NamedTuple):
    """A date that somebody has planned, with the event that says so."""

    at: datetime
    said: Event


def plans_said_at(view: View) -> dict[str, datetime]:
    """When somebody said what is planned now, by the step that is planned."""
    plans = {
        BatchStarted.type_name(): planned_start(view),
        InfusionStarted.type_name(): planned_infusion(view),
    }
    return {step: plan.said.occurred_at for step, plan in plans.items() if plan is not None}


def planned_infusion(view: View) -> Plan | None:
    """The infusion as it was planned last; none when that plan was cancelled or names no date."""
    plans: list[tuple[Event, datetime | None]] = [
        (e, e.planned_at if e.change is InfusionChange.RESCHEDULED else None)
        for e in view.of(InfusionChanged)
    ]
    ordered: list[OrderCreated | OrderChanged | AvailabilityConfirmed] = [
        *view.of(OrderCreated),
        *view.of(OrderChanged),
        *view.of(AvailabilityConfirmed),
    ]
    plans += [(e, e.infusion_planned_at) for e in ordered if e.infusion_planned_at is not None]
    if not plans:
        return None
    said, at = max(plans, key=lambda plan: when(plan[0]))
    return None if at is None else Plan(at, said)


def planned_start(view: View) -> Plan | None:
    """The start of manufacture as its slot was reserved or moved last; none once it was released."""
    plans: list[tuple[Event, datetime | None]] = [(e, e.starts_at) for e in view.of(SlotReserved)]
    plans += [
        (e, e.starts_at if e.change is SlotChange.MOVED else None)
        for e in view.of(SlotChanged)
        if e.change in (SlotChange.MOVED, SlotChange.RELEASED)
    ]
    if not plans:
        return None
    said, at = max(plans, key=lambda plan: when(plan[0]))
    return None if at is None else Plan(at, said)
