"""Steps that come too early, or do not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.alert import Finding, Severity
from schemas.catalogue import EVENT_BY_NAME
from schemas.envelope import Event, Scheme
from schemas.ordering import AvailabilityConfirmed
from schemas.profiles import versions
from schemas.quality import BatchCertified
from schemas.transport import (
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentKind,
)
from schemas.treatment import LymphodepletionStarted
from streams.detectors.custody import kind_of
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.plans import ENDS_OF_COURSE, over
from streams.view import View, made_of, when

_LEADS: tuple[type[Event], ...] = tuple(
    dict.fromkeys(
        EVENT_BY_NAME[name]
        for profile in versions()
        for lead in profile.milestones
        for name in (lead.after, lead.expect)
    )
)


@detector("SQ-02", *_LEADS, *ENDS_OF_COURSE)
def milestone_missing(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A milestone that should have followed another has not come in its time.

    Why: the silence of a step is the first sign that a therapy is stuck.
    Act: ask the owner of the next step for the event, or for a new plan.
    """
    if view.profile is None or over(view):
        return
    for lead in view.profile.milestones:
        before = view.last(EVENT_BY_NAME[lead.after])
        if before is None or view.of(EVENT_BY_NAME[lead.expect]):
            continue
        if isinstance(before, AvailabilityConfirmed) and not before.available:
            continue
        due = before.occurred_at + timedelta(hours=lead.hours)
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        yield Finding(
            object=lead.expect,
            anchor=f"{lead.after}/{before.event_id}",
            raised_at=due,
            detail=f"{lead.expect} has not come within {lead.hours:g} h of {lead.after}; "
            f"{lead.owner} owns the next step",
            severity=Severity.S2,
            evidence=(before.event_id,),
            missing=(lead.expect,),
        )


@detector("SQ-04", LymphodepletionStarted, AvailabilityConfirmed)
def lymphodepletion_before_availability(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Lymphodepletion has begun although nobody had confirmed that the product is available.

    Why: from this moment the patient depends on a product that may never come.
    Act: treating physician and manufacturer settle availability at once.
    """
    for start in view.of(LymphodepletionStarted):
        words = view.of(AvailabilityConfirmed)
        before = [word for word in words if word.occurred_at <= start.occurred_at]
        if any(last.available for last in (*before[-1:], *words[-1:])):
            continue
        yield Finding(
            object="lymphodepletion",
            anchor=str(start.event_id),
            raised_at=start.occurred_at,
            detail="lymphodepletion has started and availability is "
            + ("withdrawn" if before else "not confirmed"),
            severity=Severity.S1,
            harm_at=start.occurred_at,
            evidence=(start.event_id, *(a.event_id for a in before)),
            missing=("confirmation that the product is available",),
        )


@made_of(CustodyHandedOver, CustodyAccepted, ShipmentBooked, PackagePacked)
def pick_ups(view: View) -> list[tuple[str, Event]]:
    """Every shipment of the product with the first word, of either side, that it has left."""
    first: dict[str, Event] = {}
    for kind in (CustodyHandedOver, CustodyAccepted):
        for event in view.of(kind):
            for shipment in event.named(Scheme.SHIPMENT):
                if kind_of(view, shipment) is ShipmentKind.FINAL_PRODUCT:
                    first[shipment] = min(first.get(shipment, event), event, key=when)
    return sorted(first.items())


@detector(
    "SQ-05", CustodyHandedOver, CustodyAccepted, BatchCertified, ShipmentBooked, PackagePacked
)
def shipped_before_certification(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The product has been picked up before the quality unit had certified it.

    Why: an uncertified product on its way to a patient may be infused.
    Act: stop the delivery; the quality unit decides.
    """
    for shipment, picked_up in pick_ups(view):
        if any(c.occurred_at <= picked_up.occurred_at for c in view.of(BatchCertified)):
            continue
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor="pick-up",
            raised_at=picked_up.occurred_at,
            detail=f"shipment {shipment} left on {picked_up.occurred_at.isoformat()} uncertified",
            severity=Severity.S1,
            evidence=(picked_up.event_id,),
            missing=("certificate of the quality unit",),
        )


DETECTORS: tuple[Detector, ...] = (
    milestone_missing,
    lymphodepletion_before_availability,
    shipped_before_certification,
)
