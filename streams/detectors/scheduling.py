"""Pick-ups and sites that are not there when a therapy needs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.manufacture import MaterialReceived
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChanged,
    OrderCreated,
)
from schemas.profile import SiteReady
from schemas.profiles import platform_limits
from schemas.transport import (
    CheckpointPassed,
    CustodyAccepted,
    CustodyHandedOver,
    ShipmentBooked,
    ShipmentDelivered,
)
from schemas.treatment import (
    InfusionChanged,
    InfusionStarted,
    ProductReceived,
    SiteReadinessConfirmed,
)
from streams.detectors.custody_shipment import shipments
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.plans import ENDS_OF_COURSE, over, planned_infusion
from streams.view import View

PICKED_UP: tuple[type[Event], ...] = (
    CustodyHandedOver,
    CustodyAccepted,
    CheckpointPassed,
    ShipmentDelivered,
    MaterialReceived,
    ProductReceived,
)
"""Whichever of these names a shipment, it has been picked up."""


@detector("SC-03", ShipmentBooked, *PICKED_UP, *ENDS_OF_COURSE)
def pick_up_missed(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Nobody has picked up the shipment although its planned time is over.

    Why: a missed pick-up is a missed flight, and time windows are counted in hours.
    Act: logistics sends another courier and reckons the windows anew.
    """
    if over(view):
        return
    tolerance = timedelta(minutes=platform_limits().pick_up_tolerance.minutes)
    for shipment in shipments(view, ShipmentBooked):
        booked = view.having(ShipmentBooked, Scheme.SHIPMENT, shipment)
        plans = [(b, b.pick_up_planned_at) for b in booked if b.pick_up_planned_at is not None]
        if not plans or any(view.having(kind, Scheme.SHIPMENT, shipment) for kind in PICKED_UP):
            continue
        booking, planned = plans[-1]
        due = planned + tolerance
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor=str(booking.event_id),
            raised_at=due,
            detail=f"shipment {shipment} was to be picked up at {planned.isoformat()}",
            severity=Severity.S2,
            evidence=(booking.event_id,),
            missing=("pick-up, or another courier",),
        )


@detector(
    "SC-04",
    ProductReceived,
    SiteReadinessConfirmed,
    OrderCreated,
    OrderChanged,
    AvailabilityConfirmed,
    InfusionChanged,
    InfusionStarted,
    *ENDS_OF_COURSE,
)
def sitenot_ready(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The product is at the clinic, the infusion is near, and the clinic has not stated that it is ready.

    Why: without bed, staff and tocilizumab an infusion is unsafe, and a thawed product does not wait.
    Act: the clinic completes its checklist, or moves the infusion.
    """
    received, plan = view.first(ProductReceived), planned_infusion(view)
    if view.profile is None or view.profile.site_ready is None or over(view):
        return
    if received is None or plan is None or view.of(InfusionStarted):
        return
    wanted = view.profile.site_ready
    said = view.last(SiteReadinessConfirmed)
    missing = not_ready(said, wanted)
    if not missing:
        return
    near = plan.at - timedelta(hours=wanted.hours_before_infusion)
    due = max(near, received.occurred_at, plan.said.occurred_at)
    if now < micros(due):
        yield AskAgain(micros(due))
        return
    known = (received, plan.said) if said is None else (received, plan.said, said)
    yield Finding(
        object="treatment centre",
        anchor=str(plan.said.event_id),
        raised_at=due,
        detail=f"infusion planned for {plan.at.isoformat()}; not stated: {', '.join(missing)}",
        severity=Severity.S2,
        evidence=tuple(event.event_id for event in known),
        missing=missing,
    )


def not_ready(said: SiteReadinessConfirmed | None, wanted: SiteReady) -> tuple[str, ...]:
    """What the clinic has not stated to be there, by its latest word."""
    doses = wanted.tocilizumab_doses
    has = (said.tocilizumab_doses if said is not None else None) or 0
    items = {
        "bed": said is not None and said.bed is True,
        "staff": said is not None and said.staff is True,
        f"{doses} doses of tocilizumab": has >= doses,
    }
    return tuple(name for name, there in items.items() if not there)


DETECTORS: tuple[Detector, ...] = (
    pick_up_missed,
    sitenot_ready,
)
