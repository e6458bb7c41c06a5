"""Shipments that run out of time: uncertified at pick-up, no progress, a shipper that does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.manufacture import BatchStarted, MaterialDecided, MaterialReceived
from schemas.quality import BatchCertified
from schemas.transport import (
    CheckpointPassed,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import InfusionStarted, ProductReceived, ProductStored
from streams.detectors.custody import kind_of
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.plans import ENDS_OF_COURSE, over
from streams.view import View, made_of, when

AT_THE_END: dict[ShipmentKind, tuple[type[Event], ...]] = {
    ShipmentKind.STARTING_MATERIAL: (MaterialReceived, MaterialDecided, BatchStarted),
    ShipmentKind.FINAL_PRODUCT: (ProductReceived, ProductStored, InfusionStarted),
}
"""What happens only to cells that have arrived, whether or not it names their shipment."""

READS: tuple[type[Event], ...] = (
    ShipmentBooked,
    PackagePacked,
    CustodyHandedOver,
    CustodyAccepted,
    CheckpointPassed,
    ShipmentDelivered,
    *AT_THE_END[ShipmentKind.STARTING_MATERIAL],
    *AT_THE_END[ShipmentKind.FINAL_PRODUCT],
    *ENDS_OF_COURSE,
)


class Transit(NamedTuple):
    """One shipment on its way, as far as it is known."""

    shipment: str
    booked: ShipmentBooked | None
    packed: PackagePacked | None
    moves: list[Event]
    """Everything that shows that it moves, in order of time."""
    arrived: Event | None


@made_of(*READS)
def transits(view: View) -> list[Transit]:
    """Every shipment of the course, by number."""
    kinds = (ShipmentBooked, PackagePacked, CustodyHandedOver, CustodyAccepted, CheckpointPassed)
    found = {s for kind in kinds for event in view.of(kind) for s in event.named(Scheme.SHIPMENT)}
    return [_transit(view, shipment) for shipment in sorted(found)]


def _transit(view: View, shipment: str) -> Transit:
    booked = view.having(ShipmentBooked, Scheme.SHIPMENT, shipment)
    packed = view.having(PackagePacked, Scheme.SHIPMENT, shipment)
    moves: list[Event] = [
        *view.having(CustodyHandedOver, Scheme.SHIPMENT, shipment),
        *view.having(CustodyAccepted, Scheme.SHIPMENT, shipment),
        *_passed(view, shipment),
        *view.having(ShipmentDelivered, Scheme.SHIPMENT, shipment),
    ]
    destination = booked[-1].destination if booked else None
    arrivals = _arrivals(view, shipment, destination)
    return Transit(
        shipment,
        booked[-1] if booked else None,
        packed[-1] if packed else None,
        sorted(moves, key=when),
        min(arrivals, key=when, default=None),
    )


def _passed(view: View, shipment: str) -> Iterator[CheckpointPassed]:
    """Each new point of the way; a second scan at the same point is no progress."""
    place: str | None = None
    for event in view.having(CheckpointPassed, Scheme.SHIPMENT, shipment):
        if event.checkpoint != place:
            yield event
        place = event.checkpoint


def _arrivals(view: View, shipment: str, destination: str | None) -> Iterator[Event]:
    for delivered in view.having(ShipmentDelivered, Scheme.SHIPMENT, shipment):
        if not delivered.refused:
            yield delivered
    for taken in view.having(CustodyAccepted, Scheme.SHIPMENT, shipment):
        if taken.to_party == destination:
            yield taken
    kind = kind_of(view, shipment)
    for holds, ends in AT_THE_END.items():
        for end in ends:
            for event in view.of(end):
                names = event.named(Scheme.SHIPMENT)
                if shipment in names or (not names and kind in (holds, _UNKNOWN)):
                    yield event


_UNKNOWN = ShipmentKind.UNKNOWN_TO_READER


@detector("TW-09", ShipmentBooked, BatchCertified, *ENDS_OF_COURSE)
def release_overdue(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The pick-up of the product is near or past, and its batch is not certified.

    Why: a product that is not certified may not leave, and the patient's window moves with it.
    Act: quality names what is pending and a new date; the planner moves the pick-up and tells the clinic.
    """
    if view.profile is None or view.profile.ship_buffer is None or over(view):
        return
    booked = max(
        (e for e in view.of(ShipmentBooked) if e.kind is ShipmentKind.FINAL_PRODUCT),
        key=when,
        default=None,
    )
    if booked is None or booked.pick_up_planned_at is None:
        return
    if any(_covers(certified, booked) for certified in view.of(BatchCertified)):
        return
    due = booked.pick_up_planned_at - timedelta(hours=view.profile.ship_buffer.hours)
    raised_at = max(due, booked.occurred_at)
    if now < micros(raised_at):
        yield AskAgain(micros(raised_at))
        return
    shipments = booked.named(Scheme.SHIPMENT)
    yield Finding(
        object=f"{Scheme.SHIPMENT}:{shipments[0]}" if shipments else "final product",
        anchor=str(booked.event_id),
        raised_at=raised_at,
        detail=f"no certificate, and the pick-up is planned for "
        f"{booked.pick_up_planned_at.isoformat()}",
        severity=Severity.S2,
        harm_at=booked.pick_up_planned_at,
        evidence=(booked.event_id,),
        missing=("certificate of the quality unit, or a new date",),
    )


def _covers(certified: BatchCertified, booked: ShipmentBooked) -> bool:
    """Whether a certificate may be of what was booked: only two different batches say that it is not."""
    ours, theirs = certified.named(Scheme.BATCH), booked.named(Scheme.BATCH)
    return not ours or not theirs or bool(set(ours) & set(theirs))


@detector("TW-10", *READS)
def no_progress(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A shipment has not passed another point of its way for longer than it may dwell.

    Why: a shipment that stands still uses up its hold time, and nobody has said so.
    Act: the logistics desk asks the carrier for the reason and a time, and prepares another way.
    """
    if view.profile is None or view.profile.dwell is None or over(view):
        return
    dwell = timedelta(hours=view.profile.dwell.hours)
    for transit in transits(view):
        if transit.arrived is not None or not transit.moves:
            continue
        last = transit.moves[-1]
        due = last.occurred_at + dwell
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        place = last.checkpoint if isinstance(last, CheckpointPassed) else "its last hand-over"
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{transit.shipment}",
            anchor=str(last.event_id),
            raised_at=due,
            detail=f"nothing new since {place} on {last.occurred_at.isoformat()}, limit {dwell}",
            severity=Severity.S2,
            evidence=(last.event_id,),
            missing=("reply of the carrier",),
        )


@detector("TW-03", *READS)
def shipper_does_not_hold(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The shipper's qualified hold time, less its margin, ends before the shipment arrives.

    Why: a shipper that has run dry warms the cells beyond repair, and nobody can replace them.
    Act: the logistics desk has it refilled or swapped on the way, or speeds the arrival up.
    """
    if view.profile is None or view.profile.shipper_margin is None:
        return
    margin = timedelta(hours=view.profile.shipper_margin.hours)
    for transit in transits(view):
        booked, packed = transit.booked, transit.packed
        if booked is None or booked.shipper_hold is None or packed is None:
            continue
        empty_at = packed.occurred_at + timedelta(hours=booked.shipper_hold)
        arrived = transit.arrived
        if arrived.occurred_at <= empty_at if arrived is not None else over(view):
            continue
        spare_until = empty_at - margin
        expected, said = _expected(view, transit.shipment, booked)
        if expected is not None and expected > spare_until:
            raised_at = max(packed.occurred_at, said.occurred_at)
            detail = f"arrival is expected on {expected.isoformat()}"
        elif arrived is None and now < micros(spare_until):
            yield AskAgain(micros(spare_until))
            continue
        else:
            raised_at, said = spare_until, booked
            detail = "it has not arrived"
        if arrived is not None:
            said, detail = arrived, f"it arrived on {arrived.occurred_at.isoformat()}"
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{transit.shipment}",
            anchor=str(packed.event_id),
            raised_at=raised_at,
            detail=f"the shipper holds until {empty_at.isoformat()}, margin {margin}, {detail}",
            severity=Severity.S1,
            harm_at=empty_at,
            evidence=tuple(sorted({packed.event_id, booked.event_id, said.event_id})),
            missing=("record of a refill or a swap",),
        )


def _expected(view: View, shipment: str, booked: ShipmentBooked) -> tuple[datetime | None, Event]:
    """When the shipment is expected to arrive, as somebody said last."""
    expected: datetime | None = booked.arrival_planned_at
    said: Event = booked
    for passed in view.having(CheckpointPassed, Scheme.SHIPMENT, shipment):
        if passed.arrival_expected_at is not None and when(passed) > when(booked):
            expected, said = passed.arrival_expected_at, passed
    return expected, said


DETECTORS: tuple[Detector, ...] = (release_overdue, no_progress, shipper_does_not_hold)
